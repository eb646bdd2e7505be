import { SalternError } from '../core/error.ts';
import { newId } from '../lib/ids.ts';
import type { Cipher } from './cipher.ts';
import { type Db, inTransaction } from './dialect.ts';

const KEY_CHECK = 'keyCheck';

/**
 * The installation's id, made when the database is new. Together with it a known text is sealed, so that another key is
 * one clear error (`invalid`) at the start and not a failure at the first secret.
 */
export async function readInstallation(db: Db, cipher: Cipher, where: string): Promise<string> {
  const settings = await inTransaction(db, async (transaction) => {
    const made = { installation: newId(), [KEY_CHECK]: cipher.seal(KEY_CHECK, KEY_CHECK) };
    const rows = Object.entries(made).map(([name, value]) => ({ name, value }));
    const insert = transaction.insertInto('settings').values(rows);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
    const present = await transaction.selectFrom('settings').selectAll().execute();
    return new Map(present.map(({ name, value }) => [name, value]));
  });
  if (cipher.open(KEY_CHECK, settings.get(KEY_CHECK) ?? '') !== KEY_CHECK) {
    throw new SalternError('invalid', `the encryption key is not the one that ${where} was made with`, {
      hint: 'Put back the key file (or SALTERN_KEY) that belongs to this database; its secrets open with no other.',
    });
  }
  return settings.get('installation') ?? '';
}

/** The id under which another, lost database knew what it made. Refused with `conflict` once this one has anything of its own. */
export async function changeInstallation(db: Db, installation: string): Promise<void> {
  await inTransaction(db, async (transaction) => {
    for (const table of ['machines', 'resources'] as const) {
      const row = await transaction.selectFrom(table).select('id').limit(1).executeTakeFirst();
      if (!row) continue;
      throw new SalternError(
        'conflict',
        'this inventory has machines or resources of its own: it stays the installation it is',
        {
          hint: 'Recover another installation into an empty data directory (SALTERN_HOME).',
        },
      );
    }
    await transaction.updateTable('settings').set({ value: installation }).where('name', '=', 'installation').execute();
  });
}
