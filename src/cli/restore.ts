import { resolve } from 'node:path';
import { connect } from '../client/client.ts';
import { version } from '../lib/version.ts';
import { CliError } from './base/errors.ts';
import type { Verb } from './base/verb.ts';
import { controllerVersion } from './handshake.ts';
import { restoreInto } from './serve.ts';

export const verb: Verb = {
  summary: 'Put a backup back. The controller must not be running.',
  args: '<file>',
  options: [{ flags: '--force', description: 'replace the inventory that is there; it is kept beside' }],
  examples: ['restore saltern-2026-11-20.db', 'restore saltern-2026-11-20.db --force'],
  async run({ args: [file = ''], options, paths, cwd, stderr, env }) {
    if ((await controllerVersion(connect({ socket: paths.socket, version }))) !== null) {
      throw new CliError('conflict', 'the controller is running', { hint: 'Stop it first: saltern stop' });
    }
    const dataDir = env['SALTERN_DATA_DIR'] || paths.dataDir;
    const facts = await restoreInto(dataDir, resolve(cwd, file), options.flag('force'));
    stderr.write(`Restored ${facts.machines} machines and ${facts.operations} operations into ${dataDir}.\n`);
    if (facts.replaced) stderr.write(`What was there is now ${facts.replaced}\n`);
    stderr.write('Compare it with the backends: saltern provider reconcile NAME\n');
    return 0;
  },
};
