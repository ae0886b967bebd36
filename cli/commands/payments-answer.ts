import { confirmPayment, rejectPayment } from '../../shared/app/operator/waiting.ts';
import { defined } from '../../shared/payment/defined.ts';
import { waitingOf } from '../../shared/payment/index.ts';
import type { Money, Payment } from '../../shared/payment/types.ts';
import type { Command } from '../command.ts';
import type { Flags } from '../flags.ts';
import { decidePayment } from '../operator-decision.ts';
import { OPERATOR_NOTE_OPTIONS } from '../operator-note.ts';
import { textOption } from '../options.ts';
import { money } from '../output.ts';
import { Problem } from '../problem.ts';

const CHANGED =
  'Use DIGEST from `payments show`. If a notification has arrived since then, the command is refused.';

export const paymentsConfirm: Command = {
  details: [
    CHANGED,
    'Payhooks then treats the sums as evidence: it compares the payment with its order, and grants or holds it as usual.',
    '--returned is the part that was given back (all of it: refunded). A later final notification overrides your answer.',
  ],
  options: {
    paid: textOption('SUM', 'all that was paid, such as "902.50 EUR"'),
    returned: textOption('SUM', 'the part that was given back (default: nothing)'),
    ...OPERATOR_NOTE_OPTIONS,
  },
  run: (request) => {
    const [, digest = ''] = request.args;
    const paid = sumOf(request.flags, 'paid');
    if (paid === undefined) throw Problem.usage('--paid is missing: a sum such as "902.50 EUR".');
    const returned = sumOf(request.flags, 'returned');
    const sums = { paid, ...defined({ returned }) };
    const back = returned === undefined ? '' : `, ${money([returned])} of it returned`;
    return decidePayment(request, {
      verb: 'confirmed',
      given: { digest, ...sums },
      describe: (key) => `${key} ${money([paid])} paid${back}`,
      carryOut: (payment, note, deps) => confirmPayment({ payment, digest, ...note, ...sums }, deps),
      describeOpen,
    });
  },
};

export const paymentsReject: Command = {
  details: [CHANGED, 'Goods that were granted are revoked. For a held payment use `holds reject`.'],
  options: OPERATOR_NOTE_OPTIONS,
  run: (request) => {
    const [, digest = ''] = request.args;
    return decidePayment(request, {
      verb: 'rejected',
      given: { digest },
      describe: (key) => key,
      carryOut: (payment, note, deps) => rejectPayment({ payment, digest, ...note }, deps),
      describeOpen,
    });
  },
};

function describeOpen(payment: Payment): string {
  const digest = waitingOf(payment)?.digest;
  return digest === undefined ? 'The payment waits for nothing.' : `Its digest was ${digest}.`;
}

/** @throws Problem */
function sumOf(flags: Flags, name: string): Money | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const [, amount, currency] = /^([0-9]+(?:\.[0-9]+)?) ([A-Z]{3})$/.exec(text) ?? [];
  if (amount !== undefined && currency !== undefined) return { amount, currency };
  throw Problem.usage(`--${name} "${text}": allowed is an amount and a currency, such as "902.50 EUR".`);
}
