import type { LogLine } from '../core/operation.ts';
import type { Clock } from '../lib/clock.ts';

export type NewLine = Omit<LogLine, 'seq'>;

export interface LogBuffer {
  add(line: NewLine): void;
  /** Writes all that was added. Rejects when the journal does; the lines are kept for the next flush. */
  flush(): Promise<void>;
}

const BATCH_LINES = 100;
const BATCH_MS = 200;

/** Gathers lines of all operations into few journal writes. `onError` hears of a flush in the background that failed. */
export function createLogBuffer(
  append: (lines: readonly NewLine[]) => Promise<void>,
  clock: Clock,
  onError: (thrown: unknown) => void,
): LogBuffer {
  const lines: NewLine[] = [];
  let writing: Promise<void> = Promise.resolve();
  let armed = false;

  async function write(): Promise<void> {
    const batch = lines.splice(0);
    if (batch.length === 0) return;
    try {
      await append(batch);
    } catch (thrown) {
      lines.unshift(...batch);
      throw thrown;
    }
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => {}).then(write);
    return writing;
  }

  return {
    flush,
    add(line) {
      lines.push(line);
      if (lines.length === BATCH_LINES) flush().catch(onError);
      if (armed) return;
      armed = true;
      void clock.sleep(BATCH_MS).then(() => {
        armed = false;
        return flush().catch(onError);
      });
    },
  };
}
