import * as z from 'zod';

/** Scaleway's zones with Instances. New ones may appear: `zones` in the configuration accepts any well-formed name. */
export const ZONES = [
  ['fr-par-1', 'Paris 1'],
  ['fr-par-2', 'Paris 2'],
  ['fr-par-3', 'Paris 3'],
  ['nl-ams-1', 'Amsterdam 1'],
  ['nl-ams-2', 'Amsterdam 2'],
  ['nl-ams-3', 'Amsterdam 3'],
  ['pl-waw-1', 'Warsaw 1'],
  ['pl-waw-2', 'Warsaw 2'],
  ['pl-waw-3', 'Warsaw 3'],
  ['it-mil-1', 'Milan 1'],
] as const;

const Zone = z.string().regex(/^[a-z]{2}-[a-z]{3}-[1-9]$/, 'must be a zone such as fr-par-1');
const Uuid = z.guid('must be a UUID');

/**
 * A provider's settings. `token` is Salt Cloud's word and `secret_key` the official tools'; either one is taken. What comes
 * out is itself a valid input, so that stored settings can be read again.
 */
export const Config = z
  .strictObject({
    driver: z.literal('scaleway').optional(),
    access_key: z.string().min(1),
    token: z.string().min(1).optional(),
    secret_key: z.string().min(1).optional(),
    project_id: Uuid.optional(),
    organization_id: Uuid.optional(),
    zone: Zone.optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}-[a-z]{3}$/, 'must be a region such as fr-par')
      .optional(),
    /** Every zone that machines may be in: all of them are listed. */
    zones: z.array(Zone).min(1).optional(),
    api_url: z
      .url({ protocol: /^https?$/, error: 'must be a URL such as https://api.scaleway.com' })
      .default('https://api.scaleway.com'),
    /** Seconds that one request may take, answer included. */
    timeout: z.number().positive().default(30),
  })
  .transform(({ token, secret_key, zone, zones, region, api_url, ...rest }, context) => {
    const secret = token ?? secret_key;
    if (secret === undefined) {
      context.addIssue({ code: 'custom', path: ['token'], message: 'is missing (`token`, or `secret_key`)' });
      return z.NEVER;
    }
    if (token !== undefined && secret_key !== undefined && token !== secret_key) {
      context.addIssue({ code: 'custom', path: ['secret_key'], message: 'differs from `token`: give one of them' });
      return z.NEVER;
    }
    const home = zone ?? zones?.[0] ?? `${region ?? 'fr-par'}-1`;
    const all = [...new Set([home, ...(zones ?? [])])];
    return { ...rest, token: secret, zone: home, zones: all, api_url: api_url.replace(/\/+$/, '') };
  });
export type Config = z.output<typeof Config>;

/** A profile's settings for Scaleway alone. */
export const Options = z.strictObject({
  /** `dynamic` comes and goes with the machine; `flexible` is reserved for it; `ipv6` means no IPv4 at all; or ids of reserved addresses. */
  public_ip: z.union([z.enum(['dynamic', 'flexible', 'ipv6', 'none']), z.array(Uuid).min(1)]).default('dynamic'),
  root_volume: z
    .strictObject({ size_gb: z.number().int().positive().optional(), type: z.enum(['l_ssd', 'sbs_volume']).optional() })
    .optional(),
  security_group: Uuid.optional(),
  placement_group: Uuid.optional(),
});
export type Options = z.output<typeof Options>;
