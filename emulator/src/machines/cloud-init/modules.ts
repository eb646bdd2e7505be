import { posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FileSystem } from '../file-system.ts';
import { newKeyPair, publicKeyOf, writeHostKey } from '../host-keys.ts';
import { addDefaultUser, releaseOf } from '../images.ts';
import { addUser, findGroup, findUser, type User } from '../users.ts';
import { type Config, isRecord, listOf, namesOf, textOf } from './user-data.ts';

/** What the first boot works on. */
export interface Instance {
  readonly files: FileSystem;
  readonly hostname: string;
  readonly image: string;
  /** Public keys that the cloud hands to the machine. */
  readonly authorizedKeys: readonly string[];
}

const HOST_KEY_KINDS = ['ed25519', 'ecdsa', 'rsa'];

/** Host keys from `ssh_keys`, else a new ed25519 key of the machine's own. */
export function hostKeys(config: Config, { files, hostname }: Instance): void {
  const given = isRecord(config['ssh_keys']) ? config['ssh_keys'] : {};
  let usable = 0;
  for (const kind of HOST_KEY_KINDS) {
    const key = textOf(given[`${kind}_private`]);
    if (key === null) continue;
    const publicKey = textOf(given[`${kind}_public`]) ?? publicKeyOf(key);
    writeHostKey(files, kind, key, publicKey ?? '');
    if (publicKeyOf(key) !== null) usable += 1;
  }
  if (usable > 0) return;
  const pair = newKeyPair(`root@${hostname}`);
  writeHostKey(files, 'ed25519', pair.privateKey, pair.publicKey);
}

export function hostname(config: Config, { files, hostname: fallback }: Instance): void {
  const name = textOf(config['hostname']) ?? textOf(config['fqdn'])?.split('.')[0] ?? fallback;
  files.install('/etc/hostname', `${name}\n`);
  const fqdn = textOf(config['fqdn']);
  files.write('/etc/hosts', `127.0.1.1 ${fqdn === null ? name : `${fqdn} ${name}`}\n`, undefined, 'append');
}

/** Adds login keys for a user, each once, with the modes that sshd insists on. */
export function authorize(files: FileSystem, user: User, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const path = posix.join(user.home, '.ssh/authorized_keys');
  const present = files.find(path) === null ? [] : files.text(path).split('\n');
  const lines = [...new Set([...present, ...keys.map((key) => key.trim())])].filter(Boolean);
  files.install(path, `${lines.join('\n')}\n`, 0o600);
  files.chmod(posix.dirname(path), 0o700);
  for (const own of [posix.dirname(path), path]) files.chown(own, user.uid, user.gid);
}

function sudoers(files: FileSystem, user: string, rules: readonly string[]): void {
  const path = '/etc/sudoers.d/90-cloud-init-users';
  const text = rules.map((rule) => `${user} ${rule}\n`).join('');
  if (files.find(path) === null) files.install(path, text, 0o440);
  else files.write(path, text, undefined, 'append');
}

function makeUser(files: FileSystem, spec: Config): void {
  const name = textOf(spec['name']);
  if (name === null) return;
  const uid = textOf(spec['uid']);
  const group = textOf(spec['primary_group']);
  const user =
    findUser(files, name) ??
    addUser(files, {
      name,
      ...(uid !== null && { uid: Number(uid) }),
      ...(group !== null && { group }),
      groups: namesOf(spec['groups']),
      gecos: textOf(spec['gecos']) ?? '',
      home: textOf(spec['homedir']) ?? `/home/${name}`,
      shell: textOf(spec['shell']) ?? '/bin/sh',
      createHome: spec['no_create_home'] !== true && spec['system'] !== true,
      system: spec['system'] === true,
    });
  const rules = listOf(spec['sudo']).filter((rule) => typeof rule === 'string');
  if (rules.length > 0) sudoers(files, name, rules);
  authorize(files, user, namesOf(spec['ssh_authorized_keys']));
}

/** Users and login keys. The keys of the cloud and of the top level go to root and to the default user, if there is one. */
export function users(config: Config, instance: Instance): void {
  const { files, image } = instance;
  const list = config['users'] === undefined ? [] : listOf(config['users']);
  const disableRoot = config['disable_root'] === true;
  const keys = [...instance.authorizedKeys, ...namesOf(config['ssh_authorized_keys'])];
  if (list.includes('default') || disableRoot) authorize(files, addDefaultUser(files, image), keys);
  for (const entry of list) {
    if (isRecord(entry)) makeUser(files, entry);
    else if (typeof entry === 'string' && entry !== 'default') makeUser(files, { name: entry });
  }
  const root = findUser(files, 'root');
  if (root === null) return;
  const { defaultUser } = releaseOf(image);
  const refusal = `no-port-forwarding,command="echo 'Please login as the user \\"${defaultUser}\\" rather than the user \\"root\\".';exit 142" `;
  authorize(files, root, disableRoot ? keys.map((key) => refusal + key) : keys);
}

function decode(content: string, encoding: string): Buffer {
  const bytes = /b(ase)?64/.test(encoding) ? Buffer.from(content, 'base64') : Buffer.from(content);
  return /^gz/.test(encoding) ? gunzipSync(bytes) : bytes;
}

/** `write_files`; `deferred` ones come after users and packages. */
export function writeFiles(config: Config, { files }: Instance, deferred: boolean): void {
  for (const entry of listOf(config['write_files']).filter(isRecord)) {
    const path = textOf(entry['path']);
    if (path === null || (entry['defer'] === true) !== deferred) continue;
    const content = decode(textOf(entry['content']) ?? '', textOf(entry['encoding']) ?? '');
    const before = entry['append'] === true && files.find(path) !== null ? files.read(path) : Buffer.alloc(0);
    files.install(path, Buffer.concat([before, content]), permissions(entry['permissions']));
    const [user = '', group = user] = (textOf(entry['owner']) ?? 'root:root').split(':');
    const owner = findUser(files, user);
    if (owner !== null) files.chown(path, owner.uid, findGroup(files, group)?.gid ?? owner.gid);
  }
}

/** `'0644'`, `0o644`, or a number that YAML has read as octal already. */
function permissions(value: unknown): number {
  if (typeof value === 'number') return value;
  const text = textOf(value)?.replace(/^0o/, '') ?? '0644';
  return Number.parseInt(text, 8) || 0o644;
}

function commandLine(entry: unknown): string | null {
  if (typeof entry === 'string') return entry;
  if (!Array.isArray(entry)) return null;
  return entry.map((word) => `'${(textOf(word) ?? '').replaceAll("'", `'\\''`)}'`).join(' ');
}

/** `runcmd` or `bootcmd` as one script, each entry a line, as cloud-init writes it. */
export function commandScript(config: Config, key: 'runcmd' | 'bootcmd'): string | null {
  const commands = listOf(config[key])
    .map(commandLine)
    .filter((line) => line !== null);
  return commands.length === 0 ? null : `#!/bin/sh\n${commands.join('\n')}\n`;
}
