import { createHash } from 'node:crypto';
import { isId } from '../lib/ids.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The id of a step's child, the same in every process: the parent's 10 digits of time, 12 of a hash of parent and step
 * (60 bits), 4 of the index. So children of one step sort in their order.
 */
export function childId(parent: string, seq: number, index: number): string {
  const time = isId(parent) ? parent.slice(0, 10) : '0'.repeat(10);
  const hash = createHash('sha256').update(`${parent}/${seq}`).digest();
  const digits = Array.from(hash.subarray(0, 12), (byte) => ALPHABET[byte & 31]);
  const order = [15, 10, 5, 0].map((shift) => ALPHABET[(index >> shift) & 31]);
  return [time, ...digits, ...order].join('');
}
