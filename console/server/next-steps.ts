/** What a person can do about a payment, the most important first. */
import { adviceText } from '../../cli/hold-advice.ts';
import { money } from '../../cli/output.ts';
import { refundsJson } from '../../cli/refunds.ts';
import type { PaymentView } from '../../shared/app/operator/views.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import { isPaidLike } from '../../shared/payment/statuses.ts';
import type { NextStep } from '../contract.ts';

export function nextSteps({ payment, order, timeline, advice }: PaymentView): readonly NextStep[] {
  const { key, holds } = payment;
  const held = advice.map(
    ({ reason, digest, title, advised, why, runbook }): NextStep => ({
      says: `${title}. ${adviceText({ advised, why })}`,
      actions: [
        { action: 'release', body: { payment: key, reason, digest } },
        { action: 'reject', body: { payment: key, reason, digest } },
      ],
      doc: runbook,
    }),
  );
  const failed = timeline.flatMap((moment): NextStep[] => {
    if (moment.what !== 'effect' || moment.effect.state !== 'failed') return [];
    const { id, type, attempts } = moment.effect;
    return [
      {
        says: `The event ${type} was given up after ${attempts} attempts. When your shop answers again, redeliver it.`,
        actions: [{ action: 'redeliver', body: { event: id } }],
        doc: 'runbooks/fulfilment-failures.md',
      },
    ];
  });
  const waiting = waitingOf(payment);
  // For a held payment, the answers to its holds replace this step.
  const answers = waiting === undefined || holds.length > 0 ? [] : [waitingStep(key, waiting)];
  return [...held, ...refundStep(payment, order), ...failed, ...answers];
}

/** Money that was promised to the shopper, and that nobody gives back by itself. */
function refundStep(payment: PaymentView['payment'], order: PaymentView['order']): readonly NextStep[] {
  const { owed: { owed, isUnknown } = { owed: [], isUnknown: false } } = refundsJson(payment, order);
  // For a held payment, the answers to its holds come first.
  if (payment.holds.length > 0) return [];
  const due =
    owed.length > 0
      ? `${money(owed)} is due to the shopper`
      : isUnknown && isPaidLike(payment.status)
        ? 'all of it is due to the shopper, and only the provider knows how much'
        : undefined;
  return due === undefined ? [] : [{ says: `Refund it at the provider: ${due}.`, actions: [] }];
}

function waitingStep(
  payment: string,
  { digest, confirmable, for: what }: NonNullable<ReturnType<typeof waitingOf>>,
): NextStep {
  const reject = { action: 'reject-payment', body: { payment, digest } } as const;
  return {
    says: `It waits for ${what}. Look it up in the provider’s back office, then answer it here.`,
    actions: confirmable ? [{ action: 'confirm', body: { payment, digest } }, reject] : [reject],
    doc: 'runbooks/stuck-payments.md',
  };
}
