import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Address } from '../../core/instance.ts';

/** Where SSH answers: what a machine is told apart by. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** `10.0.0.5:22`, `web-1.example.org:2222`, `[2001:db8::1]:22`. Names without regard to case. */
export function nativeIdOf({ host, port }: Place): string {
  const name = host.toLowerCase();
  return `${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

/** Null when it is none of ours. */
export function placeOf(nativeId: string): Place | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d+)$/i.exec(nativeId);
  const host = found?.[1] ?? found?.[2];
  return host === undefined ? null : { host, port: Number(found?.[3]) };
}

/** Addresses that no router of the Internet carries (RFC 1918, 3927, 4193, 4291, 6598). */
const PRIVATE = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4');
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');
PRIVATE.addAddress('::1', 'ipv6');

/** A name stays a name: it is looked up at each connection, on the jump host where there is one. */
export function addressOf(host: string): Address {
  const family = isIP(host) === 6 ? 6 : 4;
  const isPrivate = isIP(host) !== 0 && PRIVATE.check(host, family === 6 ? 'ipv6' : 'ipv4');
  return { ip: host, family, reach: isPrivate ? 'private' : 'public' };
}
