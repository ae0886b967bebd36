/** The confirmer's two doors: its schedule, and `delivery.reported` on the account's default bus. */
import { DeliveryError } from '../../providers/paymentwall/delivery.ts';
import { type ConfirmDeps, type Confirmed, confirmDue } from './confirm.ts';
import { type Delivered, deliverDue, reportDeliveryEvent } from './shipping.ts';

export type Confirmer = (
  event: unknown,
  remainingMs: () => number,
) => Promise<(Confirmed & Delivered) | 'kept'>;

export function createConfirmer(deps: ConfirmDeps): Confirmer {
  return async (event, remainingMs) => {
    if (!isReport(event)) {
      return rounds(deps, remainingMs);
    }
    try {
      await reportDeliveryEvent(event.detail, deps);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      // Sent again it would be wrong again: said to the operator, in words that hold no value of it.
      deps.log.error('a shipping report was refused', { sentence: error.message });
      deps.metrics.emit({ DeliveryConfirmations: 1 }, { outcome: 'refused.report' });
    }
    return 'kept';
  };
}

/** Of a round, kept for shipments: many questions must neither delay them nor silence their alarm. */
const DELIVERY_SHARE_MS = 10_000;

async function rounds(deps: ConfirmDeps, remainingMs: () => number): Promise<Confirmed & Delivered> {
  const ships = deps.accounts.some(({ provider }) => provider === 'paymentwall');
  const asking = ships ? () => remainingMs() - DELIVERY_SHARE_MS : remainingMs;
  let asked: Confirmed;
  let delivered: Delivered;
  try {
    asked = await confirmDue(deps, asking);
  } finally {
    delivered = await deliverDue(deps, remainingMs);
  }
  return { ...asked, ...delivered };
}

const isReport = (event: unknown): event is { readonly detail: unknown } =>
  typeof event === 'object' &&
  event !== null &&
  'detail-type' in event &&
  event['detail-type'] === 'delivery.reported' &&
  'detail' in event;
