import type { Provider } from '../core/provider.ts';
import type { NamedTable } from '../core/store.ts';
import type { Db } from './dialect.ts';
import { createNamedRows } from './rows.ts';

export function createProviders(db: Db): NamedTable<Provider> {
  return createNamedRows(db, 'providers', { noun: 'provider' });
}
