import { expect, test } from 'vitest';
import type { SearchOptions } from './files.ts';
import { loadFrom } from './testing.ts';

const SCW_FILE = `access_key: FILE
secret_key: file-secret
default_project_id: file-project
default_zone: nl-ams-1
send_telemetry: true
profiles:
  work:
    access_key: WORK
    secret_key: work-secret
    default_zone: pl-waw-1
`;

async function load(provider: string, env: NodeJS.ProcessEnv, scw: string | null = null) {
  const options: Partial<SearchOptions> = { files: ['saltern.yaml'], env };
  const files = { 'saltern.yaml': `providers:\n  p: {driver: scaleway${provider}}\n` };
  const bundle = await loadFrom(scw === null ? files : { ...files, 'home/.config/scw/config.yaml': scw }, options);
  const [it] = bundle.providers;
  return { settings: it?.settings, from: it?.from, told: bundle.told };
}

test('the environment fills in what a provider leaves open, and says from where', async () => {
  const env = {
    SCW_ACCESS_KEY: 'ENV',
    SCW_SECRET_KEY: 's',
    SCW_DEFAULT_ZONE: 'fr-par-2',
    SCW_API_URL: 'http://localhost:1',
  };
  expect(await load('', env)).toEqual({
    settings: { access_key: 'ENV', token: 's', zone: 'fr-par-2', api_url: 'http://localhost:1' },
    from: { access_key: 'SCW_ACCESS_KEY', token: 'SCW_SECRET_KEY', zone: 'SCW_DEFAULT_ZONE', api_url: 'SCW_API_URL' },
    told: '',
  });
});

test('what is written wins over the environment, that over the profile, that over the top level of the file', async () => {
  const { settings, from } = await load(
    ', zone: it-mil-1',
    { SCW_PROFILE: 'work', SCW_API_URL: 'http://localhost:1' },
    SCW_FILE,
  );
  expect(settings).toEqual({
    access_key: 'WORK',
    token: 'work-secret',
    project_id: 'file-project',
    zone: 'it-mil-1',
    api_url: 'http://localhost:1',
  });
  const file = expect.stringMatching(/home\/\.config\/scw\/config\.yaml$/);
  expect(from).toEqual({
    access_key: 'profile work of home/.config/scw/config.yaml',
    token: 'profile work of home/.config/scw/config.yaml',
    project_id: file,
    api_url: 'SCW_API_URL',
  });
  expect(
    (await load('', { SCW_ACCESS_KEY: 'ENV', SCW_SECRET_KEY: 's' }, `active_profile: work\n${SCW_FILE}`)).settings,
  ).toMatchObject({
    access_key: 'ENV',
    zone: 'pl-waw-1',
  });
});

test("another account's project and half of its credentials are not mixed in", async () => {
  const env = { SCW_ACCESS_KEY: 'ENV', SCW_SECRET_KEY: 's', SCW_DEFAULT_PROJECT_ID: 'env-project' };
  expect((await load(', access_key: MINE, token: t', env)).settings).toEqual({ access_key: 'MINE', token: 't' });
  expect((await load(', access_key: MINE', env)).settings).toEqual({ access_key: 'MINE' });
  expect((await load(', access_key: ENV, secret_key: s', env)).settings).toEqual({
    access_key: 'ENV',
    secret_key: 's',
    project_id: 'env-project',
  });
});

test('a region is used where no zone is known', async () => {
  expect((await load('', { SCW_DEFAULT_REGION: 'nl-ams' })).settings).toEqual({ region: 'nl-ams' });
  expect((await load('', { SCW_DEFAULT_REGION: 'nl-ams', SCW_DEFAULT_ZONE: 'nl-ams-3' })).settings).toEqual({
    zone: 'nl-ams-3',
  });
  expect((await load(', zones: [fr-par-1]', { SCW_DEFAULT_ZONE: 'nl-ams-3' })).settings).toEqual({
    zones: ['fr-par-1'],
  });
});

test('other drivers get nothing', async () => {
  const { providers } = await loadFrom(
    { 'saltern.yaml': 'providers: {p: {driver: other}}\n' },
    { files: ['saltern.yaml'], env: { SCW_SECRET_KEY: 's' } },
  );
  expect(providers[0]?.settings).toEqual({});
});

test('a profile that is not there, a file that is not there, a file that is broken', async () => {
  expect((await load('', { SCW_PROFILE: 'wrk' }, SCW_FILE)).told).toBe(
    `home/.config/scw/config.yaml:6:1: error: there is no profile "wrk", that SCW_PROFILE names
  6 | profiles:
    | ^^^^^^^^
  expected: work
  did you mean "work"?`,
  );
  expect((await load('', { SCW_CONFIG_PATH: '/nowhere/config.yaml' })).told).toBe(
    '/nowhere/config.yaml: error: SCW_CONFIG_PATH names this file: there is no such file',
  );
  expect((await load('', {}, 'secret_key: "CANARY\n')).told).toBe(
    `home/.config/scw/config.yaml:1:13: error: this quote is left open
  1 | secret_key: " …
    |             ^`,
  );
});
