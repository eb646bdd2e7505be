/** Replaces known secret values in a text by `***`. Values under 6 characters are left: they would mask ordinary words. */
export type Mask = (text: string) => string;

export function createMask(values: Iterable<string>): Mask {
  const known = maskable(values);
  if (known.length === 0) return (text) => text;
  return (text) => known.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}

/** The values that are masked, longest first, so that one inside another leaves nothing of the longer. */
export function maskable(values: Iterable<string>): string[] {
  return [...new Set(values)].filter((value) => value.length >= 6).sort((a, b) => b.length - a.length);
}

/** Every text found in a value, however deep: what a settings object may hold. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value !== null && typeof value === 'object') return Object.values(value).flatMap(textsIn);
  return [];
}
