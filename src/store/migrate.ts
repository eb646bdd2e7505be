import { type Migration, Migrator } from 'kysely/migration';
import { SalternError } from '../core/error.ts';
import type { Db } from './dialect.ts';
import * as initial from './migrations/0001-initial.ts';

/** In order of their names. */
const MIGRATIONS: Record<string, Migration> = { '0001-initial': initial };

const TABLE = 'migrations';

/** Brings a database to this version's tables, all or nothing. `unsupported` when a newer version made it. */
export async function migrate(db: Db, where: string, schema?: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: TABLE,
    migrationLockTableName: `${TABLE}_lock`,
    ...(schema && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  if (error instanceof SalternError) throw error;
  await assertKnown(db, where);
  throw new SalternError('internal', `${where} cannot be brought to this version's tables`, { cause: error });
}

/** Throws `unsupported` when a database has been through migrations that this version does not know. */
export async function assertKnown(db: Db, where: string): Promise<void> {
  const migrations = db.withTables<{ [TABLE]: { name: string } }>().selectFrom(TABLE).select('name').orderBy('name');
  const newer = (await migrations.execute()).find(({ name }) => !(name in MIGRATIONS));
  if (newer === undefined) return;
  throw new SalternError('unsupported', `${where} was made by a newer Saltern (its tables are at ${newer.name})`, {
    hint: 'Start that version or a later one, or restore a backup that this version made.',
  });
}
