/** Every row of a partition, page by page: who needs more rows than one query gives, and who bounds how many. */
import { defined } from '../../payment/defined.ts';
import type { Item, Store } from '../ports.ts';

export interface Rows {
  readonly prefix?: string;
  /** Rows behind this sk alone. */
  readonly after?: string;
  /** Read at the most; what is beyond is not seen. */
  readonly most: number;
}

const PAGE = 100;

/** Strongly consistent within a page, by ascending sk. The caller may stop early: pages are read as they are needed. */
export async function* everyRow(
  store: Pick<Store, 'query'>,
  pk: string,
  { prefix, after: from, most }: Rows,
): AsyncGenerator<Item, undefined> {
  const within = prefix === undefined ? {} : { prefix };
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
