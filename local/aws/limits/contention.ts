/**
 * What a busy account answers: every second request of a service is one too many, and a transaction meets another one.
 * The client tries again by itself, so that most calls succeed at the second try.
 */
import { AwsError } from '../json-protocol.ts';

/** As the built-in engine has it: the reasons stand beside the message. */
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

export class Contention {
  readonly #asked = new Map<string, number>();

  /** @returns the refusal of this request, or undefined: it goes through */
  refusal(service: string, operation: string, input: unknown): AwsError | undefined {
    const asked = (this.#asked.get(service) ?? 0) + 1;
    this.#asked.set(service, asked);
    if (asked % 2 === 0) return undefined;
    if (operation === 'TransactWriteItems') {
      const { TransactItems = [] } = input as { readonly TransactItems?: readonly unknown[] };
      // Conflicts and throttling in turn.
      return asked % 4 === 1 ? new Conflict(Math.max(1, TransactItems.length)) : throughputExceeded();
    }
    return service === 'dynamodb'
      ? throughputExceeded()
      : new AwsError('ThrottlingException', 'Rate exceeded (switched on)');
  }
}

const throughputExceeded = (): AwsError =>
  new AwsError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded (switched on)',
  );

/** The members of an error's answer beside its code and message. */
export const besidesMessage = (error: AwsError): object =>
  error instanceof Conflict ? { CancellationReasons: error.reasons } : {};
