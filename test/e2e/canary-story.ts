import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openStage, type Stage } from './canary-stage.ts';
import { filesUnder, secretLines, type Watch, watch } from './canary-watch.ts';

/** What was given, where it may be, and where it was looked for. */
export interface Story {
  /** By what it is; of a key several lines. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Texts by where they were found, each with something that it must hold: else the search would find nothing at all. */
  readonly places: Readonly<Record<string, { readonly text: string; readonly control: string }>>;
  /** Where the secrets are meant to arrive. */
  readonly userData: string;
  readonly machine: string;
}

/** Where the store is. */
export interface StoreAccess {
  /** For the controller. */
  readonly env: NodeJS.ProcessEnv;
  /** All that a reader of the database sees, of an installation that lives in `home`. */
  content(home: string): Promise<string>;
  /** A value of the secret store, decrypted. */
  secret(home: string, name: string): Promise<string>;
}

const NAME = 'canary-web';
const FROM_MAP = 'canary-map';
const RACK = 'canary-rack';

/**
 * A machine's life with a secret wherever one can be given: create, a deploy that fails, mistakes, a map, an enrolment,
 * webhooks, backup, destroy.
 */
export async function tellStory(access: StoreAccess): Promise<Story> {
  const canaries = newCanaries();
  const stage = await openStage({ secretKey: canaries.token }, access.env);
  const watched = watch(stage);
  try {
    await configure(stage, canaries);
    expect(await stage.run(`machine create ${NAME} -p web`)).toMatchObject({ code: 0 });
    expect(await stage.run(`machine deploy ${NAME}`), 'the second run').toMatchObject({ code: 64 });
    await mistake(stage, canaries.wrongToken);
    await liveByMap(stage, canaries);
    const apiToken = await look(stage);
    const machine = stage.emulator.dump().servers.flatMap(({ machine: inside }) => Object.values(inside?.files ?? {}));
    const { id } = await stage.client.request('GET', '/v1/machines/{machine}', { params: { machine: NAME } });
    const answers = await everything(stage);
    const atWork = await access.content(stage.home);
    expect(await stage.run(`backup ${stage.home}/copy.db`)).toMatchObject({ code: 0 });
    expect(await stage.run(`machine destroy ${NAME} ${FROM_MAP} --yes`)).toMatchObject({ code: 0 });
    expect(await stage.run(`machine forget ${RACK} --abandon --yes`)).toMatchObject({ code: 0 });
    const others = filesUnder(stage.home, (path) => !/\/key$|\.db(-wal|-shm)?$/.test(path));
    await stage.stop();
    return {
      secrets: {
        ...Object.fromEntries(Object.entries(canaries).map(([name, value]) => [name, [value]])),
        ...(await madeByItself(stage, access, watched)),
        apiToken: [apiToken],
      },
      places: {
        'database at work': { text: atWork, control: NAME },
        'database at rest': { text: await access.content(stage.home), control: NAME },
        backup: { text: filesUnder(stage.home, (path) => path.endsWith('copy.db')), control: NAME },
        'other files': { text: others, control: String(stage.pid) },
        log: { text: stage.logged(), control: id },
        'API answers': { text: answers, control: NAME },
        // Made once and printed: there alone an API token is in clear.
        'command line answers': { text: stage.said().replace(apiToken, ''), control: NAME },
        'process arguments': { text: watched.commandLines(), control: NAME },
      },
      userData: watched.userData(),
      machine: machine.join('\n'),
    };
  } finally {
    watched.stop();
    await stage.close();
  }
}

function newCanaries() {
  return {
    token: randomUUID(),
    wrongToken: randomUUID(),
    userData: `canary-user-data-${randomUUID()}`,
    env: `canary-env-${randomUUID()}`,
    script: `canary-script-${randomUUID()}`,
    file: `canary-file-${randomUUID()}`,
    mapEnv: `canary-map-env-${randomUUID()}`,
    mapFile: `canary-map-file-${randomUUID()}`,
    password: `canary-password-${randomUUID()}`,
    firstKey: `canary-first-key-${randomUUID()}`,
    hook: `canary-hook-${randomUUID()}`,
  };
}

