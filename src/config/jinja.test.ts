import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { renderJinja } from './jinja.ts';
import { formatProblem } from './problem.ts';

/** Renders the file `map` among others. */
function render(map: string, files: Readonly<Record<string, string>> = {}, opts = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'saltern-jinja-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
  return renderJinja({ path: join(cwd, 'map'), file: 'map', text: map }, { cwd, opts });
}

function textOf(map: string, files?: Readonly<Record<string, string>>, opts?: object): string {
  const it = render(map, files, opts);
  return 'text' in it ? it.text : formatProblem(it.problem);
}

/** Where each word of what was rendered comes from: `word@file:line`. */
function linesOf(map: string, files?: Readonly<Record<string, string>>): string[] {
  const it = render(map, files);
  if (!('text' in it)) return [formatProblem(it.problem)];
  return [...it.text.matchAll(/[\w-]{2,}/g)].map(({ 0: word, index }) => {
    const { file, line } = it.positionOf(index, index + word.length);
    return `${word}@${file}:${line}`;
  });
}

const RENDERED: readonly (readonly [string, string, string])[] = [
  ['nothing of Jinja', 'a: 1\n\n', 'a: 1\n\n'],
  ['a loop', "web:\n{%- for i in range(2) %}\n  - w{{ '%02d' % i }}\n{%- endfor %}\n", 'web:\n  - w00\n  - w01\n'],
  ['% with several values', "{{ '%s-%03d|%-4s|%x%%' % ('a', 7, 'b', 255) }}", 'a-007|b   |ff%'],
  ['% with what is called and filtered', "{{ '%d' % '3'|int + 'x' }}", '3x'],
  ['the filter format', "{{ 'w%02d'|format(3) }}", 'w03'],
  ["Python's format", "{{ '{}-{:03d}-{x:>3}{{'.format('a', 7, x=2) }}", 'a-007-  2{'],
  [
    'get with a default',
    "{{ grains.get('os', 'debian') }} {{ {'a': 1}.get('a', 2) }} {{ {'a': 1}.get('a') }}",
    'debian 1 1',
  ],
  ["methods of Python's texts", "{{ 'a,b'.split(',')|join('+') }} {{ 'a'.upper() }}", 'a+b A'],
  ['namespace and do', '{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}', '2'],
  [
    "Python's words",
    "{{ [none, true, 1.0, 1e16, ('a',), {'b': \"it's\"}] }}",
    `[None, True, 1.0, 1e+16, ('a',), {'b': "it's"}]`,
  ],
  ['halves to the even', '{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }}', '2.0 4.0 2.67'],
  [
    'the written order',
    "{% for k, v in {'z': 1, 'a': 2}.items() %}{{ loop.index }}{{ k }}{{ v }}{% endfor %}",
    '1z12a2',
  ],
  [
    'lists and mappings that change',
    "{% set l = [1] %}{% set d = {} %}{% do l.append(2) %}{% do d.update({'a': l}) %}{{ d }}",
    "{'a': [1, 2]}",
  ],
  [
    'several names, break and continue',
    '{% set a, b = 1, 3 %}{% for i in range(9) %}{% if i == a %}{% continue %}{% endif %}{% if i == b %}{% break %}{% endif %}{{ i }}{% endfor %}',
    '02',
  ],
  ['json and yaml', "{{ {'a': [1, 'b']}|json }} {{ {'a': [1, true]}|yaml }}", '{"a": [1, "b"]} {a: [1, true]}'],
  ['load_yaml', '{% load_yaml as x %}\na: {b: [c, d]}\n{% endload %}{{ x.a.b|join }} {{ x.get("z", 3) }}', 'cd 3'],
  ['load_yaml as a filter', "{{ ('{a: 1}'|load_yaml).a }}", '1'],
  [
    'regular expressions',
    "{{ 'web-12'|regex_replace('(\\\\d+)', '<\\\\1>') }} {{ ('web-12'|regex_search('-(\\\\d)'))[0] }}",
    'web-<12> 1',
  ],
  ['sets and lists', '{{ [1, 2]|union([2, 3]) }} {{ [1, 2]|difference([2]) }} {{ [1]|is_list }}', '[1, 2, 3] [1] True'],
  ['a value of the main file', '{{ opts.size }}', 'big'],
  ['raw, comments, space that is taken away', '{% raw %}{{ x }}{% endraw %}{# c\n #}|{{ 1 -}}  \n |', '{{ x }}|1|'],
  [
    'what may be undefined',
    "{{ x|default('d') }} {{ 1 if y is not defined else y.z }} {{ loop is defined }}",
    'd 1 False',
  ],
  [
    'names of many kinds',
    "{% for k, v in {'a': 1}.items() if v > 0 %}{{ loop.index ~ k ~ v }}{% endfor %}{% with z = 2 %}{{ dict(a=z).a + [z][0] }}{% endwith %}",
    '1a14',
  ],
  ['braces in braces', "{{ {'a': {'b': 1}}['a']['b'] }}", '1'],
  [
    'a macro and captured text',
    '{% macro f(a) %}[{{ a }}]{% endmacro %}{% set q %}ab\ncd{% endset %}{{ f(1) }}{{ q|length }}',
    '[1]5',
  ],
];

