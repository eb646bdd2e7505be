/** A checker of unknown input. Every zod schema is one. Throws when the value does not fit. */
export interface Schema<T> {
  parse(value: unknown): T;
}
