import { nearest } from '../lib/nearest.ts';
import { type Place, tell, valueRange } from './place.ts';

const REFERENCE = /\$(\$?)\{([^}]*)\}/g;
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/**
 * Puts in the variables that `${NAME}` and `${NAME:-default}` name; `$${` stands for a plain `${`. The default holds, as in
 * a shell, for a variable that is unset or empty. Undefined after telling which is not set.
 */
export function interpolate(place: Place, written: string): string | undefined {
  const { env } = place.reading;
  if (env === null || !written.includes('${')) return written;
  let failed = false;
  const fail = (reference: string, message: string, advice: { expected: string; nearest?: string | null }) => {
    failed = true;
    tell(place, message, { ...advice, at: referenceRange(place, reference) });
    return '';
  };
  const filled = written.replace(REFERENCE, (whole, escaped: string, inside: string) => {
    if (escaped) return whole.slice(1);
    const [, name, otherwise] = INSIDE.exec(inside) ?? [];
    if (name === undefined) {
      return fail(whole, 'this is no reference to an environment variable', {
        expected: `\${NAME} or \${NAME:-default}; $\${ for a plain \${`,
      });
    }
    const value = env[name];
    if (otherwise !== undefined) return value || otherwise;
    if (value !== undefined) return value;
    return fail(whole, `the environment variable ${name} is not set`, {
      expected: `${name} in the environment, or \${${name}:-default}`,
      nearest: nearest(name, Object.keys(env)),
    });
  });
  return failed ? undefined : filled;
}

function referenceRange(place: Place, reference: string): readonly [number, number] {
  const [start, end] = valueRange(place);
  const found = place.reading.source.text.slice(start, end).indexOf(reference);
  return found < 0 ? [start, end] : [start + found, start + found + reference.length];
}
