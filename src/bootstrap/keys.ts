import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import type { SshKeyPair } from '../core/bootstrap.ts';
import { SalternError } from '../core/error.ts';

/**
 * A new ed25519 key pair in OpenSSH's formats. ssh2 strips a leading zero byte of the public half, so that one pair in 256
 * is broken: such a pair is thrown away.
 */
export function newKeyPair(comment: string): SshKeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    const parsed = ssh2.utils.parseKey(pair.private);
    if (!(parsed instanceof Error)) return { privateKey: pair.private, publicKey: pair.public };
  }
}

/** The part of a public key line that counts: `ssh-ed25519 AAAA…`, without options and comment. Null when it is none. */
export function bareKey(line: string): string | null {
  const found = /(?:^|\s)((?:ssh|ecdsa|sk)-[\w@.-]+)\s+(AAAA[A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(line);
  return found ? `${found[1]} ${found[2]}` : null;
}

/** The public key that an SSH key blob stands for. The blob's first field is the key's type (RFC 4253, section 6.6). */
export function keyOfBlob(blob: Buffer): string {
  const length = blob.readUInt32BE(0);
  return `${blob.toString('latin1', 4, 4 + length)} ${blob.toString('base64')}`;
}

/** As OpenSSH prints it: `SHA256:…` without padding. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The fingerprint of a private key's public half. `invalid` when it cannot be read; never tells what stood there. */
export function privateFingerprint(privateKey: string, passphrase?: string): string {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    throw new SalternError('invalid', 'the SSH private key cannot be read', {
      hint: 'Give an OpenSSH private key without a passphrase.',
    });
  }
  return fingerprint(keyOfBlob(parsed.getPublicSSH()));
}
