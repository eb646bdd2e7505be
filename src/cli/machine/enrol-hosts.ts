import { isIPv4, isIPv6 } from 'node:net';
import { CliError } from '../base/errors.ts';

/** A machine as named on the command line or in a list. */
export interface WantedHost {
  readonly name: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/** As many as one request takes. */
export const MOST_HOSTS = 1000;

/**
 * `[name=][user@]address[:port]`, where the address may stand for many: `10.0.0.10-20`, `10.0.0.0/29`, and, as may the name,
 * `web[01-10].example.org` or `web[1,3,7-9]`. A name that is not given is the address's: `web01`, `10-0-0-12`.
 */
export function parseHosts(written: string): WantedHost[] {
  const refuse = refusal(written);
  const [, names, user, place = ''] = /^(?:([^=@]+)=)?(?:([^@]+)@)?(.+)$/.exec(written) ?? [];
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*\$?$/.test(user)) throw refuse(`"${user}" is no user`);
  const { address, port } = splitPort(place, refuse);
  const hosts = expandAddress(address, refuse);
  const given = names === undefined ? null : expandBrackets(names, refuse);
  if (given && given.length !== hosts.length) {
    throw refuse(`${given.length} names for ${hosts.length} addresses`, 'Write as many: rack[01-11]=10.0.0.10-20');
  }
  return hosts.map((host, index) => ({
    name: given?.[index] ?? nameOf(host),
    host,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
  }));
}

/** A list of them: one a line, with comments after `#`. */
export function parseHostList(text: string, file: string): WantedHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const written = line.replace(/(^|\s)#.*$/, '').trim();
    if (written === '') return [];
    try {
      return parseHosts(written);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      throw new CliError(error.code, error.message, {
        where: `${file}:${index + 1}`,
        ...(error.hint && { hint: error.hint }),
      });
    }
  });
}

/** A host's first label; the digits of an address with hyphens between them. */
export function nameOf(host: string): string {
  if (isIPv4(host)) return host.replaceAll('.', '-');
  if (isIPv6(host)) return host.replaceAll('::', ':0:').replaceAll(':', '-').replace(/^-|-$/g, '');
  return (host.split('.')[0] ?? host).replaceAll('_', '-');
}

/** `web[01-03]` → web01, web02, web03; several brackets multiply. */
export function expandBrackets(text: string, refuse = refusal(text)): string[] {
  const found = /^([^[\]]*)\[([^[\]]+)\](.*)$/s.exec(text);
  if (!found) {
    if (/[[\]]/.test(text)) throw refuse('a bracket is not closed');
    return [text];
  }
  const [, before = '', inside = '', after = ''] = found;
  const middles = inside.split(',').flatMap((part) => expandPart(part.trim(), refuse));
  const ends = expandBrackets(after, refuse);
  return few(
    middles.flatMap((middle) => ends.map((end) => `${before}${middle}${end}`)),
    refuse,
  );
}

function expandPart(part: string, refuse: Refusal): string[] {
  if (/^[A-Za-z0-9]+$/.test(part)) return [part];
  const [, first, last] = /^(\d+)-(\d+)$/.exec(part) ?? [];
  if (first === undefined || last === undefined) throw refuse(`"[${part}]" is no range`, 'Write it as web[01-10].');
  const width = first.startsWith('0') ? first.length : 0;
  return range(Number(first), Number(last), refuse).map((n) => String(n).padStart(width, '0'));
}

function splitPort(place: string, refuse: Refusal): { address: string; port?: number } {
  if (isIPv6(place)) return { address: place };
  const bracketed = /^\[([0-9a-f:.]+)\](?::(\d+))?$/i.exec(place);
  const [, address = place, digits] = bracketed ?? /^(.*?)(?::(\d+))?$/.exec(place) ?? [];
  if (digits === undefined) return { address };
  const port = Number(digits);
  if (port < 1 || port > 65_535) throw refuse(`${digits} is no port`);
  return { address, port };
}

function expandAddress(address: string, refuse: Refusal): string[] {
  const [, net, prefix] = /^([\d.]+)\/(\d+)$/.exec(address) ?? [];
  if (net !== undefined) return expandNet(net, Number(prefix), refuse);
  const [, first = '', last = ''] = /^(\d+\.\d+\.\d+\.\d+)-([\d.]+)$/.exec(address) ?? [];
  if (isIPv4(first)) {
    const end = last.includes('.') ? last : `${first.slice(0, first.lastIndexOf('.'))}.${last}`;
    if (!isIPv4(end)) throw refuse(`"${last}" is no end of a range`, 'Write it as 10.0.0.10-20.');
    return range(toNumber(first), toNumber(end), refuse).map(toIp);
  }
  if (isIPv6(address)) return [address];
  const hosts = expandBrackets(address, refuse);
  const wrong = hosts.find((host) => !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host) || looksLikeBadIp(host));
  if (wrong !== undefined) throw refuse(`"${wrong}" is neither a name nor an address`);
  return hosts;
}

/** Without the network's own address and its broadcast, except where there are none (RFC 3021). */
function expandNet(net: string, prefix: number, refuse: Refusal): string[] {
  if (!isIPv4(net) || prefix > 32) throw refuse(`"${net}/${prefix}" is no network`);
  const size = 2 ** (32 - prefix);
  const base = Math.floor(toNumber(net) / size) * size;
  const ends = prefix >= 31 ? 0 : 1;
  return range(base + ends, base + size - 1 - ends, refuse).map(toIp);
}

function range(first: number, last: number, refuse: Refusal): number[] {
  if (last < first) throw refuse('the range ends before it begins');
  if (last - first >= MOST_HOSTS) throw refuse(`more than ${MOST_HOSTS} machines`, 'Name fewer at a time.');
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function few(hosts: string[], refuse: Refusal): string[] {
  if (hosts.length > MOST_HOSTS) throw refuse(`more than ${MOST_HOSTS} machines`, 'Name fewer at a time.');
  return hosts;
}

function looksLikeBadIp(host: string): boolean {
  return /^[\d.]+$/.test(host) && !isIPv4(host);
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

type Refusal = (why: string, hint?: string) => CliError;

function refusal(written: string): Refusal {
  return (why, hint = 'Write [name=][user@]address[:port].') => new CliError('invalid', `${written}: ${why}`, { hint });
}
