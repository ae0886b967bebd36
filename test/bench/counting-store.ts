/** A store in memory that counts the units that DynamoDB would bill. */
import { type Counted, countRead, countWrites, type Measured, type Written } from '../../cli/cost/units.ts';
import type { Item, Key, Store, When, Write, WriteResult } from '../../shared/app/ports.ts';

const address = ({ pk, sk }: Key): string => `${pk}\u0000${sk}`;
const keyOf = (write: Write): Key =>
  'put' in write ? write.put : 'check' in write ? write.check : write.remove;

/**
 * The size of a row in DynamoDB: names and texts in UTF-8; a number needs half a byte per digit and one byte; a list or
 * map needs three bytes and one byte per element.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
const bytesOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + 1 + sizeOf(each), 3);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.entries(value).reduce(
    (sum, [name, each]) => sum + 1 + Buffer.byteLength(name) + sizeOf(each),
    3,
  );
}

const measured = (row: Item | undefined): Measured | undefined =>
  row === undefined ? undefined : { bytes: bytesOf(row), openAt: row.openAt };

function holds(when: When, row: Item | undefined): boolean {
  if (when === 'always') return true;
  if (when === 'absent') return row === undefined;
  if (when === 'present') return row !== undefined;
  return row?.version === when.versionIs;
}

export class CountingStore implements Store {
  readonly #rows = new Map<string, Item>();
  readonly #counted: Counted;

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  async get(key: Key): Promise<Item | undefined> {
    const row = this.#rows.get(address(key));
    countRead(this.#counted, measured(row)?.bytes ?? 0);
    return row;
  }

  async query(pk: string, { prefix = '', limit, after = '' }: Parameters<Store['query']>[1]) {
    const rows = [...this.#rows.values()]
      .filter((row) => row.pk === pk && row.sk.startsWith(prefix) && row.sk > after)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .slice(0, limit);
    countRead(
      this.#counted,
      rows.reduce((sum, row) => sum + bytesOf(row), 0),
    );
    return rows;
  }

  async write(writes: readonly Write[]): Promise<WriteResult> {
    const refused = writes.flatMap((write, index) =>
      holds(write.when, this.#rows.get(address(keyOf(write)))) ? [] : [{ index }],
    );
    if (refused.length > 0) return { ok: false, refused };
    countWrites(
      this.#counted,
      writes.map((write): Written => this.#written(write)),
      writes.length > 1 || writes.some((write) => 'check' in write),
    );
    for (const write of writes) {
      if ('put' in write) this.#rows.set(address(write.put), JSON.parse(JSON.stringify(write.put)));
      else if ('remove' in write) this.#rows.delete(address(write.remove));
    }
    return { ok: true };
  }

  async open(): Promise<readonly Key[]> {
    return [];
  }

  #written(write: Write): Written {
    const { sk } = keyOf(write);
    const before = measured(this.#rows.get(address(keyOf(write))));
    if ('put' in write) return { sk, how: 'put', before, after: measured(write.put) };
    return { sk, how: 'check' in write ? 'check' : 'remove', before, after: undefined };
  }
}
