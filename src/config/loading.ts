import type { Position, Problem } from './bundle.ts';
import type { Drafts } from './drafts.ts';
import type { SearchOptions } from './files.ts';
import { openReading, type Reading } from './place.ts';
import type { Source } from './source.ts';

/** What reading all files shares. */
export interface Loading {
  readonly options: SearchOptions;
  readonly drafts: Drafts;
  readonly problems: Problem[];
  readonly positions: Map<string, Position>;
  readonly attachments: Map<string, string>;
}

/** A file as text: what a map is rendered from. */
export type TextFile = Pick<Source, 'path' | 'file' | 'text'>;

/** How a source is read on: with references to the environment (ours) or to Salt's simple databases. */
export function readingOf(source: Source, format: 'ours' | 'salt', { options, drafts, ...kept }: Loading): Reading {
  const { env, home, cwd } = options;
  const sdb = { find: (name: string) => drafts.salt.main.find(({ key }) => key === name) ?? null, env };
  return openReading({ source, home, cwd, ...kept, ...(format === 'ours' ? { env, sdb: null } : { env: null, sdb }) });
}
