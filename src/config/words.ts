const PART = /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|\\([\s\S])|[^\s"'\\]+|(\s+)|([\s\S])/g;

/** Splits a line as a POSIX shell splits words: quotes and backslashes, no expansion. Null when a quote is left open. */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (const [plain, double, single, escaped, space, stray] of line.matchAll(PART)) {
    if (stray !== undefined) return null;
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + (double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? plain);
  }
  return word === null ? words : [...words, word];
}
