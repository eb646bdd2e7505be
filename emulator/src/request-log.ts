/** One request as the tests and the bench see it; times are real milliseconds. */
export interface LoggedRequest {
  readonly id: string;
  readonly time: number;
  readonly method: string;
  /** Path with query; headers and bodies are never kept. */
  readonly path: string;
  /** null: no answer was given. */
  status: number | null;
  faults: readonly string[];
  durationMs: number;
}

const LIMIT = 200_000;

/** Keeps the last requests. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  begin(id: string, method: string, path: string): LoggedRequest {
    const entry: LoggedRequest = { id, time: Date.now(), method, path, status: null, faults: [], durationMs: 0 };
    if (this.#entries.length >= LIMIT) this.#entries = this.#entries.slice(LIMIT / 2);
    this.#entries.push(entry);
    return entry;
  }

  all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}
