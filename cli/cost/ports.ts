/** The ports in memory, counting each call as DynamoDB and SQS would bill it. */
import { IdempotencyItemNotFoundError } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, type IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { Item, Key, Queue, Store, When, Write, WriteResult } from '../../shared/app/ports.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
/** A transaction prepares and commits: two units where a plain write takes one. */
const TRANSACTION_FACTOR = 2;

export interface Counted {
  evidencePuts: number;
  transactions: number;
  /** Writes and checks of each transaction. */
  transactionItems: number[];
  /** Conditional writes of single rows that are no evidence: marks of effects. */
  marks: number;
  reads: number;
  idempotencyWrites: number;
  sends: number;
  writeUnits: number;
  /** The same by what they are for. */
  readonly unitsBy: {
    evidence: number;
    transactions: number;
    marks: number;
    index: number;
    idempotency: number;
  };
  readUnits: number;
  /** Each write by itself, in the order in which they were made. */
  readonly writes: CountedWrite[];
}

/** One row that was written or compared. */
interface CountedWrite {
  /** The row's sort key: what it is. */
  readonly row: string;
  readonly how: 'put' | 'check' | 'remove';
  readonly inTransaction: boolean;
  /** The longer one of the row before and after. */
  readonly bytes: number;
  readonly units: number;
  /** Of the index of what is open. */
  readonly indexUnits: number;
}

export const nothingCounted = (): Counted => ({
  evidencePuts: 0,
  transactions: 0,
  transactionItems: [],
  marks: 0,
  reads: 0,
  idempotencyWrites: 0,
  sends: 0,
  writeUnits: 0,
  unitsBy: { evidence: 0, transactions: 0, marks: 0, index: 0, idempotency: 0 },
  readUnits: 0,
  writes: [],
});

const address = ({ pk, sk }: Key): string => `${pk}\u0000${sk}`;
const keyOf = (write: Write): Key =>
  'put' in write ? write.put : 'check' in write ? write.check : write.remove;
/**
 * A row as DynamoDB measures it: names and texts in UTF-8, half a byte a digit and one more, three for a list or map and
 * one for each of its elements. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
const bytes = (item: Item | undefined): number =>
  Object.entries(item ?? {}).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

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

const units = (size: number, unit: number): number => Math.max(1, Math.ceil(size / unit));

function holds(when: When, row: Item | undefined): boolean {
  if (when === 'always') return true;
  if (when === 'absent') return row === undefined;
  if (when === 'present') return row !== undefined;
  return row?.version === when.versionIs;
}

export class CountingStore implements Store {
  readonly #rows: Map<string, Item>;
  readonly #counted: Counted;

  constructor(counted: Counted, rows = new Map<string, Item>()) {
    this.#counted = counted;
    this.#rows = rows;
  }

  /** The same rows under other counters. */
  countedBy(counted: Counted): CountingStore {
    return new CountingStore(counted, this.#rows);
  }

  async get(key: Key): Promise<Item | undefined> {
    const row = this.#rows.get(address(key));
    this.#read(bytes(row));
    return row;
  }

  async query(pk: string, { prefix = '', limit, after = '' }: Parameters<Store['query']>[1]) {
    const rows = [...this.#rows.values()]
      .filter((row) => row.pk === pk && row.sk.startsWith(prefix) && row.sk > after)
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .slice(0, limit);
    // A query is billed for what it read together.
    this.#read(rows.reduce((sum, row) => sum + bytes(row), 0));
    return rows;
  }

  async write(writes: readonly Write[]): Promise<WriteResult> {
    const refused = writes.flatMap((write, index) =>
      holds(write.when, this.#rows.get(address(keyOf(write)))) ? [] : [{ index }],
    );
    if (refused.length > 0) return { ok: false, refused };
    this.#count(writes);
    for (const write of writes) {
      if ('put' in write) this.#rows.set(address(write.put), JSON.parse(JSON.stringify(write.put)));
      else if ('remove' in write) this.#rows.delete(address(write.remove));
    }
    return { ok: true };
  }

  async open(): Promise<readonly Key[]> {
    return [];
  }

  #read(size: number): void {
    this.#counted.reads += 1;
    this.#counted.readUnits += units(size, READ_UNIT_BYTES);
  }

  #spend(kind: keyof Counted['unitsBy'], amount: number): void {
    this.#counted.writeUnits += amount;
    this.#counted.unitsBy[kind] += amount;
  }

  #count(writes: readonly Write[]): void {
    const counted = this.#counted;
    const [first] = writes;
    const alone = writes.length === 1 && first !== undefined && !('check' in first);
    let kind: 'transactions' | 'evidence' | 'marks' = 'marks';
    if (!alone) {
      kind = 'transactions';
      counted.transactions += 1;
      counted.transactionItems.push(writes.length);
    } else if (keyOf(first).sk.startsWith('evidence#')) {
      kind = 'evidence';
      counted.evidencePuts += 1;
    } else counted.marks += 1;
    for (const write of writes) {
      const before = this.#rows.get(address(keyOf(write)));
      const after = 'put' in write ? write.put : undefined;
      const size = Math.max(bytes(before), bytes(after));
      const written = units(size, WRITE_UNIT_BYTES) * (alone ? 1 : TRANSACTION_FACTOR);
      const moved = 'check' in write ? 0 : indexUnits(before, after);
      this.#spend(kind, written);
      this.#spend('index', moved);
      counted.writes.push({
        row: keyOf(write)
          .sk.split('#')
          .slice(0, 3)
          .join('#')
          .replace(/^(evidence).*/, '$1'),
        how: 'put' in write ? 'put' : 'check' in write ? 'check' : 'remove',
        inTransaction: !alone,
        bytes: size,
        units: written,
        indexUnits: moved,
      });
    }
  }
}

/** The sparse index: an entry that comes, goes or moves (its key changes: one delete and one put). */
function indexUnits(before: Item | undefined, after: Item | undefined): number {
  const had = before?.openAt !== undefined;
  const has = after?.openAt !== undefined;
  if (had && has) return before?.openAt === after?.openAt ? 0 : 2;
  return had || has ? 1 : 0;
}

export class CountingQueue implements Queue {
  readonly bodies: string[] = [];
  readonly #counted: Counted;

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  async send(body: string): Promise<void> {
    this.#counted.sends += 1;
    this.bodies.push(body);
  }
}

/** Powertools' records: each at most 1 KB. */
export class CountingPersistence extends BasePersistenceLayer {
  readonly #counted: Counted;

  constructor(counted: Counted) {
    super();
    this.#counted = counted;
  }

  #write(): void {
    this.#counted.idempotencyWrites += 1;
    this.#counted.writeUnits += 1;
    this.#counted.unitsBy.idempotency += 1;
  }

  protected async _putRecord(): Promise<void> {
    this.#write();
  }
  protected async _updateRecord(): Promise<void> {
    this.#write();
  }
  protected async _deleteRecord(): Promise<void> {
    this.#write();
  }
  protected async _getRecord(key: string): Promise<IdempotencyRecord> {
    throw new IdempotencyItemNotFoundError(key);
  }
}
