import { LineCounter, parseDocument, stringify } from 'yaml';
import type { UserDataSpec } from '../core/bootstrap.ts';
import { SalternError } from '../core/error.ts';
import { mergeConfig, type Tree } from './merge-config.ts';

/** First lines of the other kinds that cloud-init knows, with the MIME type of each (cloud-init's "User-data formats"). */
const KINDS = [
  ['#!', 'text/x-shellscript'],
  ['#include-once', 'text/x-include-once-url'],
  ['#include', 'text/x-include-url'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#part-handler', 'text/part-handler'],
  ['## template: jinja', 'text/jinja2'],
] as const;

/**
 * The user data that makes a machine known before its first boot: it shows our host key and lets our key in. The user's
 * own cloud-config is merged in, other kinds become a part of their own. `invalid` when own data says something else.
 * Holds a private key: never log it.
 */
export function userData(spec: UserDataSpec): string {
  const ours = cloudConfig(spec);
  const own = spec.own?.trim() ? spec.own : null;
  if (own === null) return write(ours);
  if (/^#cloud-config\s*(\r?\n|$)/.test(own)) return write(mergeConfig(ours, parse(own)));
  return multipart(ownPart(own), part('text/cloud-config', write(ours)));
}

function cloudConfig(spec: UserDataSpec): Tree {
  const keys = spec.authorizedKeys;
  const others = spec.users.filter((user) => user !== 'root');
  const [hostname = ''] = spec.hostname.split('.');
  return {
    hostname,
    ...(hostname !== spec.hostname && { fqdn: spec.hostname }),
    preserve_hostname: false,
    ssh_deletekeys: true,
    ssh_genkeytypes: ['ed25519'],
    ssh_keys: { ed25519_private: spec.hostKey.privateKey, ed25519_public: spec.hostKey.publicKey },
    ssh_authorized_keys: [...keys],
    ...(spec.users.includes('root') && { disable_root: false }),
    ...(others.length > 0 && { users: ['default', ...others.map((name) => login(name, keys))] }),
  };
}

function login(name: string, keys: readonly string[]): Tree {
  const sudo = 'ALL=(ALL) NOPASSWD:ALL';
  return { name, ssh_authorized_keys: [...keys], sudo, shell: '/bin/bash', lock_passwd: true };
}

/** cloud-init reads YAML 1.1 (PyYAML), where `yes` is true and `0644` is octal: read and written so here too. */
function parse(own: string): Tree {
  const lines = new LineCounter();
  const document = parseDocument(own, { version: '1.1', merge: true, lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw invalid(`the user data is no YAML at line ${line}, column ${col}: ${error.code}`);
  }
  const value: unknown = document.toJS();
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('the user data is not a mapping of keys');
  return value as Tree;
}

function write(config: Tree): string {
  return `#cloud-config\n${stringify(config, { version: '1.1', lineWidth: 0 })}`;
}

function ownPart(own: string): string {
  if (/^(MIME-Version|Content-Type):/i.test(own)) return own.trimEnd();
  const kind = KINDS.find(([start]) => own.startsWith(start));
  if (!kind) {
    const known = ['#cloud-config', ...KINDS.map(([start]) => start)].join(', ');
    throw invalid(
      `the user data is of no kind that cloud-init knows`,
      `Let its first line begin with one of: ${known}.`,
    );
  }
  return part(kind[1], own);
}

/** Plain where it can be read so; base64 where a mail parser could spoil it. */
function part(type: string, content: string): string {
  const plain = /^[\t\n\x20-\x7e]*$/.test(content);
  const body = plain
    ? content
    : (
        Buffer.from(content)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\n');
  return [
    `Content-Type: ${type}; charset="utf-8"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
    '',
    body,
  ].join('\n');
}

/** Ours stands last: of two cloud-configs the later wins, and without ours nobody could log in. */
function multipart(...parts: readonly string[]): string {
  let boundary = '==saltern==';
  while (parts.some((text) => text.includes(boundary))) boundary = `=${boundary}=`;
  const body = parts.map((text) => `--${boundary}\n${text}\n`).join('');
  return `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${body}--${boundary}--\n`;
}

function invalid(message: string, hint = 'Correct the user data of the profile.'): SalternError {
  return new SalternError('invalid', message, { field: 'user_data', hint });
}
