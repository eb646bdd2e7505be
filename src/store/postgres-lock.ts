import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SalternError } from '../core/error.ts';
import { DEFAULT_SCHEMA, type PostgresAddress } from './postgres-connection.ts';
import { postgresError } from './postgres-error.ts';

/** A controller that was killed a moment ago: its server process may take that long (ms) to notice. */
const PATIENCE_MS = 5000;

/**
 * One controller owns a PostgreSQL schema, by a lock that ends with its connection. A second one gets `conflict`, wherever it
 * runs. Source: PostgreSQL, "Advisory Locks" (session level).
 */
export async function lockPostgres({
  url,
  schema = DEFAULT_SCHEMA,
}: PostgresAddress): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  // A lost connection shows at the next query of the store; here it must only not end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await tryLock(client, schema))) {
      if (Date.now() > deadline) throw owned(schema);
      await sleep(100);
    }
  } catch (error) {
    await client.end().catch(() => {});
    throw error instanceof SalternError ? error : postgresError(error);
  }
  return { release: () => client.end() };
}

async function tryLock(client: pg.Client, schema: string): Promise<boolean> {
  const text = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked';
  const { rows } = await client.query<{ locked: boolean }>(text, [`${schema}.controller`]);
  return rows[0]?.locked === true;
}

function owned(schema: string): SalternError {
  return new SalternError('conflict', `another controller works on the PostgreSQL schema ${schema}`, {
    hint: 'Stop it first: two controllers would do the same work twice.',
  });
}
