/** A text as one word of POSIX sh, whatever it holds (quotes, newlines, unicode). A NUL cannot be said in sh: see `hasNul`. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A script as one line for `printf %b`, which turns it back into exactly the same bytes. */
export function oneLine(script: string): string {
  return script.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

export function hasNul(text: string): boolean {
  return text.includes('\0');
}
