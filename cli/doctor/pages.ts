/** Reads AWS's paged lists to the end. */

/** Our lists have fewer pages: an answer that repeats itself must not keep the command running. */
const MAX_PAGES = 100;

/** @param page returns one page, with the token of the next one */
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
    if (next === undefined) break;
    token = next;
  }
  return all;
}
