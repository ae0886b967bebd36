/** The read of a partition: each row once, at most the requested number, and no page before it is needed. */
import { describe, expect, it } from 'vitest';
import type { Item } from '../../../shared/app/ports.ts';
import { everyRow, type Rows } from '../../../shared/app/table/all-rows.ts';
import { MemoryStore } from '../../support/memory-store.ts';

const PK = 'evidence';
const name = (prefix: string, number: number) => `${prefix}${String(number).padStart(4, '0')}`;
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => name(prefix, n));

/** A store that keeps the options of its queries. */
class RecordingStore extends MemoryStore {
  readonly queries: { readonly limit: number; readonly prefix?: string; readonly after?: string }[] = [];
  override query(pk: string, options: (typeof this.queries)[number]): Promise<readonly Item[]> {
    this.queries.push(options);
    return super.query(pk, options);
  }
}

async function storeWith(rows: readonly string[]): Promise<RecordingStore> {
  const store = new RecordingStore();
  for (const sk of rows) await store.write([{ put: { pk: PK, sk, schema: 1, data: {} }, when: 'absent' }]);
  await store.write([{ put: { pk: 'another', sk: 'a0000', schema: 1, data: {} }, when: 'absent' }]);
  return store;
}
const walk = (store: RecordingStore, rows: Rows) =>
  Array.fromAsync(everyRow(store, PK, rows), ({ sk }) => sk);
const limits = ({ queries }: RecordingStore) => queries.map(({ limit }) => limit);

describe('everyRow', () => {
  it('everyRow reads each row of a partition once and in order, over three pages', async () => {
    const store = await storeWith(names('a', 250));
    expect(await walk(store, { most: 1_000 })).toEqual(names('a', 250));
    expect(store.queries).toEqual([
      { limit: 100 },
      { limit: 100, after: 'a0099' },
      { limit: 100, after: 'a0199' },
    ]);
  });

  it('everyRow reads one more page when the last page is full', async () => {
    const store = await storeWith(names('a', 200));
    expect(await walk(store, { most: Number.POSITIVE_INFINITY })).toEqual(names('a', 200));
    expect(limits(store)).toEqual([100, 100, 100]);
  });

  it('everyRow reads only rows with the prefix, on every page', async () => {
    const store = await storeWith([...names('a', 3), ...names('b', 150), ...names('c', 3)]);
    expect(await walk(store, { prefix: 'b', most: 1_000 })).toEqual(names('b', 150));
    expect(store.queries).toEqual([
      { prefix: 'b', limit: 100 },
      { prefix: 'b', limit: 100, after: 'b0099' },
    ]);
  });

  it('everyRow stops at 130 rows of most: 130 and requests no row beyond', async () => {
    const store = await storeWith(names('a', 300));
    expect(await walk(store, { most: 130 })).toEqual(names('a', 130));
    expect(limits(store)).toEqual([100, 30]);
  });

  it.each([1, 100, 200])('everyRow stops at most: %d', async (most) => {
    const store = await storeWith(names('a', 300));
    expect(await walk(store, { most })).toEqual(names('a', most));
    expect(store.queries).toHaveLength(Math.ceil(most / 100));
  });

  it('everyRow requests no further page when the caller stops', async () => {
    const store = await storeWith(names('a', 300));
    expect(store.queries).toEqual([]);
    const seen: string[] = [];
    for await (const { sk } of everyRow(store, PK, { most: 1_000 })) {
      seen.push(sk);
      if (seen.length === 100) break;
    }
    expect(seen).toEqual(names('a', 100));
    expect(limits(store)).toEqual([100]);
  });

  it('everyRow gives no row of an empty partition, and requests no page with most: 0', async () => {
    const store = await storeWith([]);
    expect(await walk(store, { most: 1_000 })).toEqual([]);
    expect(limits(store)).toEqual([100]);
    expect(await walk(store, { most: 0 })).toEqual([]);
    expect(limits(store)).toEqual([100]);
  });
});
