import { createHash } from 'node:crypto';
import type { Instance } from '../core/instance.ts';

/**
 * What an instance looked like, in 16 characters: another one means that somebody changed it. Addresses are left out, they
 * come and go with the power.
 */
export function fingerprint(instance: Instance): string {
  const { nativeId, location, name, status, size, image, tags } = instance;
  const looks = JSON.stringify([nativeId, location, name, status, size, image, tags.toSorted()]);
  return createHash('sha256').update(looks).digest('hex').slice(0, 16);
}
