import type { Operation } from '../core/operation.ts';
import {
  createMachines,
  deployMachines,
  destroyMachines,
  forgetMachines,
  importMachines,
  rebootMachines,
  startMachines,
  stopMachines,
} from './batch.ts';
import { checkProvider } from './check-provider.ts';
import { createMachine } from './create-machine.ts';
import { deployMachine } from './deploy-machine.ts';
import { destroyMachine } from './destroy-machine.ts';
import { forgetMachine } from './forget-machine.ts';
import { importMachine } from './import-machine.ts';
import { rebootMachine, startMachine, stopMachine } from './power-machine.ts';
import { reconcile } from './reconcile.ts';

/** Every operation the engine can run, resume and retry. */
export const operations: readonly Operation<unknown, unknown>[] = [
  createMachines,
  destroyMachines,
  forgetMachines,
  startMachines,
  stopMachines,
  rebootMachines,
  deployMachines,
  importMachines,
  createMachine,
  destroyMachine,
  forgetMachine,
  startMachine,
  stopMachine,
  rebootMachine,
  deployMachine,
  importMachine,
  checkProvider,
  reconcile,
];
