import type { DriverFeatures } from '../core/driver.ts';
import type { Machine } from '../core/machine.ts';
import type { Actor, OperationRecord } from '../core/operation.ts';
import type { Log } from '../lib/log.ts';
import type {
  Applied,
  ApplyRequest,
  ChangeRequest,
  EnrolAnswer,
  EnrolRequest,
  ImportAnswer,
  ImportRequest,
  MachinePlan,
  MapImportRequest,
  MapPlan,
  MapRequest,
  ProtectRequest,
  ProviderRequest,
  ReconcileRequest,
  RecoverAnswer,
  RecoverRequest,
  Saved,
  SaveRequest,
} from '../operations/inputs.ts';
import type { CreateRequest, Started, World } from '../operations/requests.ts';
import type { Webhooks } from '../operations/webhooks.ts';
import type { Metrics } from './metrics.ts';

/** All that the HTTP API reaches the controller through. */
export interface ApiContext {
  readonly world: World;
  readonly requests: Requests;
  /** What is built in, by name. */
  readonly drivers: Readonly<Record<string, { readonly name: string; readonly features: DriverFeatures }>>;
  readonly version: string;
  readonly dataDir: string;
  /** When the controller started, in ms. */
  readonly startedAt: number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Calls the listener after each stored event until unsubscribed. As many are subscribed as event streams are open. */
  onEvent(listener: () => void): () => void;
  readonly webhooks: Pick<Webhooks, 'test'>;
  /** Ends the controller; called after the answer was sent. */
  shutdown(): void;
  /** Writes a whole copy of the store to a file that must not exist. */
  backup(path: string): Promise<void>;
}

/** Every request that changes something or asks a backend. Names and ids are both taken. */
export interface Requests {
  createMachines(world: World, request: CreateRequest): Promise<Started>;
  planMachines(world: World, request: CreateRequest): Promise<MachinePlan>;
  changeMachines(world: World, request: ChangeRequest): Promise<Started>;
  protectMachines(world: World, request: ProtectRequest): Promise<readonly Machine[]>;
  planMap(world: World, request: MapRequest): Promise<MapPlan>;
  applyMap(world: World, request: ApplyRequest): Promise<Applied>;
  importMachines(world: World, request: ImportRequest): Promise<ImportAnswer>;
  importMap(world: World, request: MapImportRequest): Promise<ImportAnswer>;
  recover(world: World, request: RecoverRequest): Promise<RecoverAnswer>;
  enrolMachines(world: World, request: EnrolRequest): Promise<EnrolAnswer>;
  checkProvider(world: World, request: ProviderRequest): Promise<OperationRecord>;
  reconcile(world: World, request: ReconcileRequest): Promise<OperationRecord>;
  saveConfig(world: World, request: SaveRequest): Promise<{ readonly saved: readonly Saved[] }>;
  removeProvider(world: World, request: ProviderRequest): Promise<void>;
  removeProfile(world: World, request: { readonly profile: string; readonly actor: Actor }): Promise<void>;
}
