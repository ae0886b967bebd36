/** Registering orders before, while and after their notifications arrive. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Store, StoreBusyError } from '../../../shared/app/ports.ts';
import { sweep } from '../../../shared/app/schedules/sweep.ts';
import { referenceAliasKey, waitingKey } from '../../../shared/app/table/keys.ts';
import { markItem, SCHEMA } from '../../../shared/app/table/rows.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import type { Order, Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { put, range } from '../../support/waiting-rows.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const order = (over: Record<string, unknown> = {}): Order =>
  parseOrder(
    { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }], ...over },
    new Date(START).toISOString(),
  );
const held = { policy: { unknownOrder: 'hold' } } as const;
const register = (bench: Bench, over?: Record<string, unknown>) =>
  registerOrder(bench.memory, bench.notifications, order(over));
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);

/** Applies the messages that the registration queued. @returns their number */
async function work(bench: Bench): Promise<number> {
  const bodies = bench.notifications.sent.splice(0).map(({ body }) => body);
  for (const body of bodies) await bench.apply(body);
  return bodies.length;
}

describe('the registration of an order', () => {
  it('a payment finds the order registered before by its reference, and is granted and fulfilled', async () => {
    const bench = workerBench(held);
    expect(await register(bench)).toEqual({ created: true, waiting: [] });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)).toMatchObject({ orderReference: 'r1', status: 'paid', holds: [] });
    expect(bench.memory.data<Order>('order')[0]).toMatchObject({ paidBy: 'paymentwall:toy:p1', version: 2 });
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
  });

  it('an order registered after the money releases the payment held as unknown_order and removes the mark', async () => {
    const bench = workerBench(held);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)?.holds.map(({ reason }) => reason)).toEqual(['unknown_order']);
    expect(bench.memory.data('waiting#').length).toBeGreaterThan(0);

    expect(await register(bench)).toEqual({ created: true, waiting: ['paymentwall:toy:p1'] });
    await work(bench);
    expect(payment(bench)).toMatchObject({ orderReference: 'r1', holds: [], grant: { state: 'granted' } });
    expect(bench.memory.data('waiting#')).toEqual([]);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('an order registered between read and write of a payment is found, and the payment is granted', async () => {
    const bench = workerBench(held);
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await register(bench);
    };
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await work(bench);
    expect(payment(bench)).toMatchObject({ orderReference: 'r1', grant: { state: 'granted' } });
  });

  it('a repeated registration after a failed send derives the waiting payments anew at once', async () => {
    const bench = workerBench(held);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    bench.notifications.fails = () => {
      throw new Error('queue down');
    };
    await expect(register(bench)).rejects.toThrow('queue down');
    bench.notifications.fails = undefined;
    expect(await register(bench)).toMatchObject({ created: false, waiting: ['paymentwall:toy:p1'] });
    expect(await work(bench)).toBe(1);
    expect(payment(bench)?.grant.state).toBe('granted');
  });

  it('a payment derived anew four times for its order is fulfilled once', async () => {
    const bench = workerBench(held);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await register(bench);
    const [body] = bench.notifications.bodies;
    for (let n = 0; n < 4; n++) await bench.apply(body ?? '');
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a second payment of a once order is held as order_already_paid', async () => {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope({ key: 'k1', payment: 'p1', reference: 'r1' }));
    await bench.apply(bench.envelope({ key: 'k2', payment: 'p2', reference: 'r1' }));
    expect(payment(bench, 'p2')?.holds.map(({ reason }) => reason)).toEqual(['order_already_paid']);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('a payment is held as order_already_paid when a second payment is granted during its transaction', async () => {
    const bench = workerBench(held);
    await register(bench);
    const second = bench.envelope({ key: 'k2', payment: 'p2', reference: 'r1' });
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(second);
    };
    await bench.apply(bench.envelope({ key: 'k1', payment: 'p1', reference: 'r1' }));
    expect(payment(bench, 'p1')?.holds.map(({ reason }) => reason)).toEqual(['order_already_paid']);
    expect(payment(bench, 'p2')?.grant.state).toBe('granted');
  });

  it('validUntil is compared with the earliest receivedAt, also when a later copy is processed first', async () => {
    const bench = workerBench(held);
    await register(bench, { validUntil: new Date(START + 60_000).toISOString() });
    const early = bench.envelope({ reference: 'r1' });
    bench.time.now += 120_000;
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)?.holds.map(({ reason }) => reason)).toEqual(['order_expired']);
    await bench.apply(early);
    expect(payment(bench)).toMatchObject({ holds: [], grant: { state: 'granted' } });
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  const byId = {
    ...{ reference: 'r2', provider: 'paymentwall', account: 'toy' },
    aliases: [{ type: 'id', value: 'p1' }],
  };

  it('an order that names a payment by its own id replaces the order that the payment found by reference', async () => {
    const bench = workerBench(held);
    await register(bench, { amounts: [{ currency: 'EUR', exact: '7' }] });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)).toMatchObject({ orderReference: 'r1', holds: [{ reason: 'amount_differs' }] });
    expect(await register(bench, byId)).toEqual({ created: true, waiting: ['paymentwall:toy:p1'] });
    await work(bench);
    expect(payment(bench)).toMatchObject({ orderReference: 'r2', holds: [], grant: { state: 'granted' } });
  });

  it('an order that names a payment by its own id is found when registered between read and write', async () => {
    const bench = workerBench(held);
    await register(bench, { amounts: [{ currency: 'EUR', exact: '7' }] });
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      expect(await register(bench, byId)).toEqual({ created: true, waiting: [] });
    };
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(await work(bench)).toBe(0);
    expect(payment(bench)).toMatchObject({ orderReference: 'r2', holds: [], grant: { state: 'granted' } });
  });

  it('an order that has the id of a payment as its reference does not name that payment', async () => {
    const bench = workerBench(held);
    await register(bench, { amounts: [{ currency: 'EUR', exact: '7' }] });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const aliases = [{ type: 'reference', value: 'p1' }];
    expect(await register(bench, { ...byId, aliases })).toEqual({ created: true, waiting: [] });
  });

  it('an order that names a granted payment does not take the payment over and is answered with elsewhere', async () => {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    // The new order stays unpaid, so the answer names the payment.
    const elsewhere = [{ payment: 'paymentwall:toy:p1', order: 'r1' }];
    expect(await register(bench, byId)).toEqual({ created: true, waiting: [], elsewhere });
    expect(payment(bench)).toMatchObject({ orderReference: 'r1', grant: { state: 'granted', epoch: 1 } });
  });

  it('an order of another account is not found, and the payment is held as unknown_order', async () => {
    const bench = workerBench(held);
    await register(bench, { provider: 'trustly-europe', account: 'other' });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)).toMatchObject({ holds: [{ reason: 'unknown_order' }] });
  });
});

