import type { Driver } from '../core/driver.ts';
import type { Instance } from '../core/instance.ts';
import type { ResourceRef } from '../core/resource.ts';

/** Looks at most this often (real ms), however many machines wait. */
const LIST_INTERVAL_MS = 250;

interface Waiting {
  readonly ref: ResourceRef;
  resolve(instance: Instance | null): void;
  reject(error: unknown): void;
}

/**
 * Many machines that wait at the same time are answered by one list instead of a request each. Only presence is believed
 * of a list: whoever is not in it is asked for by native id.
 */
class Watch {
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | null = null;
  private last = 0;
  private readonly driver: Driver;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  find(ref: ResourceRef): Promise<Instance | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ref, resolve, reject });
      const wait = Math.max(20, this.last + LIST_INTERVAL_MS - Date.now());
      this.timer ??= setTimeout(() => void this.answer(), wait);
    });
  }

  private async answer(): Promise<void> {
    const asked = this.waiting;
    this.waiting = [];
    this.timer = null;
    this.last = Date.now();
    try {
      const listed = asked.length > 2 ? await this.listed(asked) : new Map<string, Instance>();
      for (const { ref, resolve, reject } of asked) {
        const seen = listed.get(ref.owner.resource);
        if (seen) resolve(seen);
        else this.driver.instance.find(ref).then(resolve, reject);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  private async listed(asked: readonly Waiting[]): Promise<Map<string, Instance>> {
    const found = new Map<string, Instance>();
    const installation = asked[0]?.ref.owner.installation ?? '';
    for await (const instance of this.driver.instance.list({ installation })) {
      const resource = instance.owner?.resource;
      if (resource && !found.has(resource)) found.set(resource, instance);
    }
    return found;
  }
}

const watches = new WeakMap<Driver, Watch>();

/** One look at an instance, shared with whoever looks at the same provider at the same time. */
export function watchFind(driver: Driver, ref: ResourceRef): Promise<Instance | null> {
  let watch = watches.get(driver);
  if (!watch) {
    watch = new Watch(driver);
    watches.set(driver, watch);
  }
  return watch.find(ref);
}
