import { isScalar } from 'yaml';
import { isNothing, type Place, tell } from './place.ts';
import type { Standing } from './salt-keys.ts';

/**
 * Tells of a key without effect, or that cannot be honoured. Whether it is one to read. What is switched off (`False`, empty)
 * asks for nothing.
 */
export function isHonoured(entry: Place, standing: Standing): boolean {
  switch (standing.is) {
    case 'honoured':
      return true;
    case 'warned':
      if (!isOff(entry)) tell(entry, `"${entry.key}" has no effect: ${standing.why}`, { level: 'warning' });
      return false;
    case 'refused':
      if (!isOff(entry)) tell(entry, `"${entry.key}" is not supported`, { hint: standing.instead });
      return false;
    default:
      return standing satisfies never;
  }
}

/** `False`, `''` or nothing. */
export function isOff({ node }: Place): boolean {
  return isNothing(node) || (isScalar(node) && (node.value === false || node.value === ''));
}

/** Tells of a key like `RACKSPACE.user`: how providers were written before Salt Cloud was a part of Salt. */
export function isOldSpelling(entry: Place): boolean {
  const [, name, setting] = /^([A-Z][A-Z0-9]+)\.(\w+)$/.exec(entry.key) ?? [];
  if (name === undefined) return false;
  const driver = name.toLowerCase();
  tell(entry, `"${entry.key}" is how a provider was written before providers had names`, {
    expected: `a mapping: ${driver}: {driver: ${driver}, ${setting}: …}`,
    hint: 'Profiles then name it with `provider`.',
  });
  return true;
}
