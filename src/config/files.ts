import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Problem } from './bundle.ts';
import { wholeFile } from './source.ts';

/** How a file is to be read. */
export type Format = 'ours' | 'ours or map' | 'salt main' | 'salt providers' | 'salt profiles' | 'salt map';

export interface ConfigFile {
  readonly path: string;
  readonly format: Format;
  /** The directory whose `cloud.deploy.d` holds scripts, for Salt's files. */
  readonly directory: string;
}

/** What a provider's and a profile's own keys of each driver are, by its name. */
export type Drivers = Readonly<Record<string, Readonly<Record<'settings' | 'options', readonly string[]>>>>;

export interface SearchOptions {
  readonly files?: readonly string[];
  readonly saltDir?: string;
  /** A Salt map: read beside what is named, or found in the usual places. */
  readonly map?: string | undefined;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** The drivers that are here: what Salt's files say of others is left out. Unsaid: all is read. */
  readonly drivers?: Drivers;
  /** `/etc`, but for tests. */
  readonly etc?: string;
}

export interface Found {
  readonly files: readonly ConfigFile[];
  readonly looked: readonly string[];
}

/** What is named, or else the first of the usual places that has something. */
export function findFiles(options: SearchOptions, problems: Problem[]): Found {
  const found = configFiles(options, problems);
  if (options.map === undefined) return found;
  const map = { path: resolve(options.cwd, options.map), format: 'salt map' as const, directory: options.cwd };
  return { ...found, files: [...found.files, map] };
}

function configFiles(options: SearchOptions, problems: Problem[]): Found {
  const { cwd, env, home, etc = '/etc' } = options;
  if (options.files?.length || options.saltDir !== undefined) return { files: named(options, problems), looked: [] };
  const own = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'saltern');
  const places: [string, () => ConfigFile[]][] = [
    [join(cwd, 'saltern.yaml'), () => plainFile(join(cwd, 'saltern.yaml'))],
    [own, () => directory(own)],
    [join(etc, 'saltern'), () => directory(join(etc, 'saltern'))],
    [join(etc, 'salt'), () => used(saltDirectory(join(etc, 'salt'), problems))],
  ];
  for (const [, read] of places) {
    const files = read();
    if (files.length > 0) return { files, looked: [] };
  }
  return { files: [], looked: places.map(([path]) => path) };
}

function named({ files = [], saltDir, cwd }: SearchOptions, problems: Problem[]): ConfigFile[] {
  const found = files.flatMap((name) => {
    const path = resolve(cwd, name);
    if (kindOf(path) !== 'directory') return [{ path, format: 'ours or map' as const, directory: cwd }];
    const inside = directory(path);
    if (inside.length === 0) problems.push(wholeFile(name, 'this directory has no *.yaml file'));
    return inside;
  });
  if (saltDir === undefined) return found;
  const salt = saltDirectory(resolve(cwd, saltDir), problems);
  if (salt.length === 0) {
    const message = 'this directory has no cloud.providers or cloud.profiles, nor files *.conf in their .d directories';
    problems.push(
      wholeFile(saltDir, kindOf(resolve(cwd, saltDir)) === 'directory' ? message : 'there is no such directory'),
    );
  }
  return [...found, ...salt];
}

/** `*.yaml` in a directory and in the directories `*.d` in it. */
function directory(path: string): ConfigFile[] {
  const names = namesIn(path);
  const nested = names
    .filter((name) => name.endsWith('.d'))
    .flatMap((name) => namesIn(join(path, name)).map((it) => join(name, it)));
  return [...names, ...nested]
    .filter((name) => /\.ya?ml$/.test(name) && kindOf(join(path, name)) === 'file')
    .map((name) => ({ path: join(path, name), format: 'ours', directory: path }));
}

/** Salt's own: providers before profiles, each the file, then `*.conf` of its directory. */
function saltDirectory(path: string, problems: Problem[]): ConfigFile[] {
  const list = (name: string, format: Format, more = `${name}.d`): ConfigFile[] => {
    const inside = namesIn(join(path, more));
    for (const other of inside.filter((it) => /\.ya?ml$/.test(it))) {
      const hint = 'Name it *.conf: Salt reads no other.';
      problems.push({ ...wholeFile(join(path, more, other), 'this file is not read', hint), level: 'warning' });
    }
    const files = [name, ...inside.filter((it) => it.endsWith('.conf')).map((it) => join(more, it))];
    return files
      .filter((file) => kindOf(join(path, file)) === 'file')
      .map((file) => ({ path: join(path, file), format, directory: path }));
  };
  const files = [...list('cloud.providers', 'salt providers'), ...list('cloud.profiles', 'salt profiles')];
  return [...list('cloud', 'salt main', 'cloud.conf.d'), ...files];
}

/** Salt's packages bring a main file along: alone it says nothing. */
function used(files: ConfigFile[]): ConfigFile[] {
  return files.every(({ format }) => format === 'salt main') ? [] : files;
}

function plainFile(path: string): ConfigFile[] {
  return kindOf(path) === 'file' ? [{ path, format: 'ours', directory: path }] : [];
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

/** Null for what is not there, or lies where we may not look. */
function kindOf(path: string): 'file' | 'directory' | null {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return null;
  }
}