describe('more waiting payments than one registration can derive anew', () => {
  async function crowded(many: number) {
    const bench = workerBench(held);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const template = bench.memory.all().find(({ sk }) => sk === 'payment');
    if (template === undefined) throw new Error('no payment');
    const rows = range(many).flatMap((n) => {
      const key = `paymentwall:toy:q${String(n).padStart(4, '0')}`;
      const data = { ...(template.data as Payment), key, id: key.split(':')[2] ?? '' };
      return [paymentRow(data), markItem(waitingKey(referenceAliasKey('r1'), key), key)];
    });
    put(bench.memory, rows);
    return bench;
  }
  const follow = (bench: Bench, payments: readonly string[]) => {
    for (const key of payments) {
      const row = bench.memory.rows.get(`payment#${key}\u0000payment`);
      if (row !== undefined)
        put(bench.memory, [{ ...row, data: { ...(row.data as Payment), orderReference: 'r1' } }]);
    }
  };

  it('1,000 waiting payments are derived anew at a registration, the rest when the registration is repeated', async () => {
    const bench = await crowded(1_100);
    const first = await register(bench);
    expect(first).toMatchObject({ created: true, more: true });
    expect(first.waiting).toHaveLength(1_000);
    expect(bench.notifications.sent).toHaveLength(first.waiting.length);
    follow(bench, first.waiting);
    const second = await register(bench);
    expect(second).not.toHaveProperty('more');
    expect(new Set([...first.waiting, ...second.waiting]).size).toBe(1_101);
  }, 60_000);

  it.each([
    [4_999, false],
    [5_000, true],
  ])(
    'a registration after %i marks of payments that already follow the order answers more: %s',
    async (marks, more) => {
      const bench = workerBench(held);
      await register(bench);
      await bench.apply(bench.envelope({ reference: 'r1' }));
      const alias = referenceAliasKey('r1');
      put(
        bench.memory,
        range(marks).map((n) => markItem(waitingKey(alias, `paymentwall:toy:m${n}`), 'paymentwall:toy:p1')),
      );
      const result = await register(bench);
      expect(result).toEqual({ created: false, waiting: [], ...(more ? { more } : {}) });
    },
    60_000,
  );
});

