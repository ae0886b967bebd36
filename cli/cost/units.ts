/** The units that DynamoDB bills for a row that is written or read. */

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
/** A transaction prepares and commits: it takes two units where a plain write takes one. */
const TRANSACTION_FACTOR = 2;

/** One row that was written or compared. */
interface CountedWrite {
  /** The row's sort key, which shows its kind. */
  readonly row: string;
  readonly how: 'put' | 'check' | 'remove';
  readonly inTransaction: boolean;
  /** The larger size of the row before and after. */
  readonly bytes: number;
  readonly units: number;
  /** Units of the open index. */
  readonly indexUnits: number;
}

export const nothingCounted = () => ({
  /** SQS requests except those that receive and delete. */
  sends: 0,
  evidencePuts: 0,
  transactions: 0,
  /** Writes and checks of each transaction. */
  transactionItems: [] as number[],
  /** Conditional writes of single rows other than evidence: states of effects. */
  marks: 0,
  reads: 0,
  idempotencyWrites: 0,
  /** Entries of PutEvents, counting each begun 64 KB. */
  events: 0,
  writeUnits: 0,
  /** The write units by purpose. */
  unitsBy: { evidence: 0, transactions: 0, marks: 0, index: 0, idempotency: 0 },
  readUnits: 0,
  /** Each write separately, in order. */
  writes: [] as CountedWrite[],
});
export type Counted = ReturnType<typeof nothingCounted>;

/** A row at one moment: its size, and its position in the open index. */
export interface Measured {
  readonly bytes: number;
  readonly openAt?: string | undefined;
}

/** A write of one row. */
export interface Written {
  readonly sk: string;
  readonly how: CountedWrite['how'];
  readonly before: Measured | undefined;
  /** Undefined when the row was deleted, or only compared. */
  readonly after: Measured | undefined;
}

/** Counts one writing call: rows of the main table, together or one alone. */
export function countWrites(counted: Counted, written: readonly Written[], inTransaction: boolean): void {
  let kind: 'transactions' | 'evidence' | 'marks' = 'marks';
  if (inTransaction) {
    kind = 'transactions';
    counted.transactions += 1;
    counted.transactionItems.push(written.length);
  } else if (written[0]?.sk.startsWith('evidence#')) {
    kind = 'evidence';
    counted.evidencePuts += 1;
  } else counted.marks += 1;
  for (const { sk, how, before, after } of written) {
    const bytes = Math.max(before?.bytes ?? 0, after?.bytes ?? 0);
    const units = unitsOf(bytes, WRITE_UNIT_BYTES) * (inTransaction ? TRANSACTION_FACTOR : 1);
    const moved = how === 'check' ? 0 : indexUnits(before, after);
    counted.writeUnits += units + moved;
    counted.unitsBy[kind] += units;
    counted.unitsBy.index += moved;
    const [row = ''] = /^evidence|^[^#]*(?:#[^#]*){0,2}/.exec(sk) ?? [];
    counted.writes.push({ row, how, inTransaction, bytes, units, indexUnits: moved });
  }
}

/** Counts a record of Powertools. */
export function countIdempotency(counted: Counted, bytes: number): void {
  const units = unitsOf(bytes, WRITE_UNIT_BYTES);
  counted.idempotencyWrites += 1;
  counted.writeUnits += units;
  counted.unitsBy.idempotency += units;
}

/** Counts a strongly consistent read; a query is billed for the sum of what it read. */
export function countRead(counted: Counted, bytes: number): void {
  counted.reads += 1;
  counted.readUnits += unitsOf(bytes, READ_UNIT_BYTES);
}

const unitsOf = (bytes: number, unit: number): number => Math.max(1, Math.ceil(bytes / unit));

/** Units of the sparse index: an entry is added, removed or moved (its key changes: one delete and one put). */
function indexUnits(before: Measured | undefined, after: Measured | undefined): number {
  const had = before?.openAt !== undefined;
  const has = after?.openAt !== undefined;
  if (had && has) return before?.openAt === after?.openAt ? 0 : 2;
  return had || has ? 1 : 0;
}
