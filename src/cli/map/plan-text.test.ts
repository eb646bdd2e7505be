import { expect, test } from 'vitest';
import type { MapPlan } from '../../client/generated.ts';
import { planText } from './plan-text.ts';
import { inShort } from './runs.ts';

type Action = MapPlan['actions'][number];

const price = { currency: 'EUR', hourly: 0.01, monthly: 7.3, asOf: '2026-01-01' };

function action(name: string, parts: Partial<Action> = {}): Action {
  return {
    name,
    action: 'create',
    needs: [],
    reason: 'not there yet',
    provider: 'paris',
    profile: 'web',
    machine: null,
    nativeId: null,
    nativeIds: [],
    location: 'fr-par-1',
    image: 'Debian',
    size: 'S',
    fingerprint: null,
    changes: [],
    price,
    requires: ['db-1'],
    origin: `fleet.yaml:${name.length}`,
    ...parts,
  };
}

function textOf(actions: readonly Action[], width: number | null = null): string[] {
  const scope = { account: 'a', project: 'p', endpoint: 'https://api.example' };
  const providers = [{ name: 'paris', driver: 'scaleway', scope, status: 'ok', reason: null }] as const;
  const plan = { map: 'fleet.yaml', providers, actions, costs: [], changes: true } as unknown as MapPlan;
  return planText(plan, { width, colors: false }).split('\n').slice(2, -3);
}

const many = (count: number, parts?: Partial<Action>) =>
  Array.from({ length: count }, (_, i) => action(`web-${i + 1}`, parts));

test('two hundred machines that differ by their name alone are one line', () => {
  const text = textOf([action('db-1', { size: 'M', requires: [] }), ...many(200)]);
  expect(text).toEqual([
    '  + db-1             create       M, Debian, fr-par-1       0.0100/h 7.30/month EUR',
    '  + web-1 … web-200  create ×200  S, Debian, fr-par-1  0.0100/h 7.30/month EUR each',
    '      after db-1',
  ]);
});

test('names that make no range stand below; all of them', () => {
  const text = textOf(
    ['a', 'bb', 'cc-7', 'cc-9', 'a-rather-long-name', 'another-long-name'].map((name) => action(name)),
  );
  expect(text.slice(0, 2)).toEqual([
    '  + 6 machines  create ×6  S, Debian, fr-par-1  0.0100/h 7.30/month EUR each',
    '      a, bb, cc-7, cc-9, a-rather-long-name, another-long-name',
  ]);
});

test('what is lost is told machine by machine', () => {
  const text = textOf(many(9, { action: 'destroy', reason: 'not in the map any more', requires: [] }));
  expect(text.filter((line) => line.startsWith('  - web-'))).toHaveLength(9);
});

test('machines that differ in more than the name stand apart', () => {
  const text = textOf([
    ...many(4),
    action('web-5', { size: 'L' }),
    ...['x-1', 'x-2', 'x-3'].map((name) => action(name)),
  ]);
  expect(text.filter((line) => line.startsWith('  +'))).toHaveLength(5);
});

test('no line is wider than the terminal', () => {
  for (const line of textOf([...many(200), action('a')], 80)) expect(line.length).toBeLessThanOrEqual(80);
});

test.each([
  [['web-8', 'web-9', 'web-10', 'db'], 'web-8 … web-10, db'],
  [['web-08', 'web-09', 'web-10'], 'web-08 … web-10'],
  [['web-9', 'web-010', 'web-11'], 'web-9, web-010, web-11'],
  [['web1.example.com', 'web2.example.com', 'web3.example.com'], 'web1.example.com … web3.example.com'],
  [['a-1', 'a-2', 'b-3', 'a-3'], 'a-1, a-2, b-3, a-3'],
])('%j in short', (names, short) => {
  expect(inShort(names)).toBe(short);
});
