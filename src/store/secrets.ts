import { SalternError } from '../core/error.ts';
import type { SecretTable } from '../core/store.ts';
import type { Cipher } from './cipher.ts';
import type { Db } from './dialect.ts';

export function createSecrets(db: Db, cipher: Cipher): SecretTable {
  return {
    async put(name, value) {
      const sealed = cipher.seal(name, value);
      const insert = db.insertInto('secrets').values({ name, sealed });
      await insert.onConflict((conflict) => conflict.column('name').doUpdateSet({ sealed })).execute();
    },

    async get(name) {
      const row = await db.selectFrom('secrets').selectAll().where('name', '=', name).executeTakeFirst();
      if (!row) return null;
      const value = cipher.open(name, row.sealed);
      if (value !== null) return value;
      throw new SalternError('internal', `the stored secret ${name} cannot be decrypted: it was changed or moved`, {
        hint: 'Restore the database from a backup, or set the secret again.',
      });
    },

    async delete(name) {
      await db.deleteFrom('secrets').where('name', '=', name).execute();
    },
  };
}
