import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClock } from './clock.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { isId, newId } from './ids.ts';
import { createLifetime } from './lifetime.ts';
import { createMask, textsIn } from './mask.ts';
import { nearest } from './nearest.ts';
import { resolvePaths } from './paths.ts';
import { createGate } from './rate-limit.ts';
import { version } from './version.ts';

test('the version is that of package.json', () => {
  expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
});

test('ids are unique and sort by the order they were made in, also within a millisecond and when the clock goes back', () => {
  const ids = [...Array.from({ length: 1000 }, () => newId(5_000)), newId(4_000), newId(6_000)];
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
  expect(ids.every(isId)).toBe(true);
  expect(isId('web-1')).toBe(false);
});

test('durations are read as people write them', () => {
  const read = { '90s': 90_000, '5m': 300_000, '1h30m': 5_400_000, '250ms': 250, '30': 30_000, '1.5h': 5_400_000 };
  for (const [text, ms] of Object.entries(read)) expect(parseDuration(text), text).toBe(ms);
  for (const text of ['', 'soon', '5 parsecs', '-3s', '5m3']) expect(parseDuration(text), text).toBeNull();
  expect([300, 12_000, 185_000, 7_800_000].map(formatDuration)).toEqual(['0.3 s', '12 s', '3 min 05 s', '2 h 10 min']);
});

test('the nearest name is found for a slip, and none for another word', () => {
  const names = ['scaleway', 'cloudstack', 'libvirt'];
  expect(nearest('scalway', names)).toBe('scaleway');
  expect(nearest('LIBVIRT', names)).toBe('libvirt');
  expect(nearest('openstack', ['x'])).toBeNull();
});

test('no known secret survives masking, whatever stands around it', () => {
  const secret = fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !text.includes('*'));
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
      const masked = createMask([value])(before + value + after);
      expect(masked.includes(value) && !(before + after).includes(value)).toBe(false);
    }),
  );
  expect(createMask(['abcdef', 'abcdefgh'])('x abcdefgh y')).toBe('x *** y');
  expect(createMask(['on'])('on and on')).toBe('on and on');
  expect(textsIn({ a: ['x', { b: 'y' }], c: 3, d: null })).toEqual(['x', 'y']);
});

test('a gate lets a burst through and then keeps the rate', async () => {
  const slept: number[] = [];
  const gate = createGate({ now: () => 0, sleep: async (ms) => void slept.push(ms) }, 10, 5);
  for (let request = 0; request < 5; request += 1) await gate();
  expect(slept).toEqual([]);
  for (let request = 0; request < 20; request += 1) await gate();
  expect(slept).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * 100));
});

test('a gate that is waited at can be left', async () => {
  const gate = createGate(createClock(), 0.01, 1);
  await gate();
  await expect(gate(AbortSignal.timeout(20))).rejects.toThrow();
});

test('a lifetime ends once when idle, and never while there is work', async () => {
  let ends = 0;
  let idle = false;
  const lifetime = createLifetime({
    idleExitMs: 50,
    isIdle: () => idle,
    end: async () => {
      ends += 1;
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(ends).toBe(0);
  idle = true;
  await lifetime.ended;
  await lifetime.stop();
  expect(ends).toBe(1);
});

test('a socket path that no system would take is replaced by a short one, the same each time', () => {
  const home = `/tmp/${'long/'.repeat(30)}`;
  const { socket } = resolvePaths({ SALTERN_HOME: home });
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(100);
  expect(resolvePaths({ SALTERN_HOME: home }).socket).toBe(socket);
  expect(resolvePaths({ SALTERN_HOME: '/tmp/a' }).socket).toBe('/tmp/a/saltern.sock');
});
