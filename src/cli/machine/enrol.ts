import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Enrol, EnrolMachines, Machine } from '../../client/generated.ts';
import { parseDuration } from '../../lib/duration.ts';
import { CliError } from '../base/errors.ts';
import { printRows } from '../base/output.ts';
import { confirm } from '../base/prompt.ts';
import type { Column } from '../base/table.ts';
import type { Call, Verb } from '../base/verb.ts';
import { configFlags, loadNamedFiles } from '../bundle.ts';
import { followOrLeave, waitFlags } from '../follow.ts';
import { machineColumns } from './columns.ts';
import { expandBrackets, MOST_HOSTS, parseHostList, parseHosts } from './enrol-hosts.ts';
import { hostsOf, readSshConfig } from './ssh-config.ts';

type Wanted = EnrolMachines['machines'][number];

export const verb: Verb = {
  summary:
    'Enrol machines that exist, by SSH: our key is added for the user, facts are collected, the profile is deployed. Hosts are [name=][user@]address[:port]; many at once as 10.0.0.10-20, 10.0.0.0/29, web[01-10].example.org, or @FILE with one a line.',
  args: '<host...>',
  options: [
    { flags: '--provider <name>', description: 'a provider of driver ssh; the only one unless said' },
    { flags: '-p, --profile <name>', description: 'SSH settings, first login and deploy steps' },
    { flags: '-u, --user <user>', description: 'log in as; several are tried in order', repeat: true },
    { flags: '--port <port>', description: 'where SSH answers, unless the host says so' },
    {
      flags: '--password-file <file>',
      description: 'the password for the first login; - reads it from standard input',
    },
    { flags: '--key <file>', description: 'the private key for the first login' },
    { flags: '--passphrase-file <file>', description: 'the passphrase of that key' },
    { flags: '--host-key <key>', description: 'the public host key that the one machine must show' },
    { flags: '--jump <host>', description: 'go through [user@]host[:port], which must let our key in already' },
    { flags: '--ssh-config <file>', description: 'hosts are names or patterns of this OpenSSH config' },
    { flags: '--name <names>', description: 'what to call them, e.g. rack-[01-11]' },
    { flags: '--timeout <duration>', description: 'how long SSH is waited for', default: '60s' },
    { flags: '--dry-run', description: 'only show what would be enrolled' },
    { flags: '-y, --yes', description: 'do not ask' },
    ...configFlags,
    ...waitFlags,
  ],
  examples: [
    'machine enrol db-1=10.0.0.5 --key ~/.ssh/id_ed25519',
    "machine enrol 'rack[01-11]=10.0.0.10-20' -u admin --password-file - -p rack",
    "machine enrol --ssh-config ~/.ssh/config 'web-*' --dry-run",
  ],
  async run(call) {
    const body = await bodyOf(call);
    const api = await call.client();
    await loadNamedFiles(call, api);
    const { preview } = await api.request('POST', '/v1/machines/enrol', { body: { ...body, dryRun: true } });
    if (call.options.flag('dryRun')) {
      await printRows(preview, columns, call.out);
      return 0;
    }
    await printRows(preview, columns, { format: 'table', stdout: call.stderr });
    const refused = preview.filter(({ action }) => action === 'conflict');
    if (refused.length > 0) {
      throw new CliError('conflict', `${refused.length} of ${preview.length} cannot be enrolled; nothing was changed`, {
        hint: 'See REASON in the table; leave them out, or name them otherwise.',
      });
    }
    const wanted = preview.filter(({ action }) => action !== 'managed').length;
    if (wanted === 0) return 0;
    const { stdin, stderr } = call;
    const question = `Enrol ${wanted} ${wanted === 1 ? 'machine' : 'machines'}?`;
    const agreed = await confirm(question, { yes: call.options.flag('yes'), stdin, stderr });
    if (!agreed) throw new CliError('cancelled', 'nothing was changed');
    const { operation, machines } = await api.request('POST', '/v1/machines/enrol', { body });
    if (!operation) return 0;
    const code = await followOrLeave(call, api, operation.id);
    const rows: Machine[] = [];
    for (const { id } of machines) {
      rows.push(await api.request('GET', '/v1/machines/{machine}', { params: { machine: id } }));
    }
    await printRows(rows, machineColumns, call.out);
    return code;
  },
};