/** Says its secret; the second time it fails with the secret among its last words. */
function deployScript({ script }: ReturnType<typeof newCanaries>): string {
  return `#!/bin/sh
set -eu
# ${script}
echo "with $SECRET"
printf %s "$SECRET" > /srv/secret.new
if [ -e /srv/secret ]; then echo "wrong: $SECRET" >&2; exit 3; fi
mv /srv/secret.new /srv/secret
`;
}

/** By files and the environment, as people do it; outside the home, as they lie elsewhere too. */
async function configure(stage: Stage, canaries: ReturnType<typeof newCanaries>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'saltern-canary-'));
  const provider = { driver: 'scaleway', zone: 'fr-par-1', api_url: stage.emulator.url };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the file names a variable of the environment
  const credentials = { access_key: stage.emulator.env()['SCW_ACCESS_KEY'], token: '${TOKEN}' };
  const own = { write_files: [{ path: '/srv/own', content: canaries.userData }] };
  const web = {
    provider: 'paris',
    image: 'debian_bookworm',
    size: 'DEV1-S',
    ssh: { port: stage.emulator.sshPort },
    user_data: `#cloud-config\n${JSON.stringify(own)}\n`,
    deploy: [
      { file: { path: '/srv/file', content: canaries.file } },
      { script: { name: 'setup.sh', content: deployScript(canaries), env: { SECRET: canaries.env } } },
    ],
  };
  const paris = { ...provider, ...credentials };
  await writeFile(join(folder, 'good.yaml'), JSON.stringify({ providers: { paris }, profiles: { web } }));
  // A setting that does not exist, and one of the wrong type: neither complaint may repeat what it found.
  const bad = { ...provider, ...credentials, tokn: canaries.token, timeout: canaries.token };
  await writeFile(join(folder, 'bad.yaml'), JSON.stringify({ providers: { paris: bad } }));
  expect(await stage.run(`config load -f ${folder}/bad.yaml`, { TOKEN: canaries.token })).toMatchObject({ code: 64 });
  expect(await stage.run(`config load -f ${folder}/good.yaml`, { TOKEN: canaries.token })).toMatchObject({ code: 0 });
  await rm(folder, { recursive: true });
}

/** What a map, an enrolment and a webhook are given; each goes wrong once as well. */
async function liveByMap({ client, emulator, run }: Stage, canaries: ReturnType<typeof newCanaries>): Promise<void> {
  const { mapEnv, mapFile, password, firstKey, hook } = canaries;
  const ended = async ({ id }: { id: string }) => {
    await run(`operation wait ${id}`);
    return (await client.request('GET', '/v1/operations/{operation}', { params: { operation: id } })).status;
  };
  await client.request('POST', '/v1/webhooks', { body: { name: 'canary', url: 'http://127.0.0.1:9/', secret: hook } });
  await client.request('POST', '/v1/webhooks/{webhook}/test', { params: { webhook: 'canary' } });

  const login = { password, privateKey: `-----BEGIN PRIVATE KEY-----\n${firstKey}\n-----END PRIVATE KEY-----\n` };
  const rack = { name: 'rack', provider: 'metal', login, origin: 'api' };
  const metal = { name: 'metal', driver: 'ssh', settings: {}, origin: 'api' };
  await client.request('POST', '/v1/config', { body: { providers: [metal], profiles: [rack] } });
  const enrol = { profile: 'rack', machines: [{ name: RACK, host: '127.0.0.1', port: 9 }], timeoutMs: 1000 };
  const { operation } = await client.request('POST', '/v1/machines/enrol', { body: enrol });
  expect(operation && (await ended(operation))).toBe('failed');

  const map = (content: string) => ({
    name: 'canary',
    machines: [
      {
        name: FROM_MAP,
        profile: 'web',
        overrides: {
          login,
          deploy: [
            { kind: 'file' as const, path: '/srv/map', content: mapFile },
            { kind: 'script' as const, name: 'map.sh', content, env: { SECRET: mapEnv } },
          ],
        },
      },
    ],
  });
  const apply = async (content: string) => {
    const body = { map: map(content), allow: ['redeploy' as const] };
    await client.request('POST', '/v1/maps/plan', { body });
    return ended((await client.request('POST', '/v1/maps/apply', { body })).operation);
  };
  expect(await apply('#!/bin/sh\nprintf %s "$SECRET" > /srv/map-secret\necho "with $SECRET"\n')).toBe('succeeded');
  expect(await apply('#!/bin/sh\necho "wrong: $SECRET" >&2\nexit 3\n')).toBe('failed');
  const wrong = { ...map('x').machines[0], overrides: { options: { tokn: password, root_volume: password } } };
  const faulty = { map: { name: 'canary', machines: [wrong] } } as never;
  await expect(client.request('POST', '/v1/maps/plan', { body: faulty })).rejects.not.toThrow(password);
  await client.request('POST', '/v1/maps/import', { body: { map: map('x'), dryRun: true } });
  expect(emulator.admin.dump(false).servers.map(({ name }) => name)).toContain(FROM_MAP);
}

