import { randomInt, randomUUID } from 'node:crypto';
import type { Clock, MachineSpec, Trouble } from '../machine.ts';
import { finish, initialize, markFinished } from './cloud-init/first-boot.ts';
import { programNames } from './commands/registry.ts';
import { FileSystem } from './file-system.ts';
import { installImage } from './images.ts';
import type { Machine } from './machine.ts';
import { ProcessTable } from './processes.ts';
import { createShells } from './shell.ts';
import { createSshd } from './sshd.ts';

/** Real milliseconds from power on until SSH answers: connections are refused at first, as on real machines. */
const START_MS = { least: 50, most: 150 };

export interface MemoryMachine {
  /** Nothing happens when it runs already. */
  boot(spec: MachineSpec): void;
  reboot(): Promise<void>;
  halt(): Promise<void>;
  setTrouble(trouble: Trouble): void;
  inside(): { readonly files: FileSystem; readonly bootId: string; readonly boots: number };
}

/** What lasts while the power is off. */
interface Disk {
  readonly files: FileSystem;
  readonly clock: Clock;
  boots: number;
  bootId: string;
  trouble: Trouble;
}

/** What one boot begins and the next power off ends. */
interface Running {
  halt(): Promise<void>;
  troubleChanged(): void;
}

/** One machine with its disk, switched off. */
export function createMemoryMachine(first: MachineSpec, clock: Clock): MemoryMachine {
  const disk: Disk = { files: new FileSystem(clock.now), clock, boots: 0, bootId: '', trouble: {} };
  installImage(disk.files, first.image, programNames(first.image));
  let spec = first;
  let running: Running | null = null;
  const start = () => {
    running = powerOn(spec, disk, { reboot: () => void reboot(), powerOff: () => void halt() });
  };
  const halt = async () => {
    const was = running;
    running = null;
    await was?.halt();
  };
  const reboot = async () => {
    await halt();
    start();
  };
  return {
    boot(next) {
      if (running !== null) return;
      spec = next;
      start();
    },
    reboot,
    halt,
    setTrouble(trouble) {
      disk.trouble = trouble;
      running?.troubleChanged();
    },
    inside: () => disk,
  };
}

function powerOn(spec: MachineSpec, disk: Disk, power: Pick<Machine, 'reboot' | 'powerOff'>): Running {
  const { files, clock } = disk;
  const { hostname, image, authorizedKeys } = spec;
  const bootId = randomUUID();
  const bootedAt = clock.now();
  disk.boots += 1;
  disk.bootId = bootId;
  files.remove('/run', undefined, { recursive: true });
  files.mkdir('/run/cloud-init', undefined, { recursive: true });
  files.device('/proc/sys/kernel/random/boot_id', () => `${bootId}\n`);
  files.device('/proc/uptime', () => `${((clock.now() - bootedAt) / 1000).toFixed(2)} 0.00\n`);
  const processes = new ProcessTable(files, clock.now, 300 + randomInt(600));
  const machine: Machine = {
    ...power,
    spec,
    files,
    processes,
    bootedAt,
    now: clock.now,
    shells: createShells(() => machine),
    reloadSsh: () => sshd.reload(),
  };
  const sshd = createSshd(machine, () => disk.trouble);
  const instance = { files, hostname, image, authorizedKeys };
  const firstBoot = disk.boots === 1 ? initialize(spec.userData, instance) : null;
  let status: 'starting' | 'up' | 'off' = 'starting';
  const comeUp = async () => {
    status = 'up';
    if (!disk.trouble.sshRefused) sshd.listen();
    if (firstBoot !== null) await finish(machine, firstBoot, instance);
    if (status === 'up') markFinished(machine, firstBoot?.errors ?? []);
  };
  const delay = randomInt(START_MS.least, START_MS.most) + (disk.trouble.slowStartMs ?? 0);
  const timer = setTimeout(() => void comeUp(), delay);
  return {
    async halt() {
      status = 'off';
      clearTimeout(timer);
      processes.powerOff();
      await sshd.stop();
    },
    troubleChanged() {
      if (disk.trouble.sshRefused) sshd.refuse();
      else if (status === 'up') sshd.listen();
    },
  };
}
