import { openShards, paymentKeyOf } from '../../../shared/aws/keys.ts';
import type { Key } from '../../../shared/aws/ports.ts';
import { scannedPayments } from '../../../shared/aws/rederive-pages.ts';
import { paymentOf } from '../../../shared/aws/rows.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { age, count, dim, money, type Report, state, table } from '../output.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;
/** After every time there is. */
const ALWAYS = '9999';

export const paymentsList: Command = {
  name: 'payments list',
  summary: 'payments that wait for a person, a provider or an order; --all: every payment',
  details: [
    'Without --all it reads the index of what is open (held, in review, awaiting confirmation, disputed).',
    'With --all it reads the whole table once: a large table costs money and time.',
  ],
  options: {
    all: { type: 'boolean', help: 'every payment, in the order of the table' },
    status: { type: 'string', value: 'STATUS', help: 'only payments of this status' },
    limit: { type: 'string', value: 'N', help: `at most so many (default ${DEFAULT_LIMIT})` },
  },
  run: async ({ flags, world }) => {
    const connection = await world.connect();
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const status = flags.text('status');
    const all = flags.is('all');
    const found = all ? await every(connection, limit, status) : await open(connection, limit, status);
    return report(found, { connection, all, now: world.now() });
  },
};

interface Found {
  readonly payments: readonly Payment[];
  readonly more: boolean;
}

async function open({ store }: Connection, limit: number, status: string | undefined): Promise<Found> {
  const keys: Key[] = [];
  for (const shard of openShards('payment')) keys.push(...(await store.open(shard, ALWAYS, MAX_LIMIT)));
  const payments = await load({ store }, keys);
  // The index is eventually consistent: what was settled meanwhile is not open any more.
  const waiting = payments.filter((payment) => matches(payment, status));
  waiting.sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
  return { payments: waiting.slice(0, limit), more: waiting.length > limit };
}

async function every(connection: Connection, limit: number, status: string | undefined): Promise<Found> {
  const pages = scannedPayments({ client: connection.clients.dynamo, table: connection.table });
  const payments: Payment[] = [];
  let after: string | undefined;
  do {
    const page = await pages(after, 1_000);
    const loaded = await load(connection, page.payments.map(paymentKeyOf));
    payments.push(...loaded.filter((payment) => matches(payment, status)));
    after = page.next;
  } while (after !== undefined && payments.length < limit);
  return { payments: payments.slice(0, limit), more: after !== undefined || payments.length > limit };
}

const matches = (payment: Payment, status: string | undefined): boolean =>
  status === undefined || payment.status === status;

async function load({ store }: Pick<Connection, 'store'>, keys: readonly Key[]): Promise<Payment[]> {
  const rows = await Promise.all(keys.map((key) => store.get(key)));
  return rows.flatMap((row) => (row === undefined ? [] : [paymentOf(row)]));
}

interface Shown {
  readonly connection: Connection;
  readonly all: boolean;
  readonly now: number;
}

function report({ payments, more }: Found, { connection, all, now }: Shown): Report {
  const json = payments.map((payment) => ({
    payment: payment.key,
    status: payment.status,
    holds: payment.holds,
    grant: payment.grant,
    orderReference: payment.orderReference ?? null,
    moved: payment.reading.moved,
    updatedAt: payment.updatedAt,
  }));
  if (payments.length === 0) {
    const what = all ? 'No payments.' : 'Nothing is open. --all lists every payment.';
    return { json, lines: [`${connection.label}: ${what}`] };
  }
  const rows = payments.map((payment) => [
    payment.key,
    state(payment.status),
    payment.holds.map(({ reason }) => reason).join(', ') || '-',
    payment.grant.state === 'none' ? '-' : state(payment.grant.state),
    money(payment.reading.moved) || '-',
    payment.orderReference ?? '-',
    dim(age(now - Date.parse(payment.updatedAt))),
  ]);
  const heading = ['PAYMENT', 'STATUS', 'HELD FOR', 'GOODS', 'MOVED', 'ORDER', 'UNCHANGED'];
  const end = `${count(payments.length, 'payment')}${more ? ', and there are more (--limit)' : ''}.`;
  return { json, lines: [...table(heading, rows), '', `${end} Next: payhooks payments show PAYMENT`] };
}
