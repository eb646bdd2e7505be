import type { SalternEvent } from '../core/event.ts';
import type { Machine } from '../core/machine.ts';
import type { LogLine, OperationRecord, StepRecord } from '../core/operation.ts';
import type { Profile } from '../core/profile.ts';
import type { Provider } from '../core/provider.ts';
import type { Resource } from '../core/resource.ts';
import type { Token } from '../core/token.ts';
import type { Webhook } from '../core/webhook.ts';

/** What each table keeps. A column is named as the property it holds, so no mapping of names is needed. */
export interface Entities {
  providers: Provider;
  profiles: Profile;
  machines: Machine;
  resources: Resource;
  operations: OperationRecord;
  steps: StepRecord;
  log: LogLine;
  events: SalternEvent;
  tokens: Token;
  webhooks: Webhook;
}

/** The columns that hold JSON text. All others hold the entity's own texts and whole numbers. */
export const JSON_COLUMNS = {
  providers: ['settings', 'secretKeys', 'limits', 'scope'],
  profiles: ['tags', 'ssh', 'deploy', 'protected', 'options'],
  machines: ['protected', 'asked', 'agentKey', 'grains', 'price', 'addresses', 'hostKeys', 'error'],
  resources: [],
  operations: ['input', 'output', 'actor', 'error'],
  steps: ['output', 'evidence', 'error'],
  log: [],
  events: ['actor', 'data'],
  tokens: [],
  webhooks: ['types'],
} as const satisfies { [T in keyof Entities]: readonly (keyof Entities[T])[] };

type JsonText<Value> = null extends Value ? string | null : string;

type Stored<Entity, Json> = {
  -readonly [K in keyof Entity]: K extends Json ? JsonText<Entity[K]> : Entity[K];
};

/** The database as Kysely sees it. */
export type Tables = { [T in keyof Entities]: Stored<Entities[T], (typeof JSON_COLUMNS)[T][number]> } & {
  /** Sealed by cipher.ts; never a value in clear. */
  secrets: { name: string; sealed: string };
  settings: { name: string; value: string };
};

/** An entity, or some of its properties, as columns. What is undefined is left out. */
export function encode<T extends keyof Entities>(table: T, entity: Partial<Entities[T]>): Partial<Tables[T]> {
  const json: readonly string[] = JSON_COLUMNS[table];
  const row: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(entity)) {
    if (value === undefined) continue;
    row[column] = json.includes(column) && value !== null ? JSON.stringify(value) : clean(value);
  }
  return row as Partial<Tables[T]>;
}

/** A row as the entity it keeps. */
export function decode<T extends keyof Entities>(table: T, row: Tables[T]): Entities[T] {
  const entity: Record<string, unknown> = { ...row };
  for (const column of JSON_COLUMNS[table]) {
    const text = entity[column];
    if (typeof text === 'string') entity[column] = JSON.parse(text);
  }
  return entity as unknown as Entities[T];
}

/** PostgreSQL keeps no NUL character in a text; a machine's output may hold one. */
function clean(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
}
