import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../base/errors.ts';
import type { Verb } from '../base/verb.ts';

export const verb: Verb = {
  summary: 'Open a shell on a machine, or run a command. Its host key is checked against the pinned one.',
  args: '<machine> [command...]',
  examples: ['machine ssh web-1', 'machine ssh web-1 uptime'],
  async run({ client, args: [machine = '', ...command] }) {
    const api = await client();
    const at = await api.request('GET', '/v1/machines/{machine}/ssh', { params: { machine } });
    if (at.hostKeys.length === 0) throw new CliError('conflict', `no host key of ${machine} is pinned yet`);
    const dir = mkdtempSync(join(tmpdir(), 'saltern-ssh-'));
    try {
      const known = join(dir, 'known_hosts');
      const places = at.jump?.hostKey ? [`[${at.jump.host}]:${at.jump.port} ${at.jump.hostKey}\n`] : [];
      writeFileSync(known, [...at.hostKeys.map((key) => `${at.machine} ${key}\n`), ...places].join(''), {
        mode: 0o600,
      });
      const identity = join(dir, 'key');
      if (at.privateKey) writeFileSync(identity, `${at.privateKey.trim()}\n`, { mode: 0o600 });
      const options = [
        ['StrictHostKeyChecking', 'yes'],
        ['UserKnownHostsFile', known],
        ['GlobalKnownHostsFile', '/dev/null'],
        ['HostKeyAlias', at.machine],
        ...(at.privateKey
          ? [
              ['IdentityFile', identity],
              ['IdentitiesOnly', 'yes'],
            ]
          : []),
      ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
      const jump = at.jump ? ['-J', `${at.jump.user}@${at.jump.host}:${at.jump.port}`] : [];
      return await sshTo([...options, ...jump, '-p', String(at.port), '-l', at.user, at.host, ...command]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};

function sshTo(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // Ctrl-C belongs to the remote shell while it runs.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const child = spawn('ssh', args, { stdio: 'inherit' });
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT'
          ? new CliError('unsupported', 'there is no ssh on this computer', { hint: 'Install the OpenSSH client.' })
          : error,
      );
    });
    child.on('exit', (code) => {
      process.removeListener('SIGINT', ignore);
      resolve(code ?? 1);
    });
  });
}
