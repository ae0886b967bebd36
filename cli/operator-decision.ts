/** Carries out an operator's decision about one payment, and reports what followed. */
import type { DecisionResult, OperateDeps, OperatorNote } from '../shared/app/operator/holds.ts';
import { showPayment } from '../shared/app/operator/views.ts';
import type { Payment } from '../shared/payment/types.ts';
import type { Request } from './command.ts';
import { operateDeps } from './deps.ts';
import { operatorNoteOf } from './operator-note.ts';
import { done, type Report } from './output.ts';
import { paymentNamed, unknownPayment } from './payment-key.ts';
import { Problem } from './problem.ts';

export interface Decision {
  /** "released" */
  readonly verb: string;
  /** What was given, for the JSON answer. */
  readonly given: object;
  /** What was decided: "unknown_order of paymentwall:goods:1". */
  describe(key: string): string;
  carryOut(key: string, note: OperatorNote, deps: OperateDeps): Promise<DecisionResult>;
  /** What can be decided about the payment now, for a refused decision. */
  describeOpen(payment: Payment): string;
}

export async function decidePayment(
  { args: [typed = ''], flags, world }: Request,
  { verb, given, describe, carryOut, describeOpen }: Decision,
): Promise<Report> {
  const note = operatorNoteOf(flags, world);
  const connection = await world.connect();
  const key = await paymentNamed(connection, typed);
  const view = await showPayment(connection.store, key);
  if (view === undefined) throw unknownPayment(key, connection.label);
  const answered = await carryOut(key, note, await operateDeps(connection)).catch((error) => {
    if (!(error instanceof Error) || !['DecisionError', 'OperatorError'].includes(error.name)) throw error;
    const next = `${describeOpen(view.payment)} See payhooks payments show ${key}`;
    throw Problem.refused(error.message, next);
  });
  const { repeated, effects } = answered;
  const { status, holds } = answered.payment;
  return done(
    { payment: key, ...given, verdict: verb, repeated, status, holds, effects },
    repeated
      ? `${describe(key)} was ${verb} before; nothing changed.`
      : `${verb}: ${describe(key)}, by ${note.by}.`,
    `status ${status}, open holds: ${holds.map(({ reason }) => reason).join(', ') || 'none'}`,
    `events to the merchant: ${effects.join(', ') || 'none'}`,
  );
}
