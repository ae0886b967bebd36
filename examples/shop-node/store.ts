/**
 * What the shop remembers, in SQLite. One rule carries everything: the effect's id and the goods are written in one
 * database transaction, so a second copy of a message finds the id and changes nothing.
 */
import { DatabaseSync } from 'node:sqlite';
import type { EventBase } from '../../docs/events/payhooks-events.ts';

/** The fields that this shop reads. The file of types is one to copy, beside your own code. */
export type ShopEvent = Pick<
  EventBase,
  'id' | 'type' | 'payment' | 'orderReference' | 'sequence' | 'epoch' | 'status'
>;

export interface OrderState {
  readonly order: string;
  /** How often goods went out, and how often they were taken back. */
  readonly given: number;
  readonly taken: number;
  /** What the latest event about each payment of the order said. */
  readonly payments: readonly { readonly payment: string; readonly status: string }[];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS effects (id TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS payments (
    payment TEXT PRIMARY KEY, order_reference TEXT NOT NULL, sequence INTEGER NOT NULL, status TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS grants (
    payment TEXT NOT NULL, epoch INTEGER NOT NULL, order_reference TEXT NOT NULL,
    given INTEGER NOT NULL, taken INTEGER NOT NULL, PRIMARY KEY (payment, epoch)
  ) STRICT;
`;

export class ShopStore {
  readonly #database: DatabaseSync;

  /** @param file ":memory:", or where to keep it */
  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(SCHEMA);
  }

  /** Takes an event once. @returns false: it was known, and nothing changed */
  take(event: ShopEvent): boolean {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const isNew =
        this.#database.prepare('INSERT OR IGNORE INTO effects (id) VALUES (?)').run(event.id).changes === 1;
      if (isNew) this.#apply(event);
      this.#database.exec('COMMIT');
      return isNew;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #apply({ type, payment, orderReference = payment, sequence, epoch, status }: ShopEvent): void {
    // Messages may overtake each other: only a newer one says how the payment stands.
    this.#database
      .prepare(
        `INSERT INTO payments VALUES (?, ?, ?, ?) ON CONFLICT (payment) DO UPDATE
         SET sequence = excluded.sequence, status = excluded.status WHERE excluded.sequence > sequence`,
      )
      .run(payment, orderReference, sequence, status);
    if (type === 'fulfil') {
      // Where the revoke of this grant came first, its row is there and the goods stay here.
      this.#database
        .prepare('INSERT OR IGNORE INTO grants VALUES (?, ?, ?, 1, 0)')
        .run(payment, epoch, orderReference);
    }
    if (type === 'revoke') {
      this.#database
        .prepare(
          `INSERT INTO grants VALUES (?, ?, ?, 0, 0) ON CONFLICT (payment, epoch) DO UPDATE SET taken = given`,
        )
        .run(payment, epoch, orderReference);
    }
  }

  order(order: string): OrderState {
    const sums = this.#database
      .prepare(
        'SELECT coalesce(sum(given), 0) AS given, coalesce(sum(taken), 0) AS taken FROM grants WHERE order_reference = ?',
      )
      .get(order) as { given: number; taken: number };
    const payments = this.#database
      .prepare('SELECT payment, status FROM payments WHERE order_reference = ? ORDER BY payment')
      .all(order) as { payment: string; status: string }[];
    return { order, given: sums.given, taken: sums.taken, payments };
  }

  close(): void {
    this.#database.close();
  }
}
