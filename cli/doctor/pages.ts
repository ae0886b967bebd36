/** Lists of AWS's come in pages; what a later page holds counts as much. */

/** More pages than this are no list of ours: an answer that repeats itself must not keep the command. */
const MAX_PAGES = 100;

/** @param page one page, with the token of the next one */
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
