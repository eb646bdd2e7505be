import type { NamedTable } from '../core/store.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Db } from './dialect.ts';
import { createNamedRows } from './rows.ts';

export function createWebhooks(db: Db): NamedTable<Webhook> {
  return createNamedRows(db, 'webhooks', { noun: 'webhook' });
}
