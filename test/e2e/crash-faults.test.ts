import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Fault, FaultKind } from '../../emulator/src/faults.ts';
import type { LoggedRequest } from '../../emulator/src/request-log.ts';
import { type LifeVerb, live } from './crash-life.ts';
import { kill } from './crash-process.ts';
import { CRASH_PROFILE } from './crash-profile.ts';
import { openScene, type Scene } from './harness.ts';

const SERVERS = { method: 'POST', path: '/servers$' };
const ADDRESSES = { method: 'POST', path: '/ips$' };
const END = { method: 'POST', path: '/servers/[^/]+/action$' };
const DELETE_ADDRESS = { method: 'DELETE', path: '/ips/' };

type Match = Required<NonNullable<Fault['match']>>;

describe.concurrent('the cloud fails and the controller is killed before it could look', () => {
  const cases: readonly (readonly [LifeVerb, Match, ...FaultKind[]])[] = [
    ['create', SERVERS, 'error-after-effect'],
    ['create', SERVERS, 'cut'],
    ['create', SERVERS, 'error-after-effect', 'late-visible'],
    ['create', ADDRESSES, 'cut'],
    ['create', ADDRESSES, 'error-after-effect', 'late-visible'],
    ['destroy', END, 'error-after-effect'],
    ['destroy', DELETE_ADDRESS, 'cut'],
  ];
  for (const [verb, match, ...kinds] of cases) {
    const title = `${verb}: ${match.method} ${match.path} ${kinds.join(' and ')}`;
    test(title, { timeout: 60_000 }, async () => {
      const faults = kinds.map((kind) => ({ kind, match, count: 1 }));
      const crash = { title, moment: (scene: Scene) => request(scene, match) };
      const create = { verb: 'create', crash: verb === 'create' ? crash : null } as const;
      if (verb === 'create')
        await live([
          { ...create, faults },
          { verb: 'destroy', crash: null },
        ]);
      else await live([create, { verb, crash, faults }]);
    });
  }

  test('create: the request is still on its way and arrives after the next controller has looked', {
    timeout: 60_000,
  }, async () => {
    const moment = async (scene: Scene) => {
      await request(scene, ADDRESSES);
      scene.emulator.admin.setLatency(1000);
      await request(scene, SERVERS);
      scene.emulator.admin.setLatency(0);
    };
    await live([
      { verb: 'create', crash: { title: 'on its way', moment } },
      { verb: 'destroy', crash: null },
    ]);
  });
});

test('destroy of what nobody can see yet, killed while it looks, ends it when it appears', {
  timeout: 60_000,
}, async () => {
  const scene = await openScene({ clockSpeed: 40 });
  try {
    await scene.start();
    await scene.configure(CRASH_PROFILE);
    const { admin } = scene.emulator;
    const unseen = ['error-after-effect', 'late-visible'] as const;
    admin.addFaults(unseen.map((kind) => ({ kind, match: SERVERS, count: 1, ms: 40_000 })));
    const { client } = scene;
    const { operation } = await client.request('POST', '/v1/machines', { body: { names: ['web-1'], profile: 'web' } });
    await request(scene, SERVERS);
    const params = { operation: operation.id };
    await client.request('POST', '/v1/operations/{operation}/cancel', { params, body: { made: 'keep' } });
    expect((await scene.ended(operation.id)).status).toBe('cancelled');
    expect(admin.dump().servers).toHaveLength(1);
    const ending = await client.request('POST', '/v1/machines/destroy', { body: { machines: ['web-1'] } });
    await sleep(200);
    expect(admin.dump().servers).toHaveLength(1);
    await kill(scene);
    await scene.start();
    expect(await scene.ended(ending.operation.id)).toMatchObject({ status: 'succeeded' });
    expect(admin.dump()).toMatchObject({ servers: [], volumes: [], ips: [] });
  } finally {
    await scene.close();
  }
});

/** Resolves when the cloud has such a request in its log; without latency it has taken effect by then. */
async function request({ emulator }: Scene, match: Match): Promise<void> {
  const path = new RegExp(match.path);
  const isIt = (logged: LoggedRequest) => logged.method === match.method && path.test(logged.path);
  while (!emulator.admin.requests().some(isIt)) await sleep(2);
}
