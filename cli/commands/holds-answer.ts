import { type HoldAnswer, rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { showPayment } from '../../shared/app/operator/views.ts';
import type { Payment } from '../../shared/payment/types.ts';
import type { Command, Request } from '../command.ts';
import { operateDeps } from '../deps.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done, type Report } from '../output.ts';
import { paymentNamed, unknownPayment } from '../payment-key.ts';
import { EXIT, Problem } from '../problem.ts';

const shared = {
  arity: [3, 3],
  options: OPERATOR_NOTE_OPTIONS,
} as const;

const BOUND = 'Use reason and digest from `holds list`. If either has changed since, the command is refused.';

export const holdsRelease: Command = {
  ...shared,
  details: [BOUND, 'It covers this reason and this evidence only; other holds of the payment stay.'],
  run: (request) => answer(request, 'released', releaseHold),
};

export const holdsReject: Command = {
  ...shared,
  details: [BOUND, 'Goods that were given already are revoked.'],
  run: (request) => answer(request, 'rejected', rejectHold),
};

async function answer(
  { args: [typed = '', reason = '', digest = ''], flags, world }: Request,
  verb: string,
  call: typeof releaseHold,
): Promise<Report> {
  const operatorNote = operatorNoteOf(flags, world);
  const connection = await world.connect();
  const key = await paymentNamed(connection, typed);
  const view = await showPayment(connection.store, key);
  if (view === undefined) throw unknownPayment(key, connection.label);
  const given: HoldAnswer = { payment: key, reason, digest, ...operatorNote };
  const { payment, repeated, effects } = await call(given, await operateDeps(connection)).catch((error) => {
    throw explained(error, view.payment);
  });
  const followed = effects.length > 0 ? effects.join(', ') : 'nothing to tell the merchant';
  return done(
    {
      payment: key,
      reason,
      digest,
      verdict: verb,
      repeated,
      status: payment.status,
      holds: payment.holds,
      effects,
    },
    repeated
      ? `${reason} had been ${verb} before; nothing changed.`
      : `${verb}: ${reason} of ${key}, by ${operatorNote.by}.`,
    `status ${payment.status}, open holds: ${payment.holds.map((hold) => hold.reason).join(', ') || 'none'}`,
    `followed: ${followed}`,
  );
}

/** The refusal, with the possible answers. */
function explained(error: unknown, { key, holds }: Payment): unknown {
  if (!(error instanceof Error) || !['DecisionError', 'OperatorError'].includes(error.name)) return error;
  const open = holds.map((hold) => `${hold.reason} ${hold.digest}`).join('; ');
  const next = open === '' ? 'The payment is not held any more.' : `Open now: ${open}.`;
  return new Problem(EXIT.refused, error.message, `${next} Look again: payhooks payments show ${key}`);
}
