/** Reads the rows of a partition page by page, for callers that need more rows than one query returns, with a limit. */
import { defined } from '../../payment/defined.ts';
import type { Item, Store } from '../ports.ts';

export interface Rows {
  readonly prefix?: string;
  /** Only rows with a greater sk. */
  readonly after?: string;
  /** The most rows that are read; further rows are ignored. */
  readonly most: number;
}

const PAGE = 100;

/**
 * Yields rows by ascending sk, strongly consistent within a page. Pages are read as needed, so the caller may stop
 * early.
 */
export async function* everyRow(
  store: Pick<Store, 'query'>,
  pk: string,
  { prefix, after: from, most }: Rows,
): AsyncGenerator<Item, undefined> {
  const within = defined({ prefix });
  let after = from;
  for (let left = most; left > 0; ) {
    const limit = Math.min(PAGE, left);
    const page = await store.query(pk, { ...within, limit, ...defined({ after }) });
    yield* page;
    if (page.length < limit) return;
    left -= page.length;
    after = page.at(-1)?.sk;
  }
}
