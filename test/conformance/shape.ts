export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const kindOf = (value: Json | undefined): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

export const isObject = (value: Json | undefined): value is { [key: string]: Json } => kindOf(value) === 'object';

/**
 * Where `actual` lacks what `recorded` has: every recorded key must be there with the same JSON
 * type. Where the recording has null anything goes; of arrays and of maps the first element counts.
 * @param maps paths of objects whose keys are data, such as the sizes of products/servers
 */
export function shapeDifferences(
  recorded: Json,
  actual: Json | undefined,
  maps: readonly string[] = [],
  at = '',
): string[] {
  if (recorded === null) return actual === undefined ? [`${at}: missing`] : [];
  if (kindOf(recorded) !== kindOf(actual)) return [`${at}: ${kindOf(recorded)} recorded, ${kindOf(actual)} answered`];
  if (Array.isArray(recorded) && Array.isArray(actual)) return first(recorded, actual, maps, `${at}[]`);
  if (!isObject(recorded) || !isObject(actual)) return [];
  if (maps.includes(at)) return first(Object.values(recorded), Object.values(actual), maps, `${at}{}`);
  return Object.entries(recorded).flatMap(([key, value]) => shapeDifferences(value, actual[key], maps, `${at}.${key}`));
}

function first(recorded: Json[], actual: Json[], maps: readonly string[], at: string): string[] {
  const [one] = recorded;
  return one === undefined ? [] : shapeDifferences(one, actual[0], maps, at);
}

/** Calls back for every pair of strings at the same place in both documents. */
export function pairStrings(
  recorded: Json,
  actual: Json | undefined,
  found: (recorded: string, actual: string) => void,
): void {
  if (typeof recorded === 'string' && typeof actual === 'string') found(recorded, actual);
  else if (Array.isArray(recorded) && Array.isArray(actual)) {
    recorded.forEach((value, index) => {
      pairStrings(value, actual[index], found);
    });
  } else if (isObject(recorded) && isObject(actual)) {
    for (const [key, value] of Object.entries(recorded)) pairStrings(value, actual[key], found);
  }
}
