import { SalternError } from '../core/error.ts';
import type { OperationRecord } from '../core/operation.ts';
import type { AnyOperation } from './deps.ts';

/** The operations by name and version. An operation is finished by the version that it began with. */
export interface Registry {
  /** `conflict` when that version is not here. */
  of(record: OperationRecord): AnyOperation;
  /** The newest of that name: good enough to mark an entity after a failure. Null when there is none. */
  newest(name: string): AnyOperation | null;
  has(operation: { readonly name: string; readonly version: number }): boolean;
}

export function createRegistry(operations: readonly AnyOperation[]): Registry {
  const byVersion = new Map(operations.map((operation) => [key(operation), operation]));
  const newest = new Map<string, AnyOperation>();
  for (const operation of operations) {
    if ((newest.get(operation.name)?.version ?? 0) <= operation.version) newest.set(operation.name, operation);
  }
  return {
    has: (operation) => byVersion.has(key(operation)),
    newest: (name) => newest.get(name) ?? null,
    of(record) {
      const operation = byVersion.get(key(record));
      if (operation) return operation;
      const known = newest.get(record.name);
      const present = known ? `this one has version ${known.version}` : 'this one has no such operation';
      throw new SalternError(
        'conflict',
        `${record.name} was begun as version ${record.version} by another version of the controller; ${present}`,
        { hint: 'Ask for it again with this controller, or retry it with the one that began it.' },
      );
    },
  };
}

/** The input as the operation wants it; what does not fit is `invalid`, with the place where the checker tells one. */
export function parseInput(operation: AnyOperation, input: unknown): unknown {
  try {
    return operation.Input.parse(input);
  } catch (thrown) {
    if (thrown instanceof SalternError) throw thrown;
    const issue = firstIssue(thrown);
    throw new SalternError('invalid', `${operation.name}: ${issue.message}`, { field: issue.field, cause: thrown });
  }
}

/** Zod's errors carry their issues; other checkers have a message. */
function firstIssue(thrown: unknown): { message: string; field?: string } {
  const issues = thrown instanceof Error && 'issues' in thrown && Array.isArray(thrown.issues) ? thrown.issues : [];
  const [first] = issues;
  if (!first) return { message: thrown instanceof Error ? thrown.message : String(thrown) };
  const field = Array.isArray(first.path) ? first.path.join('.') : '';
  return { message: String(first.message), ...(field && { field }) };
}

function key({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}@${version}`;
}
