import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { Options } from './config.ts';
import { ssh } from './index.ts';
import { addressOf, nativeIdOf, placeOf } from './native-id.ts';

const driver = ssh.open({}, { fetch, log: silentLog, clock: systemClock });
const owner = { installation: 'one', resource: 'row' };
const ref = { owner, name: 'web-1', attempted: false };
const spec = { name: 'web-1', image: '', size: '', location: '', userData: null, tags: [] };

test('a machine is found by where SSH answers, with the address it was given', async () => {
  const options = { host: '10.0.0.5', port: 2222 };
  const enrolled = await driver.instance.ensure({ ...spec, options }, ref);
  expect(enrolled).toMatchObject({ nativeId: '10.0.0.5:2222', status: 'running', sshPort: 2222, owner });
  expect(enrolled.addresses).toEqual([{ ip: '10.0.0.5', family: 4, reach: 'private' }]);
  expect(await driver.instance.find({ ...ref, nativeId: '10.0.0.5:2222' })).toEqual(enrolled);
  expect(await driver.instance.find(ref)).toBeNull();
});

test.each([
  ['web-1.Example.org', 22, 'web-1.example.org:22'],
  ['2001:db8::1', 2222, '[2001:db8::1]:2222'],
  ['192.0.2.7', 22, '192.0.2.7:22'],
])('the native id of %s and %i leads back to it', (host, port, id) => {
  expect(nativeIdOf({ host, port })).toBe(id);
  expect(placeOf(id)).toEqual({ host: host.toLowerCase(), port });
});

test.each([
  ['172.31.0.1', 4, 'private'],
  ['172.32.0.1', 4, 'public'],
  ['127.0.0.1', 4, 'private'],
  ['fd00::1', 6, 'private'],
  ['2001:db8::1', 6, 'public'],
  ['web.example.org', 4, 'public'],
] as const)('%s is IPv%i and %s', (host, family, reach) => {
  expect(addressOf(host)).toEqual({ ip: host, family, reach });
});

test('without a host nothing is enrolled, and what is no host is refused', async () => {
  await expect(driver.instance.ensure({ ...spec, options: {} }, ref)).rejects.toMatchObject({
    code: 'invalid',
    field: 'options.host',
  });
  for (const host of ['root@10.0.0.5', '10.0.0.5:22', '[::1]', '-oProxyCommand=x', '']) {
    expect(Options.safeParse({ host }).success, host).toBe(false);
  }
  expect(Options.safeParse({ host: '::1', host_key: 'ssh-dss AAAAB3Nz' }).success).toBe(false);
});

test('a host key is taken without its comment, and shown as what SSH must prove', async () => {
  const host_key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhVlBGwhF2hjXB0NDJZ4vNgOIcCTEbCbOTpo7sVBpIX';
  const options = Options.parse({ host: '10.0.0.5', host_key: `${host_key} root@web-1` });
  expect(await driver.instance.ensure({ ...spec, options }, ref)).toMatchObject({ sshHostKey: host_key });
});

test('nothing is listed, nothing can be made', async () => {
  for await (const seen of driver.instance.list(owner)) expect.unreachable(String(seen));
  for await (const seen of driver.instances({})) expect.unreachable(String(seen));
  await expect(driver.resolve({ image: 'debian' }, {})).rejects.toMatchObject({ code: 'unsupported' });
  expect(await driver.check()).toEqual(await driver.check());
});
