/** The transactions in the facts of one payment: the payment's own, and those that refer to it. */
import type { Status } from '../../payment/types.ts';
import type { Snapshot } from './snapshot.ts';
import type { TransactionTypeRow } from './tables.ts';

/** The payment's own transaction. */
export interface Own {
  readonly keys: readonly string[];
  readonly codes: ReadonlySet<string>;
  readonly claims: ReadonlySet<Status>;
  /** Money arrived, by both event and status: 11 and 12 are only reached from completed. */
  readonly completed: boolean;
  readonly types: readonly TransactionTypeRow[];
  /** The latest answer of the API. Absent: none. */
  readonly snapshot?: Snapshot;
}

/** A separate transaction that refers to the payment: a refund, a reversal, a repeated debit. */
export interface Child {
  readonly key: string;
  readonly row: TransactionTypeRow;
  /** The status that it gives the payment, if it counts. */
  readonly makes: Status;
  readonly counts: boolean;
  /** Both completed and undone, which no documented sequence explains. */
  readonly doubtful: boolean;
  /** It failed or was undone. */
  readonly failed: boolean;
}
