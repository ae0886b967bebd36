/**
 * What a payment waits for that only its provider can supply: who is polled, how often, with which answer, and when
 * next.
 */

import type { PaymentView } from '../shared/app/operator/views.ts';
import { ANSWERABLE_HOLDS, needsConfirmation } from '../shared/app/transition/follow-ups.ts';
import { type Waiting, waitingOf } from '../shared/payment/index.ts';
import type { Payment } from '../shared/payment/types.ts';
import { isPolled } from '../shared/providers/account.ts';
import { providerApis } from '../shared/providers/apis.ts';
import type { Account } from '../shared/providers/index.ts';
import { providerOf } from '../shared/providers/index.ts';
import { count, time } from './output.ts';

const OUTCOMES: Readonly<Record<string, string>> = {
  found: 'it answered, but the payment still waits',
  unknown: 'it does not know this payment',
};

/** @param account undefined when the configuration no longer has it */
export function waitingFields(
  { payment, questions }: PaymentView,
  account: Account | undefined,
): readonly (readonly [string, string | undefined])[] {
  const what = awaited(payment);
  // A row may outlive the wait by a minute.
  const waitsForPoll = account !== undefined && needsConfirmation(account, payment);
  const waiting = waitingOf(payment);
  const answers = waiting === undefined ? [] : answersTo(payment.key, waiting);
  if (what === undefined && !waitsForPoll) {
    return waiting === undefined ? [] : [['awaits', waiting.for], ...answers];
  }
  const name = providerOf(payment.provider).config.title;
  return [
    ['awaits', `${what ?? 'what was refunded'}, from ${name}`],
    ['polled', polledText(questions, account, name)],
    ...answers,
  ];
}

/** The operator's possible answers, whatever else may still happen. */
function answersTo(key: string, { digest, confirmable }: Waiting): readonly (readonly [string, string])[] {
  const reject = `payhooks payments reject ${key} ${digest} --note "why"`;
  const confirm = `payhooks payments confirm ${key} ${digest} --paid "AMOUNT CURRENCY" --note "why"`;
  return confirmable
    ? [
        ['answer', confirm],
        ['or', reject],
      ]
    : [['answer', reject]];
}

function awaited({ status, holds, reading }: Payment): string | undefined {
  if (holds.some(({ reason }) => ANSWERABLE_HOLDS.has(reason)))
    return 'which of its contradicting notifications is right';
  if (status === 'partially_refunded' && reading.refundUnknown === 'extent')
    return 'whether all of it was refunded';
  if (status !== 'awaiting_confirmation') return undefined;
  if (reading.moved.length > 0) return 'confirmation that the payment is complete';
  const isEarly = reading.status === 'authorized' || reading.status === 'processing';
  return isEarly ? 'the amount that is agreed' : 'the amount that was paid';
}

function polledText(questions: PaymentView['questions'], account: Account | undefined, name: string): string {
  if (account === undefined) return 'no: its account is not in the configuration';
  if (!isPolled(account)) {
    return providerApis[account.provider] === undefined
      ? `no: ${name} has no API for it; ask its support`
      : 'no: the account does not poll its provider ("confirm" in the configuration)';
  }
  if (questions === undefined) return 'no poll is planned; `npx payhooks reconcile` polls';
  const { attempts, askedAt, outcome, nextAt } = questions;
  const next = `next ${time(nextAt)}`;
  if (attempts === 0 || askedAt === undefined) return `not yet; ${next}`;
  const answer = OUTCOMES[outcome ?? ''] ?? outcome ?? 'no answer';
  return `${count(attempts, 'time')}, last ${time(askedAt)}: ${answer}; ${next}`;
}
