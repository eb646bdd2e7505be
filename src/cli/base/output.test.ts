import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { endOnBrokenPipe } from './context.ts';
import { type Field, type OutputOptions, printObject, printRows } from './output.ts';
import type { Column } from './table.ts';

interface Row {
  readonly name: string;
  readonly status: string;
  readonly cpus: number | null;
  readonly note: string;
}

const rows: Row[] = [
  { name: 'web-1', status: 'ready', cpus: 2, note: 'first, "best"' },
  { name: 'データ', status: 'failed', cpus: null, note: 'line one\nline two' },
];
const columns: Column<Row>[] = [
  { key: 'name', title: 'NAME', value: (row) => row.name },
  { key: 'status', title: 'STATUS', value: (row) => row.status },
  { key: 'cpus', title: 'CPUS', value: (row) => row.cpus, align: 'right', priority: 1 },
  { key: 'note', title: 'NOTE', value: (row) => row.note, min: 8, priority: 2 },
];

function sink(terminal: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  return {
    ...terminal,
    text: '',
    write(text: string) {
      this.text += text;
    },
  };
}

async function print(options: Partial<OutputOptions>, terminal: Parameters<typeof sink>[0] = {}): Promise<string> {
  const stdout = sink(terminal);
  await printRows(rows, columns, { format: 'table', stdout, ...options });
  return stdout.text;
}

test('a piped table has no colours, no width limit, and aligns wide characters', async () => {
  expect(await print({})).toBe(
    [
      'NAME    STATUS  CPUS  NOTE',
      'web-1   ready      2  first, "best"',
      'データ  failed     -  line one\\nline two',
      '',
    ].join('\n'),
  );
});

test('a narrow terminal cuts what may be cut, then drops columns from the lowest priority on, then cuts anything', async () => {
  expect(await print({ width: 30 })).toBe(
    ['NAME    STATUS  CPUS  NOTE', 'web-1   ready      2  first, …', 'データ  failed     -  line on…', ''].join('\n'),
  );
  expect(await print({ width: 25 })).toBe(
    ['NAME    STATUS  NOTE', 'web-1   ready   first, "…', 'データ  failed  line one…', ''].join('\n'),
  );
  expect(await print({ width: 16 })).toBe(['NAME    STATUS', 'web-1   ready', 'データ  failed', ''].join('\n'));
  expect(await print({ width: 11 })).toBe(['NAME  STAT…', 'web…  ready', 'デ…   fail…', ''].join('\n'));
});

test('colours only on a terminal', async () => {
  const colored = await print({}, { isTTY: true, columns: 200 });
  expect(colored).toContain('\x1b[32mready \x1b[39m');
  expect(colored).toContain('\x1b[31mfailed\x1b[39m');
  process.env['NO_COLOR'] = '1';
  expect(await print({}, { isTTY: true, columns: 200 })).not.toContain('\x1b');
  delete process.env['NO_COLOR'];
});

test('a backend cannot steer the terminal with what it sends', async () => {
  const stdout = sink();
  const evil = { name: 'a\x1b[2Jb\u202e', status: 'ok\r', cpus: 0, note: '' };
  await printRows([evil], columns, { format: 'table', stdout });
  expect(stdout.text).toBe('NAME     STATUS  CPUS  NOTE\na\ufffd[2Jb\ufffd  ok         0  -\n');
});

test('json and yaml are the objects themselves', async () => {
  expect(JSON.parse(await print({ format: 'json' }))).toEqual(rows);
  expect(parse(await print({ format: 'yaml' }))).toEqual(rows);
});

test('csv has all columns under their keys, quoted as RFC 4180 tells', async () => {
  expect(await print({ format: 'csv' })).toBe(
    'name,status,cpus,note\r\nweb-1,ready,2,"first, ""best"""\r\nデータ,failed,,"line one\nline two"\r\n',
  );
});

test('name is one name a line', async () => {
  expect(await print({ format: 'name' })).toBe('web-1\nデータ\n');
});

test('one object: values of a list stand below each other', async () => {
  const fields: Field<{ name: string; ips: string[]; none: string[] }>[] = [
    { key: 'name', title: 'Name', value: (it) => it.name },
    { key: 'ips', title: 'Addresses', value: (it) => it.ips },
    { key: 'none', title: 'Tags', value: (it) => it.none },
  ];
  const object = { name: 'web-1', ips: ['192.0.2.1', '2001:db8::1'], none: [] };
  const show = async (format: OutputOptions['format']) => {
    const stdout = sink();
    await printObject(object, fields, { format, stdout });
    return stdout.text;
  };
  expect(await show('table')).toBe('Name:      web-1\nAddresses: 192.0.2.1\n           2001:db8::1\nTags:      -\n');
  expect(JSON.parse(await show('json'))).toEqual(object);
  expect(await show('csv')).toBe('name,ips,none\r\nweb-1,"192.0.2.1\n2001:db8::1",\r\n');
  expect(await show('name')).toBe('web-1\n');
});

test('a reader that went away ends the process quietly; other errors do not', () => {
  const codes: number[] = [];
  const stream = new PassThrough();
  endOnBrokenPipe(stream, (code) => codes.push(code));
  stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(codes).toEqual([0]);
  expect(() => stream.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }))).toThrow('disk full');
});
