import type { Machine } from '../machine.ts';
import { exitCode } from '../processes.ts';
import { findUser, loginEnvironment } from '../users.ts';
import { commandScript, hostKeys, hostname, type Instance, users, writeFiles } from './modules.ts';
import { BOOT_FINISHED, DIRECTORY, RESULT } from './paths.ts';
import { mergeConfigs, namesOf, type Part, parseUserData } from './user-data.ts';

export interface FirstBoot {
  readonly parts: readonly Part[];
  /** Present when the machine's user data had mistakes, one line each. */
  readonly errors: string[];
}

/** What cloud-init does before sshd starts: host keys, host name, files and users. */
export function initialize(userData: string | null, instance: Instance): FirstBoot {
  const parts = userData === null || userData.trim() === '' ? [] : parseUserData(userData);
  const config = mergeConfigs(parts);
  instance.files.install(`${DIRECTORY}/user-data.txt`, userData ?? '', 0o600);
  hostname(config, instance);
  hostKeys(config, instance);
  writeFiles(config, instance, false);
  users(config, instance);
  return { parts, errors: parts.flatMap((part) => (part.kind === 'ignored' ? [part.why] : [])) };
}

/** Runs one script as root, output to cloud-init's log. */
async function runScript(machine: Machine, name: string, source: string, boot: FirstBoot): Promise<void> {
  const root = findUser(machine.files, 'root');
  if (root === null) return;
  const path = `${DIRECTORY}/scripts/${name}`;
  machine.files.install(path, source, 0o700);
  const log = (_stream: 1 | 2, data: Buffer) =>
    machine.files.write('/var/log/cloud-init-output.log', data, undefined, 'append');
  const shell = machine.shells.start(
    { user: root, parent: 1, group: null, args: ['/bin/sh', path] },
    {
      source,
      args: [path],
      env: loginEnvironment(root),
      cwd: '/',
      stdin: Buffer.alloc(0),
      output: { emit: log, heldBy: () => {} },
    },
  );
  const code = exitCode(await shell.exit);
  if (code !== 0) boot.errors.push(`Failed to run ${name}: exit code ${code}`);
}

/** What cloud-init does once the network and sshd are up: packages, commands and scripts; then it says that it is done. */
export async function finish(machine: Machine, boot: FirstBoot, instance: Instance): Promise<void> {
  const config = mergeConfigs(boot.parts);
  const bootcmd = commandScript(config, 'bootcmd');
  const runcmd = commandScript(config, 'runcmd');
  const packages = namesOf(config['packages']);
  if (bootcmd !== null) await runScript(machine, 'bootcmd', bootcmd, boot);
  if (packages.length > 0) await runScript(machine, 'packages', `apt-get install -y ${packages.join(' ')}\n`, boot);
  writeFiles(config, instance, true);
  if (runcmd !== null) await runScript(machine, 'runcmd', runcmd, boot);
  for (const [index, part] of boot.parts.entries()) {
    if (part.kind === 'script')
      await runScript(machine, `part-${String(index + 1).padStart(3, '0')}`, part.source, boot);
  }
}

/** Leaves the marks that `cloud-init status` and waiting scripts look for. */
export function markFinished(machine: Machine, errors: readonly string[]): void {
  const { files } = machine;
  files.install(RESULT, `${JSON.stringify({ v1: { datasource: 'DataSourceScaleway', errors } })}\n`);
  files.install(
    BOOT_FINISHED,
    `${(machine.now() - machine.bootedAt) / 1000} - ${new Date(machine.now()).toISOString()}\n`,
  );
}
