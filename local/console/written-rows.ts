/**
 * Collects the rows of one table that are written through the stack's endpoint, until they are taken. A reader scans
 * the table once, and then gets every later write from here.
 */
import type { Item, Key } from '../../shared/app/ports.ts';
import { plainValue } from '../aws/tables.ts';
import { type Json, type JsonObject, list, object } from '../template/resolve.ts';

interface WrittenRow {
  readonly key: Key;
  /** The row as written; undefined when it was deleted. */
  readonly item: Item | undefined;
}

export interface WrittenRowsOptions {
  readonly table: string;
  /** Sort keys of the rows to collect. */
  readonly sortKeys: readonly string[];
  /** Whether the table was empty at the start and all writes come through the endpoint. */
  readonly startsEmpty: boolean;
  /** The maximum number of rows to keep until they are taken. */
  readonly most: number;
}

export class WrittenRows {
  readonly #options: WrittenRowsOptions;
  #rows = new Map<string, WrittenRow>();
  /** Whether a write is missing from the collected rows. */
  #isIncomplete: boolean;

  constructor(options: WrittenRowsOptions) {
    this.#options = options;
    this.#isIncomplete = !options.startsEmpty;
  }

  /** Records a request that DynamoDB has carried out. @returns whether it changed a row to collect */
  wrote(operation: string, input: Json): boolean {
    const writes = writesIn(operation, object(input));
    if (writes === undefined) this.#lose();
    return writes === undefined || writes.map((write) => this.#note(write)).includes(true);
  }

  /** The rows written since the last call; undefined when some of them are unknown. */
  take(): readonly WrittenRow[] | undefined {
    const [rows, isIncomplete] = [this.#rows, this.#isIncomplete];
    this.#rows = new Map();
    this.#isIncomplete = false;
    return isIncomplete ? undefined : [...rows.values()];
  }

  #note({ kind, request }: OneWrite): boolean {
    const { table, sortKeys, most } = this.#options;
    if (request.TableName !== table || kind === 'ConditionCheck') return false;
    // Most rows are of another kind, and converting a row is the expensive part.
    const { S: sk } = object(object(request.Item ?? request.Key).sk);
    if (typeof sk !== 'string' || !sortKeys.includes(sk)) return false;
    const row = unmarshalled(request.Item ?? request.Key);
    const name = `${row.sk} ${row.pk}`;
    const item = kind === 'Put' ? (row as Item) : undefined;
    // Two writers of one row each raise its version by one, and their answers may arrive in the other order.
    if (item !== undefined && (this.#rows.get(name)?.item?.version ?? 0) > (item.version ?? 0)) return false;
    this.#rows.set(name, { key: { pk: row.pk, sk: row.sk }, item });
    // The request of an update does not contain the resulting row.
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
  readonly request: JsonObject;
}

/** Undefined when the operation may have written any row. */
function writesIn(operation: string, input: JsonObject): readonly OneWrite[] | undefined {
  switch (operation) {
    case 'PutItem':
    case 'DeleteItem':
    case 'UpdateItem':
      return [{ kind: operation.replace('Item', ''), request: input }];
    case 'TransactWriteItems':
      return list(input.TransactItems).flatMap((item) =>
        Object.entries(object(item)).map(([kind, request]) => ({ kind, request: object(request) })),
      );
    // Nothing in this project writes with these; a batch may be carried out in part.
    case 'BatchWriteItem':
    case 'ExecuteStatement':
    case 'ExecuteTransaction':
    case 'BatchExecuteStatement':
      return undefined;
    default:
      return [];
  }
}
