import { expect, test } from 'vitest';
import type { FleetProvider } from './fleet.ts';
import { lookUp } from './fleet.ts';
import { keyed, type Seen } from './nodes.ts';
import { matches } from './targets.ts';

const provider = (alias: string, driver: string, name = alias): FleetProvider => ({
  name,
  alias,
  driver,
  existing: false,
});
const fleet = [
  provider('paris', 'scaleway'),
  provider('both', 'scaleway', 'both:scaleway'),
  provider('both', 'ec2', 'both:ec2'),
];
const found = (word: string) => lookUp(fleet, word, 'There was an error listing images').map(({ name }) => name);

test('a word means all, an alias, a driver, or one of an alias’s drivers', () => {
  expect(found('all')).toHaveLength(3);
  expect(found('both')).toEqual(['both:scaleway', 'both:ec2']);
  expect(found('scaleway')).toEqual(['paris', 'both:scaleway']);
  expect(found('both:ec2')).toEqual(['both:ec2']);
});

test('a word that means nothing is an error that names what there is', () => {
  expect(() => found('nope')).toThrow(
    "There was an error listing images: No cloud providers matched 'nope'. Available selections: paris, both:scaleway, both:ec2",
  );
  expect(() => lookUp([], 'all', 'x')).toThrow('There are no cloud providers configured.');
});

test('several instances of one name are all shown, ours under the plain name', () => {
  const seen = (nativeId: string, ours: boolean) =>
    ({ name: 'web-1', nativeId, machine: ours ? { id: 'm' } : null }) as unknown as Seen;
  expect([...keyed([seen('a', false), seen('b', true), seen('c', false)]).keys()]).toEqual([
    'web-1',
    'web-1 (a)',
    'web-1 (c)',
  ]);
  expect(keyed([seen('a', false), seen('b', true)]).get('web-1')?.nativeId).toBe('b');
});

test('patterns match whole names; a dot is a dot', () => {
  expect(matches('web-*', 'web-10')).toBe(true);
  expect(matches('web-?', 'web-10')).toBe(false);
  expect(matches('a.b', 'axb')).toBe(false);
});
