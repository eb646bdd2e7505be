import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKeyPair } from '../../src/bootstrap/keys.ts';
import { BOX_PASSWORD, type SshBox, startBox } from './ssh-boxes.ts';

/** Five machines that exist, and one map of them: password and key, root and a user with sudo. */
export const RACKS = ['rack-1', 'rack-2', 'rack-3', 'rack-4', 'rack-5'] as const;
export const ISSUE = 'welcome to the fleet';
/** Lets in what was there before us. */
export const theirs = newKeyPair('an administrator');
/** Whom the map itself lets in. */
export const person = newKeyPair('a person');

/** What a deploy script does is its own business: `~/deployed` stays. */
const SCRIPT = `#!/bin/sh
set -eu
sleep 0.5
echo "deployed on $(hostname) by $(id -un)"
id -un >> "$HOME/deployed"
`;
export const homeOf = (name: string) => (name === 'rack-5' ? '/home/admin' : '/root');

export function startRacks(): Promise<SshBox[]> {
  const authorized = (content: string, mode: number) => ({ '/root/.ssh/authorized_keys': { content, mode } });
  return Promise.all([
    startBox({ name: 'rack-1' }),
    startBox({ name: 'rack-2', files: authorized(`${theirs.publicKey}\n`, 0o600) }),
    startBox({ name: 'rack-3', files: authorized(`# no line end\n${theirs.publicKey}`, 0o644) }),
    startBox({ name: 'rack-4', files: { '/etc/issue': { content: 'their own\n', mode: 0o444 } } }),
    startBox({ name: 'rack-5', user: 'admin' }),
  ]);
}

/** Writes the map, `fleet.yaml`, with what it names beside it. Of the host keys it knows that of rack-2 alone. */
export function writeFleet(folder: string, boxes: readonly SshBox[]): string {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('setup.sh', SCRIPT);
  write('password', `${BOX_PASSWORD}\n`);
  write('admin-key', theirs.privateKey);
  write('fleet.yaml', `${PROFILES}${machines(boxes)}`);
  return join(folder, 'fleet.yaml');
}

const PROFILES = `
providers:
  metal: {driver: ssh}
profiles:
  rack:
    provider: metal
    ssh: {timeout: 20s}
    login: {password_file: password}
    deploy:
      - file: {path: /etc/issue, content: "${ISSUE}", mode: "0600"}
      - file: {path: /etc/saltern-demo/nested/settings, content: ours}
      - script: setup.sh
  by-user:
    provider: metal
    ssh: {timeout: 20s, users: [admin]}
    login: {password_file: password}
    deploy:
      - file: {path: /etc/issue, content: "${ISSUE}", sudo: true}
      - ssh_key: {key: "${person.publicKey}", user: root}
      - script: {name: as-root.sh, content: "id -un", sudo: true}
      - script: setup.sh
`;
const machines = ([one, two, three, four, five]: readonly SshBox[]) => `
machines:
  rack-1: {profile: rack, options: {host: 127.0.0.1, port: ${one?.port}}}
  rack-2:
    profile: rack
    login: {private_key_file: admin-key}
    options: {host: 127.0.0.1, port: ${two?.port}, host_key: ${two?.hostKey}}
  rack-3: {profile: rack, login: {private_key_file: admin-key}, options: {host: 127.0.0.1, port: ${three?.port}}}
  rack-4: {profile: rack, options: {host: localhost, port: ${four?.port}}}
  rack-5: {profile: by-user, options: {host: 127.0.0.1, port: ${five?.port}}}
`;
