/** Gathers values for a moment and hands them on together, in order, one batch at a time. */
export interface Buffered<T> {
  add(value: T): void;
  /** Resolves when everything added so far was handed on. */
  flush(): Promise<void>;
}

export function createBuffer<T>(delayMs: number, write: (values: T[]) => Promise<void>): Buffered<T> {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | null = null;
  let tail: Promise<void> = Promise.resolve();
  const writeAll = async () => {
    const values = waiting;
    waiting = [];
    if (values.length > 0) await write(values);
  };
  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    // What comes while a batch is being written goes together, however many ask for it.
    tail = tail.then(writeAll);
    return tail;
  };
  return {
    add(value) {
      waiting.push(value);
      timer ??= setTimeout(() => void flush(), delayMs);
    },
    flush,
  };
}
