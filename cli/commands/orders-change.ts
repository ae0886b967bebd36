import { changeRegisteredOrder, UnknownOrderError } from '../../shared/app/transition/order-changes.ts';
import { defined } from '../../shared/payment/defined.ts';
import { type OrderAction, parseOrderChange } from '../../shared/payment/index.ts';
import type { Command, Request } from '../command.ts';
import { queueOf } from '../deps.ts';
import type { Flags } from '../flags.ts';
import { parseJson } from '../named-file.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { textOption } from '../options.ts';
import { count, done, type Report } from '../output.ts';
import { Problem } from '../problem.ts';
import { unknownOrder } from './orders-show.ts';

const VERSION = {
  version: textOption('N', 'only if the order still has this version (orders show)'),
} as const;
const BEFORE = 'Only while no payment is granted for the order. Who did it and why is stored in its ledger.';

export const ordersClose: Command = {
  details: [BEFORE, 'Goods of a recurring or open order that were granted earlier stay granted.'],
  options: { ...OPERATOR_NOTE_OPTIONS, ...VERSION },
  run: (request) => change(request, 'close'),
};

export const ordersReopen: Command = {
  details: [BEFORE],
  options: { ...OPERATOR_NOTE_OPTIONS, ...VERSION },
  run: (request) => change(request, 'reopen'),
};

export const ordersChange: Command = {
  details: [
    BEFORE,
    'validUntil can only become later. Amounts can be changed only of an order for one payment.',
  ],
  options: {
    ...OPERATOR_NOTE_OPTIONS,
    ...VERSION,
    'valid-until': textOption('TIME', 'the new end, such as 2030-01-31T12:00:00Z'),
    amount: textOption('"N CUR"', 'the new amount, such as "60.00 EUR"'),
    amounts: textOption('JSON', 'other amounts, in the form of POST /checkout/orders'),
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
  const request = parseOrderChange({
    ...{ reference, action, ...operatorNoteOf(flags, world) },
    ...(version === undefined ? {} : { version: Number(version) }),
    ...defined({ validUntil, amounts }),
  });
  const connection = await world.connect();
  const queue = await queueOf(connection, 'notifications');
  const at = new Date(world.now()).toISOString();
  try {
    const made = await changeRegisteredOrder(request, { store: connection.store, queue, at });
    const { order, state, changed, payments, more } = made;
    return done(
      { reference, action, changed, state, version: order.version, payments, ...defined({ more }) },
      changed
        ? `${reference}: ${action} done, by ${request.by}.`
        : `${reference}: this was done before; nothing changed.`,
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
    throw Problem.usage('--amount and --amounts cannot be used together.', 'Name one of them.');
  if (amount !== undefined) {
    const [exact, currency] = amount.trim().split(/ +/);
    return [{ currency, exact }];
  }
  if (amounts === undefined) return undefined;
  return parseJson(amounts, () =>
    Problem.usage('--amounts is not JSON.', 'Allowed: [{"currency": "EUR", "min": "10", "max": "50"}]'),
  );
}
