import type { ServerHostKeyAlgorithm } from 'ssh2';
import { SalternError } from '../core/error.ts';
import type { SshTarget } from '../core/shell.ts';
import { bareKey } from './keys.ts';

/** Which signatures prove a key of a type. SHA-1 (`ssh-rsa`) is not among them. */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const satisfies Record<string, readonly ServerHostKeyAlgorithm[]>;

export interface HostKeyCheck {
  /** What to offer, so that the machine shows a key of a type that is pinned. Best first. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /** The pinned keys; null at first contact. */
  readonly expected: readonly string[] | null;
  accepts(key: string): boolean;
}

/** How a target's host key is judged: by the exact public key, or taken as seen at first contact. */
export function hostKeyCheck(target: SshTarget): HostKeyCheck {
  if (target.hostKeys === 'first-contact') {
    return { algorithms: Object.values(ALGORITHMS).flat(), expected: null, accepts: () => true };
  }
  const expected = target.hostKeys.map((line) => bareKey(line)).filter((key) => key !== null);
  const types = new Set(expected.map((key) => key.split(' ')[0]));
  const algorithms = Object.entries(ALGORITHMS).flatMap(([type, names]) => (types.has(type) ? [...names] : []));
  if (algorithms.length === 0) {
    throw new SalternError('invalid', `no usable host key is pinned for ${target.host}`, {
      hint: 'Pin an ed25519, ECDSA or RSA public key (`ssh-keyscan` prints them), or use first contact.',
    });
  }
  return { algorithms, expected, accepts: (key) => expected.includes(key) };
}
