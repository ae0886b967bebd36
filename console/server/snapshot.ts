/**
 * Payments and orders as the table had them a moment ago, in memory: lists are searched, sorted and paged here, so that
 * a page or another filter costs no further scan. Bounded, and what is beyond the bound is said.
 */
import type { Item } from '../../shared/app/ports.ts';
import { orderOf, paymentOf } from '../../shared/app/table/rows.ts';
import type { Order, Payment } from '../../shared/payment/types.ts';
import type { ScanPage } from './backend.ts';

interface TableSnapshot {
  /** In no order. */
  readonly payments: readonly Payment[];
  readonly orders: readonly Order[];
  /** True: the table holds more than was read. */
  readonly more: boolean;
  /** ISO 8601. */
  readonly readAt: string;
}

export interface TableSnapshots {
  /** Not older than it has to be. */
  read(): Promise<TableSnapshot>;
  /** What is there now is read at the next call, whatever its age. */
  forget(): void;
}

export interface SnapshotOptions {
  readonly scan: ScanPage;
  readonly clock: () => number;
  /** A snapshot of the same version is still true. */
  readonly version: () => number;
  /** How long a snapshot of another version serves, in milliseconds: a scan costs money. */
  readonly serveMs: number;
  /** Payments and orders that are kept. */
  readonly most: number;
  /** Pages (1 MB each) of one scan. */
  readonly mostPages: number;
}

/** A scan that takes long is not begun anew at once: it may take a fifth of the time. */
const SCAN_SHARE = 4;

export function tableSnapshots(options: SnapshotOptions): TableSnapshots {
  const { clock, version } = options;
  let last: { readonly of: number; readonly until: number; readonly table: TableSnapshot } | undefined;
  let running: Promise<TableSnapshot> | undefined;
  async function scanned(): Promise<TableSnapshot> {
    const of = version();
    const startedAt = clock();
    const table = await scanTable(options);
    const took = clock() - startedAt;
    last = { of, until: clock() + Math.max(options.serveMs, took * SCAN_SHARE), table };
    return table;
  }
  return {
    read: async () => {
      if (last !== undefined && (last.of === version() || clock() < last.until)) return last.table;
      running ??= scanned().finally(() => {
        running = undefined;
      });
      return running;
    },
    forget: () => {
      last = undefined;
    },
  };
}

async function scanTable({ scan, clock, most, mostPages }: SnapshotOptions): Promise<TableSnapshot> {
  const payments: Payment[] = [];
  const orders: Order[] = [];
  const readAt = new Date(clock()).toISOString();
  let after: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { items, next } = await scan(after);
    for (const item of items) keep(item, payments, orders);
    after = next;
    if (after === undefined || payments.length + orders.length >= most) break;
  }
  return { payments, orders, more: after !== undefined, readAt };
}

function keep(item: Item, payments: Payment[], orders: Order[]): void {
  if (item.sk === 'payment') payments.push(paymentOf(item));
  else if (item.sk === 'order') orders.push(orderOf(item));
}
