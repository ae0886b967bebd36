import { type Moment, type PaymentView, showPayment } from '../../../shared/aws/operate-views.ts';
import type { Command } from '../command.ts';
import { type OnFile, onFileFields, onFileOf, storesOf } from '../on-file.ts';
import { bold, count, dim, fields, type Line, money, type Report, state, table, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

export const paymentsShow: Command = {
  name: 'payments show',
  args: 'PAYMENT',
  arity: [1, 1],
  summary: 'one payment: what came, what was decided and why, what the merchant was told',
  details: [
    'PAYMENT is <provider>:<account>:<id>, as payments list and the events name it. Of a Trustly Americas transaction',
    'it says that a bank account or splitToken is on file, and never what they hold.',
  ],
  run: async ({ args: [key = ''], world }) => {
    const connection = await world.connect();
    const view = await showPayment(connection.store, key);
    if (view === undefined) throw unknownPayment(key, connection.label);
    return report(view, await onFileOf(storesOf(connection), key));
  },
};

export const unknownPayment = (key: string, label: string): Problem =>
  new Problem(
    EXIT.notFound,
    `There is no payment "${key}" in ${label}.`,
    'A payment is named <provider>:<account>:<id>; `payhooks payments list --all` shows those that are there.',
  );

function report(view: PaymentView, onFile: OnFile | undefined): Report {
  const { payment, order, timeline, more } = view;
  const { reading, grant } = payment;
  const lines: Line[] = [
    [bold(payment.key), '  ', state(payment.status)],
    '',
    ...fields([
      ['direction', reading.direction ?? reading.kind],
      ['moved', money(reading.moved) || 'the evidence names no amount'],
      ['returned', money(reading.returned) || undefined],
      ['goods', grant.state === 'none' ? 'not granted' : `${grant.state}, epoch ${grant.epoch}`],
      ['order', orderText(view)],
      ['expected', order === undefined ? undefined : amountsText(order.amounts)],
      ...onFileFields(onFile),
      ['test', payment.test ? 'yes' : undefined],
      ['first seen', time(payment.firstSeenAt)],
      ['updated', time(payment.updatedAt)],
    ]),
    ...holdLines(view),
    '',
    [bold('Timeline')],
    ...table(['TIME (UTC)', 'WHAT', 'NAME', 'DETAIL'], timeline.map(momentRow)),
    ...(more ? ['', 'There are more rows than are shown.'] : []),
    '',
    [bold('Facts')],
    ...table(
      ['ENTRY', 'CODES', 'AMOUNTS'],
      Object.entries(payment.facts).map(([entry, { codes, amounts }]) => [
        entry,
        codes.join(', ') || '-',
        amounts.join(', ') || '-',
      ]),
    ),
  ];
  return { json: onFile === undefined ? view : { ...view, onFile }, lines };
}

function orderText({ payment, order }: PaymentView): string {
  if (payment.orderReference === undefined) return 'none matches';
  if (order === undefined) return `${payment.orderReference} (its row is gone)`;
  return `${order.reference} (${order.kind}, ${order.use})`;
}

const amountsText = (terms: NonNullable<PaymentView['order']>['amounts']): string =>
  terms
    .map((term) =>
      'exact' in term
        ? `${term.exact} ${term.currency}`
        : 'min' in term
          ? `${term.min} to ${term.max} ${term.currency}`
          : `any amount of ${term.currency}`,
    )
    .join(' or ');

function holdLines({ payment: { key, holds } }: PaymentView): Line[] {
  return holds.flatMap(({ reason, digest }): Line[] => [
    '',
    ['held: ', { text: reason, style: 'yellow' }, dim(`  digest ${digest}`)],
    `  Next: payhooks holds release ${key} ${reason} ${digest} --note "why"`,
    `    or: payhooks holds reject ${key} ${reason} ${digest} --note "why"`,
  ]);
}

/** What follows from a moment stands in its own line; here is only how it came about. */
function momentRow(moment: Moment) {
  const at = dim(time(moment.at));
  if (moment.what === 'effect') {
    const { name, type, state: how, attempts, redeliveries = 0 } = moment.effect;
    const again = redeliveries > 0 ? `, sent again ${redeliveries} times` : '';
    // Delivered at once is the usual case, and needs no number.
    const tries = attempts > (how === 'delivered' ? 1 : 0) ? ` after ${count(attempts, 'attempt')}` : '';
    const detail = `${how}${tries}${again}`;
    return [at, 'event', type, `${detail}  ${name}`];
  }
  if (moment.what === 'notification') {
    const caused = moment.caused.length > 0 ? `, caused ${moment.caused.join(', ')}` : '';
    return [at, 'notification', moment.key, `verified with ${moment.keyId} (${moment.variant})${caused}`];
  }
  const { reason = '', status = '' } = moment.detail;
  const about = [reason, status].filter((part) => part !== '').join(', ');
  return [at, moment.what, about || '-', `by ${moment.by}: ${moment.note}`];
}
