/** The two inputs of the confirmer: its schedule, and `delivery.reported` events on the account's default bus. */
import { providerApis } from '../../providers/apis.ts';
import { ShippingReportError } from '../../providers/shipping.ts';
import { type ConfirmDeps, type Confirmed, confirmDue } from './confirm.ts';
import { reportShippingEvent, type ShippingRound, sendDueReports } from './shipping.ts';

export type Confirmer = (
  event: unknown,
  remainingMs: () => number,
) => Promise<(Confirmed & ShippingRound) | 'kept'>;

export function createConfirmer(deps: ConfirmDeps): Confirmer {
  return async (event, remainingMs) => {
    if (!isReport(event)) {
      return rounds(deps, remainingMs);
    }
    try {
      await reportShippingEvent(event.detail, deps);
    } catch (error) {
      if (!(error instanceof ShippingReportError)) throw error;
      // A repetition would be refused again, so the operator is told, in a sentence without values of the report.
      deps.log.error('a shipping report was refused', { sentence: error.message });
      deps.metrics.emit({ DeliveryConfirmations: 1 }, { outcome: 'refused.report' });
    }
    return 'kept';
  };
}

/** Time of a run that is reserved for shipping reports: many polls must neither delay them nor silence their alarm. */
const SHIPPING_SHARE_MS = 10_000;

async function rounds(deps: ConfirmDeps, remainingMs: () => number): Promise<Confirmed & ShippingRound> {
  const ships = deps.accounts.some(({ provider }) => providerApis[provider]?.shipping !== undefined);
  const pollBudgetMs = ships ? () => remainingMs() - SHIPPING_SHARE_MS : remainingMs;
  let run: Confirmed;
  let delivered: ShippingRound;
  try {
    run = await confirmDue(deps, pollBudgetMs);
  } finally {
    delivered = await sendDueReports(deps, remainingMs);
  }
  return { ...run, ...delivered };
}

const isReport = (event: unknown): event is { readonly detail: unknown } =>
  typeof event === 'object' &&
  event !== null &&
  'detail-type' in event &&
  event['detail-type'] === 'delivery.reported' &&
  'detail' in event;
