/**
 * What a busy account answers: the first attempt of each request is throttled, and every second transaction conflicts
 * with another one. A retry succeeds.
 */
import { type Json, type JsonObject, object } from '../../template/resolve.ts';
import { AwsError } from '../json-protocol.ts';

/** Like the built-in engine's error: the answer contains the reasons beside the message. */
class Conflict extends AwsError {
  readonly reasons: readonly { readonly Code: string; readonly Message?: string }[];

  constructor(items: number) {
    super(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${['TransactionConflict', ...Array(items - 1).fill('None')].join(', ')}]`,
    );
    this.reasons = Array.from({ length: items }, (_, index) =>
      index === 0
        ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
        : { Code: 'None' },
    );
  }
}

/** Maximum number of requests to remember. */
const MAX_REMEMBERED = 50_000;

export class Contention {
  readonly #seen = new Set<string>();
  #transactions = 0;

  /** @returns the error for this request, or undefined when it goes through */
  refusal(
    {
      caller,
      service,
      operation,
    }: { readonly caller: string; readonly service: string; readonly operation: string },
    input: JsonObject,
  ): AwsError | undefined {
    const request = `${caller} ${service} ${operation} ${identityOf(operation, input)}`;
    if (this.#seen.has(request)) return undefined;
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    this.#seen.add(request);
    if (operation === 'TransactWriteItems') {
      this.#transactions += 1;
      const items = Array.isArray(input.TransactItems) ? input.TransactItems.length : 1;
      // Conflicts and throttling alternate.
      return this.#transactions % 2 === 1 ? new Conflict(items) : throughputExceeded();
    }
    return service === 'dynamodb'
      ? throughputExceeded()
      : new AwsError('ThrottlingException', 'Rate exceeded (switched on)');
  }
}

/** A transaction that the code computes again has other rows and another token, but the same key in its first row. */
function identityOf(operation: string, input: JsonObject): string {
  if (operation !== 'TransactWriteItems' || !Array.isArray(input.TransactItems)) return JSON.stringify(input);
  const [first] = input.TransactItems as readonly Json[];
  const [write] = Object.values(object(first ?? {}));
  const { TableName, Key, Item } = object(write ?? {});
  const { pk, sk } = object(Key ?? Item ?? {});
  return JSON.stringify([TableName, pk, sk]);
}

const throughputExceeded = (): AwsError =>
  new AwsError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded (switched on)',
  );

/** The members of an error answer besides its code and message. */
export const otherMembers = (error: AwsError): object =>
  error instanceof Conflict ? { CancellationReasons: error.reasons } : {};
