import type { Clock, MachineHost, MachineSpec } from '../machine.ts';
import { publicHostKeys } from './host-keys.ts';
import { createMemoryMachine, type MemoryMachine } from './memory-machine.ts';
import type { Trouble } from './sshd.ts';

export interface MemoryHost extends MachineHost {
  /** Breaks the SSH of one machine from now on; `{}` mends it. For tests. */
  trouble(id: string, trouble: Trouble): void;
}

/**
 * Machines that live in this process: an SSH server each, a simulated shell, a file system in memory. Needs no root, makes
 * nothing on the computer it runs on but listening sockets.
 */
export function createMemoryHost({ clock }: { readonly clock: Clock }): MemoryHost {
  const machines = new Map<string, MemoryMachine>();
  const known = (id: string): MemoryMachine => {
    const machine = machines.get(id);
    if (machine === undefined) throw new Error(`no machine ${id}`);
    return machine;
  };
  return {
    async boot(spec: MachineSpec) {
      const machine = machines.get(spec.id) ?? createMemoryMachine(spec, clock);
      machines.set(spec.id, machine);
      machine.boot(spec);
    },
    reboot: (id) => known(id).reboot(),
    halt: (id) => known(id).halt(),
    async destroy(id) {
      const machine = machines.get(id);
      machines.delete(id);
      await machine?.halt();
    },
    dump(id) {
      const machine = machines.get(id);
      if (machine === undefined) return null;
      const { files, bootId, boots } = machine.inside();
      return { files: dumpFiles(files), hostKeys: publicHostKeys(files), bootId, boots };
    },
    trouble: (id, trouble) => known(id).setTrouble(trouble),
    async close() {
      await Promise.all([...machines.values()].map((machine) => machine.halt()));
      machines.clear();
    },
  };
}

/** Regular files as text, without the programs that every image has. */
function dumpFiles(files: ReturnType<MemoryMachine['inside']>['files']): Record<string, string> {
  const dump: Record<string, string> = {};
  for (const [path, node] of files.walk()) {
    if (node.kind === 'file' && !/^\/(usr\/bin|proc)\//.test(path)) dump[path] = node.content.toString('utf8');
  }
  return dump;
}