async function bodyOf(call: Call): Promise<EnrolMachines> {
  const { options } = call;
  const machines = named(await machinesOf(call), options.text('name'));
  if (machines.length > MOST_HOSTS) throw new CliError('invalid', `more than ${MOST_HOSTS} machines at a time`);
  const login = await loginOf(call);
  const [provider, profile, timeout = ''] = ['provider', 'profile', 'timeout'].map((name) => options.text(name));
  const timeoutMs = parseDuration(timeout);
  if (timeoutMs === null)
    throw new CliError('invalid', `--timeout ${timeout}: not a duration`, { hint: 'As 90s or 5m.' });
  return {
    machines,
    ...(provider && { provider }),
    ...(profile && { profile }),
    ...(login && { login }),
    timeoutMs,
  };
}

async function machinesOf(call: Call): Promise<Wanted[]> {
  const { options, args } = call;
  const config = options.text('sshConfig');
  const found = config ? await configured(args, config) : await written(args);
  const users = options.list('user');
  const port = options.text('port');
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new CliError('invalid', `--port ${port}: not a port`);
  const hostKey = options.text('hostKey');
  if (hostKey !== undefined && found.length > 1) {
    throw new CliError('invalid', `--host-key is of one machine, and ${found.length} are named`);
  }
  const jump = options.text('jump');
  const [through] = jump === undefined ? [] : parseHosts(jump);
  return found.map((machine) => ({
    ...(port !== undefined && { port: Number(port) }),
    ...(users.length > 0 && { users: [...users] }),
    ...(through && { jump: pick(through) }),
    ...(hostKey !== undefined && { hostKey }),
    ...machine,
  }));
}

async function written(args: readonly string[]): Promise<Wanted[]> {
  const machines: Wanted[] = [];
  for (const arg of args) {
    const hosts = arg.startsWith('@') ? parseHostList(await read(arg.slice(1)), arg.slice(1)) : parseHosts(arg);
    for (const { user, ...host } of hosts) machines.push({ ...host, ...(user !== undefined && { users: [user] }) });
  }
  return machines;
}

async function configured(args: readonly string[], file: string): Promise<Wanted[]> {
  const machines: Wanted[] = [];
  for (const { alias, host, port, user, identityFile, jump } of hostsOf(readSshConfig(file), args, file)) {
    machines.push({
      name: alias.split('.')[0] ?? alias,
      host,
      ...(port !== undefined && { port }),
      ...(user !== undefined && { users: [user] }),
      ...(jump && { jump }),
      ...(identityFile !== undefined && { login: { privateKey: await read(identityFile) } }),
    });
  }
  return machines;
}

function pick({ host, port, user }: { host: string; port?: number; user?: string }): NonNullable<Wanted['jump']> {
  return { host, ...(port !== undefined && { port }), ...(user !== undefined && { user }) };
}

function named(machines: readonly Wanted[], pattern: string | undefined): Wanted[] {
  if (pattern === undefined) return [...machines];
  const names = expandBrackets(pattern);
  if (names.length !== machines.length) {
    throw new CliError('invalid', `--name ${pattern}: ${names.length} names for ${machines.length} machines`);
  }
  return machines.map((machine, index) => ({ ...machine, name: names[index] ?? machine.name }));
}

async function loginOf({ options, stdin }: Call): Promise<EnrolMachines['login']> {
  const [passwordFile, keyFile, passphraseFile] = ['passwordFile', 'key', 'passphraseFile'].map((name) =>
    options.text(name),
  );
  const line = async (file: string) => (file === '-' ? await readAll(stdin) : await read(file)).replace(/\r?\n$/, '');
  if (!passwordFile && !keyFile) return undefined;
  return {
    ...(passwordFile && { password: await line(passwordFile) }),
    ...(keyFile && { privateKey: await read(keyFile) }),
    ...(passphraseFile && { passphrase: await line(passphraseFile) }),
  };
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError('not_found', `cannot read ${file} (${why})`);
  }
}

const columns: readonly Column<Enrol['preview'][number]>[] = [
  { key: 'name', title: 'NAME', value: (row) => row.name },
  { key: 'nativeId', title: 'ADDRESS', value: (row) => row.nativeId },
  { key: 'users', title: 'USER', value: (row) => row.users.join(', '), priority: 5 },
  { key: 'hostKey', title: 'HOST KEY', value: (row) => row.hostKey, priority: 3 },
  { key: 'login', title: 'LOGIN', value: (row) => ['our key', ...row.login].join(', '), priority: 4 },
  { key: 'deploy', title: 'DEPLOY', value: (row) => row.deploy.join(', '), min: 10, priority: 2 },
  { key: 'action', title: 'ACTION', value: (row) => row.action },
  { key: 'reason', title: 'REASON', value: (row) => row.reason, min: 10, priority: 6 },
];
