import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as samples from '../../test/contract/store-samples.ts';
import type { NewEvent } from '../core/event.ts';
import type { MachineStatus } from '../core/machine.ts';
import type { Store } from '../core/store.ts';
import { systemClock } from '../lib/clock.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createSaltEvents, type SaltEvents } from './salt-events.ts';

const actor = { kind: 'socket', name: 'ann' } as const;
let dir: string;
let store: Store;
let salt: SaltEvents;
let id: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'saltern-events-'));
  store = await openSqliteStore({ file: join(dir, 'db'), key: randomBytes(32), clock: systemClock });
  salt = createSaltEvents(store);
  id = await machine('web-1');
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

test('a creation is told with the tags and fields that reactors know', async () => {
  const told = await tell(
    status('requested'),
    status('creating'),
    step('prepare', 'running'),
    step('ensure instance', 'running'),
    step('ensure instance', 'running'),
    step('ensure instance', 'done'),
    step('instance runs with an address', 'running'),
    status('bootstrapping'),
    step('ssh answers', 'running'),
    step('deploy 1: /etc/salt/minion', 'running'),
    step('deploy 1: /etc/salt/minion', 'done'),
    step('deploy 2: setup.sh', 'running'),
    step('deploy 2: setup.sh', 'done'),
    status('ready'),
    step('ready', 'done'),
  );
  expect(told.map(({ type }) => type.replace('salt/cloud/web-1/', ''))).toEqual([
    ...['creating', 'requesting', 'querying', 'waiting_for_ssh', 'deploying', 'deploy_script', 'created'],
  ]);
  const who = { name: 'web-1', profile: 'web', provider: 'paris:scaleway', driver: 'scaleway' };
  expect(told[0]).toEqual({
    actor,
    type: 'salt/cloud/web-1/creating',
    entity: `machine/${id}`,
    operation: 'op-1',
    data: { ...who, event: 'starting create' },
  });
  expect(told[3]?.data).toEqual({ event: 'waiting for ssh', ip_address: '192.0.2.1' });
  expect(told[5]?.data).toEqual({ event: 'deployed', name: 'web-1', host: '192.0.2.1' });
  expect(told.at(-1)?.data).toEqual({
    ...who,
    event: 'created instance',
    id: 'native-web-1',
    instance_id: 'native-web-1',
    public_ips: ['192.0.2.1'],
    private_ips: ['10.0.0.1'],
  });
});

test('`created` is told once, whatever is repeated by a crash or done later', async () => {
  await tell(status('creating'), status('bootstrapping'), status('ready'));
  salt = createSaltEvents(store); // a new process
  expect(await tags(status('ready'))).toEqual([]);
  expect(await tags(status('bootstrapping'), step('deploy 1: again.sh', 'running'), status('ready'))).toEqual([]);
  expect(await tags(status('stopping'), status('stopped'), status('starting'), status('ready'))).toEqual([
    ...['stopping', 'stopped', 'starting', 'started'],
  ]);
});

test('a creation that another process began is told to its end', async () => {
  await tell(status('creating'));
  salt = createSaltEvents(store);
  expect(await tags(step('try 2: ssh answers', 'running'), status('failed'))).toEqual(['waiting_for_ssh']);
  salt = createSaltEvents(store);
  expect(await tags(status('creating'), step('deploy 1: x (retry 1)', 'running'), status('ready'))).toEqual([
    ...['creating', 'deploying', 'created'],
  ]);
});

test('a machine that is made anew under its own id is destroyed, created and told so', async () => {
  await tell(status('creating'), status('ready'));
  const again = [status('destroying'), status('failed'), status('creating'), status('ready')];
  expect(await tags(...again)).toEqual(['destroying', 'creating', 'created']);
});

test('powers, failures and ends have their tags', async () => {
  const seen = await tags(status('rebooting'), status('ready'), status('destroying'), status('destroyed'));
  expect(seen).toEqual(['rebooting', 'rebooted', 'destroying', 'destroyed']);
  expect(await tags(status('creating'), step('ensure instance', 'failed'))).toEqual(['creating', 'requesting/failed']);
});

test('what was never made, or is made by others, is told as no creation and no end', async () => {
  expect(await tags(status('requested'), status('destroyed'))).toEqual([]);
  id = await machine('theirs', 'imported');
  expect(await tags(status('creating'), step('ssh answers', 'running'), status('ready'))).toEqual([]);
  expect(await tags(status('stopping'), status('stopped'))).toEqual(['stopping', 'stopped']);
});

/** Salt's events for these, which are stored as the controller does. */
async function tell(...events: NewEvent[]): Promise<NewEvent[]> {
  const all = await salt.beside(events);
  await store.events.append(all);
  return all.filter(({ type }) => type.startsWith('salt/'));
}

async function tags(...events: NewEvent[]): Promise<string[]> {
  return (await tell(...events)).map(({ type }) => type.replace(/^salt\/cloud\/[^/]*\//, ''));
}

function status(to: MachineStatus): NewEvent {
  return { actor, type: 'machine.status', entity: `machine/${id}`, operation: 'op-1', data: { status: to } };
}

function step(name: string, to: string): NewEvent {
  const data = { step: name, status: to };
  return { actor, type: 'operation.step', entity: `machine/${id}`, operation: 'op-1', data };
}

async function machine(name: string, origin: 'created' | 'imported' = 'created'): Promise<string> {
  const provider =
    (await store.providers.find('paris')) ?? (await store.providers.insert(samples.provider({ name: 'paris' })));
  const profile =
    (await store.profiles.find('web')) ??
    (await store.profiles.insert(samples.profile({ name: 'web', provider: provider.id })));
  const addresses = [
    { ip: '10.0.0.1', family: 4, reach: 'private' },
    { ip: '192.0.2.1', family: 4, reach: 'public' },
  ] as const;
  const nativeId = `native-${name}`;
  const own = { name, origin, provider: provider.id, profile: profile.id, nativeId, addresses };
  return (await store.machines.insert(samples.machine(own))).id;
}
