import { expect, test } from 'vitest';
import { deployVersion } from '../core/deploy.ts';
import type { ResolvedRequest } from '../core/driver.ts';
import { SalternError } from '../core/error.ts';
import type { Instance } from '../core/instance.ts';
import type { Machine } from '../core/machine.ts';
import { DEFAULT_SSH } from '../core/profile.ts';
import { fingerprint } from './fingerprint.ts';
import { judge, type Subject } from './plan-map-judge.ts';
import { inOrder } from './plan-map-order.ts';
import { faulty } from './plan-map-wanted.ts';
import { reservation } from './request-create.ts';

const SCOPE = { endpoint: 'https://cloud', account: 'a', project: 'p', description: 'd' };
const DEPLOY = [{ kind: 'file', path: '/etc/motd', content: 'hello' }] as const;

const instance: Instance = {
  nativeId: 'i-1',
  name: 'web-1',
  location: 'here',
  owner: null,
  status: 'running',
  size: 'small',
  image: 'image-1',
  imageName: 'Debian',
  arch: 'x86_64',
  addresses: [],
  tags: ['blue', 'theirs'],
  createdAt: null,
};

const resolved: ResolvedRequest = {
  image: { id: 'image-1', name: 'Debian', arch: 'x86_64', location: 'here', source: 'public' },
  size: {
    id: 'small',
    arch: 'x86_64',
    cpus: 1,
    memoryBytes: 1,
    diskBytes: 1,
    location: 'here',
    price: null,
    stock: 'available',
  },
  location: 'here',
  notes: [],
};
const other: ResolvedRequest = {
  ...resolved,
  image: { ...resolved.image, id: 'image-2', name: 'Ubuntu' },
  size: { ...resolved.size, id: 'large' },
};

const { machine: fresh } = reservation(
  { newId: () => 'id', clock: { now: () => 0 } } as never,
  'provider',
  'web-1',
  'instance',
);
const machine: Machine = {
  ...fresh,
  status: 'ready',
  nativeId: 'i-1',
  readyAt: 1,
  asked: { image: 'debian', size: 'small', tags: ['blue'], deploy: deployVersion(DEPLOY) },
};

const settled: Subject = {
  wish: {
    provider: 'provider',
    profile: 'profile',
    image: 'debian',
    size: 'small',
    location: null,
    tags: ['blue'],
    ssh: DEFAULT_SSH,
    deploy: DEPLOY,
    userData: null,
    login: null,
    onFailure: 'keep',
    protected: false,
    options: {},
  },
  machine,
  elsewhere: null,
  observed: { status: 'ok', scope: SCOPE, instances: [] },
  instance,
  namesakes: [],
  busy: null,
  halfDestroyed: false,
  resolved,
  existing: false,
  resizes: true,
};

const wish = (patch: Partial<Subject['wish']>): Partial<Subject> => ({ wish: { ...settled.wish, ...patch } });
const row = (patch: Partial<Machine>): Partial<Subject> => ({ machine: { ...machine, ...patch } });
const seen = (patch: Partial<Instance>): Partial<Subject> => ({ instance: { ...instance, ...patch } });
const away = { status: 'unknown', reason: 'it is away', error: new SalternError('unavailable', 'it is away') } as const;
const nothing: Partial<Subject> = { machine: null, instance: null };
const soldOut = new SalternError('out_of_stock', 'small is out of stock');

