import { END_OF_TIME, openRows } from '../../shared/app/table/open-index.ts';
import { isOverdue, LEAST_AGE_MS } from '../../shared/app/table/overdue.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { type Effect, type Payment, STATUSES, type Status } from '../../shared/payment/types.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { switchOption, textOption } from '../options.ts';
import { age, type Cell, count, dim, list, money, type Report, state, styled, table } from '../output.ts';
import { picked } from '../payment-json.ts';
import { Problem } from '../problem.ts';
import { everyPayment, loadPayments } from '../stored-payments.ts';
import { byPayment, givenUp, type Undelivered, undeliveredEffects } from '../undelivered.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;

export const paymentsList: Command = {
  details: [
    'Without --all it lists payments that are held, in review, awaiting confirmation, disputed or overdue, and payments',
    'with events that have not been delivered for five minutes or were given up.',
    'With --failed it lists the events that were given up, until each is sent again (payhooks redeliver).',
    'With --all it reads the whole table once, which costs money and time when the table is large.',
  ],
  options: {
    all: switchOption('every payment, in no particular order'),
    failed: switchOption('events that were given up, which the merchant has not received'),
    status: textOption('STATUS', 'only payments of this status'),
    limit: textOption('N', `at most N (default ${DEFAULT_LIMIT})`),
  },
  run: async ({ flags, world }) => {
    const connection = await world.connect();
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const status = flags.oneOf('status', STATUSES);
    const all = flags.is('all');
    if (flags.is('failed')) {
      if (all) throw Problem.usage('--all and --failed cannot be used together. Name one.');
      const { effects, more } = await givenUp(connection.store);
      const undelivered = byPayment(effects);
      const found = await failedOnes(connection, limit, status, undelivered);
      const shown = { undelivered, connection, all, status, now: world.now() };
      return reportFailed({ ...found, more: found.more || more }, shown);
    }
    const { undelivered, more } = await undeliveredEffects(connection.store, world.now());
    const shown = { undelivered, connection, all, status, now: world.now() };
    if (all) return report(await every(connection, limit, status), shown);
    const found = await openPayments(connection, { limit, status, undelivered, now: world.now() });
    return report({ ...found, more: found.more || more }, shown);
  },
};

interface Found {
  readonly payments: readonly Payment[];
  readonly more: boolean;
}

interface Wanted {
  readonly limit: number;
  readonly status?: string | undefined;
  readonly undelivered: Undelivered;
  readonly now: number;
}

/** Payments that wait for somebody, from the open index, and undelivered effects; the longest unchanged first. */
export async function openPayments(
  connection: Pick<Connection, 'store'>,
  { limit, status, undelivered, now }: Wanted,
): Promise<Found> {
  const waiting = await openRows(connection.store, ['held', 'waiting', 'disputed', 'payment'], {
    until: END_OF_TIME,
    most: limit,
    keep: (row) => matches(paymentOf(row), status),
  });
  const late = await openRows(connection.store, ['underway'], {
    until: new Date(now - LEAST_AGE_MS.underway).toISOString(),
    most: limit,
    keep: (row) => isOverdue(paymentOf(row), now) && matches(paymentOf(row), status),
  });
  const payments = new Map(
    [...waiting.rows, ...late.rows].map(paymentOf).map((payment) => [payment.key, payment]),
  );
  const others = [...undelivered.keys()].filter((key) => !payments.has(key));
  for (const payment of await loadPayments(connection, others)) {
    if (matches(payment, status)) payments.set(payment.key, payment);
  }
  const found = [...payments.values()].sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  return { payments: found.slice(0, limit), more: waiting.more || late.more || found.length > limit };
}

async function failedOnes(
  connection: Connection,
  limit: number,
  status: string | undefined,
  undelivered: Undelivered,
): Promise<Found> {
  const loaded = await loadPayments(connection, [...undelivered.keys()]);
  const payments = loaded.filter((payment) => matches(payment, status));
  return { payments: payments.slice(0, limit), more: payments.length > limit };
}

