import { createHash } from 'node:crypto';

/**
 * The fingerprint of a PEM text as `salt-key -f` prints it: SHA-256, in hexadecimal pairs with colons between, of what stands
 * between its first and its last line, blank lines left out and line ends kept. Null when there is nothing between them.
 */
export function pemFinger(pem: string): string | null {
  const lines = pem.replaceAll('\r\n', '\n').match(/.*\n|.+$/g) ?? [];
  const body = lines
    .filter((line) => line.trim() !== '')
    .slice(1, -1)
    .join('');
  if (body === '') return null;
  const hex = createHash('sha256').update(body).digest('hex');
  return hex.match(/../g)?.join(':') ?? null;
}