/** What is so, and what is to be done: the action with what it needs, and what changes. */
const TABLE: readonly (readonly [is: string, so: Partial<Subject>, then: string])[] = [
  ['all as wanted', {}, 'keep'],
  ['nothing there', nothing, 'create'],
  ['nothing there, a box that exists', { ...nothing, existing: true, resolved: null }, 'enrol'],
  ['an instance of that name', { ...nothing, namesakes: [instance] }, 'not ours, needs import'],
  ['several of that name', { ...nothing, namesakes: [instance, instance] }, 'not ours, needs import'],
  ['a namesake beside ours', { namesakes: [{ ...instance, nativeId: 'i-2' }] }, 'keep'],
  ['the provider is away', { observed: away }, 'unknown'],
  ['the provider is away and nothing known', { ...nothing, observed: away }, 'unknown'],
  ['the provider is away and others have the name', { ...nothing, observed: away, namesakes: [instance] }, 'unknown'],
  ['a machine of another provider', { elsewhere: 'lyon' }, 'unknown'],
  ['nothing there and out of stock', { ...nothing, resolved: soldOut }, 'unknown'],
  ['as wanted and out of stock', { resolved: soldOut }, 'keep'],
  ['an operation at work', { busy: 'stop-machine', ...row({ status: 'stopping' }) }, 'unknown'],
  ['being destroyed', row({ status: 'destroying' }), 'unknown'],
  ['gone from the backend', { instance: null }, 'replace, needs replace: status'],
  ['missing', { instance: null, ...row({ status: 'missing' }) }, 'replace, needs replace: status'],
  [
    'gone, imported, protected',
    { instance: null, ...row({ origin: 'imported', protected: true }) },
    'replace, needs replace imported unprotect: status',
  ],
  ['failed', row({ status: 'failed' }), 'change: status'],
  ['failed and nothing made', { instance: null, ...row({ status: 'failed', nativeId: null }) }, 'change: status'],
  ['requested, nobody at work', { instance: null, ...row({ status: 'requested', nativeId: null }) }, 'change: status'],
  ['failed, half destroyed', { halfDestroyed: true, ...row({ status: 'failed' }) }, 'unknown'],
  ['its import stopped', row({ status: 'failed', origin: 'imported', readyAt: null }), 'unknown'],
  ['locked', seen({ status: 'locked' }), 'unknown'],
  ['starting by hand', seen({ status: 'starting' }), 'unknown'],
  ['ended by hand', seen({ status: 'destroying' }), 'unknown'],
  ['stopped by hand', seen({ status: 'stopped' }), 'change: power'],
  ['stopped by us', { ...row({ status: 'stopped' }), ...seen({ status: 'stopped' }) }, 'change: power'],
  ['a tag is lacking', wish({ tags: ['blue', 'green'] }), 'change: tags'],
  ['tags beside ours', seen({ tags: ['blue', 'x', 'y'] }), 'keep'],
  ['another size', { ...wish({ size: 'large' }), resolved: other }, 'change: size'],
  [
    'another size, no resizing',
    { ...wish({ size: 'large' }), resolved: other, resizes: false },
    'replace, needs replace: size',
  ],
  [
    'another size, never ready',
    { ...wish({ size: 'large' }), resolved: other, ...row({ status: 'failed' }) },
    'replace, needs replace: status size',
  ],
  ['the size in other words', wish({ size: 'SMALL' }), 'keep'],
  ['another image', { ...wish({ image: 'ubuntu' }), resolved: other }, 'replace, needs replace: image'],
  [
    'another image, protected',
    { ...wish({ image: 'ubuntu' }), resolved: other, ...row({ protected: true }) },
    'replace, needs replace unprotect: image',
  ],
  ['the image in other words', wish({ image: 'Debian 12' }), 'keep'],
  ['a newer image of the same words', { resolved: other, ...wish({ size: 'small' }) }, 'keep'],
  [
    'words that nobody asked for',
    {
      ...row({ asked: { image: null, size: null, tags: [], deploy: null } }),
      ...wish({ image: 'ubuntu', deploy: [] }),
    },
    'keep',
  ],
  ['other deploy steps', wish({ deploy: [] }), 'change, needs redeploy: deploy'],
  [
    'other deploy steps, never ready',
    { ...wish({ deploy: [] }), ...row({ status: 'failed', readyAt: null }) },
    'change: status',
  ],
  ['a protection that it lacks', wish({ protected: true }), 'change: protection'],
  ['a protection that nobody wants', row({ protected: true }), 'keep'],
  ['tags and deploy steps', wish({ deploy: [], tags: ['green'] }), 'change, needs redeploy: tags deploy'],
  [
    'an enrolled box',
    {
      existing: true,
      instance: null,
      resolved: null,
      ...row({ origin: 'enrolled' }),
      ...wish({ image: null, size: null }),
    },
    'keep',
  ],
];

test.each(TABLE)('%s', (_, so, then) => {
  const { action, needs, changes } = judge({ ...settled, ...so });
  const told = `${action}${needs.length > 0 ? `, needs ${needs.join(' ')}` : ''}`;
  expect(changes.length > 0 ? `${told}: ${changes.map(({ what }) => what).join(' ')}` : told).toBe(then);
});

test('what a person should know is said where nothing is done', () => {
  const reasonOf = (so: Partial<Subject>) => judge({ ...settled, ...so }).reason;
  expect(reasonOf({ namesakes: [{ ...instance, nativeId: 'i-2' }] })).toContain(
    'another instance of that name is there: i-2',
  );
  expect(reasonOf({ resolved: other })).toContain('a newer image is there');
  const moved = { ...wish({ location: 'there' }), resolved: { ...other, location: 'there' } };
  expect(reasonOf(moved)).toContain('a machine does not move');
});

test('the order follows what is required, and else what was written', () => {
  const of = (text: string) =>
    text.split(' ').map((part) => {
      const [name = '', required] = part.split('<');
      return { name, requires: required ? required.split(',') : [] };
    });
  const order = (text: string) => {
    const found = inOrder(of(text));
    return 'order' in found ? found.order.map(({ name }) => name).join(' ') : `circle ${found.circle.join(' ')}`;
  };
  expect(order('a b c')).toBe('a b c');
  expect(order('a<c b c<d d')).toBe('d c a b');
  expect(order('a<b b<c c<b')).toBe('circle b c b');
  expect(order('a<a')).toBe('circle a a');
  expect(order('a<nobody b')).toBe('a b');
  const chain = Array.from({ length: 10_000 }, (_, i) => `m${i}<m${i + 1}`).join(' ');
  expect(order(chain).slice(0, 12)).toBe('m9999 m9998 ');
});

test('a fingerprint tells every change but those of addresses and of the order of tags', () => {
  const is = fingerprint(instance);
  const address = { ip: '192.0.2.1', family: 4, reach: 'public' } as const;
  expect(fingerprint({ ...instance, tags: ['theirs', 'blue'], addresses: [address] })).toBe(is);
  for (const changed of [
    { size: 'large' },
    { image: 'image-2' },
    { status: 'stopped' },
    { name: 'x' },
    { tags: ['blue'] },
    { nativeId: 'i-2' },
  ] as const) {
    expect(fingerprint({ ...instance, ...changed })).not.toBe(is);
  }
});

test('one fault is the error, several stand in the hint, each once', () => {
  const a = { field: 'map.machines.a.profile', origin: 'f:1', message: 'bad a', hint: 'Better.' };
  const b = { field: 'map.machines.b.profile', origin: 'f:2', message: 'bad b' };
  expect(faulty([a, a])).toMatchObject({ code: 'invalid', message: 'f:1: bad a', field: a.field, hint: 'Better.' });
  expect(faulty([a, b])).toMatchObject({
    message: 'the map has 2 faults; nothing was begun',
    hint: 'f:1: bad a. Better.\nf:2: bad b',
  });
});
