/**
 * Payments and orders as the table has them, in memory: lists are searched, sorted and paged here. The table is scanned
 * once; after that only rows that are known to have changed are looked at. Bounded, and what is beyond is said.
 */
import type { Item, Key } from '../../shared/app/ports.ts';
import { orderOf, paymentOf } from '../../shared/app/table/rows.ts';
import type { ScannedRows } from '../../shared/aws/payment-scan.ts';
import type { Order, Payment } from '../../shared/payment/types.ts';

type ScanPage = (after: string | undefined) => Promise<ScannedRows>;

interface TableSnapshot {
  /** In no order. */
  readonly payments: readonly Payment[];
  readonly orders: readonly Order[];
  /** True: the table holds more than was read. */
  readonly more: boolean;
  /** When it was scanned, ISO 8601. */
  readonly readAt: string;
}

export interface TableSnapshots {
  read(): Promise<TableSnapshot>;
  /** These rows may have changed: they are read again at the next call. */
  touch(keys: readonly Key[]): void;
  /** The whole table is read at the next call, whatever its age. */
  forget(): void;
}

export interface RowChange {
  readonly key: Key;
  /** Undefined: the row is gone. */
  readonly item: Item | undefined;
}

/** What was written since the last call. */
export interface RowChanges {
  /** Undefined: nobody knows, the table has to be scanned. */
  take(): Promise<readonly RowChange[] | undefined>;
  touch?(keys: readonly Key[]): void;
}

export interface SnapshotOptions {
  readonly scan: ScanPage;
  readonly changes: RowChanges;
  /** The table was empty when `changes` began to be noted: not even the first look scans. */
  readonly startsEmpty?: boolean;
  readonly clock: () => number;
  /** How long a scan of so many pages serves, in milliseconds: a scan costs time and money. */
  readonly serveMs: (pages: number) => number;
  /** Payments and orders that one scan reads. */
  readonly most: number;
  /** Pages (1 MB each) of one scan. */
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
    // One after another: what two readers want is read once, and the second finds nothing changed.
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

/** What a scan has seen may be newer than a change that was noted while it ran. */
function keepNewer<T extends { readonly version: number }>(rows: Map<string, T>, pk: string, row: T): void {
  if (row.version >= (rows.get(pk)?.version ?? 0)) rows.set(pk, row);
}
