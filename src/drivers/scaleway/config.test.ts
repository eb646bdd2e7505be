import { expect, test } from 'vitest';
import { check } from '../../lib/check.ts';
import { Config, Options } from './config.ts';

const KEYS = { access_key: 'SCWXXXXXXXXXXXXXXXXX', token: '11111111-2222-4333-8444-555555555555' };

test('access key and token are enough', () => {
  expect(Config.parse({ driver: 'scaleway', ...KEYS })).toEqual({
    driver: 'scaleway',
    ...KEYS,
    zone: 'fr-par-1',
    zones: ['fr-par-1'],
    api_url: 'https://api.scaleway.com',
    timeout: 30,
  });
});

test('what comes out can be read again', () => {
  const once = Config.parse({ ...KEYS, zones: ['nl-ams-1', 'pl-waw-2'], api_url: 'http://127.0.0.1:8080/' });
  expect(once).toMatchObject({ zone: 'nl-ams-1', zones: ['nl-ams-1', 'pl-waw-2'], api_url: 'http://127.0.0.1:8080' });
  expect(Config.parse(once)).toEqual(once);
});

test("the official tools' words are understood", () => {
  const { token: secret_key, access_key } = KEYS;
  expect(Config.parse({ access_key, secret_key, region: 'nl-ams' })).toMatchObject({
    token: secret_key,
    zone: 'nl-ams-1',
  });
});

test.each([
  [{ ...KEYS, acces_key: 'x' }, 'acces_key', 'is not known here'],
  [{ access_key: KEYS.access_key }, 'token', 'is missing'],
  [{ ...KEYS, secret_key: 'another' }, 'secret_key', 'differs'],
  [{ ...KEYS, zone: 'paris' }, 'zone', 'fr-par-1'],
  [{ ...KEYS, api_url: 'api.scaleway.com' }, 'api_url', 'URL'],
])('one error for %j', (input, field, message) => {
  const result = check(Config, input);
  expect(result).toMatchObject({ ok: false, problem: { field, message: expect.stringContaining(message) } });
  expect(JSON.stringify(result)).not.toContain(KEYS.token);
});

test('a profile without options gets a dynamic address', () => {
  expect(Options.parse({})).toEqual({ public_ip: 'dynamic' });
  expect(check(Options, { public_ipp: 'none' })).toMatchObject({ ok: false, problem: { field: 'public_ipp' } });
});