test.each(RENDERED)('%s', (_, template, expected) => {
  expect(textOf(template, {}, { size: 'big' })).toBe(expected);
});

test('other templates are found beside the one that names them, and data can be imported', () => {
  const files = {
    'lib/names.jinja': "{% from './more.jinja' import size %}{% macro web(n) %}web-{{ n }}-{{ size }}{% endmacro %}",
    'lib/more.jinja': "{% set size = 'big' %}",
    'sizes.yaml': 'db: [DEV1-S]\n',
    'part.map': 'db:\n  - db-1\n',
  };
  const map = `{% from 'lib/names.jinja' import web %}{% import_yaml 'sizes.yaml' as sizes %}
web: [{{ web(1) }}, {{ sizes.db[0] }}]
{% include 'part.map' %}{% include 'none' ignore missing %}`;
  expect(textOf(map, files)).toBe('\nweb: [web-1-big, DEV1-S]\ndb:\n  - db-1');
});

const LOOP = `# names
web:
{% for i in range(2) %}
  - web-{{ i }}:
      size: {{ 'small' }}
{%- endfor %}
db: [db-1]
`;

test.each<readonly [string, string, readonly string[]]>([
  ['plain', 'ab: cd\n\n\nef: {{ 1 }}\ngh: ij\n', ['ab@map:1', 'cd@map:1', 'ef@map:4', 'gh@map:5', 'ij@map:5']],
  ['a tag over several lines', "{% set a =\n\n 'xy' %}\nab: {{\n a }}\ncd:\n", ['ab@map:4', 'xy@map:4', 'cd@map:6']],
  [
    'a loop, whose lines come again',
    LOOP,
    'names:1 web:2 web-0:4 size:5 small:5 web-1:4 size:5 small:5 db:7 db-1:7'
      .split(' ')
      .map((it) => it.replace(':', '@map:')),
  ],
  ['text of several lines from one tag', "{{ 'ab\\ncd\\n' }}\nef\n", ['ab@map:1', 'cd@map:1', 'ef@map:2']],
  ['what a macro gives stands where it is called', '{% macro f() %}\nab\n{% endmacro %}\n\n{{ f() }}', ['ab@map:5']],
  ['another file', "ab\n{% include 'x' %}cd", ['ab@map:1', 'xx@x:2', 'cd@map:2']],
])('lines: %s', (_, map, expected) => {
  expect(linesOf(map, { x: '\nxx\n\n' })).toEqual(expected);
});

test('captured text is text: it can be counted, and stands where it is shown', () => {
  const it = render("{% set a %}{% include 'x' %}{% endset %}n: {{ a|length }}", { x: 'four' });
  expect('text' in it && [it.text, it.positionOf(0, 1)]).toMatchObject(['n: 4', { file: 'map', line: 1 }]);
});

