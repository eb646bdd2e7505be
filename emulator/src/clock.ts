import type { Clock } from './machine.ts';

/** A clock that runs at a chosen speed and can be pushed forward. Speed 0 freezes it. */
export class EmulatorClock implements Clock {
  #speed: number;
  #base = Date.now();
  #since = Date.now();
  readonly #listeners = new Set<() => void>();

  constructor(speed = 1) {
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  /** Emulated time in milliseconds since the epoch; bound, so that it can be handed on alone. */
  readonly now = (): number => this.#base + (Date.now() - this.#since) * this.#speed;

  setSpeed(speed: number): void {
    this.#rebase(0);
    this.#speed = speed;
    this.#changed();
  }

  /** Pushes the clock forward by `ms` emulated milliseconds. */
  advance(ms: number): void {
    this.#rebase(ms);
    this.#changed();
  }

  /** Calls back whenever speed or time was changed by hand, so that timers can be set anew. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #rebase(ms: number): void {
    this.#base = this.now() + ms;
    this.#since = Date.now();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
