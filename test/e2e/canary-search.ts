import { expect } from 'vitest';
import type { Story } from './canary-story.ts';

/** A canary that never flew proves nothing. */
export function expectArrived({ secrets, userData, machine }: Story): void {
  const has = (text: string, name: string) => (secrets[name] ?? []).every((value) => text.includes(value));
  expect(
    ['userData', 'firstHostKey'].filter((name) => !has(userData, name)),
    'missing in the user data',
  ).toEqual([]);
  const inside = ['userData', 'env', 'script', 'file', 'mapEnv', 'mapFile'].filter((name) => !has(machine, name));
  expect(inside, 'missing on the machine').toEqual([]);
  for (const [name, values] of Object.entries(secrets)) {
    expect(values.length, `values of ${name}`).toBeGreaterThan(0);
    for (const value of values) expect(value.length, `length of ${name}`).toBeGreaterThan(15);
  }
}

export function expectNoSecret({ secrets, places }: Story): void {
  const blind = Object.entries(places).filter(([, { text, control }]) => !text.includes(control));
  expect(
    blind.map(([name]) => name),
    'places where the search finds nothing at all',
  ).toEqual([]);
  const found = Object.entries(places).flatMap(([place, { text }]) =>
    Object.entries(secrets).flatMap(([name, values]) =>
      values.flatMap((value) => around(text, value, `${name} in ${place}`)),
    ),
  );
  expect(found).toEqual([]);
}

/** Where a value stands in a text, as it is or encoded: what comes before it tells how it got there. */
function around(text: string, value: string, what: string): string[] {
  const bytes = Buffer.from(value);
  const forms = { plain: value, base64: bytes.toString('base64').replace(/.{0,2}=*$/, ''), hex: bytes.toString('hex') };
  return Object.entries(forms).flatMap(([form, written]) => {
    const at = text.indexOf(written);
    return at < 0 ? [] : [`${what} (${form}): …${text.slice(Math.max(0, at - 120), at)}`];
  });
}
