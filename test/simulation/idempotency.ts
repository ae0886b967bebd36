/** The real idempotency logic of Powertools over a modelled table, so that its calls are simulated too. */
import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { Engine, Invocation } from './engine.ts';

type Row = ConstructorParameters<typeof IdempotencyRecord>[0];

export class IdempotencyTable {
  readonly rows = new Map<string, Row>();
}

export class ModelledPersistence extends BasePersistenceLayer {
  readonly #table: IdempotencyTable;
  readonly #engine: Engine;
  readonly #invocation: Invocation;

  constructor(table: IdempotencyTable, engine: Engine, invocation: Invocation) {
    super();
    this.#table = table;
    this.#engine = engine;
    this.#invocation = invocation;
  }

  protected _getRecord(key: string): Promise<IdempotencyRecord> {
    return this.#call('get', () => {
      const row = this.#table.rows.get(key);
      if (row === undefined) throw new IdempotencyItemNotFoundError();
      return new IdempotencyRecord(row);
    });
  }

  /** The condition of the DynamoDB layer: the row is absent, expired, or in progress for longer than allowed. */
  protected _putRecord(record: IdempotencyRecord): Promise<void> {
    return this.#call('put', () => {
      const now = this.#engine.now;
      const row = this.#table.rows.get(record.idempotencyKey);
      const free =
        row === undefined ||
        (row.expiryTimestamp ?? 0) < now / 1000 ||
        (row.status === 'INPROGRESS' &&
          row.inProgressExpiryTimestamp !== undefined &&
          row.inProgressExpiryTimestamp < now);
      if (!free) throw new IdempotencyItemAlreadyExistsError('exists', row && new IdempotencyRecord(row));
      this.#table.rows.set(record.idempotencyKey, rowOf(record));
    });
  }

  protected _updateRecord(record: IdempotencyRecord): Promise<void> {
    return this.#call('update', () => {
      this.#table.rows.set(record.idempotencyKey, {
        ...this.#table.rows.get(record.idempotencyKey),
        ...rowOf(record),
      });
    });
  }

  protected _deleteRecord(record: IdempotencyRecord): Promise<void> {
    return this.#call('delete', () => {
      this.#table.rows.delete(record.idempotencyKey);
    });
  }

  #call<T>(what: string, effect: () => T): Promise<T> {
    return this.#engine.call(this.#invocation, `idempotency ${what}`, effect, {
      refused: () => new Error('ProvisionedThroughputExceeded'),
    });
  }
}

function rowOf(record: IdempotencyRecord): Row {
  return {
    idempotencyKey: record.idempotencyKey,
    status: record.getStatus(),
    ...(record.expiryTimestamp === undefined ? {} : { expiryTimestamp: record.expiryTimestamp }),
    ...(record.inProgressExpiryTimestamp === undefined
      ? {}
      : { inProgressExpiryTimestamp: record.inProgressExpiryTimestamp }),
    ...(record.responseData === undefined ? {} : { responseData: record.responseData }),
    ...(record.payloadHash === undefined ? {} : { payloadHash: record.payloadHash }),
  };
}
