import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A PostgreSQL database for one installation. */
export interface Database {
  readonly url: string;
  /** The column `answer` of every row. */
  ask(sql: string): Promise<unknown[]>;
  drop(): Promise<void>;
}

export async function newDatabase(server: string): Promise<Database> {
  const name = `saltern_${randomUUID().replaceAll('-', '')}`;
  const at = new URL(server);
  at.pathname = name;
  await ask(server, `create database ${name}`);
  return {
    url: at.href,
    ask: (sql) => ask(at.href, sql),
    drop: async () => void (await ask(server, `drop database ${name} with (force)`)),
  };
}

async function ask(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows.map(({ answer }) => answer);
}
