/** When the lists read the table, counted in pages and not in time. */
import { expect, it } from 'vitest';
import { scanServesMs } from '../../console/server/deployed.ts';
import { type RowChange, type SnapshotOptions, tableSnapshots } from '../../console/server/table-snapshot.ts';
import type { Item } from '../../shared/app/ports.ts';

const MINUTE_MS = 60_000;
const payment = (id: string, version = 1): Item => ({
  ...{ pk: `payment#${id}`, sk: 'payment', schema: 1, version },
  data: { key: id, version, holds: [], reading: { moved: [], returned: [] }, grant: { state: 'none' } },
});
const order = (id: string): Item => ({
  ...{ pk: `order#${id}`, sk: 'order', schema: 1, version: 1 },
  data: { reference: id, version: 1, aliases: [] },
});
const put = (item: Item): RowChange => ({ key: { pk: item.pk, sk: item.sk }, item });

/** A table of pages; the next read receives `changed`. */
function bench(pages: readonly (readonly Item[])[], options: Partial<SnapshotOptions> = {}) {
  const state = {
    now: 0,
    scanned: 0,
    pages: [...pages],
    changed: [] as RowChange[] | undefined,
    touched: [] as string[],
    onScan: () => {},
  };
  const tables = tableSnapshots({
    scan: async (after) => {
      state.scanned += 1;
      state.onScan();
      const place = Number(after ?? 0);
      const next = place + 1 < state.pages.length ? { next: String(place + 1) } : {};
      return { items: state.pages[place] ?? [], ...next };
    },
    changes: {
      take: async () => {
        const { changed } = state;
        state.changed = [];
        return changed;
      },
      touch: (keys) => state.touched.push(...keys.map(({ pk }) => pk)),
    },
    clock: () => state.now,
    serveMs: () => MINUTE_MS,
    most: 100,
    mostPages: 10,
    ...options,
  });
  const ids = async () => (await tables.read()).payments.map(({ key, version }) => `${key} ${version}`);
  return { state, tables, ids };
}

it('a table snapshot is scanned once, and after that follows the changes', async () => {
  const { state, tables, ids } = bench([[payment('a'), order('o')], [payment('b')]]);
  expect(await ids()).toEqual(['a 1', 'b 1']);
  expect((await tables.read()).orders).toMatchObject([{ reference: 'o' }]);
  state.changed = [put(payment('a', 2)), put(payment('c')), { key: payment('b'), item: undefined }];
  expect(await ids()).toEqual(['a 2', 'c 1']);
  state.changed = [put(order('p')), { key: order('o'), item: undefined }];
  expect((await tables.read()).orders).toMatchObject([{ reference: 'p' }]);
  expect(state.scanned).toBe(2);
});

it('a table that began empty is never scanned while every change is known', async () => {
  const { state, ids } = bench([[payment('a')]], { startsEmpty: true });
  state.changed = [put(payment('b'))];
  expect(await ids()).toEqual(['b 1']);
  expect(state.scanned).toBe(0);
  state.changed = undefined;
  expect(await ids()).toEqual(['a 1']);
});

it('three concurrent reads cause one scan and get the same snapshot', async () => {
  const { state, tables } = bench([[payment('a')]]);
  const [first, ...others] = await Promise.all([1, 2, 3].map(() => tables.read()));
  for (const other of others) expect(other).toBe(first);
  expect(state.scanned).toBe(1);
});

it('an older change that was noted during a scan does not replace the row that the scan read', async () => {
  const { state, ids } = bench([[payment('a', 3)]]);
  state.onScan = () => {
    state.changed = [put(payment('a', 2)), put(payment('b'))];
  };
  expect(await ids()).toEqual(['a 3']);
  expect(await ids()).toEqual(['a 3', 'b 1']);
});

it.each([
  ['the changes are not known', { changed: undefined, now: 0, forget: false }],
  ['the snapshot is a minute old', { changed: [], now: MINUTE_MS, forget: false }],
  ['forget was called', { changed: [], now: 0, forget: true }],
])('a table is scanned again when %s', async (_, { changed, now, forget }) => {
  const { state, tables, ids } = bench([[payment('a')]]);
  await ids();
  state.pages = [[payment('b')]];
  Object.assign(state, { changed, now });
  if (forget) tables.forget();
  expect(await ids()).toEqual(['b 1']);
  expect(state.scanned).toBe(2);
});

it('a scan that failed is started again at the next read', async () => {
  const { state, ids } = bench([[payment('a')]]);
  state.onScan = () => {
    throw new Error('throttled');
  };
  await expect(ids()).rejects.toThrow('throttled');
  state.onScan = () => {};
  expect(await ids()).toEqual(['a 1']);
});

it('a scan stops after mostPages pages or most rows, and says more: true', async () => {
  const pages = Array.from({ length: 5 }, (_, page) => [payment(`${page}a`), payment(`${page}b`)]);
  const byPages = bench(pages, { mostPages: 3 });
  expect(await byPages.tables.read()).toMatchObject({ more: true, payments: { length: 6 } });
  const byRows = bench(pages, { most: 3 });
  expect(await byRows.tables.read()).toMatchObject({ more: true, payments: { length: 4 } });
});

it('touch passes the keys of rows on to the source of changes', () => {
  const { state, tables } = bench([]);
  tables.touch([payment('a')]);
  expect(state.touched).toEqual(['payment#a']);
});

it('scanServesMs allows at most ten pages of scans in a minute, for a table of any size', () => {
  for (const pages of [1, 10, 25, 400]) {
    expect(scanServesMs(pages)).toBeGreaterThanOrEqual(MINUTE_MS);
    expect((pages * MINUTE_MS) / scanServesMs(pages)).toBeLessThanOrEqual(10);
  }
});
