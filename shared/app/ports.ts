/**
 * The few things the handlers need from AWS, as interfaces: the real ones live beside this file; the
 * simulation (test/simulation) drives the same handlers through models of them.
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** A row: key, what conditions and indexes need at the top level, and the domain object under `data`. */
export interface Item extends Key {
  /** Raised by one on every write of a mutable row. */
  readonly version?: number;
  /** Layout version of `data`; a newer reader reads older ones. */
  readonly schema: number;
  readonly data: unknown;
  /** Epoch seconds (DynamoDB TTL). */
  readonly expiresAt?: number;
  /** Sparse index of what is not final ("effect#0".."effect#7", "payment#0"…; ISO time of the next look). */
  readonly openShard?: string;
  readonly openAt?: string;
}

/** A condition that reads like a sentence; compiled to a ConditionExpression in one place. */
export type When = 'always' | 'absent' | 'present' | { readonly versionIs: number };

/** Another table than the one of everything else: splitTokens have their own, under a key of its own. */
export type OtherTable = 'vault';

export type Write =
  | { readonly put: Item; readonly when: When; readonly in?: OtherTable }
  | { readonly check: Key; readonly when: When }
  | { readonly remove: Key; readonly when: When };

export type WriteResult =
  | { readonly ok: true }
  /** `refused`: indexes of the writes whose condition failed, with the row that is there (ALL_OLD). */
  | { readonly ok: false; readonly refused: readonly { readonly index: number; readonly existing?: Item }[] };

/** Throttling or a transaction conflict: nothing was written, try again. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';
}

export interface Store {
  /** Strongly consistent. */
  get(key: Key, from?: OtherTable): Promise<Item | undefined>;
  /** Strongly consistent, by ascending sk; at most `limit` rows. */
  query(
    pk: string,
    options: { readonly prefix?: string; readonly limit: number; readonly after?: string },
  ): Promise<readonly Item[]>;
  /** One write is a conditional put, check or delete; several are one TransactWriteItems (≤ 100). */
  write(writes: readonly Write[]): Promise<WriteResult>;
  /** Keys of the sparse index whose `openAt` is not after `until` (and not before `from`), oldest first; eventually consistent, so re-read each row. */
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

/** Puts off a received message: SQS shows it again after so many seconds (0 to 43,200). */
export type PutOff = (receiptHandle: string, seconds: number) => Promise<void>;

/** Milliseconds since 1970. */
export type Clock = () => number;
