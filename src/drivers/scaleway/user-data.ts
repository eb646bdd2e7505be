import type { UserDataControl } from '../../core/driver.ts';
import { SalternError } from '../../core/error.ts';
import { Nothing } from './client.ts';
import { type Context, instancePath } from './context.ts';

export function createUserData(context: Context): UserDataControl {
  return {
    async erase(ref, signal) {
      if (!ref.nativeId)
        throw new SalternError('internal', `the native id of ${ref.name} is needed to erase its user data`);
      const path = instancePath(context, ref.location, `/servers/${ref.nativeId}/user_data/cloud-init`);
      try {
        await context.client.call({ method: 'DELETE', path, answer: Nothing }, signal);
      } catch (error) {
        // An unknown key is a 404 without a body: the key is gone, or the server is; either way nobody can read it.
        if (!(error instanceof SalternError && error.code === 'not_found')) throw error;
      }
    },
  };
}
