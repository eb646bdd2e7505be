import type { Value } from './values.ts';

/** Where a rendered text comes from: from this offset on it was written in that line (from 1) of that template. */
export interface Mark {
  readonly at: number;
  readonly template: number;
  readonly line: number;
}

/** What is written, and where it came from. */
export class Output {
  readonly #parts: string[] = [];
  readonly marks: Mark[] = [];
  #length = 0;
  /** `line` is that of its beginning; a text of the template goes on to the next lines by itself. */
  write(text: string, template: number, line: number, isWritten: boolean): void {
    if (!isWritten) this.marks.push({ at: this.#length, template, line });
    else {
      let [at, below] = [0, line];
      for (const part of text.split('\n')) {
        const first = part.search(/\S/);
        if (first >= 0) this.marks.push({ at: this.#length + at + first, template, line: below });
        at += part.length + 1;
        below += 1;
      }
    }
    this.#parts.push(text);
    this.#length += text.length;
  }
  get text(): string {
    return this.#parts.join('');
  }
}

/** The names of a block, and those around it. */
export class Scope {
  readonly template: number;
  readonly #around: Scope | null;
  readonly own = new Map<string, Value>();
  constructor(template: number, around: Scope | null) {
    this.template = template;
    this.#around = around;
  }
  get(name: string): Value | undefined {
    return this.own.get(name) ?? (this.own.has(name) ? null : this.#around?.get(name));
  }
  set(name: string, value: Value): void {
    this.own.set(name, value);
  }
  inner(): Scope {
    return new Scope(this.template, this);
  }
}
