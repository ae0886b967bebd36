/** What a person can do about a payment, the most important first. */
import type { PaymentView } from '../../shared/app/operator/views.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { NextStep } from '../contract.ts';

export function nextSteps({ payment, timeline }: PaymentView): readonly NextStep[] {
  const { key, holds } = payment;
  const held = holds.map(
    ({ reason, digest }): NextStep => ({
      says: `It is held for ${reason}: look at the evidence, then release it or reject it.`,
      actions: [
        { action: 'release', body: { payment: key, reason, digest } },
        { action: 'reject', body: { payment: key, reason, digest } },
      ],
      doc:
        reason === 'conflicting_duplicate'
          ? 'runbooks/conflicting-duplicates.md'
          : 'runbooks/held-payments.md',
    }),
  );
  const failed = timeline.flatMap((moment): NextStep[] => {
    if (moment.what !== 'effect' || moment.effect.state !== 'failed') return [];
    const { id, type, attempts } = moment.effect;
    return [
      {
        says: `${type} was given up after ${attempts} attempts: when the shop answers again, send it again.`,
        actions: [{ action: 'redeliver', body: { event: id } }],
        doc: 'runbooks/fulfilment-failures.md',
      },
    ];
  });
  const waiting = waitingOf(payment);
  // For a held payment, the answers to its holds replace this step.
  const answers = waiting === undefined || holds.length > 0 ? [] : [waitingStep(key, waiting)];
  return [...held, ...failed, ...answers];
}

function waitingStep(
  payment: string,
  { digest, confirmable, for: what }: NonNullable<ReturnType<typeof waitingOf>>,
): NextStep {
  const reject = { action: 'reject-payment', body: { payment, digest } } as const;
  return {
    says: `It waits for ${what}: ask the provider, or answer it after a look at the provider.`,
    actions: confirmable ? [{ action: 'confirm', body: { payment, digest } }, reject] : [reject],
    doc: 'runbooks/stuck-payments.md',
  };
}
