import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
let lastTime = 0;
let lastRandom = new Uint8Array(16);

/**
 * A new ULID: 26 characters, sorts by creation time, strictly increasing within this process.
 * Source: the ULID specification (48 bits of milliseconds, 80 bits of randomness, Crockford's base 32).
 */
export function newId(now: number = Date.now()): string {
  if (now <= lastTime) increment(lastRandom);
  else {
    lastTime = now;
    lastRandom = Uint8Array.from(randomBytes(16), (byte) => byte & 31);
  }
  return encodeTime(lastTime) + Array.from(lastRandom, (digit) => ALPHABET[digit]).join('');
}

/** Whether a text has the form of an id, so that "name or id" can be told apart. */
export function isId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

function encodeTime(time: number): string {
  let text = '';
  for (let rest = time, i = 0; i < 10; i += 1, rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text;
  return text;
}

function increment(digits: Uint8Array): void {
  for (let i = digits.length - 1; i >= 0; i -= 1) {
    const digit = digits[i] ?? 0;
    digits[i] = (digit + 1) & 31;
    if (digit !== 31) return;
  }
}
