import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { newKeyPair } from './keys.ts';
import { userData } from './user-data.ts';

const hostKey = newKeyPair('bootstrap');
const login = newKeyPair('login').publicKey;
const make = (own: string | null, users = ['root']) =>
  userData({ hostname: 'web-1', hostKey, authorizedKeys: [login], users, own });
const read = (text: string) => parse(text, { version: '1.1' });

describe('user data', () => {
  it('makes the machine show our host key and lets our key in, and asks for no other host key', () => {
    const text = make(null);
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    expect(read(text)).toEqual({
      hostname: 'web-1',
      preserve_hostname: false,
      ssh_deletekeys: true,
      ssh_genkeytypes: ['ed25519'],
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
      ssh_authorized_keys: [login],
      disable_root: false,
    });
  });

  it('gives a machine that is named with its domain both names', () => {
    const text = userData({
      hostname: 'web-1.example.org',
      hostKey,
      authorizedKeys: [login],
      users: ['root'],
      own: null,
    });
    expect(read(text)).toMatchObject({ hostname: 'web-1', fqdn: 'web-1.example.org' });
  });

  it('makes the other users and keeps the default one; root stays shut where it is not tried', () => {
    const config = read(make(null, ['debian']));
    expect(config.users).toEqual([
      'default',
      expect.objectContaining({ name: 'debian', ssh_authorized_keys: [login] }),
    ]);
    expect(config).not.toHaveProperty('disable_root');
  });

  it('merges own cloud-config: mappings deep, lists appended, nothing twice', () => {
    const own = `#cloud-config\nhostname: web-1\npackages: [nginx]\nssh_authorized_keys:\n- ${login}\n- ssh-ed25519 AAAAmine me\nssh_keys: {rsa_public: mine}\n`;
    const config = read(make(own));
    expect(config.packages).toEqual(['nginx']);
    expect(config.ssh_authorized_keys).toEqual([login, 'ssh-ed25519 AAAAmine me']);
    expect(config.ssh_keys).toEqual({
      ed25519_private: hostKey.privateKey,
      ed25519_public: hostKey.publicKey,
      rsa_public: 'mine',
    });
  });

  it('keeps the meaning that YAML 1.1 gives (octal modes, yes and no)', () => {
    const own = '#cloud-config\nwrite_files:\n- {path: /x, permissions: 0644, append: yes}\nfoo: "yes"\n';
    expect(read(make(own))).toMatchObject({
      write_files: [{ path: '/x', permissions: 0o644, append: true }],
      foo: 'yes',
    });
  });

  it.each([
    ['hostname: other', 'hostname'],
    ['disable_root: true', 'disable_root'],
    ['ssh_keys: {ed25519_private: canary}', 'ssh_keys.ed25519_private'],
    ['ssh_authorized_keys: canary', 'ssh_authorized_keys'],
  ])('refuses %s, naming the key and not the value', (own, key) => {
    expect(() => make(`#cloud-config\n${own}\n`)).toThrow(
      expect.objectContaining({ code: 'invalid', field: 'user_data' }),
    );
    expect(() => make(`#cloud-config\n${own}\n`)).toThrow(` ${key},`);
    expect(() => make(`#cloud-config\n${own}\n`)).not.toThrow(/canary/);
  });

  it('says where own YAML is broken, without quoting it', () => {
    const broken = () => make('#cloud-config\na: 1\nb: [canary\n');
    expect(broken).toThrow(/no YAML at line 4/);
    expect(broken).not.toThrow(/canary/);
    expect(() => make('#cloud-config\n- a\n')).toThrow('not a mapping');
    expect(() => make('hello')).toThrow('of no kind that cloud-init knows');
  });

  it('adds a script, or any other kind, as a part of its own, ours last', () => {
    const text = make('#!/bin/sh\necho hi\n');
    const boundary = /boundary="(.*)"/.exec(text)?.[1];
    const parts = text.split(`--${boundary}`);
    expect(text).toMatch(/^Content-Type: multipart\/mixed; boundary=".*"\nMIME-Version: 1\.0\n\n/);
    expect(parts[1]).toContain('Content-Type: text/x-shellscript');
    expect(parts[1]).toContain('\n\n#!/bin/sh\necho hi\n');
    expect(parts[2]).toContain('Content-Type: text/cloud-config');
    expect(read(parts[2]?.split('\n\n')[1] ?? '')).toMatchObject({ hostname: 'web-1' });
    expect(parts[3]).toBe('--\n');
  });

  it('encodes what a mail parser could spoil', () => {
    const script = '#!/bin/sh\necho "é €"\n';
    const body = /Encoding: base64\n\n([\s\S]*?)\n--/.exec(make(script))?.[1] ?? '';
    expect(Buffer.from(body, 'base64').toString()).toBe(script);
  });

  it('nests own MIME messages as they are', () => {
    const own = 'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n\n--b\n\nx\n--b--\n';
    expect(make(own)).toContain(`\n${own}`);
  });
});
