/** One table in memory: its items by key, and its indexes, sorted as DynamoDB sorts. */
import {
  type AttributeValue,
  compareValues,
  type Item,
  invalid,
  MAX_ITEM_BYTES,
  sizeOf,
  typeOf,
} from './values.ts';

export interface KeyNames {
  readonly hash: string;
  readonly range?: string;
}

export interface IndexSpec {
  readonly name: string;
  readonly key: KeyNames;
  readonly keysOnly: boolean;
}

export interface TableSpec {
  readonly name: string;
  readonly key: KeyNames;
  readonly indexes: readonly IndexSpec[];
}

/** Items under one partition key, sorted by range key and then by the table's own key. */
class SortedItems {
  readonly #compare: (a: Item, b: Item) => number;
  readonly #items: Item[] = [];

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** Index of the first item that does not sort before `item`. */
  placeOf(item: Item): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#items[middle];
      if (found !== undefined && this.#compare(found, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  put(item: Item): void {
    const place = this.placeOf(item);
    const found = this.#items[place];
    const replaces = found !== undefined && this.#compare(found, item) === 0;
    this.#items.splice(place, replaces ? 1 : 0, item);
  }

  remove(item: Item): void {
    const place = this.placeOf(item);
    const found = this.#items[place];
    if (found !== undefined && this.#compare(found, item) === 0) this.#items.splice(place, 1);
  }
}

export class Table {
  readonly spec: TableSpec;
  /** Attribute with the time, in seconds, after which DynamoDB may delete an item. */
  ttlAttribute: string | undefined;
  readonly #items = new Map<string, Item>();
  readonly #partitions = new Map<KeyNames, Map<string, SortedItems>>();

  constructor(spec: TableSpec) {
    this.spec = spec;
    for (const key of [spec.key, ...spec.indexes.map((index) => index.key)])
      this.#partitions.set(key, new Map());
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: Item): Item | undefined {
    return this.#items.get(this.idOf(key));
  }

  put(item: Item): void {
    this.remove(item);
    this.#items.set(this.idOf(item), item);
    for (const key of this.#partitions.keys()) {
      if (!hasKey(item, key)) continue;
      const partitions = this.#partitions.get(key);
      const hash = textOfKey(item[key.hash]);
      let sorted = partitions?.get(hash);
      if (sorted === undefined) {
        sorted = new SortedItems(this.orderOf(key));
        partitions?.set(hash, sorted);
      }
      sorted.put(item);
    }
  }

  remove(key: Item): void {
    const id = this.idOf(key);
    const old = this.#items.get(id);
    if (old === undefined) return;
    this.#items.delete(id);
    for (const [names, partitions] of this.#partitions) {
      if (!hasKey(old, names)) continue;
      const hash = textOfKey(old[names.hash]);
      const sorted = partitions.get(hash);
      sorted?.remove(old);
      if (sorted?.items.length === 0) partitions.delete(hash);
    }
  }

  /** The items of one partition of the table or of an index, in order. */
  partition(key: KeyNames, hash: AttributeValue): readonly Item[] {
    return this.#partitions.get(key)?.get(textOfKey(hash))?.items ?? [];
  }

  /** Every item, in no particular order. */
  all(): readonly Item[] {
    return [...this.#items.values()];
  }

  /** Sorts by range key; in an index also by the table's own key, because range keys are not unique there. */
  orderOf(key: KeyNames): (a: Item, b: Item) => number {
    const names = [key.range, this.spec.key.hash, this.spec.key.range].filter((name) => name !== undefined);
    return (a, b) => {
      for (const name of names) {
        const [one, other] = [a[name], b[name]];
        const order = one === undefined || other === undefined ? 0 : (compareValues(one, other) ?? 0);
        if (order !== 0) return order;
      }
      return 0;
    };
  }

  /** The key alone, as a text. Throws for a key that DynamoDB refuses. */
  idOf(item: Item): string {
    const { hash, range } = this.spec.key;
    const parts = [hash, range].filter((name) => name !== undefined).map((name) => keyText(item, name));
    return JSON.stringify(parts);
  }

  /** Throws for an item that DynamoDB refuses. */
  check(item: Item): void {
    this.idOf(item);
    for (const value of Object.values(item)) typeOf(value);
    if (sizeOf(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
    for (const { key } of this.spec.indexes) {
      for (const name of [key.hash, key.range]) if (name !== undefined && name in item) keyText(item, name);
    }
  }

  /** Removes expired items; DynamoDB does it within days. @returns the removed items */
  expire(nowSeconds: number): readonly Item[] {
    const attribute = this.ttlAttribute;
    if (attribute === undefined) return [];
    const expired = this.all().filter((item) => {
      const until = item[attribute]?.N;
      return until !== undefined && Number(until) < nowSeconds;
    });
    for (const item of expired) this.remove(item);
    return expired;
  }
}

const hasKey = (item: Item, { hash, range }: KeyNames): boolean =>
  item[hash] !== undefined && (range === undefined || item[range] !== undefined);

const textOfKey = (value: AttributeValue | undefined): string => JSON.stringify(value);

function keyText(item: Item, name: string): string {
  const value = item[name];
  if (value === undefined) throw invalid(`One of the required keys was not given a value: ${name}`);
  if (!['S', 'N', 'B'].includes(typeOf(value))) {
    throw invalid(`One or more parameter values were invalid: type mismatch for key ${name}`);
  }
  if (value.S === '') {
    throw invalid(`One or more parameter values are not valid: the key ${name} must not be an empty string`);
  }
  return textOfKey(value);
}
