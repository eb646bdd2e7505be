import { type Data, isList, isMap, sortedKeys } from './data.ts';
import { numberText } from './python.ts';

const WIDTH = 80;
/** A longer key stands behind a question mark. In bytes. */
const LONGEST_KEY = 128;

/**
 * YAML 1.1 as Salt dumps it (PyYAML with libyaml), to the character: sorted keys, lists level with their key, long text folded
 * behind column 80. A negative `indent` means flow style, on as few lines as the width allows.
 */
export function renderYaml(data: Data, indent = 2): string {
  const writer = new YamlWriter(indent >= 2 && indent <= 9 ? indent : 2, indent < 0);
  writer.node(data, 'root');
  return writer.end();
}

type Context = 'root' | 'item' | 'value' | 'simple key' | 'key';

class YamlWriter {
  readonly #step: number;
  readonly #flow: boolean;
  #out = '';
  #column = 0;
  /** -1 before anything is indented. */
  #indent = -1;
  #flowLevel = 0;
  /** Whether the last character is, or counts as, a space. */
  #whitespace = true;
  /** Whether the line has nothing but spaces and marks (`-`, `?`, `:`) so far. */
  #indention = true;

  constructor(step: number, flow: boolean) {
    this.#step = step;
    this.#flow = flow;
  }

  end(): string {
    this.#newLine();
    return this.#out;
  }

  node(data: Data, context: Context): void {
    const isFlow = this.#flow || this.#flowLevel > 0;
    if (isList(data)) (isFlow || data.length === 0 ? this.#flowList : this.#blockList).call(this, data, context);
    else if (isMap(data)) {
      const keys = sortedKeys(data);
      const entries = keys.map((key): readonly [string, Data] => [key, data[key] ?? null]);
      (isFlow || keys.length === 0 ? this.#flowMap : this.#blockMap).call(this, entries);
    } else this.#indented(true, false, () => this.#scalar(data, context));
  }

  #flowList(items: readonly Data[]): void {
    this.#mark('[', true, true);
    this.#flowed(']', items, (item) => this.node(item, 'item'));
  }

  #flowMap(entries: readonly (readonly [string, Data])[]): void {
    this.#mark('{', true, true);
    this.#flowed('}', entries, ([key, value]) => {
      if (isSimpleKey(key)) {
        this.node(key, 'simple key');
        this.#mark(':', false);
      } else {
        this.#mark('?', true);
        this.node(key, 'key');
        if (this.#column > WIDTH) this.#newLine();
        this.#mark(':', true);
      }
      this.node(value, 'value');
    });
  }

  #flowed<T>(close: string, members: readonly T[], write: (member: T) => void): void {
    this.#indented(true, false, () => {
      this.#flowLevel += 1;
      for (const [i, member] of members.entries()) {
        if (i > 0) this.#mark(',', false);
        if (this.#column > WIDTH) this.#newLine();
        write(member);
      }
      this.#flowLevel -= 1;
    });
    this.#mark(close, false);
  }

  #blockList(items: readonly Data[], context: Context): void {
    const level = (context === 'value' || context === 'key') && !this.#indention;
    this.#indented(false, level, () => {
      for (const item of items) {
        this.#newLine();
        this.#mark('-', true, false, true);
        this.node(item, 'item');
      }
    });
  }

  #blockMap(entries: readonly (readonly [string, Data])[]): void {
    this.#indented(false, false, () => {
      for (const [key, value] of entries) {
        this.#newLine();
        if (isSimpleKey(key)) {
          this.node(key, 'simple key');
          this.#mark(':', false);
        } else {
          this.#mark('?', true, false, true);
          this.node(key, 'key');
          this.#newLine();
          this.#mark(':', true, false, true);
        }
        this.node(value, 'value');
      }
    });
  }

  #scalar(data: Exclude<Data, object> | null, context: Context): void {
    const text = typeof data === 'string' ? data : wordOf(data);
    const style = typeof data === 'string' ? styleOf(text, this.#flowLevel > 0) : 'plain';
    const folds = context !== 'simple key';
    if (style === 'plain') {
      if (!this.#whitespace) this.#put(' ');
      this.#folded(text, folds, 'plain');
    } else if (style === 'single') {
      this.#mark("'", true);
      this.#folded(text, folds, 'single');
      this.#mark("'", false);
    } else {
      this.#mark('"', true);
      this.#escaped(text, folds);
      this.#mark('"', false);
    }
    this.#whitespace = false;
    this.#indention = false;
  }

  #folded(text: string, folds: boolean, style: 'plain' | 'single'): void {
    let spaces = false;
    let breaks = false;
    const chars = [...text];
    for (const [i, char] of chars.entries()) {
      if (char === ' ') {
        const inside = style === 'plain' || (i > 0 && i < chars.length - 1);
        if (folds && !spaces && this.#column > WIDTH && inside && chars[i + 1] !== ' ') this.#newLine();
        else this.#put(char);
        spaces = true;
      } else if (BREAK.test(char)) {
        if (!breaks && char === '\n') this.#break('\n');
        this.#break(char);
        this.#indention = true;
        breaks = true;
      } else {
        if (breaks) this.#newLine();
        this.#put(char === "'" && style === 'single' ? "''" : char);
        this.#indention = false;
        spaces = false;
        breaks = false;
      }
    }
    if (breaks) this.#newLine();
  }

  #escaped(text: string, folds: boolean): void {
    let spaces = false;
    const chars = [...text];
    for (const [i, char] of chars.entries()) {
      if (char !== ' ') {
        this.#put(isPrintable(char) && !BREAK.test(char) && char !== '"' && char !== '\\' ? char : escaped(char));
        spaces = false;
        continue;
      }
      if (folds && !spaces && this.#column > WIDTH && i > 0 && i < chars.length - 1) {
        this.#newLine();
        if (chars[i + 1] === ' ') this.#put('\\');
      } else this.#put(char);
      spaces = true;
    }
  }

  #indented(flow: boolean, level: boolean, write: () => void): void {
    const before = this.#indent;
    if (before < 0) this.#indent = flow ? this.#step : 0;
    else if (!level) this.#indent += this.#step;
    write();
    this.#indent = before;
  }

  #newLine(): void {
    const indent = Math.max(this.#indent, 0);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break('\n');
    if (this.#column < indent) this.#put(' '.repeat(indent - this.#column));
    this.#whitespace = true;
    this.#indention = true;
  }

  #mark(mark: string, spaced: boolean, isSpace = false, isIndention = false): void {
    if (spaced && !this.#whitespace) this.#put(' ');
    this.#put(mark);
    this.#whitespace = isSpace;
    this.#indention &&= isIndention;
  }

  #put(text: string): void {
    this.#out += text;
    this.#column += [...text].length;
  }

  #break(char: string): void {
    this.#out += char;
    this.#column = 0;
  }
}

