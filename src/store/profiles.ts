import type { Profile } from '../core/profile.ts';
import type { NamedTable } from '../core/store.ts';
import type { Db } from './dialect.ts';
import { createNamedRows } from './rows.ts';

export function createProfiles(db: Db): NamedTable<Profile> {
  return createNamedRows(db, 'profiles', { noun: 'profile' });
}
