/**
 * Reads rows of the sparse index: several at once, page by page, and with limits, so that one kind of row never hides
 * the others.
 */

import type { Item, Key, Store } from '../ports.ts';
import { belongsIn, type OpenKind, openShards } from './keys.ts';

/** Later than every possible time. */
export const END_OF_TIME = '9999';
/** The rows that are read at once. Not all: after an outage there may be thousands. */
const AT_ONCE = 25;
const PAGE = 100;
/** The most keys of one shard that are examined; one response of the index contains at least this many (1 MB). */
const MAX_LOOKED_AT = 2_000;

export interface OpenQuery {
  /** ISO 8601: rows whose `openAt` is not later. */
  readonly until: string;
  /** The most rows of one shard, oldest first. */
  readonly most: number;
  /** Whether the row is wanted. Other rows do not count. */
  readonly keep: (row: Item) => boolean | Promise<boolean>;
  /** The most keys of one shard that are examined. Default: MAX_LOOKED_AT. */
  readonly look?: number;
  readonly hasTime?: () => boolean;
  /** Any number; it selects the first shard, so that no shard is always the last. */
  readonly turn?: number;
}

export interface OpenRows {
  /** Sorted by `openAt`. */
  readonly rows: readonly Item[];
  /** True: there may be further wanted rows. */
  readonly more: boolean;
}

/**
 * The wanted rows, read strongly consistent, since the index is only eventually consistent: a row that has left it is
 * not included.
 */
export async function openRows(
  store: Store,
  kinds: readonly OpenKind[],
  wanted: OpenQuery,
): Promise<OpenRows> {
  const { turn = 0 } = wanted;
  const found = new Map<string, Item>();
  let more = false;
  const shards = kinds.flatMap((kind) => {
    const all = openShards(kind);
    return all.map((_, index) => ({ kind, shard: all[(index + turn) % all.length] ?? '' }));
  });
  for (const { kind, shard } of shards) {
    const page = await ofShard(store, kind, shard, wanted);
    more ||= page.more;
    for (const row of page.rows) found.set(`${row.pk}\u0000${row.sk}`, row);
  }
  const rows = [...found.values()].sort((a, b) => ((a.openAt ?? '') < (b.openAt ?? '') ? -1 : 1));
  return { rows, more };
}

/** The index returns keys only from its beginning: to get past unwanted rows, it is read again with twice the limit. */
async function ofShard(
  store: Store,
  kind: OpenKind,
  shard: string,
  { until, most, keep, look = MAX_LOOKED_AT, hasTime = () => true }: OpenQuery,
): Promise<OpenRows> {
  const seen = new Set<string>();
  const rows: Item[] = [];
  for (let limit = Math.min(Math.max(most, PAGE), look); ; limit = Math.min(limit * 2, look)) {
    const keys = await store.open(shard, until, limit);
    const fresh = keys.filter((key) => belongsIn(kind, key) && !seen.has(`${key.pk}\u0000${key.sk}`));
    for (let from = 0; from < fresh.length; from += AT_ONCE) {
      if (!hasTime() || rows.length >= most) return { rows: rows.slice(0, most), more: true };
      const batch = fresh.slice(from, from + AT_ONCE);
      for (const { pk, sk } of batch) seen.add(`${pk}\u0000${sk}`);
      rows.push(...(await Promise.all(batch.map((key) => readOne(store, key, keep)))).flat());
    }
    const isEnd = keys.length < limit;
    if (rows.length > most || isEnd) return { rows: rows.slice(0, most), more: rows.length > most };
    if (rows.length === most || limit === look) return { rows, more: true };
  }
}

async function readOne(store: Store, key: Key, keep: OpenQuery['keep']): Promise<readonly Item[]> {
  const row = await store.get(key);
  return row?.openShard !== undefined && (await keep(row)) ? [row] : [];
}

/** Keys of one shard as the index returns them, without keys that must not be in it. `full`: there may be more. */
export async function openKeys(
  store: Store,
  of: { readonly kind: OpenKind; readonly shard: string; readonly until: string; readonly from?: string },
  limit: number,
): Promise<{ readonly keys: readonly Key[]; readonly full: boolean }> {
  const keys = await store.open(of.shard, of.until, limit, of.from);
  return { keys: keys.filter((key) => belongsIn(of.kind, key)), full: keys.length === limit };
}

/** The keys of several shards as one sequence, longest due first. A row is read only when it may be the next one. */
export async function* oldestFirst(
  store: Store,
  shards: readonly (readonly Key[])[],
): AsyncGenerator<Key, undefined> {
  const left = shards.map((keys) => [...keys]);
  const headOf = async (keys: Key[]): Promise<Item | undefined> => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      const row = await store.get(key);
      if (row?.openAt !== undefined) return row;
    }
    return undefined;
  };
  const heads = await Promise.all(left.map(headOf));
  for (;;) {
    let oldest: { readonly at: string; readonly index: number } | undefined;
    for (const [index, head] of heads.entries()) {
      const at = head?.openAt;
      if (at !== undefined && (oldest === undefined || at < oldest.at)) oldest = { at, index };
    }
    const head = oldest === undefined ? undefined : heads[oldest.index];
    if (oldest === undefined || head === undefined) return;
    yield { pk: head.pk, sk: head.sk };
    heads[oldest.index] = await headOf(left[oldest.index] ?? []);
  }
}
