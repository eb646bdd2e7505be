import type { Client } from '../client/client.ts';
import { ApiError } from '../client/error.ts';
import { version } from '../lib/version.ts';

/** The version that answers at the socket, or null when nothing does. */
export async function controllerVersion(client: Client): Promise<string | null> {
  try {
    await client.request('GET', '/v1/controller');
    return client.controller()?.version ?? version;
  } catch (error) {
    // No HTTP status: nobody answered.
    if (error instanceof ApiError && error.status === null && error.code === 'unavailable') return null;
    throw error;
  }
}
