import { version } from '../../../lib/version.ts';
import { GROUPS, type Option } from './options.ts';

/** The release of Salt whose command line this is. */
export const SALT_VERSION = '3006.9 (Sulfur)';

export const USAGE = 'Usage: salt-cloud [options] <-m MAP | -p PROFILE> <NAME> [NAME2 ...]\n';

const WIDTH = 80;
/** Where descriptions begin. */
const COLUMN = 24;

export function helpText(): string {
  const groups = GROUPS.map(({ title, options }, i) => {
    const indent = i === 0 ? 2 : 4;
    const lines = Object.values(options).map((option) => optionText(option, indent));
    return `${i === 0 ? '' : '  '}${title}:\n${lines.join('')}`;
  });
  const about =
    "Salt Cloud's command line, answered by Saltern: your provider, profile and map files,\none inventory, and an honest exit code.\n";
  return `${USAGE}\n${about}\n${groups.join('\n')}`;
}

export function versionText(): string {
  return `salt-cloud ${SALT_VERSION}, answered by saltern ${version}\n`;
}

/** Salt's shape: a section a line, names to the right. */
export function versionsReport(platform: { readonly system: string; readonly machine: string }): string {
  const sections = {
    'Salt Version': { Salt: `${SALT_VERSION}, its command line only`, Saltern: version },
    'Dependency Versions': { Node: process.versions.node, V8: process.versions.v8, OpenSSL: process.versions.openssl },
    'System Versions': platform,
  };
  const line = ([name, value]: readonly [string, string | undefined]) => `${name.padStart(16)}: ${value ?? ''}\n`;
  return Object.entries(sections)
    .map(([title, rows]) => `${title}:\n${Object.entries<string | undefined>(rows).map(line).join('')} \n`)
    .join('');
}

function optionText({ short, long, takes, metavar, help }: Option, indent: number): string {
  const value = metavar ?? long.at(-1)?.slice(2).toUpperCase().replaceAll('-', '_') ?? '';
  const names = [
    ...(short ? [takes > 0 ? `${short} ${value}` : short] : []),
    ...long.map((each) => (takes > 0 ? `${each}=${value}` : each)),
  ].join(', ');
  const head = ' '.repeat(indent) + names;
  const lines = wrapped(help, WIDTH - COLUMN);
  const first = head.length + 2 <= COLUMN ? head.padEnd(COLUMN) + (lines.shift() ?? '') : head;
  return [first, ...lines.map((text) => ' '.repeat(COLUMN) + text)].map((text) => `${text.trimEnd()}\n`).join('');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
