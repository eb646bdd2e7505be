import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatProblem } from './problem.ts';
import { loadFrom } from './testing.ts';

const P = 'providers: {p: {driver: memory}}\n';

/** Each level stands for four of the one before. */
const BOMB = [
  '      a: &a [1]',
  ...[...'bcdefgh'].map((it, i) => `      ${it}: &${it} [${`*${'abcdefg'[i]}, `.repeat(4)}]`),
].join('\n');

/** What is wrong → the file → the one thing that is told, to the letter. */
const MISTAKES: readonly (readonly [string, string, string])[] = [
  [
    'a tab',
    'providers:\n\tp:\n',
    `saltern.yaml:2:1: error: a tab is used to indent
  2 | → …
    | ^
  expected: spaces`,
  ],
  [
    'a quote left open',
    'providers:\n  p:\n    driver: "memory\n    token: x\n',
    `saltern.yaml:3:13: error: this quote is left open
  3 |     driver: " …
    |             ^`,
  ],
  [
    'a reference in a flow mapping',
    `providers: {p: {driver: memory, token: \${X}}}\n`,
    `saltern.yaml:1:41: error: this is not valid YAML: Unexpected flow-map-start at node end
  1 | providers: {p: {driver: memory, token: *{ …
    |                                         ^
  hint: Between { } or [ ] a reference stands in quotes: "\${NAME}".`,
  ],
  [
    'a second document',
    `${P}---\nprofiles: {}\n`,
    `saltern.yaml:2:1: error: a second document begins here
  2 | - …
    | ^
  expected: one document a file`,
  ],
  [
    'a key twice',
    'providers:\n  p: {driver: memory}\n  p: {driver: memory}\n',
    `saltern.yaml:3:3: error: the key p is there already
  3 |   p: …
    |   ^
  expected: each key once`,
  ],
  [
    'not a mapping',
    '- providers\n',
    `saltern.yaml:1:1: error: the file is a list
  1 | - …
    | ^
  expected: a mapping with providers, profiles, machines`,
  ],
  [
    'an unknown section',
    'provider: {}\n',
    `saltern.yaml:1:1: error: unknown key provider
  1 | provider: …
    | ^^^^^^^^
  expected: providers, profiles, machines
  did you mean "providers"?`,
  ],
  [
    "a file of Salt's",
    'my-config:\n  driver: scaleway\n',
    `saltern.yaml:1:1: error: unknown key my-config
  1 | my-config:
    | ^^^^^^^^^
  expected: providers, profiles, machines
  hint: Salt Cloud's own files are read from their directory, with -c DIRECTORY.`,
  ],
  [
    'no driver',
    'providers:\n  p: {token: x}\n',
    `saltern.yaml:2:3: error: providers.p has no "driver"
  2 |   p: …
    |   ^
  expected: driver: …`,
  ],
  [
    'no provider and no image',
    'profiles:\n  web:\n',
    `saltern.yaml:2:3: error: profiles.web has no "provider" and no "image"
  2 |   web:
    |   ^^^
  expected: provider: …, image: …`,
  ],
  [
    'an unknown provider',
    `${P}profiles:\n  web: {provider: q, image: x}\n`,
    `saltern.yaml:3:19: error: there is no provider "q"
  3 |   web: {provider: q …
    |                   ^
  expected: p
  did you mean "p"?`,
  ],
  [
    'a misspelt key (that the required one is missing is not told as well)',
    `${P}profiles:\n  web:\n    provider: p\n    imag: debian\n`,
    `saltern.yaml:5:5: error: unknown key profiles.web.imag
  5 |     imag: …
    |     ^^^^
  expected: provider, image, size, location, tags, ssh, deploy, user_data, user_data_file, on_failure, protect, login, options
  did you mean "image"?`,
  ],
  [
    'a wrong type',
    `${P}profiles:\n  web: {provider: p, image: [debian]}\n`,
    `saltern.yaml:3:22: error: profiles.web.image is a list
  3 |   web: {provider: p, image: …
    |                      ^^^^^
  expected: text`,
  ],
  [
    'an empty value',
    `${P}profiles:\n  web:\n    provider: p\n    image:\n`,
    `saltern.yaml:5:5: error: profiles.web.image is empty
  5 |     image:
    |     ^^^^^
  expected: text`,
  ],
  [
    'a number out of range',
    `${P}profiles:\n  web:\n    provider: p\n    image: x\n    ssh: {port: 70000}\n`,
    `saltern.yaml:6:17: error: profiles.web.ssh.port is out of range
  6 |     ssh: {port: 70000 …
    |                 ^^^^^
  expected: a whole number from 1 to 65535`,
  ],
  [
    'no number',
    'providers:\n  p:\n    driver: memory\n    limits: {burst: many}\n',
    `saltern.yaml:4:21: error: providers.p.limits.burst is text
  4 |     limits: {burst: many …
    |                     ^^^^
  expected: a whole number from 1`,
  ],
  [
    'a wrong word',
    `${P}profiles:\n  web:\n    provider: p\n    image: x\n    on_failure: destory\n`,
    `saltern.yaml:6:17: error: profiles.web.on_failure cannot be "destory"
  6 |     on_failure: destory
    |                 ^^^^^^^
  expected: keep, retry, destroy
  did you mean "destroy"?`,
  ],
  [
    'no duration',
    `${P}profiles:\n  web:\n    provider: p\n    image: x\n    ssh: {timeout: 5 minutes}\n`,
    `saltern.yaml:6:20: error: profiles.web.ssh.timeout is not a duration
  6 |     ssh: {timeout: 5 minutes …
    |                    ^^^^^^^^^
  expected: a duration above zero, like 90s, 5m or 1h30m (a bare number is seconds)`,
  ],
  [
    'a variable that is not set',
    `providers:\n  p:\n    driver: memory\n    token: \${SCW_SECRETKEY}\n`,
    `saltern.yaml:4:12: error: the environment variable SCW_SECRETKEY is not set
  4 |     token: \${SCW_SECRETKEY}
    |            ^^^^^^^^^^^^^^^^
  expected: SCW_SECRETKEY in the environment, or \${SCW_SECRETKEY:-default}
  did you mean "SCW_SECRET_KEY"?`,
  ],
  [
    'a broken reference',
    `providers:\n  p:\n    driver: memory\n    token: \${1}\n`,
    `saltern.yaml:4:12: error: this is no reference to an environment variable
  4 |     token: \${1}
    |            ^^^^
  expected: \${NAME} or \${NAME:-default}; $\${ for a plain \${`,
  ],
  [
    'a script that is not there',
    `${P}profiles:\n  web:\n    provider: p\n    image: x\n    deploy:\n      - script: deploy.sh\n`,
    `saltern.yaml:7:17: error: profiles.web.deploy.0.script cannot be read: there is no such file
  7 |       - script: deploy.sh
    |                 ^^^^^^^^^
  hint: Looked for ./deploy.sh.`,
  ],
  [
    'an unknown deploy step',
    `${P}profiles:\n  web: {provider: p, image: x, deploy: [scripts: x]}\n`,
    `saltern.yaml:3:41: error: unknown key profiles.web.deploy.0.scripts
  3 |   web: {provider: p, image: x, deploy: [scripts: …
    |                                         ^^^^^^^
  expected: file, script, ssh_key
  did you mean "script"?`,
  ],
  [
    'two ways to give one thing',
    `${P}profiles:\n  web: {provider: p, image: x, deploy: [file: {path: /x}]}\n`,
    `saltern.yaml:3:41: error: profiles.web.deploy.0.file has neither "content" nor "source"
  3 |   web: {provider: p, image: x, deploy: [file: …
    |                                         ^^^^
  expected: content: … or source: …`,
  ],
  [
    'a private key',
    `${P}profiles:\n  web: {provider: p, image: x, deploy: [ssh_key: -----BEGIN OPENSSH PRIVATE KEY-----]}\n`,
    `saltern.yaml:3:41: error: profiles.web.deploy.0.ssh_key is a private key
  3 |   web: {provider: p, image: x, deploy: [ssh_key: …
    |                                         ^^^^^^^
  expected: one line like "ssh-ed25519 AAAA… name", or {file: ~/.ssh/id_ed25519.pub}
  hint: The public half has the same name with .pub.`,
  ],
  [
    'aliases that stand for far too much',
    `${P}profiles:\n  web:\n    provider: p\n    image: x\n    options:\n${BOMB}`,
    'saltern.yaml: error: its aliases (*name) stand for far too much',
  ],
  ['an alias of nothing', 'providers: *nobody\n', 'saltern.yaml: error: the alias "*nobody" names no anchor'],
  ['text that is no UTF-8', '\xff', 'saltern.yaml: error: it is not UTF-8 text'],
];

