import { describe } from 'vitest';
import { actContract } from './engine-acts.ts';
import { cancelContract } from './engine-cancel.ts';
import { childrenContract } from './engine-children.ts';
import { crashContract } from './engine-crashes.ts';
import type { EngineFactory } from './engine-harness.ts';
import { lifeContract } from './engine-life.ts';
import { stepContract } from './engine-steps.ts';
import { waitContract } from './engine-waits.ts';

/** What every engine keeps to: the embedded one, and DBOS on PostgreSQL behind the same port. */
export function engineContract(name: string, factory: EngineFactory): void {
  describe(`engine contract: ${name}`, () => {
    describe('steps', () => stepContract(factory));
    describe('waits', () => waitContract(factory));
    describe('actions', () => actContract(factory));
    describe('children', () => childrenContract(factory));
    describe('crashes', () => crashContract(factory));
    describe('cancel', () => cancelContract(factory));
    describe('life', () => lifeContract(factory));
  });
}
