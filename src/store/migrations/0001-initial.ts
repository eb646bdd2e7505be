import { type Kysely, sql } from 'kysely';

/**
 * The first schema, in the SQL that SQLite and PostgreSQL share. Times are milliseconds.
 * A published migration is never edited: a change is a file with the next number.
 */
const STATEMENTS = [
  `create table settings (name text primary key, value text not null)`,

  `create table secrets (name text primary key, sealed text not null)`,

  `create table tokens (
    id text primary key,
    name text not null,
    role text not null,
    hash text not null unique,
    "expiresAt" bigint not null,
    "createdAt" bigint not null
  )`,

  `create table webhooks (
    id text primary key,
    name text not null unique,
    url text not null,
    types text not null,
    "lastEvent" bigint not null,
    failures integer not null,
    "lastError" text,
    "createdAt" bigint not null
  )`,

  `create table providers (
    id text primary key,
    name text not null unique,
    driver text not null,
    settings text not null,
    "secretKeys" text not null,
    limits text not null,
    status text not null,
    "statusReason" text,
    scope text,
    "checkedAt" bigint,
    origin text not null,
    "createdAt" bigint not null,
    "updatedAt" bigint not null
  )`,

  `create table profiles (
    id text primary key,
    name text not null unique,
    provider text not null references providers (id),
    image text,
    size text,
    location text,
    tags text not null,
    ssh text not null,
    deploy text not null,
    "onFailure" text not null,
    protected text not null,
    options text not null,
    origin text not null,
    "createdAt" bigint not null,
    "updatedAt" bigint not null
  )`,

  // No foreign keys: a machine's history outlives its provider and profile.
  `create table machines (
    id text primary key,
    name text not null,
    provider text not null,
    profile text,
    status text not null,
    origin text not null,
    protected text not null,
    map text,
    asked text not null,
    "agentKey" text,
    grains text,
    resource text not null,
    "nativeId" text,
    location text,
    size text,
    image text,
    "imageName" text,
    arch text,
    price text,
    addresses text not null,
    "sshUser" text,
    "sshPort" integer not null,
    "hostKeys" text not null,
    "hostKeyOrigin" text,
    operation text,
    error text,
    "createdAt" bigint not null,
    "readyAt" bigint,
    "destroyedAt" bigint
  )`,
  `create unique index machines_name on machines (name) where status <> 'destroyed'`,
  `create index machines_present on machines (id) where status <> 'destroyed'`,
  `create index machines_status on machines (status, id)`,
  `create index machines_provider on machines (provider, id)`,
  `create index machines_profile on machines (profile, id)`,
  `create index machines_map on machines (map, id)`,

  `create table resources (
    id text primary key,
    provider text not null,
    machine text,
    parent text,
    kind text not null,
    name text not null,
    location text,
    status text not null,
    "nativeId" text,
    "attemptedAt" bigint,
    "existsAt" bigint,
    "goneAt" bigint
  )`,
  `create index resources_native on resources (provider, kind, "nativeId")`,
  `create index resources_machine on resources (machine)`,

  `create table operations (
    id text primary key,
    name text not null,
    version integer not null,
    attempt integer not null,
    input text,
    output text,
    status text not null,
    entity text,
    queue text,
    parent text,
    actor text not null,
    error text,
    cancel text,
    "createdAt" bigint not null,
    "startedAt" bigint,
    "endedAt" bigint
  )`,
  // The rule "one unfinished operation per entity", kept by the database itself.
  `create unique index operations_busy on operations (entity) where status in ('queued', 'running', 'cancelling')`,
  `create index operations_unfinished on operations (id) where status in ('queued', 'running', 'cancelling')`,
  `create index operations_entity on operations (entity, id)`,
  `create index operations_parent on operations (parent, id)`,
  `create index operations_status on operations (status, id)`,

  `create table steps (
    operation text not null references operations (id),
    seq integer not null,
    name text not null,
    kind text not null,
    status text not null,
    attempts integer not null,
    output text,
    evidence text,
    error text,
    progress text,
    "startedAt" bigint not null,
    "endedAt" bigint,
    primary key (operation, seq)
  )`,

  `create table log (
    seq bigint primary key,
    operation text not null references operations (id),
    step text not null,
    at bigint not null,
    stream text not null,
    text text not null
  )`,
  `create index log_operation on log (operation, seq)`,

  `create table events (
    id bigint primary key,
    at bigint not null,
    actor text not null,
    type text not null,
    entity text,
    operation text,
    data text not null
  )`,
  `create index events_entity on events (entity, id)`,
  `create index events_operation on events (operation, id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
