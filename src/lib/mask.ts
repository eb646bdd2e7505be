/** Replaces known secret values in a text by `***`. Values under 6 characters are left: they would mask ordinary words. */
export type Mask = (text: string) => string;

export function createMask(values: Iterable<string>): Mask {
  const known = [...new Set(values)].filter((value) => value.length >= 6).sort((a, b) => b.length - a.length);
  if (known.length === 0) return (text) => text;
  return (text) => known.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}

/** Every text found in a value, however deep: what a settings object may hold. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(textsIn);
  return [];
}