const FAILING: readonly (readonly [string, string, string])[] = [
  ['an undefined variable', 'a: 1\nb: {{ foo.bar }}\n', 'map:2:7: error: "foo" is not defined'],
  ['undefined in a comparison', "a\n{% if evn == 'prod' %}{% endif %}", 'map:2:7: error: "evn" is not defined'],
  ['undefined beside ~', "{% set a = {} %}\n{{ 'w' ~ a.b }}", 'map:2:10: error: "a.b" is not defined'],
  ['undefined in a filter', "{{ sizes['x']|upper }}", 'map:1:4: error: "sizes" is not defined'],
  ['undefined in brackets', "{% set a = {} %}{{ a['x']|upper }}", `map:1:20: error: "a['x']" is not defined`],
  ['undefined in elif', '{% if false %}\n{% elif foo %}{% endif %}', 'map:2:9: error: "foo" is not defined'],
  [
    'inside a loop',
    'a:\n{% for i in [1] %}\n- {{ i }}\n- {{ i.name }}\n{% endfor %}',
    'map:4:6: error: "i.name" is not defined',
  ],
  ['grains', '\n{{ grains.os }}', 'map:2:4: error: "grains.os" is not defined'],
  ["Salt's functions", "\n{{ salt['cmd.run']('x') }}", `map:2:4: error: "salt['cmd.run']" is not defined`],
  ['an unknown filter', "a\n\nb: {{ 'x'|gen_mac }}", 'map:3:11: error: there is no filter gen_mac'],
  ['an open block', 'a\n{% if true %}\nb\n', 'map:2:1: error: this block has no `endif`'],
  ['a tag of nothing', 'a\n\n{% if %}', 'map:3:7: error: the end of the tag stands where a value is expected'],
  ['a quote left open', "a\n{{ 'a }}\n", 'map:2:1: error: this tag is left open'],
  ['a template that is not there', "a\n{% include 'q.jinja' %}", 'map:2:4: error: there is no template "q.jinja"'],
  ['an error in another file', "a\n{% include 'x' %}", 'x:2:4: error: "nothing" is not defined'],
  [
    'a syntax error in another file',
    "a\n{% import 'y' as y %}",
    'y:2:7: error: the end of the tag stands where a value is expected',
  ],
  ['a filter that cannot', "a\nb: {{ '%d' % 'x' }}", 'map:2:7: error: %d needs a number'],
  ['what the template itself raises', "a\n{{ raise('no size') }}", 'map:2:4: error: the template says: no size'],
  [
    'recursion',
    '{% macro f() %}{{ f() }}{% endmacro %}\n{{ f() }}',
    'map:1:19: error: the template calls itself without end',
  ],
  ['a file that includes itself', "{% include 'z' %}", 'z:1:4: error: the template calls itself without end'],
];

test.each(FAILING)('an error at its line: %s', (_, template, expected) => {
  const it = textOf(template, { x: '\n{{ nothing }}\n', y: '\n{% if %}', z: "{% include 'z' %}" });
  expect(it.split('\n')[0]).toBe(expected);
});

test('a template without end is ended, at its line', () => {
  const begun = performance.now();
  const it = textOf('a\n{% for i in range(99999) %}\n{% for j in range(99999) %}{% endfor %}\n{% endfor %}');
  expect(it.split('\n')[0]).toBe('map:3:4: error: the template does not come to an end (5,000,000 steps)');
  expect(performance.now() - begun).toBeLessThan(5000);
});

test('a template that grows without end is ended, and the next one is rendered', () => {
  const doubling = "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}";
  expect(textOf(doubling)).toContain('map:1:70: error: the template asks for too much memory (256 MiB)');
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 30);
  expect(textOf('{{ 1 + 1 }}')).toBe('2');
});

test.each<readonly [string, string]>([
  ['a text many times', "{{ 'x' * 10 ** 9 }}"],
  ['a number of many places', "{{ '%999999999d' % 1 }}"],
  ['a wide middle', "{{ 'x'|center(999999999) }}"],
  ['a list that doubles', '{% set l = [1] %}{% for i in range(60) %}{% do l.extend(l|list) %}{% endfor %}'],
  ['a text that is replaced', "{% set t = 'x' * 99999 %}{{ t.replace('x', t) }}"],
  ['a list in itself', '{% set l = [] %}{% do l.append(l) %}{{ l }}'],
  ['a large power', '{{ 9 ** 999999999 }}'],
  ['brackets without end', `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`],
])('what takes all there is, is stopped: %s', (_, template) => {
  const begun = performance.now();
  expect(textOf(template)).toMatch(/^map:1:\d+: error: /);
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 30);
});

test('what changes within its own loop is told, as Python may go astray there', () => {
  const it = textOf('{% set l = [1, 2] %}\n{% for i in l %}{% do l.append(i) %}{% endfor %}');
  expect(it).toContain('map:2:4: error: what the loop goes through changes within it');
});

test('what Salt has and a map must not: the error says what to do', () => {
  expect(textOf("{{ 'a'|random_str }}")).toContain('write the value down');
  expect(textOf('{{ [1]|map("string") }}')).toContain('Put `|list` or `|join` behind it.');
  expect(textOf('{% set n = 1 %}{% set n.x = 2 %}')).toContain('namespace()');
});

test('texts in a tag are not shown: they may be secrets', () => {
  expect(textOf("a: {{ 'hunter2' ~ foo }}\n")).not.toContain('hunter2');
});
