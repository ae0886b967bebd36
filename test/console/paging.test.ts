import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newestFirst, type Order, pageOf } from '../../console/server/paging.ts';

interface Row {
  readonly at: string;
  readonly id: string;
}
const ORDER: Order<Row> = { at: ({ at }) => at, id: ({ id }) => id };

const rows = fc.uniqueArray(
  fc.record({
    at: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'),
    id: fc.stringMatching(/^[a-z #]{1,4}$/),
  }),
  { selector: ({ id }) => id },
);

/** The rows of all pages; `between` may change the rows after each page. */
function walked(
  first: readonly Row[],
  limit: number,
  between: (rows: readonly Row[]) => readonly Row[],
): Row[] {
  const seen: Row[] = [];
  let now = first;
  let cursor: string | undefined;
  do {
    const page = pageOf([...now].sort(newestFirst(ORDER)), ORDER, { cursor, limit });
    seen.push(...page.rows);
    cursor = page.next;
    now = between(now);
  } while (cursor !== undefined);
  return seen;
}

it('the pages of a list show every row once, in order', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 5 }), (all, limit) => {
      expect(walked(all, limit, (same) => same)).toEqual([...all].sort(newestFirst(ORDER)));
    }),
  );
});

it('a row that comes or goes between two pages hides no other row and repeats no row', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 3 }), fc.nat(), (all, limit, which) => {
      const gone = all[which % Math.max(1, all.length)];
      let count = 0;
      const seen = walked(all, limit, (now) => {
        count += 1;
        const newer = { at: `2026-02-0${1 + (count % 9)}T00:00:00.000Z`, id: `new${count}` };
        return [...now.filter((row) => row !== gone), newer];
      });
      expect(new Set(seen).size).toBe(seen.length);
      for (const row of all) if (row !== gone) expect(seen).toContain(row);
    }),
  );
});
