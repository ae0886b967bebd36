/**
 * The interfaces through which the handlers use AWS. shared/aws implements them; the simulation (test/simulation) runs
 * the same handlers with models of them.
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** A row: its key, the top-level attributes for conditions and indexes, and the domain object under `data`. */
export interface Item extends Key {
  /** Raised by one on every write of a mutable row. */
  readonly version?: number;
  /** Layout version of `data`. A newer reader reads older layouts. */
  readonly schema: number;
  readonly data: unknown;
  /** Epoch seconds (DynamoDB TTL). */
  readonly expiresAt?: number;
  /**
   * Sparse index of what is not final: the shard ("effect#0".."effect#7", "payment#0"…) and the ISO time of the next
   * check.
   */
  readonly openShard?: string;
  readonly openAt?: string;
}

/** The condition of a write; translated to a ConditionExpression in one place. */
export type When = 'always' | 'absent' | 'present' | { readonly versionIs: number };

/** A table beside the main one: splitTokens have their own table, with its own encryption key. */
export type OtherTable = 'vault';

export type Write =
  | { readonly put: Item; readonly when: When; readonly in?: OtherTable }
  | { readonly check: Key; readonly when: When }
  | { readonly remove: Key; readonly when: When };

export type WriteResult =
  | { readonly ok: true }
  /** `refused`: indexes of the writes whose condition failed, with the existing row (ALL_OLD). */
  | { readonly ok: false; readonly refused: readonly { readonly index: number; readonly existing?: Item }[] };

/** Throttling or a transaction conflict: nothing was written, and the write can be tried again. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';
}

export interface Store {
  /** The row with this key, read strongly consistent. */
  get(key: Key, from?: OtherTable): Promise<Item | undefined>;
  /** The rows of a partition, read strongly consistent, by ascending sk; at most `limit` rows. */
  query(
    pk: string,
    options: { readonly prefix?: string; readonly limit: number; readonly after?: string },
  ): Promise<readonly Item[]>;
  /** One write is a conditional put, check or delete; several are one TransactWriteItems (≤ 100). */
  write(writes: readonly Write[]): Promise<WriteResult>;
  /**
   * Keys in the sparse index whose `openAt` is not after `until` (and not before `from`), oldest first. Eventually
   * consistent, so read each row again.
   */
  open(shard: string, until: string, limit: number, from?: string): Promise<readonly Key[]>;
}

export const OPEN_SHARDS = 8;

export interface Queue {
  /** Resolves only when SQS has accepted the message. */
  send(
    body: string,
    options?: { readonly delaySeconds?: number; readonly group?: string; readonly signal?: AbortSignal },
  ): Promise<void>;
}

/** Postpones a received message: SQS makes it visible again after this number of seconds (0 to 43,200). */
export type PutOff = (receiptHandle: string, seconds: number) => Promise<void>;

/** Returns milliseconds since 1970. */
export type Clock = () => number;
