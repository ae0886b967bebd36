import { changeRegisteredOrder, UnknownOrderError } from '../../shared/app/transition/order-changes.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { defined } from '../../shared/payment/defined.ts';
import { type OrderAction, parseOrderChange } from '../../shared/payment/index.ts';
import type { Command, Request } from '../command.ts';
import type { Flags } from '../flags.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { count, done, type Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { unknownOrder } from './orders-show.ts';

const shared = { arity: [1, 1] } as const;
const VERSION = {
  version: { type: 'string', value: 'N', help: 'only if the order still has this version (orders show)' },
} as const;
const BEFORE = 'Only before a payment was granted for the order; who and why are kept in its ledger.';

export const ordersClose: Command = {
  ...shared,
  details: [BEFORE, 'Goods of a recurring or open order that were granted earlier stay granted.'],
  options: { ...OPERATOR_NOTE_OPTIONS, ...VERSION },
  run: (request) => change(request, 'close'),
};

export const ordersReopen: Command = {
  ...shared,
  details: [BEFORE],
  options: { ...OPERATOR_NOTE_OPTIONS, ...VERSION },
  run: (request) => change(request, 'reopen'),
};

export const ordersChange: Command = {
  ...shared,
  details: [
    BEFORE,
    'validUntil can only be moved to a later time; amounts only of a payment that is expected once.',
  ],
  options: {
    ...OPERATOR_NOTE_OPTIONS,
    ...VERSION,
    'valid-until': { type: 'string', value: 'TIME', help: 'the new end, such as 2030-01-31T12:00:00Z' },
    amount: { type: 'string', value: '"N CUR"', help: 'exactly this amount, such as "60.00 EUR"' },
    amounts: {
      type: 'string',
      value: 'JSON',
      help: 'as POST /checkout/orders takes them, for anything else',
    },
  },
  run: (request) => change(request, 'change'),
};

async function change(
  { args: [reference = ''], flags, world }: Request,
  action: OrderAction,
): Promise<Report> {
  const amounts = amountsOf(flags);
  const version = flags.text('version');
  const validUntil = flags.text('valid-until');
  const asked = parseOrderChange({
    ...{ reference, action, ...operatorNoteOf(flags, world) },
    ...(version === undefined ? {} : { version: Number(version) }),
    ...defined({ validUntil, amounts }),
  });
  const connection = await world.connect();
  const queue = sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications'));
  const at = new Date(world.now()).toISOString();
  try {
    const made = await changeRegisteredOrder(asked, { store: connection.store, queue, at });
    const { order, state, changed, payments, more } = made;
    return done(
      { reference, action, changed, state, version: order.version, payments, ...defined({ more }) },
      changed
        ? `${reference}: ${action} done, by ${asked.by}.`
        : `${reference}: is like that; nothing changed.`,
      `state ${state}, version ${order.version}; ${count(payments.length, 'payment')} derived anew${more ? '; there are more: repeat the command' : ''}`,
    );
  } catch (error) {
    throw error instanceof UnknownOrderError ? unknownOrder(reference, connection.label) : error;
  }
}

/** @throws Problem */
function amountsOf(flags: Flags): unknown {
  const amount = flags.text('amount');
  const amounts = flags.text('amounts');
  if (amount !== undefined && amounts !== undefined)
    throw new Problem(EXIT.usage, '--amount and --amounts say the same thing.', 'Give one of them.');
  if (amount !== undefined) {
    const [exact, currency] = amount.trim().split(/ +/);
    return [{ currency, exact }];
  }
  if (amounts === undefined) return undefined;
  try {
    return JSON.parse(amounts);
  } catch {
    throw new Problem(
      EXIT.usage,
      '--amounts is not JSON.',
      'Allowed: [{"currency": "EUR", "min": "10", "max": "50"}]',
    );
  }
}
