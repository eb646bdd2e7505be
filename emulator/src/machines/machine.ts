import type { MachineSpec } from '../machine.ts';
import type { FileSystem } from './file-system.ts';
import type { ProcessTable } from './processes.ts';
import type { Shells } from './shell-state.ts';

/** The inside of one running machine, as its programs see it. */
export interface Machine {
  readonly spec: MachineSpec;
  readonly files: FileSystem;
  readonly processes: ProcessTable;
  readonly shells: Shells;
  /** Milliseconds of the emulated world's clock. */
  now(): number;
  readonly bootedAt: number;
  /** New connections are answered with the host keys that lie in the file system now; present ones stay. */
  reloadSsh(): void;
  reboot(): void;
  powerOff(): void;
}
