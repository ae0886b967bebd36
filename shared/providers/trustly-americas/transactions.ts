/** What the facts of one payment say of its transactions: the payment's own, and those that refer to it. */
import type { Status } from '../../payment/types.ts';
import type { Snapshot } from './snapshot.ts';
import type { TransactionTypeRow } from './tables.ts';

/** The transaction that the payment is. */
export interface Own {
  readonly keys: readonly string[];
  readonly codes: ReadonlySet<string>;
  readonly claims: ReadonlySet<Status>;
  /** Money came, by event and status alike: 11 and 12 are only reached from completed. */
  readonly completed: boolean;
  readonly types: readonly TransactionTypeRow[];
  /** The latest answer of the API. */
  readonly snapshot?: Snapshot;
}

/** A transaction of its own that refers to the payment: a refund, a reversal, a capture of it. */
export interface Child {
  readonly key: string;
  readonly row: TransactionTypeRow;
  /** What it makes of the payment, if it counts. */
  readonly makes: Status;
  readonly counts: boolean;
  /** Completed and undone at once, which no documented path explains. */
  readonly doubtful: boolean;
  /** It came to nothing. */
  readonly failed: boolean;
}