/** A token that the cloud does not know. */
async function mistake(stage: Stage, wrongToken: string): Promise<void> {
  const settings = `-e token=TOKEN -s access_key=SCWXXXXXXXXXXXXXXXXX -s api_url=${stage.emulator.url}`;
  await stage.run(`provider add wrong --driver scaleway ${settings}`, { TOKEN: wrongToken });
  expect(await stage.run('provider check wrong')).toMatchObject({ code: 4 });
}

/** Looks at everything that the command line can show; makes an API token and returns it. */
async function look(stage: Stage): Promise<string> {
  const { items } = await stage.client.request('GET', '/v1/operations', { query: { children: 'true' } });
  const nouns = ['machine', 'provider', 'profile', 'operation', 'event', 'webhook'].map((noun) => `${noun} list`);
  const shows = [
    ...[NAME, FROM_MAP, RACK].map((name) => `machine show ${name}`),
    'provider show paris',
    'profile show web',
    ...items.map(({ id }) => `operation show ${id}`),
  ];
  for (const words of [...nouns, ...shows]) {
    expect(await stage.run(`${words} -o json`), words).toMatchObject({ code: 0 });
  }
  for (const { id } of items) expect(await stage.run(`operation log ${id}`)).toMatchObject({ code: 0 });
  await stage.run('status');
  return (await stage.run('token create canary')).stdout.trim();
}

/** What the API answers about everything there is, with the logs of all operations. */
async function everything({ client }: Stage): Promise<string> {
  const paths = ['/v1/providers', '/v1/profiles', '/v1/machines', '/v1/tokens', '/v1/controller'] as const;
  const lists: unknown[] = await Promise.all(paths.map((path) => client.request('GET', path)));
  const resources = await client.request('GET', '/v1/providers/{provider}/resources', {
    params: { provider: 'paris' },
  });
  const { items } = await client.request('GET', '/v1/operations', { query: { children: 'true' } });
  const details = items.map(async ({ id }) => {
    const params = { operation: id };
    const log = await client.request('GET', '/v1/operations/{operation}/log', { params });
    // As the reader of a log sees it: the pieces of a text stand together.
    const text = log.items.map((line) => line.text).join('');
    return [await client.request('GET', '/v1/operations/{operation}', { params }), log, text];
  });
  const events = await client.request('GET', '/v1/events', { query: { after: 0, limit: 1000 } });
  expect(events.next, 'all events in one page').toBeUndefined();
  return JSON.stringify([lists, resources, await Promise.all(details), events]);
}

/** Secrets that nobody gave: the keys that the installation made. */
async function madeByItself({ home }: Stage, access: StoreAccess, watched: Watch) {
  const login: { privateKey: string } = JSON.parse(await access.secret(home, 'installation/login-key'));
  const [hostKey = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----[\s\S]*?-----END/.exec(watched.userData()) ?? [];
  return {
    masterKey: [(await readFile(join(home, 'key'), 'utf8')).trim()],
    loginKey: secretLines(login.privateKey),
    firstHostKey: secretLines(hostKey.replaceAll(/^\s+/gm, '')),
  };
}
