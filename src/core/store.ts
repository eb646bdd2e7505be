import type { Journal } from './engine.ts';
import type { NewEvent, SalternEvent } from './event.ts';
import type { Machine, MachineStatus } from './machine.ts';
import type { LogLine, OperationRecord, OperationStatus } from './operation.ts';
import type { Profile } from './profile.ts';
import type { Provider } from './provider.ts';
import type { Resource, ResourceStatus } from './resource.ts';
import type { Token } from './token.ts';
import type { Webhook } from './webhook.ts';

/** The controller's tables. Absence is null. Every write that resolved is on disk. */
export interface Store {
  readonly installation: string;
  readonly providers: NamedTable<Provider>;
  readonly profiles: NamedTable<Profile>;
  readonly machines: MachineTable;
  readonly resources: ResourceTable;
  readonly operations: OperationTable;
  readonly events: EventTable;
  readonly tokens: TokenTable;
  readonly webhooks: NamedTable<Webhook>;
  readonly secrets: SecretTable;
  /**
   * Takes another installation's id for its own, so that what bears its tags is ours again (recover). Only while there are no
   * machines and no resources: `conflict` otherwise.
   */
  becomeInstallation(installation: string): Promise<void>;
  /** All or nothing. The store handed in is the one to use inside. */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** Writes a whole, consistent copy (engine and domain together) to a file that must not exist. */
  backup(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface Table<Row extends { readonly id: string }> {
  get(id: string): Promise<Row | null>;
  list(): Promise<Row[]>;
  insert(row: Row): Promise<Row>;
  /** `not_found` when there is no such row. Returns the row as it is afterwards. */
  update(id: string, patch: Partial<Omit<Row, 'id'>>): Promise<Row>;
  delete(id: string): Promise<void>;
}

export interface NamedTable<Row extends { readonly id: string; readonly name: string }> extends Table<Row> {
  /** By id or by name. */
  find(nameOrId: string): Promise<Row | null>;
}

export interface Page {
  /** Rows after this id, in id order. */
  readonly after?: string;
  readonly limit?: number;
}

export interface MachineFilter extends Page {
  readonly provider?: string;
  readonly profile?: string;
  readonly map?: string;
  readonly statuses?: readonly MachineStatus[];
  /** `*` and `?` as in a shell. */
  readonly name?: string;
  /** Destroyed machines are left out unless asked for. */
  readonly destroyed?: boolean;
}

export interface MachineTable extends Omit<NamedTable<Machine>, 'list'> {
  list(filter?: MachineFilter): Promise<Machine[]>;
  /** Also refuses, with `conflict`, a status change that the table in core/machine.ts does not allow. */
  update(id: string, patch: Partial<Omit<Machine, 'id'>>): Promise<Machine>;
  count(filter?: MachineFilter): Promise<number>;
}

export interface ResourceFilter {
  readonly provider?: string;
  readonly machine?: string;
  readonly statuses?: readonly ResourceStatus[];
}

export interface ResourceTable extends Omit<Table<Resource>, 'list'> {
  list(filter?: ResourceFilter): Promise<Resource[]>;
  byNativeId(provider: string, kind: string, nativeId: string): Promise<Resource | null>;
}

export interface OperationFilter extends Page {
  readonly statuses?: readonly OperationStatus[];
  readonly entity?: string;
  readonly parent?: string | null;
  /** Newest first instead of in id order. */
  readonly newest?: boolean;
}

export interface OperationTable extends Journal {
  list(filter?: OperationFilter): Promise<OperationRecord[]>;
  /** Log lines after `after`, in order. */
  log(operation: string, after?: number, limit?: number): Promise<LogLine[]>;
}

export interface EventTable {
  append(events: readonly NewEvent[]): Promise<SalternEvent[]>;
  /** Events after an id, oldest first. */
  after(
    id: number,
    filter?: { readonly entity?: string; readonly operation?: string; readonly type?: string },
    limit?: number,
  ): Promise<SalternEvent[]>;
  lastId(): Promise<number>;
}

export interface TokenTable extends Table<Token> {
  byHash(hash: string): Promise<Token | null>;
}

/** Values encrypted at rest with AES-256-GCM. Names are not secret. */
export interface SecretTable {
  put(name: string, value: string): Promise<void>;
  get(name: string): Promise<string | null>;
  delete(name: string): Promise<void>;
}
