import type { TokenTable } from '../core/store.ts';
import type { Db } from './dialect.ts';
import { createRows } from './rows.ts';

export function createTokens(db: Db): TokenTable {
  return {
    ...createRows(db, 'tokens', { noun: 'token' }),
    async byHash(hash) {
      return (await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst()) ?? null;
    },
  };
}