const BREAK = /[\n\r\x85\u2028\u2029]/;

function isSimpleKey(key: string): boolean {
  return !BREAK.test(key) && Buffer.byteLength(key) <= LONGEST_KEY;
}

function wordOf(data: number | boolean | null): string {
  if (typeof data !== 'number') return String(data);
  return numberText(data).replace(/^([-\d]+)e/, '$1.0e');
}

/** What YAML 1.1 would read as something else than text. Source: https://yaml.org/type/ as PyYAML has it. */
const NOT_A_TEXT = [
  /^(~|null|Null|NULL|)$/,
  /^(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^[-+]?(0b[01_]+|0[0-7_]+|(0|[1-9][\d_]*)|0x[\da-fA-F_]+|[1-9][\d_]*(:[0-5]?\d)+)$/,
  /^([-+]?\d[\d_]*\.[\d_]*([eE][-+]\d+)?|\.[\d][\d_]*([eE][-+]\d+)?|[-+]?\d[\d_]*(:[0-5]?\d)+\.[\d_]*)$/,
  /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/,
  /^(=|<<)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?$/,
];

function styleOf(text: string, isFlow: boolean): 'plain' | 'single' | 'double' {
  const special = [...text].some((char) => !isPrintable(char));
  if (special || /[\n\u2028\u2029] | [\n\u2028\u2029]/.test(text)) return 'double';
  return isPlain(text, isFlow) && !NOT_A_TEXT.some((pattern) => pattern.test(text)) ? 'plain' : 'single';
}

function isPlain(text: string, isFlow: boolean): boolean {
  if (/^ | $/.test(text) || BREAK.test(text) || /^(---|\.\.\.)/.test(text)) return false;
  if (/^[#,[\]{}&*!|>'"%@`]|^[-?:]( |$)|:( |$)| #/.test(text)) return false;
  return !isFlow || !/^[?:]|[,?[\]{}:]/.test(text);
}

/** What libyaml writes as it is: no control but the line feed, no byte order mark, nothing beyond the basic plane. */
function isPrintable(char: string): boolean {
  return /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(char);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(char: string): string {
  const known = ESCAPES[char];
  if (known !== undefined) return `\\${known}`;
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
