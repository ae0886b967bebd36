/** An order that was paid twice: the output of the commands before an operator decision and after it. */
import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { holdsList } from '../../cli/commands/holds-list.ts';
import { ordersShow } from '../../cli/commands/orders-show.ts';
import { paymentsShow } from '../../cli/commands/payments-show.ts';
import { Flags } from '../../cli/flags.ts';
import { render } from '../../cli/output.ts';
import { rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { listHolds } from '../../shared/app/operator/views.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { consoleBench } from '../console/console-bench.ts';

const [FIRST, SECOND] = ['paymentwall:toy:p1', 'paymentwall:toy:p2'];
const NOTE = { by: 'ann', note: 'the shopper wants two' };

/** Nothing is on file. */
const EMPTY_TABLE = new DynamoDBClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  requestHandler: {
    handle: async () => ({
      response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from('{}')]) },
    }),
  } as never,
});

let bench: ReturnType<typeof consoleBench>;
beforeEach(async () => {
  bench = consoleBench();
  const order = { reference: 'order-1', amounts: [{ currency: 'EUR', exact: '5' }] };
  await registerOrder(bench.store, bench.notifications, parseOrder(order, '2026-03-01T11:00:00.000Z'));
  await bench.apply(bench.envelope({ payment: 'p1', reference: 'order-1' }));
  await bench.apply(bench.envelope({ payment: 'p2', key: 'k2', reference: 'order-1' }));
});

async function run(command: Command, ...args: readonly string[]) {
  const { connection } = bench.backend;
  const clients = { ...connection.clients, dynamo: EMPTY_TABLE };
  const world = { connect: async () => ({ ...connection, clients }), now: () => bench.time.now };
  const report = await command.run({ args, flags: new Flags({}), world } as never);
  return { json: JSON.parse(JSON.stringify(report.json)), text: render(report.lines, false) };
}

async function hold() {
  const [found] = (await listHolds(bench.store)).held;
  const [{ reason = '', digest = '' } = {}] = found?.holds ?? [];
  return { payment: found?.payment ?? '', reason, digest, ...NOTE };
}

describe('a held second payment of an order', () => {
  it('payments show advises reject for order_already_paid, names the first payment and explains both answers', async () => {
    const { text, json } = await run(paymentsShow, SECOND ?? '');
    expect(text).toMatch(
      /held: order_already_paid .*\n {2}Another payment has paid this order.*\n {2}The other payment: paymentwall:toy:p1\n {2}Advised: reject\. .*\n {2}release: You keep the money of both .*\n {2}reject: .*\n {2}Runbook: docs\/runbooks\/held-payments\.md\n {2}Next: payhooks holds reject .*\n {4}or: payhooks holds release /,
    );
    expect(json.advice).toMatchObject([{ advised: 'reject', other: FIRST }]);
    expect(json.paidAgain).toBeUndefined();
  });

  it('holds list advises reject for order_already_paid', async () => {
    const { text, json } = await run(holdsList);
    expect(text).toMatch(/REASON +DIGEST +ADVISED/);
    expect(text).toMatch(/order_already_paid +[0-9a-f]{32} +reject /);
    expect(text).toContain('order_already_paid: Another payment has paid this order.');
    expect(json.items).toMatchObject([{ advice: [{ reason: 'order_already_paid', advised: 'reject' }] }]);
  });
});

describe('a released second payment of an order', () => {
  beforeEach(async () => {
    await releaseHold(await hold(), bench.deps);
  });

  it.each([
    ['payments show', paymentsShow, FIRST],
    ['payments show', paymentsShow, SECOND],
    ['orders show', ordersShow, 'order-1'],
  ])(
    '`%s` says that goods are given twice, who released the hold, and the sum of both payments',
    async (_, command, of) => {
      const { text, json } = await run(command, of ?? '');
      expect(text).toContain('Paid more than once');
      expect(text).toMatch(/paymentwall:toy:p1 +given +5\.00 EUR +-/);
      expect(text).toMatch(/paymentwall:toy:p2 +given +5\.00 EUR +\S+ \S+ by ann: the shopper wants two/);
      expect(text).toContain(
        'The goods of this order are given twice, and you have 10.00 EUR of the shopper.',
      );
      expect(text).toContain(
        'Nothing is recorded as due to the shopper, because an operator decided to keep both payments.',
      );
      expect(json.paidAgain).toMatchObject({ order: 'order-1', goodsOut: 2, due: [] });
    },
  );
});

it('payments show after a reject says due to shopper, and not Paid more than once', async () => {
  await rejectHold(await hold(), bench.deps);
  const { text, json } = await run(paymentsShow, SECOND ?? '');
  expect(text).not.toContain('Paid more than once');
  expect(text).toMatch(/due to shopper +5\.00 EUR/);
  expect(json.paidAgain).toBeUndefined();
});
