/** Payments that are neither held nor settled: their kind in the sparse index, and when they raise an alarm. */
import { ALARM_DAYS, isRejected, waitsForProvider } from '../../payment/index.ts';
import type { Payment, Status } from '../../payment/types.ts';

const DAY_MS = 86_400_000;
/** Whether a payment was refunded in full concerns only bookkeeping; the goods stay granted in the meantime. */
const REFUND_DAYS = 7;

/** These statuses proceed by themselves: only overdue payments are reported. */
const UNDER_WAY: readonly Status[] = ['pending', 'authorized', 'processing'];

const least = (statuses: readonly Status[]): number =>
  Math.min(...statuses.map((status) => ALARM_DAYS[status] ?? Number.POSITIVE_INFINITY)) * DAY_MS;

/** No row of these kinds is overdue before this age, so younger rows need not be read. */
export const LEAST_AGE_MS = { underway: least(UNDER_WAY), disputed: least(['disputed']) } as const;

type Judged = Pick<Payment, 'status' | 'holds' | 'reading' | 'decisions'>;

/** What the payment waits for. Undefined: it is held, settled or rejected. */
export function waitsAs(payment: Judged): 'waiting' | 'disputed' | 'underway' | undefined {
  const { holds, status, reading } = payment;
  // A rejection is final, even if the evidence leaves something open.
  if (holds.length > 0 || isRejected(payment)) return undefined;
  if (waitsForProvider(payment) || status === 'in_review') return 'waiting';
  if (status === 'disputed') return 'disputed';
  const isUnderWay =
    reading.kind === 'payment' && UNDER_WAY.includes(status) && reading.noMoneyReported !== true;
  return isUnderWay ? 'underway' : undefined;
}

/** The time without any change after which the payment is stuck. */
function patienceMs(payment: Judged): number {
  if (waitsAs(payment) === undefined) return Number.POSITIVE_INFINITY;
  const days = payment.status === 'partially_refunded' ? REFUND_DAYS : ALARM_DAYS[payment.status];
  return (days ?? Number.POSITIVE_INFINITY) * DAY_MS;
}

export const isOverdue = (payment: Judged & Pick<Payment, 'updatedAt'>, now: number): boolean =>
  now - Date.parse(payment.updatedAt) >= patienceMs(payment);
