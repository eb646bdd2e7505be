import { isTrue, JinjaError, type Value } from '../lib/jinja/values.ts';

/** Python's regular expressions in our own dialect: names of groups, `\A`, `\Z` and flags within are what differs in practice. */
export function patternOf(
  written: Value | undefined,
  ignorecase: Value = false,
  multiline: Value = false,
  more = '',
): RegExp {
  if (typeof written !== 'string') throw new JinjaError('a regular expression is text');
  const [, inline = '', source = ''] = /^(?:\(\?([imsux]+)\))?([\s\S]*)$/.exec(written) ?? [];
  if (inline.includes('x')) throw new JinjaError('a regular expression cannot have the flag x here');
  const flags = new Set(
    `${inline.replace('u', '')}${isTrue(ignorecase) ? 'i' : ''}${isTrue(multiline) ? 'm' : ''}${more}`,
  );
  const ours = source
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\(?:([AZ])|[\s\S])/g, (it, edge?: string) =>
      edge === 'A' ? '(?<![\\s\\S])' : edge === 'Z' ? '(?![\\s\\S])' : it,
    );
  try {
    return new RegExp(ours, [...flags].join(''));
  } catch {
    throw new JinjaError('this is no regular expression that can be used here');
  }
}

/** What Python puts in the place of a match: `\1`, `\g<1>`, `\g<name>`. */
export function replacement(written: string): (...match: unknown[]) => string {
  return (...match) => {
    const last = match.at(-1);
    const names =
      typeof last === 'object' && last !== null ? (last as Readonly<Record<string, string | undefined>>) : {};
    return written.replace(/\\(?:(\d{1,2})|g<(\w+)>|([\s\S]))/g, (_, number?: string, name?: string, char = '') => {
      const group = number ?? name;
      if (group === undefined) return ESCAPES[char] ?? char;
      const found = /^\d+$/.test(group) ? match[Number(group)] : names[group];
      return typeof found === 'string' ? found : '';
    });
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
