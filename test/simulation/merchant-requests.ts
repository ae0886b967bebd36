/** The plan of the merchant's requests after the registration of orders: registered refunds and changes of orders. */
import type { OrderChange } from '../../shared/payment/index.ts';
import { paymentKey } from '../../shared/payment/index.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import type { Circumstances, PlannedOrder, PlannedPayment } from './plans.ts';
import type { Random } from './random.ts';
import type { RefundStory } from './stories.ts';

export interface PlannedRefund {
  readonly reference: string;
  readonly payment: PaymentKey;
  readonly story: RefundStory;
  /** Whether the merchant registers the refund with the provider's id. */
  readonly namesId: boolean;
  /** Fraction of the story's length. */
  readonly at: number;
}

export interface PlannedChange {
  readonly change: Pick<OrderChange, 'reference' | 'action' | 'amounts' | 'validUntil'>;
  readonly at: number;
  /** Whether the request names the version that the order has when the request begins. */
  readonly namesVersion: boolean;
}

/**
 * Seven of ten refunds are registered, before or after the provider's notification. Some refunds have no notification.
 */
export function drawRefunds(random: Random, payments: readonly PlannedPayment[]): readonly PlannedRefund[] {
  return payments.flatMap((payment) => {
    const silent: readonly RefundStory[] =
      payment.kind === 'payment' && random.chance(0.08) ? [{ amount: '5.00', sent: [], failed: [] }] : [];
    return [...payment.refunds, ...silent]
      .filter(() => random.chance(0.7))
      .map((story, n) => ({
        reference: `refund-${payment.id}-${n}`,
        payment: paymentKey(payment),
        story,
        namesId: random.chance(0.6),
        at: random.pick([0, 0.3, 0.6, 1.2, 1.8]),
      }));
  });
}

const EXTENDED_MS = 7 * 24 * 3_600_000;

/** An order is closed, closed and reopened, corrected or extended, before or after the payment. */
export function drawChanges(
  random: Random,
  orders: readonly PlannedOrder[],
  { startAt }: Pick<Circumstances, 'startAt'>,
): readonly PlannedChange[] {
  return orders.flatMap(({ order }): readonly PlannedChange[] => {
    if (!random.chance(0.3)) return [];
    const { reference, amounts, validUntil } = order;
    const at = random.pick([0.01, 0.3, 0.6, 1, 1.3]);
    const way = random.next();
    // Chosen by the time and not by another draw, so that each seed makes the same world as before.
    const namesVersion = at === 0.3;
    const close: PlannedChange = { change: { reference, action: 'close' }, at, namesVersion };
    if (way < 0.35) return [close];
    if (way < 0.65) {
      const reopen = { change: { reference, action: 'reopen' }, at: at + 0.4, namesVersion: false } as const;
      return [close, reopen];
    }
    if (validUntil !== undefined && way < 0.8) {
      const later = new Date(Date.parse(startAt) + EXTENDED_MS).toISOString();
      return [{ change: { reference, action: 'change', validUntil: later }, at, namesVersion }];
    }
    const [term] = amounts;
    const was = term !== undefined && 'exact' in term ? term.exact : undefined;
    const exact = was === '100.00' ? '90.00' : '100.00';
    const corrected = [{ currency: 'EUR', exact }];
    return [{ change: { reference, action: 'change', amounts: corrected }, at, namesVersion }];
  });
}
