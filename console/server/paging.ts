/** One page of a sorted list. The cursor names the last row shown, so new rows do not move the next page. */

export interface Paged<T> {
  readonly rows: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
  readonly total: number;
}

export interface Order<T> {
  /** ISO 8601 or another text that sorts; the largest (newest) comes first. */
  readonly at: (row: T) => string;
  readonly id: (row: T) => string;
}

/** Negative when `a` comes first. */
export const newestFirst =
  <T>({ at, id }: Order<T>) =>
  (a: T, b: T): number =>
    compare(at(b), at(a)) || compare(id(a), id(b));

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const SEPARATOR = ' ';

/** @param sorted by `newestFirst` */
export function pageOf<T>(
  sorted: readonly T[],
  order: Order<T>,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
): Paged<T> {
  const from = cursor === undefined ? 0 : startAfter(sorted, order, cursor);
  const rows = sorted.slice(from, from + limit);
  const last = rows.at(-1);
  const isEnd = from + limit >= sorted.length || last === undefined;
  return {
    rows,
    total: sorted.length,
    ...(isEnd ? {} : { next: `${order.at(last)}${SEPARATOR}${order.id(last)}` }),
  };
}

function startAfter<T>(sorted: readonly T[], { at, id }: Order<T>, cursor: string): number {
  const cut = cursor.indexOf(SEPARATOR);
  const [time, name] = [cursor.slice(0, cut), cursor.slice(cut + 1)];
  const index = sorted.findIndex((row) => (compare(time, at(row)) || compare(id(row), name)) > 0);
  return index === -1 ? sorted.length : index;
}
