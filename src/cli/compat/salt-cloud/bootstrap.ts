import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Client } from '../../../client/client.ts';
import { CliError } from '../../base/errors.ts';
import { madeData, stepsOf } from './deployment.ts';
import { openFleet } from './fleet.ts';
import { followed } from './follow.ts';
import { keyValues } from './function.ts';
import { seenNow } from './nodes.ts';
import type { Command, Session } from './session.ts';

/** `-u`: Salt fetches a new bootstrap script; ours come from the user's files at each run. */
export const updateBootstrap: Command = async () => ({
  data: { Success: { 'Nothing to update': 'deploy scripts are read from your files at each run' } },
  code: 0,
});

/** `--set-password`: gone in Salt as well. */
export const setPassword: Command = () => {
  throw new CliError('unsupported', 'This functionality is not supported: Salt took it out too', {
    hint: 'Write the credentials into the provider file, or name an environment variable there.',
  });
};

/** What `-b` takes as `key=value`, several words of Salt's for one thing. */
const KEYS = {
  users: ['ssh_username'],
  port: ['ssh_port'],
  password: ['ssh_password', 'password'],
  keyFile: ['key_filename', 'ssh_keyfile', 'private_key'],
  jump: ['ssh_gateway'],
  hostKey: ['host_key'],
  profile: ['profile'],
  provider: ['provider'],
} as const;

/** `-b HOST [MINION_ID] [key=value …]`: enrols a machine that exists. It needs no provider file. */
export const bootstrap: Command = async (session) => {
  const { parsed, log } = session;
  const host = parsed.text('bootstrap') ?? '';
  const [first] = parsed.words;
  const hasName = first !== undefined && !first.includes('=');
  const asked = hasName ? first : host;
  const name = asked.replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
  if (name !== asked) log.warning(`${asked} cannot be a machine's name: it is called ${name} here`);
  const values = keyValues(parsed.words.slice(hasName ? 1 : 0), '--bootstrap', 'ssh_username=larry');
  const given = take(values);

  const fleet = given.profile === null ? null : await openFleet(session, { making: given.profile });
  const client = fleet?.client ?? (await session.call.client());
  const provider = given.provider ?? (given.profile === null ? await ownProvider(client) : null);
  const machine = { name, host, ...reach(given), ...login(session, given) };
  const body = {
    machines: [machine],
    ...(provider !== null && { provider }),
    ...(given.profile !== null && { profile: given.profile }),
  };
  const { operation, machines, preview } = await client.request('POST', '/v1/machines/enrol', { body });
  if (operation === null) {
    const why = preview[0]?.reason ?? 'enrolled already';
    return { data: { [name]: { Message: why } }, code: 0 };
  }
  const ended = await followed(session, client, operation.id);
  const steps = fleet && given.profile !== null ? stepsOf(fleet.bundle, given.profile) : [];
  const made = { seen: await seenNow(client, [], machines), ...ended, steps: () => steps };
  return { data: madeData(session, made), code: ended.code };
};

type Given = Readonly<Record<keyof typeof KEYS, string | null>>;

function take(values: Readonly<Record<string, string>>): Given {
  const known: readonly string[] = Object.values(KEYS).flat();
  const unknown = Object.keys(values).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new CliError('unsupported', `--bootstrap does not know ${unknown.join(', ')}`, {
      hint: `It takes ${known.join(', ')}. What is to be installed comes from a profile: profile=NAME`,
    });
  }
  const entries = Object.entries(KEYS).map(([name, keys]) => {
    const key = keys.find((each) => Object.hasOwn(values, each));
    return [name, key === undefined ? null : (values[key] ?? null)];
  });
  return Object.fromEntries(entries);
}

function reach({ users, port, jump, hostKey }: Given) {
  if (port !== null && !/^\d+$/.test(port)) throw new CliError('invalid', `ssh_port=${port} is not a number`);
  return {
    ...(users !== null && { users: users.split(',').map((user) => user.trim()) }),
    ...(port !== null && { port: Number(port) }),
    ...(jump !== null && { jump: { host: jump } }),
    ...(hostKey !== null && { hostKey }),
  };
}

function login({ call }: Session, { password, keyFile }: Given) {
  if (password === null && keyFile === null) return {};
  return {
    login: {
      ...(password !== null && { password }),
      ...(keyFile !== null && { privateKey: keyText(call.cwd, keyFile) }),
    },
  };
}

function keyText(cwd: string, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError('invalid', `the key cannot be read: ${why}`);
  }
}

/** Null when there is one already to choose; else one is made: Salt's `-b` asks for none in any file. */
async function ownProvider(client: Client): Promise<string | null> {
  const { items } = await client.request('GET', '/v1/providers');
  if (items.some(({ features }) => features?.existing)) return null;
  const body = { driver: 'ssh', origin: 'salt-cloud -b' };
  const { name } = await client.request('PUT', '/v1/providers/{provider}', { params: { provider: 'saltify' }, body });
  return name;
}