test.each(MISTAKES)('%s', async (_, text, expected) => {
  const content = text === '\xff' ? Uint8Array.of(0xff) : text;
  const { told } = await loadFrom(
    { 'saltern.yaml': content },
    { files: ['saltern.yaml'], env: { SCW_SECRET_KEY: 'x' } },
  );
  expect(told).toBe(expected);
});

test('a name in two files', async () => {
  const { told } = await loadFrom(
    { 'a.yaml': P, 'b.d/b.yaml': 'providers:\n  p: {driver: other}\n', 'c.yaml': 'profiles: {}\n' },
    { files: ['.'] },
  );
  expect(told).toBe(`b.d/b.yaml:2:3: error: there is a provider "p" already, at a.yaml:1:13
  2 |   p: …
    |   ^
  expected: each name once`);
});

test('a broken file does not make its providers unknown to others', async () => {
  const { problems } = await loadFrom(
    { 'a.yaml': `${P} x`, 'b.yaml': 'profiles: {web: {provider: p, image: x}}\n' },
    { files: ['.'] },
  );
  expect(problems.map(({ file }) => file)).toEqual(['a.yaml']);
});

describe('secrets', () => {
  const CANARY = 'CANARY-7f3a';
  test.each([
    `providers: {p: {driver: memory, tokn: ${CANARY}, limits: {brst: 1}}}`,
    `providers: {p: {"token": '${CANARY}', limits: x}}`,
    `providers:\n  p:\n    token: ${CANARY}: more\n`,
    `providers:\n  p:\n    token: "${CANARY}\n`,
    `providers:\n  p:\n    driver: memory\n    token: [${CANARY}\n`,
    `providers:\n  p:\n    driver: memory\n    token: ${CANARY}\n    token: ${CANARY}\n`,
    `providers:\n  p:\n\ttoken: ${CANARY}\n`,
    `profiles: {web: {provider: p, image: x, deploy: [script: {content: ${CANARY}, env: {A: ${CANARY}, B: }}]}}`,
    `profiles: {web: {provider: p, image: x, deploy: [ssh_key: ${CANARY}]}}`,
    `providers:\n  p:\n    token: |\n      -----BEGIN\n     ${CANARY}\n`,
  ])('no problem shows the value of a setting: %j', async (text) => {
    const { told } = await loadFrom({ 'saltern.yaml': text });
    expect(told).toContain('error');
    expect(told).not.toContain(CANARY);
  });
});

