interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Every row of a paged list. */
export async function pages<T>(ask: (page: { limit: number; after?: string }) => Promise<Page<T>>): Promise<T[]> {
  const rows: T[] = [];
  let after: string | undefined;
  do {
    const page: Page<T> = await ask({ limit: 500, ...(after !== undefined && { after }) });
    rows.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return rows;
}
