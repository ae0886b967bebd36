/**
 * Rows of one table as they were written through the stack's endpoint, until they are taken: whoever shows the table
 * scans it once, and is told of every write after that.
 */
import type { Item, Key } from '../../shared/app/ports.ts';
import { plainValue } from '../aws/tables.ts';
import { type Json, object } from '../template/resolve.ts';

interface WrittenRow {
  readonly key: Key;
  /** Undefined: the row was taken away. */
  readonly item: Item | undefined;
}

export interface WrittenRowsOptions {
  readonly table: string;
  /** Sort keys of the rows that are told. */
  readonly sortKeys: readonly string[];
  /** The table was empty when this was made, and everybody writes through the endpoint. */
  readonly startsEmpty: boolean;
  /** Rows that are kept until they are taken. */
  readonly most: number;
}

type Input = Readonly<Record<string, Json>>;

export class WrittenRows {
  readonly #options: WrittenRowsOptions;
  #rows = new Map<string, WrittenRow>();
  /** Something was written that is not among the rows. */
  #isIncomplete: boolean;

  constructor(options: WrittenRowsOptions) {
    this.#options = options;
    this.#isIncomplete = !options.startsEmpty;
  }

  /** A request that DynamoDB has carried out. @returns whether it changed what is told */
  wrote(operation: string, input: Json): boolean {
    const writes = writesIn(operation, object(input));
    if (writes === undefined) this.#lose();
    return writes === undefined || writes.map((write) => this.#note(write)).includes(true);
  }

  /** What was written since the last call; undefined: not all of it is known. */
  take(): readonly WrittenRow[] | undefined {
    const [rows, isIncomplete] = [this.#rows, this.#isIncomplete];
    this.#rows = new Map();
    this.#isIncomplete = false;
    return isIncomplete ? undefined : [...rows.values()];
  }

  #note({ kind, request }: OneWrite): boolean {
    const { table, sortKeys, most } = this.#options;
    if (request.TableName !== table || kind === 'ConditionCheck') return false;
    const row = unmarshalled(request.Item ?? request.Key);
    if (!sortKeys.includes(row.sk)) return false;
    const name = `${row.sk} ${row.pk}`;
    const item = kind === 'Put' ? (row as Item) : undefined;
    // Two writers of one row: each raises its version by one, and answers may overtake each other.
    if (item !== undefined && (this.#rows.get(name)?.item?.version ?? 0) > (item.version ?? 0)) return false;
    this.#rows.set(name, { key: { pk: row.pk, sk: row.sk }, item });
    // Of an update the row that follows from it is not in the request.
    if ((kind !== 'Put' && kind !== 'Delete') || this.#rows.size > most) this.#lose();
    return true;
  }

  #lose(): void {
    this.#rows.clear();
    this.#isIncomplete = true;
  }
}

const unmarshalled = (item: Json | undefined): Key => plainValue({ M: item ?? {} }) as unknown as Key;

interface OneWrite {
  /** "Put", "Delete", "Update", "ConditionCheck" */
  readonly kind: string;
  readonly request: Input;
}

/** Undefined: it may have written anything. */
function writesIn(operation: string, input: Input): readonly OneWrite[] | undefined {
  switch (operation) {
    case 'PutItem':
    case 'DeleteItem':
    case 'UpdateItem':
      return [{ kind: operation.replace('Item', ''), request: input }];
    case 'TransactWriteItems':
      return listOf(input.TransactItems).flatMap((item) =>
        Object.entries(object(item)).map(([kind, request]) => ({ kind, request: object(request) })),
      );
    // Nothing of this house writes so; part of it may have been left undone.
    case 'BatchWriteItem':
    case 'ExecuteStatement':
    case 'ExecuteTransaction':
    case 'BatchExecuteStatement':
      return undefined;
    default:
      return [];
  }
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
