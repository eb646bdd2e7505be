import { randomInt, randomUUID } from 'node:crypto';
import type { Clock, MachineSpec } from '../machine.ts';
import { type FirstBoot, finish, initialize, markFinished } from './cloud-init/first-boot.ts';
import type { Instance } from './cloud-init/modules.ts';
import { programNames } from './commands/registry.ts';
import { FileSystem } from './file-system.ts';
import { installImage } from './images.ts';
import type { Machine } from './machine.ts';
import { ProcessTable } from './processes.ts';
import { createShells } from './shell.ts';
import { createSshd, type Sshd, type Trouble } from './sshd.ts';

/** Real milliseconds from power on until SSH answers: connections are refused at first, as on real machines. */
const START_MS = { least: 50, most: 150 };

export interface MemoryMachine {
  boot(spec: MachineSpec): Promise<void>;
  reboot(): Promise<void>;
  halt(): Promise<void>;
  inside(): { files: FileSystem; bootId: string; boots: number };
  setTrouble(trouble: Trouble): void;
}

/** The part of a machine that one boot begins and a power off ends. */
interface Running {
  readonly sshd: Sshd;
  readonly processes: ProcessTable;
  readonly timer: NodeJS.Timeout;
}

/** One machine with its disk, switched off. */
export function createMemoryMachine(first: MachineSpec, clock: Clock): MemoryMachine {
  const files = new FileSystem(clock.now);
  let spec = first;
  let boots = 0;
  let bootId = '';
  let trouble: Trouble = {};
  let running: Running | null = null;
  installImage(files, spec.image, programNames(spec.image));

  const start = () => {
    const processes = new ProcessTable(files, clock.now, 300 + randomInt(600));
    const bootedAt = clock.now();
    const machine: Machine = {
      spec,
      files,
      processes,
      shells: createShells(() => machine),
      bootedAt,
      now: clock.now,
      reloadSsh: () => sshd.reload(),
      reboot: () => void reboot(),
      powerOff: () => void halt(),
    };
    const sshd = createSshd(machine, () => trouble);
    const instance: Instance = {
      files,
      hostname: spec.hostname,
      image: spec.image,
      authorizedKeys: spec.authorizedKeys,
    };
    boots += 1;
    bootId = randomUUID();
    files.remove('/run', undefined, { recursive: true });
    files.mkdir('/run/cloud-init', undefined, { recursive: true });
    files.device('/proc/sys/kernel/random/boot_id', () => `${bootId}\n`);
    files.device('/proc/uptime', () => `${((clock.now() - bootedAt) / 1000).toFixed(2)} 0.00\n`);
    const firstBoot = boots === 1 ? initialize(spec.userData, instance) : null;
    const delay = randomInt(START_MS.least, START_MS.most) + (trouble.slowStartMs ?? 0);
    const timer = setTimeout(() => void up(machine, sshd, firstBoot, instance), delay);
    running = { sshd, processes, timer };
  };
  const up = async (machine: Machine, sshd: Sshd, firstBoot: FirstBoot | null, instance: Instance) => {
    if (!trouble.sshRefused) sshd.listen();
    if (firstBoot !== null) await finish(machine, firstBoot, instance);
    if (running?.processes === machine.processes) markFinished(machine, firstBoot?.errors ?? []);
  };
  const halt = async () => {
    const was = running;
    running = null;
    if (was === null) return;
    clearTimeout(was.timer);
    was.processes.killAll();
    await was.sshd.stop();
  };
  const reboot = async () => {
    await halt();
    start();
  };
  return {
    async boot(next) {
      if (running !== null) return;
      spec = next;
      start();
    },
    reboot,
    halt,
    inside: () => ({ files, bootId, boots }),
    setTrouble(next) {
      trouble = next;
      running?.sshd.reload();
      if (trouble.sshRefused) running?.sshd.refuse();
      else running?.sshd.listen();
    },
  };
}
