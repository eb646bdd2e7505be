import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import type { FileSystem } from './file-system.ts';

/** A key pair in OpenSSH's formats. */
export interface KeyPair {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string;
}

const { utils } = ssh2;
const DIRECTORY = '/etc/ssh';
const KINDS = ['ed25519', 'ecdsa', 'rsa'] as const;

/** ssh2 strips a leading zero byte of the public half: one pair in 256 is broken, and thrown away. */
export function newKeyPair(comment: string): KeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519', { comment });
    if (utils.parseKey(pair.private) instanceof Error) continue;
    return { privateKey: `${pair.private.trimEnd()}\n`, publicKey: pair.public.trim() };
  }
}

/** The public half of an OpenSSH private key, or null when the text is none. */
export function publicKeyOf(privateKey: string): string | null {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) return null;
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || !key.isPrivateKey()) return null;
  return [key.type, key.getPublicSSH().toString('base64'), key.comment].filter(Boolean).join(' ');
}

/** `SHA256:…` as ssh-keygen -l prints it, of a public key line. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

export function writeHostKey(files: FileSystem, kind: string, privateKey: string, publicKey: string): void {
  files.install(`${DIRECTORY}/ssh_host_${kind}_key`, `${privateKey.trimEnd()}\n`, 0o600);
  files.install(`${DIRECTORY}/ssh_host_${kind}_key.pub`, `${publicKey.trim()}\n`);
}

function existing(files: FileSystem, suffix: string): string[] {
  const paths = KINDS.map((kind) => `${DIRECTORY}/ssh_host_${kind}_key${suffix}`);
  return paths.filter((path) => files.find(path) !== null).map((path) => files.text(path));
}

/** The usable private host keys that are in the file system now, for the SSH server. */
export function privateHostKeys(files: FileSystem): string[] {
  return existing(files, '').filter((key) => publicKeyOf(key) !== null);
}

/** The public host keys that are in the file system now, one OpenSSH line each. */
export function publicHostKeys(files: FileSystem): string[] {
  return existing(files, '.pub').map((line) => line.trim());
}
