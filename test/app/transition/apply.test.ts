/** A conflicting duplicate: it is stored and announced, and its payment is held. */
import { describe, expect, it } from 'vitest';
import { listedPayments } from '../../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../../shared/app/operator/rederive.ts';
import { EVIDENCE_PREFIX } from '../../../shared/app/table/keys.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import type { Effect, Order, Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);

describe('a conflicting duplicate', () => {
  it('effects of a conflicting duplicate that a killed worker left pending are published at the next receive', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    await bench.deliverAll();
    const other = bench.envelope({ fact: 'reversed' });
    bench.fulfilment.fails = () => {
      throw new Error('killed');
    };
    await expect(bench.apply(other)).rejects.toThrow('killed');
    bench.fulfilment.fails = undefined;
    await bench.apply(other);
    // payment.held was written in the transaction of the worker that died, and is not delivered yet.
    const open = bench.memory.data<Effect>('effect#').filter(({ state }) => state === 'pending');
    expect(open.length).toBeGreaterThan(0);
    expect(bench.fulfilment.sent).toHaveLength(open.length);
  });

  const held = (bench: Bench) =>
    ['p1', 'p2'].map((id) => payment(bench, id)?.holds.map(({ reason }) => reason));

  it.each([
    ['is not known', []],
    ['is known', [{ payment: 'p2', key: 'p2/1', fact: 'processing' }]],
  ])(
    'a conflicting duplicate that names another payment, which %s, holds both payments and is kept with both',
    async (_, before) => {
      const bench = workerBench();
      for (const each of before) await bench.apply(bench.envelope(each));
      await bench.apply(bench.envelope());
      await bench.apply(bench.envelope({ payment: 'p2' }));
      expect(held(bench)).toEqual([['conflicting_duplicate'], ['conflicting_duplicate']]);
      const [first, named] = ['p1', 'p2'].map((id) => payment(bench, id));
      expect(named?.conflicts).toEqual(first?.conflicts);
      // The facts of the conflicting duplicate are joined to no payment.
      expect(Object.keys(named?.facts ?? {})).toHaveLength(before.length);
      for (const id of ['p1', 'p2']) {
        const pk = `payment#paymentwall:toy:${id}`;
        const kept = await bench.memory.query(pk, { prefix: EVIDENCE_PREFIX, limit: 9 });
        expect(kept).toHaveLength(id === 'p1' ? 2 : before.length + 1);
      }
    },
  );

  const registered = (bench: Bench, over: object = {}) =>
    registerOrder(
      bench.memory,
      bench.notifications,
      parseOrder(
        { reference: 'r2', amounts: [{ currency: 'EUR', exact: '5' }], ...over },
        new Date(START).toISOString(),
      ),
    );

  it.each(['processing', 'paid'])(
    'a conflicting duplicate does not lead a payment that is %s to the order that the duplicate names',
    async (fact) => {
      const bench = workerBench();
      await bench.apply(bench.envelope({ fact }));
      await registered(bench);
      await bench.apply(bench.envelope({ fact: 'reversed', reference: 'r2' }));
      expect(payment(bench)?.orderReference).toBeUndefined();
      expect(bench.memory.data<Order>('order').map(({ paidBy }) => paidBy)).toEqual([undefined]);
      const looked = await rederive(
        listedPayments([P1]),
        { dryRun: true, by: 'ada', note: 'look' },
        bench.deps,
      );
      expect(looked.changed).toEqual([]);
    },
  );

  it('an unknown payment named by a conflicting duplicate finds the order registered under the payment’s own id', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const own = { provider: 'paymentwall', account: 'toy', aliases: [{ type: 'id', value: 'p2' }] };
    await registered(bench, own);
    await bench.apply(bench.envelope({ payment: 'p2' }));
    expect(payment(bench, 'p2')?.orderReference).toBe('r2');
    expect(payment(bench)?.orderReference).toBeUndefined();
  });

  it('a conflicting duplicate that names another payment holds both payments although the worker dies in between', async () => {
    let deaths = 0;
    for (const dies of [1, 2, 3, 4, 5, 6]) {
      const bench = workerBench();
      await bench.apply(bench.envelope());
      const other = bench.envelope({ payment: 'p2' });
      let writes = 0;
      bench.memory.beforeWrite = () => {
        writes += 1;
        if (writes === dies) throw new Error('killed');
      };
      const hasDied = await bench.apply(other).then(
        () => false,
        () => true,
      );
      expect(hasDied, `at write ${dies} of ${writes}`).toBe(writes >= dies);
      deaths += hasDied ? 1 : 0;
      bench.memory.beforeWrite = undefined;
      await bench.apply(other);
      expect(held(bench)).toEqual([['conflicting_duplicate'], ['conflicting_duplicate']]);
      await bench.deliverAll();
      expect(bench.memory.data<Effect>('effect#').filter(({ state }) => state === 'pending')).toEqual([]);
    }
    expect(deaths, 'deaths in between').toBeGreaterThan(1);
  });
});