async function every(connection: Connection, limit: number, status: string | undefined): Promise<Found> {
  const found: Payment[] = [];
  for await (const { payments, isLast } of everyPayment(connection, 1_000)) {
    found.push(...payments.filter((payment) => matches(payment, status)));
    const more = !isLast || found.length > limit;
    if (isLast || found.length >= limit) return { payments: found.slice(0, limit), more };
  }
  return { payments: found, more: false };
}

const matches = (payment: Payment, status: string | undefined): boolean =>
  status === undefined || payment.status === status;

interface Shown {
  readonly undelivered: Undelivered;
  readonly connection: Connection;
  readonly all: boolean;
  readonly status: Status | undefined;
  readonly now: number;
}

const jsonOf = (payments: readonly Payment[], undelivered: Undelivered) =>
  payments.map((payment) => {
    const effects = (undelivered.get(payment.key) ?? []).map((effect) =>
      picked(effect, ['id', 'state', 'attempts', 'updatedAt']),
    );
    return {
      payment: payment.key,
      status: payment.status,
      holds: payment.holds,
      grant: payment.grant,
      orderReference: payment.orderReference ?? null,
      moved: payment.reading.moved,
      undelivered: effects,
      // The key that version 0.1 prints.
      owed: effects,
      updatedAt: payment.updatedAt,
    };
  });

function report({ payments, more }: Found, { undelivered, connection, all, status, now }: Shown): Report {
  const json = list(jsonOf(payments, undelivered), { more });
  if (payments.length === 0) {
    const those = status === undefined ? '' : ` of status ${status}`;
    const none = all ? `No payments${those}.` : `No payment${those} is open. --all lists every payment.`;
    const what = more ? `No payment${those} among what was read, but there is more: --all --limit N.` : none;
    return { json, lines: [`${connection.label}: ${what}`] };
  }
  const rows = payments.map((payment) => [
    payment.key,
    state(payment.status),
    payment.holds.map(({ reason }) => reason).join(', ') || '-',
    payment.grant.state === 'none' ? '-' : state(payment.grant.state),
    undeliveredText(undelivered.get(payment.key) ?? []),
    money(payment.reading.moved) || '-',
    payment.orderReference ?? '-',
    dim(age(now - Date.parse(payment.updatedAt))),
  ]);
  const heading = ['PAYMENT', 'STATUS', 'HELD FOR', 'GOODS', 'NOT DELIVERED', 'MOVED', 'ORDER', 'UNCHANGED'];
  const end = `${count(payments.length, 'payment')}${more ? ', and there are more (--limit)' : ''}.`;
  return { json, lines: [...table(heading, rows), '', `${end} Next: payhooks payments show PAYMENT`] };
}

/** One line per event, because each is sent again by its own id. */
function reportFailed({ payments, more }: Found, { undelivered, connection, now }: Shown): Report {
  const json = list(jsonOf(payments, undelivered), { more });
  if (payments.length === 0) {
    const what = more
      ? 'None of the events that were read was given up, but there are more.'
      : 'No event was given up.';
    return { json, lines: [`${connection.label}: ${what}`] };
  }
  const rows = payments.flatMap((payment) =>
    (undelivered.get(payment.key) ?? []).map(({ id, attempts, updatedAt }): Cell[] => [
      id,
      String(attempts),
      dim(age(now - Date.parse(updatedAt))),
      state(payment.status),
      payment.orderReference ?? '-',
    ]),
  );
  const heading = ['EVENT', 'ATTEMPTS', 'GIVEN UP', 'STATUS', 'ORDER'];
  const end = `${count(rows.length, 'event')}${more ? ', and there are more (--limit)' : ''}.`;
  return {
    json,
    lines: [
      ...table(heading, rows),
      '',
      `${end} Next, when the target works again: payhooks redeliver "EVENT" --note "why"`,
      '  or all of them: payhooks redeliver --failed --note "why"',
    ],
  };
}

const undeliveredText = (effects: readonly Effect[]): Cell =>
  effects.length === 0 ? '-' : styled(effects.map(undeliveredWords).join(', '), 'red');

const undeliveredWords = ({ type, state: how, attempts }: Effect): string =>
  `${type} (${how === 'failed' ? 'given up after ' : ''}${count(attempts, 'attempt')})`;
