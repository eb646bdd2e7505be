import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newKeyPair } from '../../src/bootstrap/keys.ts';
import { sshdMissing, startSshd, type TestSshd } from '../../src/bootstrap/test-sshd.ts';
import type { Host } from '../../src/cli/inventory/host.ts';
import { saltRoster } from '../../src/cli/inventory/salt-roster.ts';
import { knownHosts } from '../../src/cli/inventory/ssh-options.ts';

const saltSsh = join(dirname(process.env['SALTERN_SALT_PYTHON'] ?? ''), 'salt-ssh');

/** Why salt-ssh cannot be used here, also printed; null when it can. With CI_DEEP=1 it has to. */
function saltMissing(): string | null {
  if (process.env['CI_DEEP'] === '1' || existsSync(saltSsh)) return null;
  const reason = 'SALTERN_SALT_PYTHON does not name the python of a real Salt';
  console.warn(`SKIPPED, test with real salt-ssh: ${reason}`);
  return reason;
}

test.skipIf(saltMissing() !== null || sshdMissing('root') !== null)(
  'real salt-ssh reads the roster: straight, over a jump host, and never to a machine with another host key',
  { timeout: 60_000 },
  async () => {
    const [box, hop] = await Promise.all([startSshd(), startSshd()]);
    const home = await mkdtemp(join(tmpdir(), 'saltern-salt-ssh-'));
    try {
      // Salt itself cannot take white space in the path of a key; in that of known hosts it is ours to quote.
      const files = { knownHosts: join(home, '50% sure', 'known_hosts'), identity: join(home, 'login') };
      const login = newKeyPair('login');
      await writeFile(files.identity, login.privateKey, { mode: 0o600 });
      for (const { folder } of [box, hop]) await writeFile(join(folder, 'authorized_keys'), `${login.publicKey}\n`);
      const through = { ...placeOf(hop), jump: null };
      const hosts = [
        host('straight', { ...placeOf(box), jump: null }),
        host('jumped', { ...placeOf(box), jump: through }),
        host('impostor', { ...placeOf(box), hostKeys: through.hostKeys, jump: null }),
      ];
      await mkdir(dirname(files.knownHosts));
      await writeFile(files.knownHosts, knownHosts(hosts));
      const roster = join(home, 'roster');
      await writeFile(roster, await saltRoster(hosts, files));
      await writeFile(join(home, 'master'), `root_dir: ${home}\nuser: ${userInfo().username}\n`);
      const args = ['-c', home, '--roster-file', roster, '--out', 'json', '--static', '*', '-r', 'echo "$HOME"'];
      const env = { ...process.env, HOME: home };
      // It ends with an error because of the third.
      const asked = promisify(execFile)(saltSsh, args, { env }).catch((error: { stdout: string }) => error);
      const answers = JSON.parse((await asked).stdout);
      expect(answers.straight).toMatchObject({ retcode: 0, stdout: `${box.folder}\n` });
      expect(answers.jumped).toMatchObject({ retcode: 0, stdout: `${box.folder}\n` });
      expect(answers.impostor.stderr).toContain('Host key verification failed');
    } finally {
      await Promise.all([box.stop(), hop.stop()]);
      await rm(home, { recursive: true, force: true });
    }
  },
);

function placeOf(sshd: TestSshd) {
  const { host, port } = sshd.target();
  return { host, port, user: userInfo().username, hostKeys: [sshd.hostKey.split(' ').slice(0, 2).join(' ')] };
}

function host(name: string, ssh: Host['ssh']): Host {
  const id = `01J${name.toUpperCase()}`;
  return {
    id,
    name,
    ssh,
    provider: { id: '', name: 'lab' },
    profile: null,
    map: null,
    asked: { tags: [] },
  } as unknown as Host;
}