describe('a payment with a mark under the name of an order', () => {
  const granted = { epoch: 1, state: 'granted' } as const;
  const none = { epoch: 0, state: 'none' } as const;

  it.each([
    ['a payment without an order is derived anew', { grant: none }, SCHEMA, true],
    ['a payment granted without an order is derived anew', { grant: granted }, SCHEMA, true],
    [
      'a payment of another order that is not granted is derived anew',
      { grant: none, orderReference: 'r0' },
      SCHEMA,
      true,
    ],
    [
      'a payment granted for another order is not derived anew',
      { grant: granted, orderReference: 'r0' },
      SCHEMA,
      false,
    ],
    [
      'a payment that already follows the order is not derived anew',
      { grant: none, orderReference: 'r1' },
      SCHEMA,
      false,
    ],
    ['a payment whose row has a newer schema is derived anew', { orderReference: 'r1' }, SCHEMA + 1, true],
  ] as const)('%s when an order is registered under the mark', async (_, state, schema, waits) => {
    const bench = workerBench(held);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const row = bench.memory.all().find(({ sk }) => sk === 'payment');
    if (row === undefined) throw new Error('no payment');
    put(bench.memory, [{ ...row, schema, data: { ...(row.data as Payment), ...state } }]);
    expect((await register(bench)).waiting).toEqual(waits ? ['paymentwall:toy:p1'] : []);
  });

  it('a payment whose row is gone is derived anew when an order is registered under the mark', async () => {
    const bench = workerBench(held);
    put(bench.memory, [
      markItem(waitingKey(referenceAliasKey('r1'), 'paymentwall:toy:p9'), 'paymentwall:toy:p9'),
    ]);
    expect((await register(bench)).waiting).toEqual(['paymentwall:toy:p9']);
  });
});

describe('a registration while the table is busy', () => {
  // The pauses between the attempts are random. With the factor 0 there are none.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  const busy = (bench: Bench, times: number) => {
    const tried = { times: 0 };
    bench.memory.beforeWrite = () => {
      tried.times += 1;
      if (tried.times <= times) throw new StoreBusyError('busy');
    };
    return tried;
  };

  it('a registration is tried up to six times while the table is busy', async () => {
    const bench = workerBench(held);
    const tried = busy(bench, 5);
    expect(await register(bench)).toEqual({ created: true, waiting: [] });
    expect(tried.times).toBe(6);
  });

  it('a registration fails with StoreBusyError after six busy attempts', async () => {
    const bench = workerBench(held);
    const tried = busy(bench, 6);
    await expect(register(bench)).rejects.toThrow(StoreBusyError);
    expect(tried.times).toBe(6);
  });

  it('a registration is not retried after a failure other than a busy table', async () => {
    const bench = workerBench(held);
    const tried = { times: 0 };
    bench.memory.beforeWrite = () => {
      tried.times += 1;
      throw new Error('table gone');
    };
    await expect(register(bench)).rejects.toThrow('table gone');
    expect(tried.times).toBe(1);
  });

  it('a registration fails as "order row changed" when the row that refused every write is gone', async () => {
    const bench = workerBench(held);
    const store: Store = {
      get: (key) => bench.memory.get(key),
      query: (pk, options) => bench.memory.query(pk, options),
      open: async () => [],
      write: async () => ({ ok: false, refused: [{ index: 0 }] }),
    };
    await expect(registerOrder(store, bench.notifications, order())).rejects.toThrow('order row changed');
  });
});

