import { SalternError } from '../core/error.ts';

/** A value as the journal gives it back, so that an operation sees the same whether or not it was resumed. */
export function plain<T>(value: T, what: string): T {
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch (cause) {
    throw new SalternError('internal', `${what} is not JSON`, { cause });
  }
}
