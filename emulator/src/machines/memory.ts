import type { Clock, MachineHost, MachineSpec, Trouble } from '../machine.ts';
import { publicHostKeys } from './host-keys.ts';
import { createMemoryMachine, type MemoryMachine } from './memory-machine.ts';

/**
 * Machines that live in this process: an SSH server each, a simulated shell, a file system in memory. Needs no root, makes
 * nothing on the computer it runs on but listening sockets.
 */
export function createMemoryHost({ clock }: { readonly clock: Clock }): MachineHost {
  const machines = new Map<string, MemoryMachine>();
  const troubles = new Map<string, Trouble>();
  const create = (spec: MachineSpec): MemoryMachine => {
    const machine = createMemoryMachine(spec, clock);
    machine.setTrouble(troubles.get(spec.id) ?? {});
    return machine;
  };
  const known = (id: string): MemoryMachine => {
    const machine = machines.get(id);
    if (machine === undefined) throw new Error(`no machine ${id}`);
    return machine;
  };
  return {
    async boot(spec: MachineSpec) {
      const machine = machines.get(spec.id) ?? create(spec);
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
    trouble(id, trouble) {
      troubles.set(id, trouble);
      machines.get(id)?.setTrouble(trouble);
    },
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
