import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

const MAIN = `osenv: {driver: env}
files: {driver: yaml, files: [one.yaml, two.yaml]}
safe: {driver: vault}
gpg: {driver: yaml, files: [one.yaml], gpg: True}
gone: {driver: yaml, files: [nowhere.yaml]}
`;
const CANARY = 'CANARY-91c2';

const settings = async (value: string) => {
  const { told, providers, problems } = await loadFrom(
    {
      cloud: MAIN,
      'cloud.providers': `a: {driver: x, token: "${value}"}\n`,
      'one.yaml': `api: {key: one, list: [p, q], other: 1}\nsecret: ${CANARY}\n`,
      'two.yaml': 'api: {key: two}\n',
    },
    { saltDir: '.', env: { TOKEN: 'from-env', EMPTY: '' } },
  );
  expect(told).not.toContain(CANARY);
  return { told, problems, token: providers[0]?.settings['token'] };
};

test.each([
  ['sdb://osenv/TOKEN', 'from-env'],
  ['sdb://osenv/EMPTY', ''],
  ['sdb://files/api:key', 'two'],
  ['sdb://files/api:list:1', 'q'],
  ['sdb://files/api:other', '1'],
  ['sdb://files/secret', CANARY],
])('%s', async (uri, expected) => {
  expect(await settings(uri)).toMatchObject({ told: '', token: expected });
});

test.each([
  ['sdb://osenv/TOKN', 'cloud.providers:1:23: error: the environment variable TOKN is not set'],
  ['sdb://osnv/TOKEN', 'cloud.providers:1:23: error: there is no sdb profile "osnv"'],
  ['sdb://osenv', 'cloud.providers:1:23: error: this sdb reference has no key'],
  ['sdb://safe/x', 'cloud.providers:1:23: error: sdb values of the kind "vault" cannot be read here'],
  ['sdb://files/api', 'cloud.providers:1:23: error: the files of the sdb profile "files" have no text under "api"'],
  [
    'sdb://files/secret:x',
    'cloud.providers:1:23: error: the files of the sdb profile "files" have no text under "secret:x"',
  ],
  ['sdb://gpg/api:key', 'cloud:4:40: error: values that GPG encrypted cannot be read here'],
  ['sdb://gone/x', 'cloud:5:30: error: a file with sdb values cannot be read: there is no such file'],
])('%s', async (uri, expected) => {
  const { told, problems } = await settings(uri);
  expect(told.split('\n')[0]).toBe(expected);
  expect(problems).toHaveLength(1);
});