describe('a refused registration', () => {
  it('a registration is refused when its reference is registered with other content, naming what differs', async () => {
    const bench = workerBench();
    await register(bench);
    await expect(
      register(bench, { amounts: [{ currency: 'EUR', exact: '6' }], use: 'open' }),
    ).rejects.toThrow('order.reference: "r1" is registered with other content (amounts, use)');
  });

  it('a registration is refused when an alias belongs to another order, and nothing is written', async () => {
    const bench = workerBench();
    await register(bench, { aliases: [{ type: 'reference', value: 'a#1' }] });
    const rows = bench.memory.all().length;
    await expect(
      register(bench, { reference: 'r2', aliases: [{ type: 'reference', value: 'a#1' }] }),
    ).rejects.toThrow('order.aliases: "reference#a#1" belongs to order "r1"');
    expect(bench.memory.all()).toHaveLength(rows);
  });

  it("a registration is refused when a provider's id is given without provider and account", async () => {
    const bench = workerBench();
    await expect(register(bench, { aliases: [{ type: 'id', value: '7' }] })).rejects.toThrow(
      'allowed only with order.provider and order.account',
    );
  });

  it.each([{ provider: 'paymentwall' }, { account: 'toy' }] as const)(
    "a registration is refused when a provider's id is given with %j alone, and nothing is written",
    async (part) => {
      const bench = workerBench();
      const partial: Order = { ...order(), ...part, aliases: [{ type: 'id', value: '7' }] };
      await expect(registerOrder(bench.memory, bench.notifications, partial)).rejects.toThrow(
        'order.aliases: found the provider\'s id "7", allowed only with order.provider and order.account',
      );
      expect(bench.memory.all()).toEqual([]);
    },
  );

  it('a registration is accepted again when the stored row has the same content in another order of keys', async () => {
    const bench = workerBench(held);
    await register(bench, { amounts: [{ currency: 'EUR', min: '5', max: '6' }] });
    const row = bench.memory.all().find(({ sk }) => sk === 'order');
    if (row === undefined) throw new Error('no order');
    const [term] = (row.data as Order).amounts;
    const turned = Object.fromEntries(Object.entries(term ?? {}).reverse());
    put(bench.memory, [{ ...row, data: { ...(row.data as Order), amounts: [turned] } }]);
    expect(await register(bench, { amounts: [{ currency: 'EUR', min: '5', max: '6' }] })).toMatchObject({
      created: false,
    });
  });

  it('a registration with the same content is accepted again after the order was paid', async () => {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(await register(bench)).toMatchObject({ created: false });
  });
});

describe('an order whose payment was reversed', () => {
  const fact = (key: string, id: string, what: string) => ({ key, payment: id, fact: what, reference: 'r1' });
  const reasons = (bench: ReturnType<typeof workerBench>, id: string) =>
    payment(bench, id)?.holds.map(({ reason }) => reason);
  async function paidTwice() {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope(fact('k1', 'p1', 'paid')));
    await bench.apply(bench.envelope(fact('k2', 'p2', 'paid')));
    return bench;
  }

  it('a payment held as order_already_paid is derived anew by the sweeper after the claimant is reversed', async () => {
    const bench = await paidTwice();
    expect(bench.memory.data<Order>('order')[0]).toMatchObject({ contenders: ['paymentwall:toy:p2'] });
    await bench.apply(bench.envelope(fact('k3', 'p1', 'reversed')));
    expect(reasons(bench, 'p2')).toEqual(['order_already_paid']);
    await sweep(bench.deps, () => 60_000);
    for (const body of bench.notifications.bodies) await bench.apply(body);
    expect(reasons(bench, 'p2')).toEqual(['order_payment_reversed']);
    await bench.deliverAll();
    const last = bench.target.received.at(-1);
    expect(last).toMatchObject({
      type: 'payment.held',
      payment: 'paymentwall:toy:p2',
      order: {
        reference: 'r1',
        state: 'open',
        paidBy: { payment: 'paymentwall:toy:p1', status: 'reversed' },
      },
    });
  });

  it('a second payment held at the moment of the reversal becomes order_payment_reversed at the next sweep', async () => {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope(fact('k1', 'p1', 'paid')));
    const second = bench.envelope(fact('k2', 'p2', 'paid'));
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(second);
    };
    await bench.apply(bench.envelope(fact('k3', 'p1', 'reversed')));
    await sweep(bench.deps, () => 60_000);
    for (const body of bench.notifications.bodies) await bench.apply(body);
    expect(reasons(bench, 'p2')).toEqual(['order_payment_reversed']);
  });

  it('a second payment is held as order_payment_reversed when the reversal is written during its transaction', async () => {
    const bench = workerBench(held);
    await register(bench);
    await bench.apply(bench.envelope(fact('k1', 'p1', 'paid')));
    const reversal = bench.envelope(fact('k3', 'p1', 'reversed'));
    bench.memory.beforeWrite = async (writes) => {
      if (writes.length === 1) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(reversal);
    };
    await bench.apply(bench.envelope(fact('k2', 'p2', 'paid')));
    expect(payment(bench, 'p1')?.grant.state).toBe('revoked');
    expect(reasons(bench, 'p2')).toEqual(['order_payment_reversed']);
  });
});
