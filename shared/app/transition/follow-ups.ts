/** What a change of a payment causes outside the payment: a poll of its provider, a wait for its shipping. */
import { isRejected } from '../../payment/index.ts';
import type { Payment } from '../../payment/types.ts';
import { isPolled, shipsGoods } from '../../providers/account.ts';
import type { Account } from '../../providers/index.ts';
import type { Write } from '../ports.ts';
import { confirmItem, shippingItem } from '../table/rows.ts';
import { redirectStateWrites } from './redirect-state.ts';

/** Reasons of holds that the provider's own answer can settle. */
export const ANSWERABLE_HOLDS: ReadonlySet<string> = new Set([
  'contradictory_evidence',
  'conflicting_duplicate',
]);

/**
 * Whether the payment waits for something that only the provider can say: an amount, the extent of a refund, or which
 * of two messages is right.
 */
export const needsConfirmation = (account: Account, payment: Payment): boolean =>
  isPolled(account) &&
  payment.reading.kind === 'payment' &&
  (payment.status === 'awaiting_confirmation' ||
    (payment.reading.refundUnknown !== undefined && !isRejected(payment)) ||
    payment.holds.some(({ reason }) => ANSWERABLE_HOLDS.has(reason)));

/** Authorized and not captured: the shipping of its goods must be reported. */
export const needsShippingReport = (account: Account, { status }: Payment): boolean =>
  shipsGoods(account) && status === 'authorized';

/** A shipment that is not reported after this time raises an alarm: Paymentwall voids after seven days. */
const OVERDUE_DAYS = 5;
const DAY_MS = 86_400_000;

export interface FollowUpInput {
  readonly before: Payment | undefined;
  readonly after: Payment;
  /** The row of its shipping exists. */
  readonly isReported: boolean;
}

/** The writes of the follow-ups. @param now ISO 8601, the writer's clock */
export function followUps(
  account: Account,
  { before, after, isReported }: FollowUpInput,
  now: string,
): readonly Write[] {
  const writes: Write[] = [...redirectStateWrites(account, before, after)];
  // New evidence causes a new poll at once; otherwise the row keeps its own schedule.
  const isNew = before === undefined || !needsConfirmation(account, before) || hasNewEvidence(before, after);
  if (needsConfirmation(account, after) && isNew) {
    // Never the version of the row that it replaces: the confirmer may be about to postpone or remove that row.
    const version = Date.parse(now);
    writes.push({ put: confirmItem({ payment: after.key, attempts: 0 }, version, now), when: 'always' });
  }
  const wasAuthorized = before !== undefined && before.status === 'authorized';
  // A report that arrived before keeps its row. If one arrives in between, this transaction is tried again.
  if (needsShippingReport(account, after) && !wasAuthorized && !isReported) {
    const overdueAt = new Date(Date.parse(after.firstSeenAt) + OVERDUE_DAYS * DAY_MS).toISOString();
    const row = { payment: after.key, state: 'due', authorizedAt: after.firstSeenAt, attempts: 0 } as const;
    writes.push({ put: shippingItem(row, 1, overdueAt), when: 'absent' });
  }
  return writes;
}

const hasNewEvidence = ({ reading: before }: Payment, { reading: after }: Payment): boolean =>
  before.status !== after.status || before.refundsSeen?.length !== after.refundsSeen?.length;
