import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** One recorded request with its answer. */
export interface Interaction {
  readonly method: string;
  /** Path with query, without the host. */
  readonly path: string;
  readonly requestBody: string;
  readonly requestType: string | null;
  readonly status: number;
  /** Lower-case names, first value. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Cassette {
  /** For example tf/instance/server-minimal. */
  readonly name: string;
  readonly interactions: readonly Interaction[];
}

interface RawInteraction {
  readonly request: { method: string; url: string; body?: string; headers?: Record<string, string[]> };
  readonly response: { code: number; headers?: Record<string, string[]>; body?: string };
}

/** Folder of the recordings; they lie beside the project, not in it. */
export const RECORDINGS = process.env['SALTERN_RECORDINGS'] ?? join(import.meta.dirname, '../../../shared/recordings');

/** Cassettes under scaleway/{tf,go,cli}/<product>, for the products named; empty when there are none. */
export function loadCassettes(products: readonly string[]): Cassette[] {
  return ['tf', 'go', 'cli'].flatMap((source) =>
    products.flatMap((product) => {
      const folder = join(RECORDINGS, 'scaleway', source, product);
      const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.yaml')) : [];
      return files.toSorted().map((file) => load(folder, file, `${source}/${product}`));
    }),
  );
}

function load(folder: string, file: string, prefix: string): Cassette {
  const raw: { interactions: RawInteraction[] } = parse(readFileSync(join(folder, file), 'utf8'));
  const name = `${prefix}/${file.replace(/(\.cassette)?\.yaml$/, '')}`;
  return { name, interactions: raw.interactions.map(interaction) };
}

function interaction({ request, response }: RawInteraction): Interaction {
  const url = new URL(request.url);
  const lower = Object.entries(response.headers ?? {}).map(
    ([name, values]) => [name.toLowerCase(), values[0] ?? ''] as const,
  );
  return {
    method: request.method,
    path: url.pathname + url.search,
    requestBody: request.body ?? '',
    requestType: request.headers?.['Content-Type']?.[0] ?? null,
    status: response.code,
    headers: new Map(lower),
    body: response.body ?? '',
  };
}
