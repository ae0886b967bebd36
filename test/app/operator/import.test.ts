/** The move from another system: an imported fulfil is not repeated, and a later reversal still counts. */
import { describe, expect, it } from 'vitest';
import { type ImportDeps, importOrders, importProcessedIds } from '../../../shared/app/operator/import.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { eventKey, orderKey, referenceAliasKey, waitingKey } from '../../../shared/app/table/keys.ts';
import { markItem } from '../../../shared/app/table/rows.ts';
import { createApply } from '../../../shared/app/transition/receive.ts';
import type { AccountPolicy, Effect, Order, Payment } from '../../../shared/payment/types.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { put, range } from '../../support/waiting-rows.ts';
import { type Bench, workerBench } from '../../support/worker-bench.ts';

const importDeps = (bench: Bench): ImportDeps => ({
  store: bench.memory,
  notifications: bench.notifications,
  accounts: bench.deps.accounts,
  clock: bench.deps.clock,
  pause: bench.deps.pause,
});
const order = (reference: string, more: object = {}) => ({
  reference,
  amounts: [{ currency: 'EUR', exact: '5' }],
  ...more,
});
const fulfilled = { fulfilled: 'external' };
const payment = (bench: Bench) => bench.memory.data<Payment>('payment')[0];
const types = (bench: Bench) => bench.memory.data<Effect>('effect#').map(({ type }) => type);
const held = { policy: { unknownOrder: 'hold' } } as const;

