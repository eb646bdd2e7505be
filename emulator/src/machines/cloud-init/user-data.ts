import { parse } from 'yaml';

/** One part of user data, by what cloud-init does with it. */
export type Part =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'script'; readonly source: string }
  | { readonly kind: 'ignored'; readonly why: string };

export type Config = Readonly<Record<string, unknown>>;

const CONFIG_TYPES = ['text/cloud-config', 'text/cloud-config-jsonp'];
const SCRIPT_TYPES = ['text/x-shellscript', 'text/x-shellscript-per-instance', 'text/x-shellscript-per-boot'];

/** User data as cloud-init reads it: `#cloud-config`, a script with `#!`, or several of these as multipart MIME. */
export function parseUserData(userData: string): Part[] {
  const text = userData.replaceAll('\r\n', '\n');
  if (/^(content-type: *multipart|mime-version:)/i.test(text)) return multipart(text);
  return [single(text, null)];
}

function single(text: string, type: string | null): Part {
  if (type !== null && SCRIPT_TYPES.includes(type)) return { kind: 'script', source: text };
  if (text.startsWith('#!')) return { kind: 'script', source: text };
  const isConfig = /^(## template:.*\n)?#cloud-config\b/.test(text) || (type !== null && CONFIG_TYPES.includes(type));
  if (!isConfig)
    return { kind: 'ignored', why: `Unhandled non-multipart (${type ?? 'text/x-not-multipart'}) userdata` };
  try {
    const config: unknown = parse(text);
    return isRecord(config) ? { kind: 'config', config } : { kind: 'ignored', why: 'cloud-config is not a mapping' };
  } catch (error) {
    return { kind: 'ignored', why: `Failed loading yaml blob. ${error instanceof Error ? error.message : ''}` };
  }
}

function splitHead(text: string): { headers: string; body: string } {
  const end = text.indexOf('\n\n');
  return end < 0 ? { headers: text, body: '' } : { headers: text.slice(0, end), body: text.slice(end + 2) };
}

function multipart(text: string): Part[] {
  const { headers, body } = splitHead(text);
  const boundary = /boundary="?([^"\n;]+)"?/i.exec(headers)?.[1];
  if (boundary === undefined) return [{ kind: 'ignored', why: 'multipart without boundary' }];
  const sections = `\n${body}`.split(`\n--${boundary}`).slice(1);
  return sections
    .filter((section) => !section.startsWith('--'))
    .map((section) => partOf(section.replace(/^[^\n]*\n/, '')));
}

function partOf(section: string): Part {
  const { headers, body } = section.startsWith('\n') ? { headers: '', body: section.slice(1) } : splitHead(section);
  const type = /^content-type: *([^;\s]+)/im.exec(headers)?.[1]?.toLowerCase() ?? null;
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(headers)?.[1]?.toLowerCase();
  const content = encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body;
  return single(content, type === 'text/plain' ? null : type);
}

/** cloud-init's way to merge several configurations: lists of the later replace, as its default does. */
export function mergeConfigs(parts: readonly Part[]): Config {
  return Object.assign({}, ...parts.map((part) => (part.kind === 'config' ? part.config : {})));
}

export function isRecord(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** Text, numbers and booleans as text; anything else as null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Names in a list, or separated by commas. */
export function namesOf(value: unknown): string[] {
  const items = typeof value === 'string' ? value.split(',') : listOf(value).map((item) => textOf(item) ?? '');
  return items.map((item) => item.trim()).filter(Boolean);
}
