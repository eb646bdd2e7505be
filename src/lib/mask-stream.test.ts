import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMaskStream } from './mask-stream.ts';

function masked(values: readonly string[], pieces: readonly string[]): string {
  const stream = createMaskStream(values);
  return [...pieces.map((piece) => stream.write(piece)), stream.end()].join('');
}

test('a secret is masked wherever the pieces are cut', () => {
  const text = fc.array(fc.constantFrom('s3cret-token', 's3cret', 'abcdab', 'ab', 's3', '\n', 'x'), { maxLength: 12 });
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });
  fc.assert(
    fc.property(text, cuts, (words, at) => {
      const whole = words.join('');
      const places = [0, ...at.filter((place) => place < whole.length).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((place, i) => whole.slice(places[i], place));
      expect(pieces.join('')).toBe(whole);
      expect(masked(['s3cret-token', 's3cret', 'abcdab'], pieces)).toBe(
        whole.replace(/s3cret-token|s3cret|abcdab/g, '***'),
      );
    }),
  );
});

test('what cannot be a secret is given at once, what could be waits', () => {
  const stream = createMaskStream(['s3cret-token']);
  expect(stream.write('progress 50 %')).toBe('progress 50 %');
  expect(stream.write(' is s3cret')).toBe(' is ');
  expect(stream.write('ion')).toBe('s3cretion');
  expect(stream.write(' s3c')).toBe(' ');
  expect(stream.end()).toBe('s3c');
});

test('short values stay: they would mask ordinary words', () => {
  expect(masked(['on', '', 'yes'], ['yes, on'])).toBe('yes, on');
});
