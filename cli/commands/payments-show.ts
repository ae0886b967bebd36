import { type Moment, type PaymentView, showPayment } from '../../shared/app/operator/views.ts';
import { findAccount } from '../../shared/app/platform/config.ts';
import { stateOfOrder } from '../../shared/payment/index.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Command } from '../command.ts';
import { envelopeKeysOf } from '../deps.ts';
import { adviceText } from '../hold-advice.ts';
import { effectText, notificationText } from '../moments.ts';
import { type OnFile, onFileFields, onFileOf, storesOf } from '../on-file.ts';
import {
  amountsText,
  bold,
  dim,
  fields,
  type Line,
  money,
  type Report,
  state,
  table,
  time,
} from '../output.ts';
import { paidAgainLines } from '../paid-again.ts';
import { paymentJson } from '../payment-json.ts';
import { paymentNamed, unknownPayment } from '../payment-key.ts';
import { refundDueText, refundLines } from '../refunds.ts';
import { waitingFields } from '../waiting-for.ts';

export const paymentsShow: Command = {
  details: [
    'PAYMENT is <provider>:<account>:<id>, as in payments list and in events. For Trustly Americas it shows whether a bank',
    'account or a splitToken is stored, not its content. If two notifications with the same id differ, it opens both and',
    'shows their codes and amounts (reads the envelope key).',
  ],
  run: async ({ args: [typed = ''], world }) => {
    const connection = await world.connect();
    const key = await paymentNamed(connection, typed);
    const { accounts } = connection.config;
    const contents = { providers, accounts, envelopeKeys: envelopeKeysOf(connection) };
    const view = await showPayment(connection.store, key, contents);
    if (view === undefined) throw unknownPayment(key, connection.label);
    const { provider, account } = view.payment;
    const of = findAccount(accounts, provider, account);
    return report(view, of, await onFileOf(storesOf(connection), key));
  },
};

function report(view: PaymentView, account: Account | undefined, onFile: OnFile | undefined): Report {
  const { payment, order, timeline, more } = view;
  const { reading, grant } = payment;
  const lines: Line[] = [
    [bold(payment.key), '  ', state(payment.status)],
    '',
    ...fields([
      ['direction', reading.direction ?? reading.kind],
      ['moved', money(reading.moved) || 'the notifications have no amount'],
      ['returned', money(reading.returned) || undefined],
      ['unexpected', money(reading.unexpected ?? []) || undefined],
      ['due to shopper', refundDueText(payment, order)],
      ['goods', grant.state === 'none' ? 'not granted' : `${grant.state}, epoch ${grant.epoch}`],
      ['order', orderText(view)],
      ['expected', order === undefined ? undefined : amountsText(order.amounts)],
      ...waitingFields(view, account),
      ...onFileFields(onFile),
      ['test', payment.test ? 'yes' : undefined],
      ['first seen', time(payment.firstSeenAt)],
      ['updated', time(payment.updatedAt)],
    ]),
    ...holdLines(view),
    ...paidAgainLines(view.paidAgain),
    ...refundLines(payment),
    '',
    [bold('Timeline')],
    ...table(['TIME (UTC)', 'WHAT', 'NAME', 'DETAIL'], timeline.map(momentRow)),
    ...(more ? ['', 'There are more rows than shown here.'] : []),
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
  const json = paymentJson(view);
  return { json: onFile === undefined ? json : { ...json, onFile }, lines };
}

function orderText({ payment, order }: PaymentView): string {
  if (payment.orderReference === undefined) return 'no order matches';
  if (order === undefined) return `${payment.orderReference} (its row does not exist any more)`;
  return `${order.reference} (${order.kind}, ${order.use}, ${stateOfOrder(order)})`;
}

function holdLines({ payment: { key }, advice }: PaymentView): Line[] {
  return advice.flatMap(({ reason, digest, says, other, advised, why, release, reject, runbook }): Line[] => {
    const answer = (verb: string) => `payhooks holds ${verb} ${key} ${reason} ${digest} --note "why"`;
    const [first, ...others] =
      release === undefined
        ? ['reject']
        : advised === 'reject'
          ? ['reject', 'release']
          : ['release', 'reject'];
    return [
      '',
      ['held: ', { text: reason, style: 'yellow' }, dim(`  digest ${digest}`)],
      `  ${says}`,
      ...(other === undefined ? [] : [`  The other payment: ${other}`]),
      `  ${adviceText({ advised, why })}`,
      ...(release === undefined ? [] : [`  release: ${release}`]),
      `  reject: ${reject}`,
      `  Runbook: docs/${runbook}`,
      `  Next: ${answer(first)}`,
      ...others.map((verb) => `    or: ${answer(verb)}`),
    ];
  });
}

/** The consequences of a moment have lines of their own; this line shows only its cause. */
function momentRow(moment: Moment) {
  const at = dim(time(moment.at));
  if (moment.what === 'effect') return [at, 'event', moment.effect.type, effectText(moment.effect)];
  if (moment.what === 'notification') return [at, 'notification', moment.key, notificationText(moment)];
  const { reason = '', status = '', message = '' } = moment.detail;
  const about = [reason, status, message].filter((part) => part !== '').join(', ');
  return [at, moment.what, about || '-', `by ${moment.by}: ${moment.note}`];
}
