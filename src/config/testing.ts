import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Bundle } from './bundle.ts';
import type { SearchOptions } from './files.ts';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';

export function writeFiles(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

/** Writes files into a directory of their own, loads from there, and takes everything away again. For tests. */
export async function loadFrom(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<SearchOptions> = { files: ['saltern.yaml'] },
): Promise<Bundle & { readonly told: string }> {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-config-'));
  try {
    writeFiles(cwd, files);
    const bundle = await loadConfig({ cwd, env: {}, home: join(cwd, 'home'), etc: join(cwd, 'etc'), ...options });
    const told = bundle.problems.map(formatProblem).join('\n').replaceAll(cwd, '.');
    const here = <T extends { origin: string }>(it: T) => ({ ...it, origin: it.origin.replace(cwd, '.') });
    return { ...bundle, providers: bundle.providers.map(here), profiles: bundle.profiles.map(here), told };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