describe('whatever stands in a file, it is told as problems', () => {
  const key = fc.constantFrom(
    'providers',
    'profiles',
    'p',
    'driver',
    'limits',
    'provider',
    'image',
    'ssh',
    'port',
    'jump',
    'deploy',
    'file',
    'script',
    'ssh_key',
    'content',
    'env',
    'options',
    '<<',
    '__proto__',
    'extends',
    'include',
    'minion',
    'sdb',
    'machines',
    'login',
    'requires',
    'file_map',
    'gateway',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        null,
        true,
        1,
        1.5,
        'p',
        'p:driver',
        'sdb://p/driver',
        `\${X}`,
        `\${`,
        '*a',
        '~',
        '/dev/zero',
        '../..',
      ),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const noise = fc.string({ unit: fc.constantFrom(...' \t\n:-[]{}&*!|>\'"#%@`?,ab<$é\r0') });
  const text = fc.oneof(
    fc.string(),
    noise,
    tree.map((it) => stringify({ providers: it, profiles: it, machines: it })),
    fc
      .tuple(
        tree.map((it) => stringify(it)),
        noise,
      )
      .map(([a, b]) => a + b),
  );

  test.each([{ files: ['saltern.yaml'] }, { saltDir: '.' }, { files: ['p.yaml'], map: 'saltern.yaml' }])(
    '%j',
    async (options) => {
      await fc.assert(
        fc.asyncProperty(text, async (content) => {
          const bundle = await loadFrom(
            {
              'saltern.yaml': content,
              'p.yaml': P,
              cloud: content,
              'cloud.providers': content,
              'cloud.profiles': content,
            },
            options,
          );
          // Jinja takes a lone carriage return for the end of a line, as an editor does.
          const lines = content.split(/\r\n?|\n/).length;
          for (const problem of bundle.problems) {
            expect(formatProblem(problem)).toMatch(/^\S+: (error|warning): \S/);
            expect(problem.line).toBeLessThanOrEqual(lines);
          }
          JSON.stringify(bundle);
        }),
        { numRuns: 200 },
      );
    },
  );
});
