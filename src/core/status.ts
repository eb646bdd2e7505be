import { SalternError } from './error.ts';

/** A table of statuses and what each may become. All status rules are such tables; nobody writes an `if` about them. */
export type Transitions<Status extends string> = Readonly<Record<Status, readonly Status[]>>;

/** Throws `conflict` when the table does not allow the change. Staying the same is always allowed. */
export function assertTransition<S extends string>(table: Transitions<S>, what: string, from: S, to: S): void {
  if (from === to || table[from].includes(to)) return;
  throw new SalternError('conflict', `${what} is ${from} and cannot become ${to}`);
}