describe('imported orders', () => {
  it('an imported order with fulfilled: external gets no fulfil when its payment comes later, only payment.paid', async () => {
    const bench = workerBench(held);
    await importOrders([order('r1', fulfilled)], importDeps(bench));
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await bench.deliverAll();
    expect(payment(bench)).toMatchObject({
      status: 'paid',
      holds: [],
      orderReference: 'r1',
      grant: { state: 'granted', observed: true },
    });
    expect(bench.target.types).toEqual(['payment.paid']);
  });

  it('importOrders registers an order with a granted payment and names the fulfil that Payhooks sent', async () => {
    for (const [mode, isNamed] of [
      ['act', true],
      ['observe', false],
    ] as const) {
      const bench = workerBench({ policy: { mode } });
      await bench.apply(bench.envelope({ reference: 'r1' }));
      const { created, refused } = await importOrders([order('r1', fulfilled)], importDeps(bench));
      expect(await bench.memory.get(orderKey('r1'))).toBeDefined();
      if (isNamed) expect(refused[0]?.why).toContain('sent a fulfil for paymentwall:toy:p1');
      else expect([created, refused]).toEqual([1, []]);
    }
  });

  it('importOrders says "import the line again" when more than 1000 payments wait for the order', async () => {
    const bench = workerBench();
    put(
      bench.memory,
      range(1_001).map((n) =>
        markItem(waitingKey(referenceAliasKey('r1'), `paymentwall:toy:q${n}`), `paymentwall:toy:q${n}`),
      ),
    );
    const { refused } = await importOrders([order('r1')], importDeps(bench));
    expect(refused).toEqual([{ line: 0, why: expect.stringContaining('import the line again') }]);
  });

  it('importOrders knows a repeated order also after validUntil, and refuses a new order after validUntil', async () => {
    const bench = workerBench(held);
    const orders = ['r1', 'r2'].map((name) => order(name, { validUntil: '2026-03-02T00:00:00Z' }));
    await importOrders(orders.slice(0, 1), importDeps(bench));
    bench.time.now = Date.parse('2026-03-09T00:00:00Z');
    const why = expect.stringContaining('order.validUntil: found "2026-03-02T00:00:00.000Z"');
    const refused = [{ line: 1, why }];
    expect(await importOrders(orders, importDeps(bench))).toEqual({ created: 0, known: 1, refused });
    const unnamed = order('r'.repeat(3_000), { validUntil: '2026-03-02T00:00:00Z' });
    expect((await importOrders([null, unnamed], importDeps(bench))).refused).toMatchObject([
      { why: expect.stringContaining('order: found null') },
      { why: expect.stringContaining('order.reference: found') },
    ]);
    const other = order('r1', { validUntil: '2026-03-03T00:00:00Z' });
    expect((await importOrders([other], importDeps(bench))).refused).toMatchObject([
      { why: expect.stringContaining('registered with other content (validUntil)') },
    ]);
  });

  it('an imported order has its chargeback announced as payment.reversed with orderReference', async () => {
    const bench = workerBench(held);
    await importOrders([order('r1', fulfilled)], importDeps(bench));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'reversed', reference: 'r1' }));
    await bench.deliverAll();
    expect(bench.target.received).toMatchObject([{ type: 'payment.reversed', orderReference: 'r1' }]);
  });

  it('importOrders refuses a withdrawal in an account without withdrawals and imports the other lines', async () => {
    const bench = workerBench();
    const { refused, created } = await importOrders(
      [order('r1', { kind: 'withdrawal' }), order('r2')],
      importDeps(bench),
    );
    expect(refused).toEqual([{ line: 0, why: expect.stringContaining('order.kind: found "withdrawal"') }]);
    expect(created).toBe(1);
    expect(bench.memory.data<Order>('order').map(({ reference }) => reference)).toEqual(['r2']);
  });

  it('importOrders reports each refused line, imports the others, and counts repeated lines as known', async () => {
    const bench = workerBench();
    const lines = [
      order('r1', fulfilled),
      { reference: 'r2' },
      order('r3'),
      order('r1', { ...fulfilled, use: 'open' }),
    ];
    const first = await importOrders(lines, importDeps(bench));
    expect(first).toMatchObject({ created: 2, known: 0 });
    expect(first.refused.map(({ line }) => line)).toEqual([1, 3]);
    expect(first.refused[0]?.why).toContain('order.amounts');
    expect(await importOrders(lines, importDeps(bench))).toMatchObject({ created: 0, known: 2 });
    expect(bench.memory.data<Order>('order')).toHaveLength(2);
  });

  it('importOrders refuses lines with an amount that the currency cannot have or with an unknown currency', async () => {
    const bench = workerBench();
    const lines = [
      ['EUR', '10.005'],
      ['JPY', '1000.50'],
      ['EUX', '10'],
      ['JPY', '1000.00'],
    ].map(([currency, exact], index) => ({ reference: `old-${index}`, amounts: [{ currency, exact }] }));
    const done = await importOrders(lines, importDeps(bench));
    expect(done).toMatchObject({ created: 1, refused: [{ line: 0 }, { line: 1 }, { line: 2 }] });
    expect(done.refused.map(({ why }) => why.slice(0, why.indexOf(',')))).toEqual([
      'order.amounts[0].exact: found "10.005"',
      'order.amounts[0].exact: found "1000.50"',
      'order.amounts[0].currency: found "EUX"',
    ]);
  });

  it('importOrders accepts a new order past validUntil only with fulfilled: external', async () => {
    const bench = workerBench();
    const past = { validUntil: '2020-01-01T00:00:00Z' };
    const result = await importOrders(
      [order('r1', { ...fulfilled, ...past }), order('r2', past)],
      importDeps(bench),
    );
    expect(result).toMatchObject({ created: 1, refused: [{ line: 1 }] });
  });
});

