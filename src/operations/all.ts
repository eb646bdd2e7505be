import type { Operation } from '../core/operation.ts';
import { applyMachine } from './apply-machine.ts';
import { applyMap } from './apply-map.ts';
import {
  createMachines,
  deployMachines,
  destroyMachines,
  enrolMachines,
  forgetMachines,
  importMachines,
  rebootMachines,
  recoverMachines,
  startMachines,
  stopMachines,
} from './batch.ts';
import { checkProvider } from './check-provider.ts';
import { createMachine } from './create-machine.ts';
import { deployMachine } from './deploy-machine.ts';
import { destroyMachine } from './destroy-machine.ts';
import { enrolMachine } from './enrol-machine.ts';
import { forgetMachine } from './forget-machine.ts';
import { importMachine } from './import-machine.ts';
import { rebootMachine, startMachine, stopMachine } from './power-machine.ts';
import { reconcile } from './reconcile.ts';
import { recoverMachine } from './recover-machine.ts';

/** Every operation the engine can run, resume and retry. */
export const operations: readonly Operation<unknown, unknown>[] = [
  applyMap,
  applyMachine,
  createMachines,
  destroyMachines,
  enrolMachines,
  forgetMachines,
  startMachines,
  stopMachines,
  rebootMachines,
  deployMachines,
  importMachines,
  recoverMachines,
  createMachine,
  enrolMachine,
  destroyMachine,
  forgetMachine,
  startMachine,
  stopMachine,
  rebootMachine,
  deployMachine,
  importMachine,
  recoverMachine,
  checkProvider,
  reconcile,
];
