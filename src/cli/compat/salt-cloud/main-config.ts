import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../base/errors.ts';

/** What the command itself takes from Salt's main files. The rest of them is read with providers and profiles. */
export interface MainConfig {
  /** Fields that `-S` shows; null when nobody chose. */
  readonly selection: readonly string[] | null;
  readonly hardMaps: boolean;
  readonly logLevel: string | null;
  readonly output: string | null;
  readonly outputIndent: number | null;
}

/** Reads `master`, then `cloud` and `cloud.conf.d/*.conf` of Salt's directory; a later file wins, as in Salt. */
export async function readMainConfig(directory: string): Promise<MainConfig> {
  const values: Record<string, unknown> = {};
  for (const file of mainFiles(directory)) Object.assign(values, await readMapping(file));
  const text = (key: string) => (typeof values[key] === 'string' ? values[key] : null);
  const selection = values['query.selection'];
  const indent = values['output_indent'];
  return {
    selection: Array.isArray(selection) ? selection.map(String) : typeof selection === 'string' ? [selection] : null,
    hardMaps: values['enable_hard_maps'] === true,
    logLevel: text('log_level'),
    output: text('output'),
    outputIndent: Number.isInteger(indent) ? Number(indent) : null,
  };
}

function mainFiles(directory: string): string[] {
  const more = join(directory, 'cloud.conf.d');
  const parts = existsSync(more) ? readdirSync(more).filter((name) => name.endsWith('.conf')) : [];
  const files = [join(directory, 'master'), join(directory, 'cloud'), ...parts.sort().map((name) => join(more, name))];
  return files.filter((file) => existsSync(file));
}

async function readMapping(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(readFileSync(file, 'utf8'), { version: '1.1', logLevel: 'silent' });
    if (value === null || value === undefined) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return { ...value };
    throw new Error('it must be a mapping');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError('invalid', `${file} cannot be read: ${why}`);
  }
}
