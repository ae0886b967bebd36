import { type FoundPayments, findPayments } from '../../shared/app/operator/find-payments.ts';
import type { OrderLedgerRow } from '../../shared/app/table/rows.ts';
import { type OrderView, showOrder } from '../../shared/app/transition/order-changes.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Command } from '../command.ts';
import {
  amountsText,
  bold,
  count,
  dim,
  fields,
  type Line,
  type Report,
  state,
  table,
  time,
} from '../output.ts';
import { paidAgainJson, paidAgainLines } from '../paid-again.ts';
import { orderJson } from '../payment-json.ts';
import { Problem } from '../problem.ts';
import { elsewhereLines } from './orders-register.ts';

export const ordersShow: Command = {
  details: ['States: open, claimed (a payment is granted for it), closed (new payments are held).'],
  run: async ({ args: [reference = ''], world }) => {
    const connection = await world.connect();
    const view = await showOrder(connection.store, reference);
    if (view === undefined) {
      const { payments, more } = await findPayments(connection.store, connection.config.accounts, reference);
      throw unknownOrder(reference, connection.label, { payments, more });
    }
    return report(view);
  },
};

/** @param named payments that name the reference although it was never registered */
export function unknownOrder(
  reference: string,
  label: string,
  { payments: named, more }: FoundPayments = { payments: [], more: false },
): Problem {
  const register = 'Register it: payhooks orders register FILE';
  const [first] = named;
  if (first === undefined)
    return Problem.notFound(`${label} has no order ${JSON.stringify(reference)}.`, register);
  return Problem.notFound(
    `${label} has no order ${JSON.stringify(reference)}: it was not registered, but ${more ? 'more than ' : ''}${count(named.length, 'payment')} named it: ${named.join(', ')}.`,
    `${register}, or see the payment: payhooks payments show ${first}`,
  );
}

function report(view: OrderView): Report {
  const { order, state: word, ledger, standing, moreStanding, paidElsewhere = [], paidAgain } = view;
  const lines: Line[] = [
    [bold(order.reference), '  ', state(word)],
    '',
    ...fields([
      ['kind', `${order.kind}, ${order.use}`],
      ['expects', amountsText(order.amounts)],
      ['valid until', order.validUntil === undefined ? undefined : time(order.validUntil)],
      ['closed', order.closedAt === undefined ? undefined : time(order.closedAt)],
      ['paid by', order.paidBy],
      ['fulfilled', order.fulfilled === undefined ? undefined : 'by another system'],
      ['account', order.provider === undefined ? undefined : `${order.provider}/${order.account ?? 'any'}`],
      ['version', `${order.version}`],
      ['registered', time(order.registeredAt)],
    ]),
    ...paidAgainLines(paidAgain),
    ...(standing.length === 0 ? [] : ['', [bold('Payments held or waiting for this order')] as const]),
    ...standing.map((payment) => `  ${payment}`),
    ...(moreStanding ? [[dim('  and more: payhooks holds list')] as const] : []),
    ...(paidElsewhere.length === 0 ? [] : ['', [bold('Named by it, and paid elsewhere')] as const]),
    ...elsewhereLines(paidElsewhere).map((line) => `  ${line}`),
    ...(ledger.length === 0 ? [] : ['', [bold('Changes')] as const]),
    ...(ledger.length === 0 ? [] : table(['TIME (UTC)', 'WHAT', 'BY', 'WHY', 'CHANGED'], ledger.map(row))),
  ];
  const json = {
    ...{ order: orderJson(order), standing },
    ...defined({ moreStanding, paidElsewhere: view.paidElsewhere }),
    ...{ ...paidAgainJson(paidAgain), ledger },
  };
  return { json, lines };
}

const row = ({ at, what, by, note, changed }: OrderLedgerRow) => [
  dim(time(at)),
  what,
  by,
  note,
  Object.entries(changed)
    .map(([field, { from, to }]) => `${field}: ${shown(from)} → ${shown(to)}`)
    .join('; '),
];

const shown = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
