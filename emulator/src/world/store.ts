import { randomUUID } from 'node:crypto';
import { type Call, place } from '../call.ts';
import { notFound, permissionsDenied } from '../errors.ts';

/** What everything in the world has. Times are emulated milliseconds since the epoch. */
export interface Stored {
  readonly id: string;
  /** Zone or region; empty for global things. */
  readonly place: string;
  readonly project: string;
  readonly createdAt: number;
  modifiedAt: number;
  /** Hidden from every read until then: how an effect becomes visible late. */
  readonly visibleAt: number;
  name: string;
  tags: string[];
}

/** All things of one kind. */
export class Store<T extends Stored> {
  readonly #items = new Map<string, T>();
  /** The name of this kind in the error bodies of the API, for example instance_server. */
  readonly resource: string;

  constructor(resource: string) {
    this.resource = resource;
  }

  add(item: T): T {
    this.#items.set(item.id, item);
    return item;
  }

  /** Looks by id past places, projects and visibility: for the world's own use. */
  peek(id: string | null): T | null {
    return (id !== null && this.#items.get(id)) || null;
  }

  /** What a request may see under this id; throws the API's 404 or 403. */
  get(call: Call, id: string): T {
    if (call.sight.foreign) throw permissionsDenied('read', this.resource);
    const item = this.#items.get(id);
    if (!item || item.place !== place(call) || item.visibleAt > call.world.clock.now()) {
      throw notFound(this.resource, id);
    }
    return item;
  }

  remove(id: string): void {
    this.#items.delete(id);
  }

  all(): T[] {
    return [...this.#items.values()];
  }

  get size(): number {
    return this.#items.size;
  }
}

/** The common part of a new thing made by this request. */
export function born(call: Call, name: string, project: string, tags: readonly string[] = []): Stored {
  const now = call.world.clock.now();
  return {
    id: randomUUID(),
    place: place(call),
    project,
    createdAt: now,
    modifiedAt: now,
    visibleAt: call.sight.visibleAt,
    name,
    tags: [...tags],
  };
}
