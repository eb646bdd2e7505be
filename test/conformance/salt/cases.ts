import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** One set of files in Salt's formats, and what is expected of both sides. Left out: both read it, and alike. */
export interface Case {
  readonly name: string;
  /** `fails`: Salt raises an error or never ends. `drops`: it goes on without `lost`, and says so in a log at most. */
  readonly salt: 'reads' | 'fails' | 'drops';
  readonly lost: string | null;
  readonly ours: 'reads' | 'refuses';
  /** Words that our problems (errors where we refuse) must have. */
  readonly told: readonly string[];
  /** Keys whose meaning differs by intent. */
  readonly differs: readonly string[];
  /** Why the two sides differ: one sentence. */
  readonly why: string | null;
  readonly files: ReadonlyMap<string, string>;
  /** The same said in a way that Salt reads: what ours must mean where Salt cannot read the files themselves. */
  readonly plainly: ReadonlyMap<string, string> | null;
}

const FIXTURES = join(import.meta.dirname, 'fixtures');

/**
 * The cases of every fixture file: `=== name`, expectations as YAML, then `--- path` and the file as it is; `+++ path` is the file
 * that says the same plainly.
 */
export function readCases(): Case[] {
  return readdirSync(FIXTURES)
    .sort()
    .flatMap((file) => parseCases(file.replace(/\.txt$/, ''), readFileSync(join(FIXTURES, file), 'utf8')));
}

/** What stands before the first case is a comment, and files that each case has unless it has its own. */
function parseCases(group: string, content: string): Case[] {
  const [intro = '', ...parts] = content.split(/^=== /m);
  const shared = filesIn(intro, '---');
  return parts.map((part) => {
    const [head = ''] = part.split(/^(?:---|\+\+\+) /m);
    const [title = ''] = head.split('\n', 1);
    const expected = (parse(head.slice(title.length)) ?? {}) as Partial<Case>;
    const files = new Map([...shared, ...filesIn(part, '---')]);
    const plain = filesIn(part, '+++');
    return {
      name: `${group}: ${title}`,
      salt: expected.salt ?? 'reads',
      lost: expected.lost ?? null,
      ours: expected.ours ?? 'reads',
      told: [expected.told ?? []].flat(),
      differs: [expected.differs ?? []].flat(),
      why: expected.why ?? null,
      files,
      plainly: plain.size > 0 ? new Map([...files, ...plain]) : null,
    };
  });
}

function filesIn(part: string, mark: '---' | '+++'): Map<string, string> {
  const [, ...pieces] = part.split(/^(---|\+\+\+) (.+)\n/m);
  const files = new Map<string, string>();
  for (let i = 0; i < pieces.length; i += 3) {
    const [by, path = '', text = ''] = pieces.slice(i, i + 3);
    if (by === mark) files.set(path, `${text.trimEnd()}\n`);
  }
  return files;
}

/** Writes files into a directory; its path. */
export function writeFiles(files: Case['files'], directory: string): string {
  mkdirSync(directory, { recursive: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content, { mode: 0o600 });
  }
  return directory;
}
