import type { FleetProvider } from './fleet.ts';
import type { Data, DataMap } from './output/data.ts';

/** `{alias: {driver: …}}`, Salt's shape of nearly every answer. */
export class Tree {
  readonly #aliases: Record<string, Record<string, Data>> = {};

  put({ alias, driver }: FleetProvider, data: Data): void {
    this.#aliases[alias] ??= {};
    this.#aliases[alias][driver] = data;
  }

  /** Puts one entry into what stands there already. */
  add(provider: FleetProvider, key: string, data: Data): void {
    const present = this.#aliases[provider.alias]?.[provider.driver];
    const before: DataMap =
      present !== null && typeof present === 'object' && !Array.isArray(present) ? (present as DataMap) : {};
    this.put(provider, { ...before, [key]: data });
  }

  data(): DataMap {
    return this.#aliases;
  }
}
