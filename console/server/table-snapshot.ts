/**
 * Payments and orders of the table in memory, where lists are searched, sorted and paged. The table is scanned once;
 * after that only rows that are known to have changed are read. The size is limited, and `more` tells when rows are
 * missing.
 */
import type { Item, Key } from '../../shared/app/ports.ts';
import { orderOf, paymentOf } from '../../shared/app/table/rows.ts';
import type { ScannedRows } from '../../shared/aws/payment-scan.ts';
import type { Order, Payment } from '../../shared/payment/types.ts';

type ScanPage = (after: string | undefined) => Promise<ScannedRows>;

export interface TableSnapshot {
  /** In no particular order. */
  readonly payments: readonly Payment[];
  readonly orders: readonly Order[];
  /** True when the table has more than was read. */
  readonly more: boolean;
  /** When the table was scanned, ISO 8601. */
  readonly readAt: string;
}

export interface TableSnapshots {
  read(): Promise<TableSnapshot>;
  /** Marks rows that may have changed: the next call reads them again. */
  touch(keys: readonly Key[]): void;
  /** Makes the next call scan the whole table, whatever its age. */
  forget(): void;
}

export interface RowChange {
  readonly key: Key;
  /** Undefined when the row was deleted. */
  readonly item: Item | undefined;
}

/** The changes since the last call. */
export interface RowChanges {
  /** Undefined when they are not known: the table must be scanned. */
  take(): Promise<readonly RowChange[] | undefined>;
  touch?(keys: readonly Key[]): void;
}

export interface SnapshotOptions {
  readonly scan: ScanPage;
  readonly changes: RowChanges;
  /** The table was empty when `changes` started, so even the first read needs no scan. */
  readonly startsEmpty?: boolean;
  readonly clock: () => number;
  /** Milliseconds for which a scan of this many pages is used: a scan costs time and money. */
  readonly serveMs: (pages: number) => number;
  /** Maximum number of payments and orders of one scan. */
  readonly most: number;
  /** Maximum number of pages (1 MB each) of one scan. */
  readonly mostPages: number;
}

interface Held {
  readonly payments: Map<string, Payment>;
  readonly orders: Map<string, Order>;
  readonly more: boolean;
  readonly readAt: string;
  readonly until: number;
}

export function tableSnapshots(options: SnapshotOptions): TableSnapshots {
  const { clock, changes } = options;
  let held: Held | undefined = options.startsEmpty === true ? emptyTable(clock()) : undefined;
  let last: TableSnapshot | undefined;
  let running: Promise<unknown> = Promise.resolve();
  async function refresh(): Promise<TableSnapshot> {
    const changed = await changes.take();
    if (held === undefined || changed === undefined || clock() >= held.until) {
      held = undefined;
      held = await scanTable(options);
      last = undefined;
    } else if (changed.length > 0) {
      for (const each of changed) change(held, each);
      last = undefined;
    }
    const { payments, orders, more, readAt } = held;
    last ??= { payments: [...payments.values()], orders: [...orders.values()], more, readAt };
    return last;
  }
  return {
    // In sequence: the first reader applies the changes, and the second finds none left.
    read: () => {
      const mine = running.catch(() => {}).then(refresh);
      running = mine;
      return mine;
    },
    touch: (keys) => changes.touch?.(keys),
    forget: () => {
      held = undefined;
    },
  };
}

const emptyTable = (now: number): Held => ({
  ...{ payments: new Map(), orders: new Map(), more: false },
  ...{ readAt: new Date(now).toISOString(), until: Number.POSITIVE_INFINITY },
});

async function scanTable({ scan, clock, most, mostPages, serveMs }: SnapshotOptions): Promise<Held> {
  const held = { payments: new Map<string, Payment>(), orders: new Map<string, Order>() };
  const readAt = new Date(clock()).toISOString();
  let after: string | undefined;
  let pages = 0;
  do {
    const { items, next } = await scan(after);
    for (const item of items) change(held, { key: item, item });
    after = next;
    pages += 1;
  } while (after !== undefined && pages < mostPages && held.payments.size + held.orders.size < most);
  return { ...held, more: after !== undefined, readAt, until: clock() + serveMs(pages) };
}

function change(
  { payments, orders }: Pick<Held, 'payments' | 'orders'>,
  { key: { pk, sk }, item }: RowChange,
): void {
  if (sk === 'payment') {
    if (item === undefined) payments.delete(pk);
    else keepNewer(payments, pk, paymentOf(item));
  } else if (sk === 'order') {
    if (item === undefined) orders.delete(pk);
    else keepNewer(orders, pk, orderOf(item));
  }
}

/** A scanned row may be newer than a change that was noted during the scan. */
function keepNewer<T extends { readonly version: number }>(rows: Map<string, T>, pk: string, row: T): void {
  if (row.version >= (rows.get(pk)?.version ?? 0)) rows.set(pk, row);
}
