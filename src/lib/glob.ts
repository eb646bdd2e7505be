/** Whether a text is a pattern: `*` stands for anything (also `/` and nothing), `?` for one character. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/** A test for texts that fit one of the patterns whole. No pattern at all means every text. */
export function globMatcher(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => true;
  const sources = patterns.map((pattern) =>
    pattern
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      // Several stars in a row are one: else a pattern of many could take for ever to say no.
      .replace(/\*+/g, '[^]*')
      .replaceAll('?', '[^]'),
  );
  const whole = new RegExp(`^(?:${sources.join('|')})$`);
  return (text) => whole.test(text);
}
