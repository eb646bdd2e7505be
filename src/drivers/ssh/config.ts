import { isIPv6 } from 'node:net';
import * as z from 'zod';

/** There is nothing to set: no account, no endpoint. What comes out is itself a valid input. */
export const Config = z.strictObject({ driver: z.literal('ssh').optional() });
export type Config = z.output<typeof Config>;

const HOST_KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) AAAA[A-Za-z0-9+/]+={0,2}( .*)?$/;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/;

/** Where one machine is. A profile may leave `host` out: whoever uses it says it for each machine. */
export const Options = z.strictObject({
  host: z
    .string()
    .refine((host) => NAME.test(host) || isIPv6(host), 'must be a name or an IP address, without port or user')
    .optional(),
  /** The profile's `ssh.port` unless said. */
  port: z.number().int().min(1).max(65_535).optional(),
  host_key: z
    .string()
    .regex(HOST_KEY, 'must be a public host key such as `ssh-ed25519 AAAA…` (`ssh-keyscan` prints them)')
    .transform((line) => line.split(' ').slice(0, 2).join(' '))
    .optional(),
});
export type Options = z.output<typeof Options>;
