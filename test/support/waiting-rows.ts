/** Rows of many waiting payments, copied from one payment, in the form of this version or of the version before. */

import type { Item } from '../../shared/app/ports.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { openShard, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import type { Payment, Status } from '../../shared/payment/types.ts';
import type { MemoryStore } from './memory-store.ts';
import { paymentRow } from './payment-row.ts';
import { type Bench, START, workerBench } from './worker-bench.ts';

export interface Waiting {
  readonly id: string;
  readonly status: Status;
  readonly held?: boolean;
  /** Milliseconds since the last change. */
  readonly ageMs?: number;
}

/** A held payment of the bench's own account, as a template. */
export async function heldPayment(bench: Bench): Promise<Payment> {
  await bench.apply(bench.envelope({ key: 'template', payment: 'template' }));
  const row = await bench.memory.get(paymentKeyOf('paymentwall:toy:template'));
  if (row === undefined) throw new Error('no payment');
  bench.memory.rows.clear();
  bench.fulfilment.sent.length = 0;
  return paymentOf(row);
}

export function waitingRow(template: Payment, { id, status, held = false, ageMs = 0 }: Waiting): Item {
  const key = `paymentwall:toy:${id}`;
  const updatedAt = new Date(START - ageMs).toISOString();
  const holds = held ? template.holds : [];
  return paymentRow({ ...template, key, id, status, holds, updatedAt });
}

/** The row in the form of the version before, which had one kind of `openShard` for all waiting payments. */
export const asBefore = (row: Item): Item => ({
  ...row,
  openShard: openShard('payment', row.pk.slice('payment#'.length)),
});

export function put(store: MemoryStore, rows: readonly Item[]): void {
  for (const row of rows) store.rows.set(`${row.pk}\u0000${row.sk}`, row);
}

export const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export async function waitingBench() {
  const base = workerBench({ policy: { unknownOrder: 'hold' } });
  const template = await heldPayment(base);
  const row = (of: Parameters<typeof waitingRow>[1]) => waitingRow(template, of);
  const disputes = (many: number) =>
    range(many).map((n) => row({ id: `d${n}`, status: 'disputed', ageMs: 90 * DAY }));
  const held = row({ id: 'h', status: 'paid', held: true, ageMs: HOUR });
  const stuck = row({ id: 'w', status: 'awaiting_confirmation', ageMs: 2 * DAY });
  const counted = async () => {
    await sweep(base.deps, () => 60_000);
    return base.metric('PaymentsHeldNow').at(-1);
  };
  return { ...base, row, disputes, held, stuck, counted };
}
