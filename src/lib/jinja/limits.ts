import { JinjaError } from './values.ts';

/** What one rendering may take. */
export class Limits {
  readonly #steps: number;
  readonly #bytes: number;
  #taken = 0;
  #made = 0;
  #depth = 0;
  constructor(steps: number, bytes: number) {
    this.#steps = steps;
    this.#bytes = bytes;
  }
  /** Counts steps: what is evaluated, each item, each tag. */
  step(count = 1): void {
    this.#taken += count;
    if (this.#taken <= this.#steps) return;
    const said = `the template does not come to an end (${this.#steps.toLocaleString('en')} steps)`;
    throw new JinjaError(said, 'Look at the loops: each machine takes some ten steps.');
  }
  /** Counts what is made, in characters or items, before it is made: nothing is given back. */
  make(size: number): void {
    this.#made += size;
    if (this.#made <= this.#bytes) return;
    throw new JinjaError(`the template asks for too much memory (${this.#bytes / 2 ** 20} MiB)`);
  }
  /** Macros that call themselves, templates that include themselves. */
  within<T>(work: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new JinjaError('the template calls itself without end');
    try {
      return work();
    } finally {
      this.#depth -= 1;
    }
  }
}

const MAX_DEPTH = 100;
