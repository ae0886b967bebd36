import type { DecisionResult } from '../../shared/app/operator/holds.ts';
import { showPayment } from '../../shared/app/operator/views.ts';
import { confirmPayment, rejectPayment, type WaitingAnswer } from '../../shared/app/operator/waiting.ts';
import { defined } from '../../shared/payment/defined.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { Money } from '../../shared/payment/types.ts';
import type { Command, Request } from '../command.ts';
import { operateDeps } from '../deps.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done, money, type Report } from '../output.ts';
import { paymentNamed, unknownPayment } from '../payment-key.ts';
import { EXIT, Problem } from '../problem.ts';

const shared = { arity: [2, 2] } as const;

const BOUND = 'Use the digest from `payments show`. If something new arrived, the command is refused.';

export const paymentsConfirm: Command = {
  ...shared,
  details: [
    BOUND,
    'The sums count as evidence from then on: the payment is compared with its order, and granted or held as usual.',
    'With --returned, the part that went back (all of it = refunded). A final notification overrides your answer.',
  ],
  options: {
    paid: { type: 'string', value: 'SUM', help: 'all that was paid, such as "902.50 EUR"' },
    returned: { type: 'string', value: 'SUM', help: 'the part that went back (default: nothing)' },
    ...OPERATOR_NOTE_OPTIONS,
  },
  run: async (request) => {
    const { flags } = request;
    const paid = sumOf(flags.text('paid'), '--paid');
    if (paid === undefined) throw new Problem(EXIT.usage, '--paid is missing: a sum such as "902.50 EUR".');
    const returned = sumOf(flags.text('returned'), '--returned');
    const sums = { paid, ...defined({ returned }) };
    return answer(request, 'confirmed', (given, deps) => confirmPayment({ ...given, ...sums }, deps), sums);
  },
};

export const paymentsReject: Command = {
  ...shared,
  details: [
    BOUND,
    'Goods that were given already are revoked. A held payment is answered with `holds reject`.',
  ],
  options: OPERATOR_NOTE_OPTIONS,
  run: (request) => answer(request, 'rejected', rejectPayment, {}),
};

function sumOf(text: string | undefined, name: string): Money | undefined {
  if (text === undefined) return undefined;
  const [, amount, currency] = /^([0-9]+(?:\.[0-9]+)?) ([A-Z]{3})$/.exec(text) ?? [];
  if (amount === undefined || currency === undefined)
    throw new Problem(
      EXIT.usage,
      `${name} ${text}: a sum is an amount and a currency, such as "902.50 EUR".`,
    );
  return { amount, currency };
}

async function answer(
  { args: [typed = '', digest = ''], flags, world }: Request,
  verb: string,
  call: (given: WaitingAnswer, deps: Awaited<ReturnType<typeof operateDeps>>) => Promise<DecisionResult>,
  sums: { readonly paid?: Money; readonly returned?: Money },
): Promise<Report> {
  const operatorNote = operatorNoteOf(flags, world);
  const connection = await world.connect();
  const key = await paymentNamed(connection, typed);
  const view = await showPayment(connection.store, key);
  if (view === undefined) throw unknownPayment(key, connection.label);
  const deps = await operateDeps(connection);
  const { payment, repeated, effects } = await call({ payment: key, digest, ...operatorNote }, deps).catch(
    (error) => {
      if (!(error instanceof Error) || !['DecisionError', 'OperatorError'].includes(error.name)) throw error;
      const now = waitingOf(view.payment)?.digest;
      const next = now === undefined ? 'It waits for nothing.' : `Its digest was ${now}.`;
      throw new Problem(EXIT.refused, error.message, `${next} Look again: payhooks payments show ${key}`);
    },
  );
  const { status, holds } = payment;
  const what = sums.paid === undefined ? '' : ` ${money([sums.paid])} paid`;
  const back = sums.returned === undefined ? '' : `, ${money([sums.returned])} of it returned`;
  return done(
    { payment: key, digest, verdict: verb, ...sums, repeated, status, holds, effects },
    repeated
      ? `${key} had been ${verb} before; nothing changed.`
      : `${verb}: ${key}${what}${back}, by ${operatorNote.by}.`,
    `status ${status}, open holds: ${holds.map((hold) => hold.reason).join(', ') || 'none'}`,
    `followed: ${effects.length > 0 ? effects.join(', ') : 'nothing to tell the merchant'}`,
  );
}
