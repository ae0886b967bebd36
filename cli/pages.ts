/** Reads AWS's paged lists to the end. */

import { Problem } from './problem.ts';

/** Our lists have fewer pages: an answer that repeats itself must not keep the command running. */
const MAX_PAGES = 100;

/** @param page returns one page, with the token of the next one. @throws Problem when the list does not end */
export async function everyPage<T>(
  page: (
    token: string | undefined,
  ) => Promise<{ readonly rows: readonly T[]; readonly next: string | undefined }>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let token: string | undefined;
  for (let number = 0; number < MAX_PAGES; number++) {
    const { rows, next } = await page(token);
    all.push(...rows);
    if (next === undefined) return all;
    token = next;
  }
  throw Problem.failed(`AWS returned more than ${MAX_PAGES} pages of one list.`);
}
