import { maskable } from './mask.ts';

/** Masks a text that comes in pieces. What could be the beginning of a secret waits for the piece that decides. */
export interface MaskStream {
  write(text: string): string;
  /** What still waits, when no more comes. */
  end(): string;
}

/** Replaces known secret values by `***`, also where a piece ends inside one. Short values are left, as `createMask` does. */
export function createMaskStream(values: Iterable<string>): MaskStream {
  const known = maskable(values);
  const longest = known[0]?.length ?? 0;
  if (longest === 0) return { write: (text) => text, end: () => '' };
  const pattern = new RegExp(known.map(RegExp.escape).join('|'), 'g');
  let waiting = '';

  /** Where the first beginning of a secret stands that the end of the text leaves open. */
  function openFrom(text: string): number {
    const found = [...text.matchAll(pattern)].map(({ 0: match, index }) => ({ from: index, to: index + match.length }));
    for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
      if (found.some(({ from, to }) => from < at && at < to)) continue;
      const rest = text.slice(at);
      if (known.some((value) => value.length > rest.length && value.startsWith(rest))) return at;
    }
    return text.length;
  }

  return {
    write(text) {
      const all = waiting + text;
      const cut = openFrom(all);
      waiting = all.slice(cut);
      return all.slice(0, cut).replace(pattern, '***');
    },
    end() {
      const rest = waiting.replace(pattern, '***');
      waiting = '';
      return rest;
    },
  };
}
