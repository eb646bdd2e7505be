import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './harness.ts';

const FLEET = Array.from({ length: 20 }, (_, i) => `web-${String(i + 1).padStart(2, '0')}`);

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.start();
  await scene.configure();
  expect((await scene.create(FLEET)).error).toBeNull();
}, 60_000);
afterAll(() => scene.close());

const LIES = [
  { kind: 'empty-list', code: 11, said: '20 of 20 machines vanished at once', hint: '--confirm-vanished' },
  { kind: 'other-project', code: 7, said: 'paris now answers for another account', hint: 'Use the credentials' },
] as const;

for (const { kind, code, said, hint } of LIES) {
  test(`${kind}: nothing is made, nothing is marked gone, and the reason is said`, { timeout: 60_000 }, async () => {
    const { admin } = scene.emulator;
    const before = await inventory();
    const serversBefore = admin.dump(false).servers.map(({ id }) => id);
    admin.clearRequests();
    admin.addFaults([{ kind }]);
    for (const words of [
      ['machine', 'create', kind, '--profile', 'web'],
      ['provider', 'reconcile', 'paris'],
      ['provider', 'reconcile', 'paris', '--fix'],
    ]) {
      const { stderr, ...answer } = await scene.cli(words);
      expect(answer.code, stderr).toBe(code);
      expect(stderr).toContain(said);
      expect(stderr).toContain(`hint: `);
      expect(stderr).toContain(hint);
    }
    expect(admin.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(admin.dump(false).servers.map(({ id }) => id)).toEqual(serversBefore);
    expect(await inventory()).toEqual([...before, { name: kind, status: 'failed', nativeId: null }]);
    expect(await providerStatus()).toMatchObject({ status: 'unknown', statusReason: expect.stringContaining(said) });

    admin.clearFaults();
    const again = await scene.cli(['machine', 'retry', kind]);
    expect(again.code, again.stderr).toBe(0);
    expect(await providerStatus()).toMatchObject({ status: 'ok', statusReason: null });
    expect(await inventory()).toEqual([...before, { name: kind, status: 'ready', nativeId: expect.any(String) }]);
    expect(admin.dump(false).servers).toHaveLength(serversBefore.length + 1);
  });
}

async function inventory() {
  const { items } = await scene.client.request('GET', '/v1/machines', { query: { limit: 500 } });
  return items.map(({ name, status, nativeId }) => ({ name, status, nativeId }));
}

function providerStatus() {
  return scene.client.request('GET', '/v1/providers/{provider}', { params: { provider: 'paris' } });
}
