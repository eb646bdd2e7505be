import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareKey, fingerprint, newKeyPair, privateFingerprint } from './keys.ts';
import { oneLine, quote } from './quote.ts';
import { wholeCharacters } from './utf8.ts';

const text = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '\n', '$', '`', ' ', 'a', 'n', '0', '%', 'é', '🦀', '-', '*'),
});

describe('texts for sh', () => {
  it('quote gives any text as one word', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 5, maxLength: 20 }), (words) => {
        const script = `for word in ${words.map(quote).join(' ')}; do printf '%s\\1' "$word"; done`;
        const said = execFileSync('sh', ['-c', script]).toString();
        expect(said.split('\x01').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it('oneLine comes back unchanged through read and printf', () => {
    fc.assert(
      fc.property(text, (script) => {
        const said = execFileSync('sh', ['-c', 'IFS= read -r s && printf %b "$s"'], { input: `${oneLine(script)}\n` });
        expect(said.toString()).toBe(script);
      }),
      { numRuns: 40 },
    );
  });
});

describe('wholeCharacters', () => {
  it('never tears a character, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (whole, cut) => {
        const bytes = Buffer.from(whole);
        const first = bytes.subarray(0, cut);
        const taken = wholeCharacters(first);
        expect(first.length - taken).toBeLessThan(4);
        expect(bytes.toString('utf8', 0, taken) + bytes.toString('utf8', taken)).toBe(whole);
      }),
    );
  });

  it('takes bytes that are no UTF-8 as they come', () => {
    expect(wholeCharacters(Buffer.from([0xff, 0x80, 0x80, 0x80, 0x80]))).toBe(5);
    expect(wholeCharacters(Buffer.from([0x61, 0xc3]))).toBe(1);
  });
});

describe('keys', () => {
  it('have one fingerprint from either half, as ssh-keygen prints it', () => {
    const { privateKey, publicKey } = newKeyPair('me@here');
    const printed = execFileSync('ssh-keygen', ['-lf', '-'], { input: publicKey }).toString();
    expect(printed).toContain(fingerprint(publicKey));
    expect(privateFingerprint(privateKey)).toBe(fingerprint(publicKey));
    expect(publicKey).toMatch(/^ssh-ed25519 AAAA\S+ me@here$/);
  });

  it('are whole every time: a lost zero byte would break one in 256', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const { privateKey, publicKey } = newKeyPair('x');
      expect(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')).toHaveLength(51);
      expect(privateFingerprint(privateKey)).toBe(fingerprint(publicKey));
    }
  });

  it('are found in a line with options and comment', () => {
    expect(bareKey('from="10.0.0.0/8" ssh-ed25519 AAAAC3Nz comment here')).toBe('ssh-ed25519 AAAAC3Nz');
    expect(bareKey('nonsense')).toBeNull();
  });
});