describe('imported notification keys', () => {
  const scope = { provider: 'paymentwall', account: 'toy' } as const;
  const KEY = 'p1/0';

  it('an imported notification absorbs late copies with any content: no payment, no evidence, no conflict', async () => {
    const bench = workerBench();
    await importProcessedIds([{ ...scope, key: KEY }], importDeps(bench));
    await bench.apply(bench.envelope({ key: KEY }));
    await bench.apply(bench.envelope({ key: KEY, fact: 'reversed' }));
    expect(payment(bench)).toBeUndefined();
    expect(bench.memory.data('conflict#')).toEqual([]);
    expect(bench.metric('ConflictingDuplicates')).toEqual([]);
    expect(bench.memory.data('evidence#')).toEqual([]);
  });

  it('an imported notification does not suppress payment.reversed of a later notification of its payment', async () => {
    const bench = workerBench();
    await importProcessedIds([{ ...scope, key: KEY }], importDeps(bench));
    await bench.apply(bench.envelope({ key: KEY }));
    await bench.apply(bench.envelope({ key: 'k9', fact: 'reversed' }));
    await bench.deliverAll();
    expect(bench.target.types).toEqual(['payment.reversed']);
  });

  it('importProcessedIds refuses a notification that Payhooks has applied, and leaves its event row unchanged', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ key: 'p2/0', payment: 'p2' }));
    const lines = [
      { ...scope, key: KEY },
      { ...scope, key: 'p2/0' },
      { provider: 'paymentwall', account: 'gone', key: KEY } as const,
      { ...scope, key: 'b1493096790' },
    ];
    const first = await importProcessedIds(lines, importDeps(bench));
    expect(first).toMatchObject({ created: 1, known: 0, refused: [{ line: 1 }, { line: 2 }, { line: 3 }] });
    // The notification caused a fulfil here: with the import the shop would have given the goods twice.
    expect(first.refused[0]?.why).toMatch(
      /^key: "p2\/0" came at 2026-03-01T12:00:00\.\d{3}Z and was applied here/,
    );
    expect(first.refused[2]?.why).toContain('expected one like "b1493096790/0"');
    expect(await importProcessedIds(lines, importDeps(bench))).toMatchObject({ created: 0, known: 1 });
    const row = await bench.memory.get(eventKey(scope, 'p2/0'));
    expect(row?.data).toMatchObject({ outcome: 'applied' });
  });

  it('importProcessedIds accepts a notification that mode observe stored before as known', async () => {
    const bench = workerBench({ policy: { mode: 'observe' } });
    await bench.apply(bench.envelope({ key: 'p2/0', payment: 'p2' }));
    const line = { ...scope, key: 'p2/0' };
    expect(await importProcessedIds([line], importDeps(bench))).toEqual({
      created: 0,
      known: 1,
      refused: [],
    });
  });

  it('importProcessedIds tries a line again while the table is busy', async () => {
    const bench = workerBench();
    bench.memory.busyFor(3);
    expect(await importProcessedIds([{ ...scope, key: KEY }], importDeps(bench))).toMatchObject({
      created: 1,
    });
  });

  it('importProcessedIds tries a busy table six times, then throws StoreBusyError', async () => {
    for (const [busy, isDone] of [
      [5, true],
      [6, false],
    ] as const) {
      const bench = workerBench();
      const pauses: number[] = [];
      const deps = { ...importDeps(bench), pause: async (attempt: number) => void pauses.push(attempt) };
      bench.memory.busyFor(busy);
      const importing = importProcessedIds([{ ...scope, key: KEY }], deps);
      if (isDone) expect(await importing).toMatchObject({ created: 1 });
      else await expect(importing).rejects.toThrow(StoreBusyError);
      expect(pauses).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('importProcessedIds and importOrders do not try again after an error other than busy', async () => {
    const bench = workerBench();
    const tried = { times: 0 };
    bench.memory.beforeWrite = () => {
      tried.times += 1;
      throw new Error('table gone');
    };
    await expect(importProcessedIds([{ ...scope, key: KEY }], importDeps(bench))).rejects.toThrow(
      'table gone',
    );
    await expect(importOrders([order('r1')], importDeps(bench))).rejects.toThrow('table gone');
    expect(tried.times).toBe(2);
  });

  it('importProcessedIds says why each line was refused, and stores the time of the import as receivedAt', async () => {
    const bench = workerBench();
    const lines = [
      { ...scope, account: 'gone', key: KEY },
      { ...scope, key: 'b1' },
      { ...scope, key: KEY },
    ];
    const { refused } = await importProcessedIds(lines, importDeps(bench));
    expect(refused.map(({ why }) => why)).toEqual([
      'paymentwall/gone is not a configured account',
      'key: found "b1", expected one like "b1493096790/0"',
    ]);
    expect((await bench.memory.get(eventKey(scope, KEY)))?.data).toEqual({
      ...{ materialHash: '', outcome: 'imported', effects: [], correlationId: 'import' },
      receivedAt: new Date(bench.time.now).toISOString(),
    });
  });

  it('the key that an import expects is the key that normalize gives a notification of each provider', () => {
    const { checkout: _, ...account } = { ...workerBench().account, orderParameter: 'goodsid' };
    const query = 'uid=u1&goodsid=gold&slength=&speriod=&type=0&ref=b1493096790&sign_version=3&sig=x';
    expect(paymentwall.normalize(paymentwall.parse(query, account), account).key).toBe('b1493096790/0');
    const americas = { ...account, provider: 'trustly-americas' } as const;
    const form =
      'eventId=1028606616&eventType=Complete&objectId=1&objectType=Transaction&transactionType=3&status=4';
    expect(trustlyAmericas.normalize(trustlyAmericas.parse(form, americas), americas).key).toBe('1028606616');
    const europe = {
      ...account,
      provider: 'trustly-europe',
      replyAlgorithm: 'SHA1',
      withdrawals: false,
      kyc: false,
    } as const;
    const data = { notificationid: '9876543456', orderid: '1', messageid: 'm', attributes: null };
    const uuid = '258a2184-2842-b485-25ca-293525152425';
    const json = JSON.stringify({ method: 'cancel', params: { signature: 'x', uuid, data }, version: '1.1' });
    expect(trustlyEurope.normalize(trustlyEurope.parse(json, europe), europe).key).toBe('9876543456');
  });
});

describe('mode observe and a later switch to mode act', () => {
  /** A worker on the same table with mode act. */
  const acting = (bench: Bench, over: Partial<AccountPolicy> = {}) => {
    const account = { ...bench.account, policy: { ...bench.account.policy, mode: 'act' as const, ...over } };
    return createApply({ ...bench.deps, accounts: [account] });
  };
  const observing = () => workerBench({ policy: { mode: 'observe' } });

  it('mode observe derives payments and keeps evidence, but writes and sends no effect', async () => {
    const bench = observing();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ key: 'k2' }));
    await bench.apply(bench.envelope({ key: 'k3', fact: 'reversed' }));
    expect(payment(bench)).toMatchObject({
      status: 'reversed',
      grant: { epoch: 1, state: 'revoked', observed: true },
      version: 3,
    });
    expect(bench.memory.data('evidence#')).toHaveLength(3);
    expect(bench.memory.data('effect#')).toEqual([]);
    expect(bench.fulfilment.sent).toEqual([]);
  });

  it('a grant of mode observe causes neither fulfil nor revoke after the switch to act, but payment.reversed', async () => {
    const bench = observing();
    await bench.apply(bench.envelope());
    const apply = acting(bench);
    await apply(bench.envelope({ note: 'a late copy' }));
    await apply(bench.envelope({ key: 'k2', fact: 'processing' }));
    expect(types(bench)).toEqual([]);
    await apply(bench.envelope({ key: 'k3', fact: 'reversed' }));
    expect(types(bench)).toEqual(['payment.reversed']);
    expect(payment(bench)?.grant).toEqual({ epoch: 1, state: 'revoked', observed: true });
  });

  it('a payment that becomes paid after the switch from observe to act gets a fulfil', async () => {
    const bench = observing();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await acting(bench)(bench.envelope({ key: 'k2' }));
    expect(types(bench)).toContain('fulfil');
  });

  it('a payment held in mode observe gets a fulfil when released later, unless its order was imported', async () => {
    for (const imported of [false, true]) {
      const bench = workerBench({ policy: { mode: 'observe', unknownOrder: 'hold' } });
      await bench.apply(bench.envelope({ reference: 'r1' }));
      expect(payment(bench)?.holds.map(({ reason }) => reason)).toEqual(['unknown_order']);
      await importOrders([order('r1', imported ? fulfilled : {})], importDeps(bench));
      const apply = acting(bench, { unknownOrder: 'hold' });
      for (const { body } of bench.notifications.sent.splice(0)) await apply(body);
      expect(types(bench).includes('fulfil')).toBe(!imported);
    }
  });

  it('a fulfil sent before mode observe gets its revoke only when mode is act again', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    const observe = { ...bench.account, policy: { ...bench.account.policy, mode: 'observe' as const } };
    await createApply({ ...bench.deps, accounts: [observe] })(
      bench.envelope({ key: 'k2', fact: 'reversed' }),
    );
    expect(types(bench)).not.toContain('revoke');
    expect(payment(bench)?.grant.state).toBe('granted');
    await bench.apply(bench.envelope({ key: 'k3', fact: 'processing' }));
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'revoke')).toHaveLength(1);
  });
});
