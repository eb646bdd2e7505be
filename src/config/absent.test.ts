import { expect, test } from 'vitest';
import { loadFrom } from './testing.ts';

const FILES = {
  'cloud.providers': `old:
  driver: ec2
  id: x
  key: sdb://nowhere/key
us:
  - driver: openstack
    password: hidden-word
  - driver: scaleway
    token: t
    access_key: k
paris: {driver: scaleway, access_key: k, token: t}
`,
  'cloud.profiles': `ec2-web:
  provider: old
  image: ami-1
  script: /nowhere/at-all.sh
os-web: {provider: 'us:openstack', image: d}
web: {provider: paris, image: d, deploy: False}
more: {provider: 'us:scaleway', image: d, deploy: False}
`,
  'good.map': 'web: [w1]\nmore: [m1]\n',
  'bad.map': 'ec2-web:\n  - e1\nweb: [w1]\nos-web: [o1]\n',
};
const keys = { settings: ['driver', 'access_key', 'token'], options: ['public_ip'] };
const drivers = { scaleway: keys, ssh: keys };
const options = { files: [], saltDir: '.', drivers };

test('what is of a driver that nobody has is left out with all that is wrong in it, and told once', async () => {
  const { providers, profiles, maps, told } = await loadFrom(FILES, { ...options, map: 'good.map' });
  expect(providers.map(({ name }) => name)).toEqual(['us:scaleway', 'paris']);
  expect(profiles.map(({ name }) => name)).toEqual(['web', 'more']);
  expect(maps.flatMap(({ machines }) => machines.map(({ name }) => name))).toEqual(['w1', 'm1']);
  expect(told).toBe(`cloud.providers:1:1: warning: 2 providers of drivers that are not here, left out with 2 profiles: \
old (ec2), us:openstack
  1 | old:
    | ^^^
  hint: Here are the drivers scaleway, ssh. Salt Cloud goes on with the others.`);
});

test('it is an error where a map asks for it, each at its line', async () => {
  const { problems } = await loadFrom(FILES, { ...options, map: 'bad.map' });
  const errors = problems.filter(({ level }) => level === 'error');
  expect(errors.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([
    'bad.map:1 the profile "ec2-web" is of the driver "ec2", which is not here',
    'bad.map:4 the profile "os-web" is of the driver "openstack", which is not here',
  ]);
});

test('it is an error where a file of ours asks for it', async () => {
  const ours = 'profiles: {mine: {provider: old, image: d}}\nmachines: {e1: {profile: ec2-web}}\n';
  const { problems } = await loadFrom({ ...FILES, 'ours.yaml': ours }, { ...options, files: ['ours.yaml'] });
  const errors = problems.filter(({ level }) => level === 'error');
  expect(errors.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '1 the provider "old" is of the driver "ec2", which is not here',
    '2 the profile "ec2-web" is of the driver "ec2", which is not here',
  ]);
});

test('a driver of ours misspelt, and any strange one in a file of ours, are mistakes', async () => {
  const salt = { 'cloud.providers': 'a: {driver: scalway}\n', 'cloud.profiles': 'p: {provider: a, image: d}\n' };
  expect((await loadFrom(salt, options)).told).toContain(`cloud.providers:1:13: error: there is no driver "scalway"`);
  const ours = { 'saltern.yaml': 'providers:\n  a:\n    driver: ec2\n' };
  const { told } = await loadFrom(ours, { files: ['saltern.yaml'], drivers });
  expect(told).toContain('saltern.yaml:3:13: error: there is no driver "ec2"');
});

test('keys that the driver does not know are told at their places before anything is asked of the controller', async () => {
  const salt = {
    'cloud.providers': 'a: {driver: scaleway, access_key: k, token: t, zonee: x}\n',
    'cloud.profiles': 'base: {provider: a, image: d, deploy: False, volume_size: 5}\nweb: {extends: base}\n',
    'x.map': 'base:\n  - w1: {publicip: x}\n  - w2\n',
  };
  const { problems } = await loadFrom(salt, { ...options, map: 'x.map' });
  expect(problems.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([
    'cloud.providers:1 the driver "scaleway" does not know "zonee"',
    'cloud.profiles:1 the driver "scaleway" does not know "volume_size"',
    'x.map:2 the driver "scaleway" does not know "publicip"',
  ]);
});

test('credentials that nobody said are an error at the provider, with where else they may come from', async () => {
  const files = { 'saltern.yaml': 'providers:\n  a: {driver: scaleway}\n  b: {driver: scaleway, access_key: k}\n' };
  const { problems } = await loadFrom(files, { files: ['saltern.yaml'], drivers });
  expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
    '2 the provider "a" has no access_key and no token',
    '3 the provider "b" has no token',
  ]);
  expect(problems[0]?.hint).toContain('SCW_ACCESS_KEY');
});
