import { z } from 'zod';
import { ERROR_CODES } from '../core/error.ts';

/** An array that handlers may fill with readonly ones. */
export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}

/** One page of a list. `next` is there when there is more: ask again with `after` set to it. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: list(item), next: z.string().optional() });
}

/** What a page is asked for with. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().optional().describe('Cursor: the `next` of the page before.'),
});

/** The rows of one page, when one row more than `limit` was read to see whether there is a next page. */
export function pageOf<Row extends { readonly id: string }, T>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => T,
): { items: T[]; next?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(view), ...(rows.length > limit && last && { next: last.id }) };
}

/** A query flag: `?x`, `?x=true`, `?x=false`. */
export const Flag = z
  .enum(['', 'true', 'false'])
  .transform((text) => text !== 'false')
  .optional();

/** One or more of a closed list: `?status=ready&status=failed` or `?status=ready,failed`. */
export function oneOrMore<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(z.enum(values)))
    .optional();
}

/** For routes that work without a body: nothing is the same as `{}`. */
export function optionalBody<T extends z.ZodType>(schema: T) {
  return z.preprocess((body) => body ?? {}, schema);
}

export const Named = z.object({ id: z.string(), name: z.string() });

export const Actor = z
  .object({ kind: z.enum(['socket', 'token', 'controller']), name: z.string() })
  .meta({ id: 'Actor' });

export const ErrorRecord = z
  .object({
    code: z.enum(ERROR_CODES),
    message: z.string(),
    hint: z.string().optional(),
    field: z.string().optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: 'ErrorRecord' });

export const Arch = z.enum(['x86_64', 'arm64', 'arm']);

/** What a driver can, as `core/driver.ts` says it. */
export const DriverFeatures = z
  .object({
    userData: z.boolean().describe('User data reaches a machine before its first boot.'),
    erasesUserData: z.boolean(),
    arch: list(Arch),
    ipv6Only: z.boolean(),
    existing: z.boolean().describe('Machines are there before us: enrolled and forgotten, never made or destroyed.'),
  })
  .meta({ id: 'DriverFeatures' });

export const Address = z
  .object({ ip: z.string(), family: z.literal([4, 6]), reach: z.enum(['public', 'private']) })
  .meta({ id: 'Address' });

export const Price = z
  .object({
    currency: z.string(),
    hourly: z.number(),
    monthly: z.number(),
    asOf: z.string().describe('The day it was read (ISO 8601): prices move.'),
  })
  .meta({ id: 'Price' });

/** Milliseconds since the Unix epoch. */
export const Time = z.number().int().describe('Milliseconds since the Unix epoch.');
