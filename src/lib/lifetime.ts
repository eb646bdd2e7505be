/** A process that ends once: when told to, or after having had nothing to do for as long as allowed. */
export interface Lifetime {
  /** Resolves when the end is complete; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Somebody asked for something: idling begins anew. */
  touch(): void;
  stop(): Promise<void>;
}

export function createLifetime(options: {
  /** Null: it never ends by itself. In ms. */
  readonly idleExitMs: number | null;
  isIdle(): boolean;
  end(): Promise<void>;
}): Lifetime {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let touched = Date.now();
  let ending = false;
  const touch = () => {
    touched = Date.now();
  };
  const stop = () => {
    clearInterval(timer);
    if (!ending) options.end().then(resolve, reject);
    ending = true;
    return ended;
  };
  const timer = setInterval(() => {
    if (!options.isIdle()) touch();
    if (options.idleExitMs !== null && Date.now() - touched > options.idleExitMs) void stop();
  }, 1000);
  return { ended, touch, stop };
}
