import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newKeyPair } from '../src/bootstrap/keys.ts';
import { parse } from '../src/cli/compat/salt-cloud/parse.ts';
import { nouns, topVerbs } from '../src/cli/nouns.ts';
import { DRIVERS } from '../src/client/generated.ts';
import { loadConfig } from '../src/config/load.ts';
import { formatProblem } from '../src/config/problem.ts';

/** What the pages tell people to write and to type is there, spelt so. */
const root = join(import.meta.dirname, '..');
const pages = ['README.md', ...globSync(['docs/**/*.md', 'src/drivers/*/readme.md'], { cwd: root })].sort();

interface Block {
  readonly page: string;
  readonly line: number;
  readonly text: string;
}

function blocksOf(language: string): Block[] {
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((found) => {
      const line = text.slice(0, found.index).split('\n').length + 1;
      return { page, line, text: found[1] ?? '' };
    });
  });
}

const ours = blocksOf('yaml').filter(({ text }) => /^(providers|profiles|machines):/m.test(text));

test.each(ours.map((block) => [`${block.page}:${block.line}`, block] as const))('%s loads', async (_, { text }) => {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-docs-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  // The files that it names, and a real key where the page shows the beginning of one.
  const { publicKey } = newKeyPair('me@example');
  for (const [, name = ''] of text.matchAll(/(?:\.|~)\/([\w./-]+)/g)) {
    mkdirSync(join(cwd, dirname(name)), { recursive: true });
    writeFileSync(join(cwd, name), name.endsWith('.pub') ? publicKey : 'x\n');
  }
  const env = Object.fromEntries([...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => [name, 'x']));
  const account = { SCW_ACCESS_KEY: 'x', SCW_SECRET_KEY: 'x', ...env };
  writeFileSync(join(cwd, 'saltern.yaml'), text.replaceAll(/ssh-ed25519 AAAA…( me@example)?/g, publicKey.trim()));
  const bundle = await loadConfig({ files: ['saltern.yaml'], cwd, env: account, home: cwd, drivers: DRIVERS });
  expect(bundle.problems.map(formatProblem)).toEqual([]);
  expect(bundle.providers.length + bundle.profiles.length).toBeGreaterThan(0);
});

const lines = blocksOf('sh').flatMap(({ page, line, text }) => {
  return text.split('\n').flatMap((written, i) => {
    const [, command = ''] =
      /(?:^|\s)((?:bin\/)?(?:saltern|salt-cloud) .*)$/.exec(written.replace(/\s+#.*$/, '')) ?? [];
    return command === '' || command.startsWith('saltern "$') ? [] : [[`${page}:${line + i}`, command] as const];
  });
});

test('there is something to check', () => {
  expect(ours.length).toBeGreaterThan(4);
  expect(lines.length).toBeGreaterThan(30);
});

test.each(lines)('%s %s', async (_, command) => {
  const [program = '', ...words] = (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
    word.replace(/^['"]|['"]$/g, ''),
  );
  if (program.endsWith('salt-cloud')) return void expect(() => parse(words)).not.toThrow();
  const [first = '', second = ''] = words;
  const entry = nouns[first]?.verbs[second] ?? topVerbs[first];
  expect(entry, `there is no command ${first} ${second}`).toBeDefined();
  const flags = [...((await entry?.load())?.options ?? []).map((option) => option.flags), '-o, --output', '--url'];
  const known = flags.flatMap((option) => option.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []);
  const given = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=', 1)[0] ?? '');
  expect(known).toEqual(expect.arrayContaining(given));
});
