/** Edges of shared/app: each of these fails for one small change that no other test notices. */

import { describe, expect, it } from 'vitest';
import { RECOVERY_MS } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import { type ImportDeps, importOrders, importProcessed } from '../../shared/app/operator/import.ts';
import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { rederive } from '../../shared/app/operator/rederive.ts';
import { confirmDue, confirmRedirect } from '../../shared/app/schedules/confirm.ts';
import { CHARGEBACK_WINDOW_DAYS } from '../../shared/app/schedules/reconcile.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { EVIDENCE_PREFIX, referenceAliasKey, waitingKey } from '../../shared/app/table/keys.ts';
import {
  type ConfirmRow,
  confirmItem,
  effectItem,
  effectOf,
  waitingItem,
} from '../../shared/app/table/rows.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { effectsOf } from '../../shared/app/transition/outbox.ts';
import { MAX_QUARANTINED_PER_MONTH } from '../../shared/app/transition/quarantine.ts';
import type { Effect, Order, Payment } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import {
  START as ASKING_START,
  capture,
  livePolicyOf,
  pingback,
  pollingBench,
} from '../support/polling-bench.ts';
import { toyProvider } from '../support/toy-provider.ts';
import { type Bench, START, workerBench } from '../support/worker-bench.ts';

const P1 = 'paymentwall:toy:p1';
const KEY = { pk: `payment#${P1}`, sk: 'effect#1#fulfil' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);
const message = (effect: string) =>
  JSON.stringify({ version: 1, kind: 'effect', correlationId: 'c', payment: P1, effect });
const importDeps = (bench: Bench): ImportDeps => ({
  store: bench.memory,
  notifications: bench.notifications,
  accounts: bench.deps.accounts,
  clock: bench.deps.clock,
  pause: bench.deps.pause,
});

describe('a copy with other content', () => {
  it('that its first worker did not publish is published when the message comes again', async () => {
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
    // payment.held: written in the transaction of the worker that died, and owed to the merchant now.
    const open = bench.memory.data<Effect>('effect#').filter(({ state }) => state === 'pending');
    expect(open.length).toBeGreaterThan(0);
    expect(bench.fulfilment.sent).toHaveLength(open.length);
  });

  const held = (bench: Bench) =>
    ['p1', 'p2'].map((id) => payment(bench, id)?.holds.map(({ reason }) => reason));

  it.each([
    ['is not known', []],
    ['is known', [{ payment: 'p2', key: 'p2/1', fact: 'processing' }]],
  ])('that names another payment, which %s, holds both, and each shows the copy', async (_, before) => {
    const bench = workerBench();
    for (const each of before) await bench.apply(bench.envelope(each));
    await bench.apply(bench.envelope());
    await bench.apply(bench.envelope({ payment: 'p2' }));
    expect(held(bench)).toEqual([['conflicting_duplicate'], ['conflicting_duplicate']]);
    const [first, named] = ['p1', 'p2'].map((id) => payment(bench, id));
    expect(named?.conflicts).toEqual(first?.conflicts);
    // Its facts are not joined to either.
    expect(Object.keys(named?.facts ?? {})).toHaveLength(before.length);
    for (const id of ['p1', 'p2']) {
      const pk = `payment#paymentwall:toy:${id}`;
      const kept = await bench.memory.query(pk, { prefix: EVIDENCE_PREFIX, limit: 9 });
      expect(kept).toHaveLength(id === 'p1' ? 2 : before.length + 1);
    }
  });

  const registered = (bench: Bench, over: object = {}) =>
    registerOrder(
      bench.memory,
      bench.notifications,
      parseOrder(
        { reference: 'r2', amounts: [{ currency: 'EUR', exact: '5' }], ...over },
        new Date(START).toISOString(),
      ),
    );

  it.each(['processing', 'paid'])('leads a payment that is %s to no order that it names', async (fact) => {
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
  });

  it('that names a payment nobody knows finds the order of that payment’s own id', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const own = { provider: 'paymentwall', account: 'toy', aliases: [{ type: 'id', value: 'p2' }] };
    await registered(bench, own);
    await bench.apply(bench.envelope({ payment: 'p2' }));
    expect(payment(bench, 'p2')?.orderReference).toBe('r2');
    expect(payment(bench)?.orderReference).toBeUndefined();
  });

  it('that names another payment holds both also where the worker dies in between', async () => {
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

describe('what another system has processed', () => {
  it('is absorbed also when it reached us before the import, and is worked on after it', async () => {
    const bench = workerBench();
    const waitingInTheQueue = bench.envelope({ key: 'p1/0' });
    bench.time.now += HOUR;
    await importProcessed([{ provider: 'paymentwall', account: 'toy', key: 'p1/0' }], importDeps(bench));
    await bench.apply(waitingInTheQueue);
    await bench.deliverAll();
    expect(payment(bench)).toBeUndefined();
    expect(bench.target.types).toEqual([]);
  });

  it('is not reported as refused while the table fails: the import stops, and is repeated', async () => {
    const bench = workerBench();
    bench.memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    const order = { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }], fulfilled: 'external' };
    await expect(importOrders([order], importDeps(bench))).rejects.toThrow('table gone');
  });
});

describe('an order', () => {
  const order = { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }] };
  const register = (bench: Bench, over: object = {}) =>
    registerOrder(
      bench.memory,
      bench.notifications,
      parseOrder({ ...order, ...over }, new Date(START).toISOString()),
    );

  it.each([
    ['validUntil', '2026-03-02T12:00:00Z'],
    ['endUser', 'u1'],
    ['fulfilled', 'external'],
    ['kind', 'refund'],
    ['use', 'recurring'],
    ['provider', 'paymentwall'],
  ])('registered again with another %s is refused, not taken for the same', async (field, value) => {
    const bench = workerBench();
    await register(bench);
    await expect(register(bench, { [field]: value })).rejects.toThrow(field);
  });

  it('releases every waiting payment, however many there are', async () => {
    const bench = workerBench();
    const alias = referenceAliasKey('r1');
    for (let n = 0; n < 250; n++) {
      const waiting = `paymentwall:toy:w${n}`;
      const put = waitingItem(waitingKey(alias, waiting), waiting);
      await bench.memory.write([{ put, when: 'always' }]);
    }
    expect((await register(bench)).waiting).toHaveLength(250);
    expect(bench.notifications.sent).toHaveLength(250);
  });
});

describe('a delivery', () => {
  it('is the same text, byte for byte, in whatever order the row comes back', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const item = await bench.memory.get(KEY);
    if (item === undefined) throw new Error('no effect');
    const { effect, version } = effectOf(item);
    const event = Object.fromEntries(Object.entries(effect.event).reverse()) as typeof effect.event;
    const put = effectItem({ effect: { ...effect, event }, version }, effect.updatedAt);
    await bench.memory.write([{ put, when: 'always' }]);
    await bench.deliver(message('1#fulfil'), bench.invocation);
    const [received] = bench.target.received;
    expect(Object.keys(received ?? {})).toEqual(Object.keys(effect.event).sort());
  });

  it('ends while there is time to write down how it went', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    let signal: AbortSignal | undefined;
    const deliver = (_event: unknown, given?: AbortSignal): Promise<void> => {
      signal = given;
      return new Promise((_resolve, reject) => {
        given?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    };
    Object.assign(bench.target, { deliver });
    const rest = bench.deliver(message('1#fulfil'), { ...bench.invocation, remainingMs: () => 3_020 });
    expect(await rest).toEqual({ type: 'later', seconds: 30 });
    expect(signal?.aborted).toBe(true);
  });

  it('finds its effect among more than one page of them', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const item = await bench.memory.get(KEY);
    if (item === undefined) throw new Error('no effect');
    const { effect } = effectOf(item);
    for (let n = 0; n < 250; n++) {
      const other = { ...effect, name: `n${1_000 + n}#payment.paid` };
      const put = effectItem({ effect: other, version: 1 }, effect.updatedAt);
      await bench.memory.write([{ put, when: 'always' }]);
    }
    // 1#fulfil, n1#payment.paid and these.
    expect(await effectsOf(bench.memory, P1)).toHaveLength(252);
  });
});

describe('a sweep', () => {
  it('counts as stuck what awaits its confirmation for a day', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const stuck = async (afterMs: number) => {
      bench.time.now += afterMs;
      bench.lines.length = 0;
      await sweep(bench.deps, () => 60_000);
      return bench.metric('PaymentsStuck').map((line) => line.PaymentsStuck);
    };
    expect(await stuck(DAY - 1_000)).toEqual([0]);
    expect(await stuck(1_000)).toEqual([1]);
  });
});

describe('deriving anew', () => {
  const operatorNote = { by: 'ada', note: 'release 1.2' };
  const run = (bench: Bench, change: Partial<typeof toyProvider>) => {
    const toy = { ...toyProvider, ...change } as RegisteredProvider;
    const deps = { ...bench.deps, providers: { ...bench.deps.providers, paymentwall: toy } };
    return rederive(listedPayments([P1]), { dryRun: false, ...operatorNote }, deps);
  };

  it('takes nothing from evidence that today’s code reads as another payment’s', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    await bench.apply(bench.envelope({ key: 'k2', fact: 'settled' }));
    const { changed, notable } = await run(bench, {
      normalize: (notification, account) => {
        const normalized = toyProvider.normalize(notification, account);
        if (notification.key !== 'k2') return normalized;
        const facts = { 'paid/1': { codes: ['paid'], amounts: ['5 EUR'] } };
        return { ...normalized, subject: { kind: 'payment', id: 'p2' }, facts };
      },
    });
    expect(changed).toEqual([]);
    expect(notable).toMatchObject([{ payment: P1, unusable: { other_subject: 1 } }]);
    expect(payment(bench)?.status).toBe('processing');
    expect(bench.memory.data<Effect>('effect#').map(({ type }) => type)).not.toContain('fulfil');
  });

  it('carries out a change that is of names alone', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope({ fact: 'processing' }));
    const { changed } = await run(bench, {
      normalize: (notification, account) => ({
        ...toyProvider.normalize(notification, account),
        aliases: [{ type: 'reference', value: 'r9' }],
      }),
    });
    expect(changed).toEqual([{ payment: P1, events: [] }]);
    expect(payment(bench)?.aliases).toContainEqual({ type: 'reference', value: 'r9' });
  });
});

describe('asking the provider', () => {
  async function waiting() {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', merchantReference: 'order-1', status: '4' });
    await bench.arrive('trustly-americas', capture('1', '11', 'Complete', '4'));
    const row = () => bench.store.all().find(({ sk }) => sk === 'confirmation');
    /** The row once more, as new evidence writes it while the provider is asked. */
    const news = async () => {
      const { payment: of } = (row()?.data ?? { payment: '' }) as ConfirmRow;
      const put = confirmItem(
        { payment: of, attempts: 0 },
        ASKING_START + 5,
        new Date(ASKING_START).toISOString(),
      );
      await bench.store.write([{ put, when: 'always' }]);
    };
    return { ...bench, row, news };
  }

  it('puts no question off that new evidence asked meanwhile', async () => {
    const bench = await waiting();
    const client = {
      ...bench.deps.client,
      ask: async () => {
        await bench.news();
        return { type: 'unavailable', reason: 'network' } as const;
      },
    };
    await confirmDue({ ...bench.deps, client }, () => 600_000);
    expect(bench.row()).toMatchObject({
      openAt: new Date(ASKING_START).toISOString(),
      data: { attempts: 0 },
    });
  });

  it('loses no answer when the queue is away: it is asked again at once', async () => {
    const bench = await waiting();
    bench.notifications.fails = () => {
      throw new Error('queue down');
    };
    await expect(confirmDue(bench.deps, () => 600_000)).rejects.toThrow('queue down');
    bench.notifications.fails = undefined;
    // Put off before the answer was queued, it would have to wait for the next turn.
    expect(await bench.confirm()).toMatchObject({ due: 1, asked: 1, answers: 1 });
    expect(await bench.status('trustly-americas', '1')).toBe('paid');
  });

  it('asks about no payment that is not due, although the index says so', async () => {
    const bench = await waiting();
    const key = bench.row();
    if (key === undefined) throw new Error('no row');
    const put = confirmItem(key.data as ConfirmRow, 2, new Date(ASKING_START + HOUR).toISOString());
    await bench.store.write([{ put, when: 'always' }]);
    bench.store.open = async (shard) => (shard === key.openShard ? [{ pk: key.pk, sk: key.sk }] : []);
    expect(await bench.confirm()).toMatchObject({ due: 1, asked: 0 });
    expect(bench.fakes.americas.calls).toBe(0);
  });

  it('does not remove a question that new evidence asked meanwhile', async () => {
    const bench = await waiting();
    await bench.confirm();
    const { payment: of } = (bench.row()?.data ?? { payment: 'trustly-americas:shop:1' }) as ConfirmRow;
    const old = confirmItem({ payment: of, attempts: 1 }, 2, new Date(ASKING_START).toISOString());
    await bench.store.write([{ put: old, when: 'always' }]);
    bench.store.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'remove' in write)) return;
      bench.store.beforeWrite = undefined;
      await bench.news();
    };
    await bench.confirm();
    expect(bench.row()).toMatchObject({ version: ASKING_START + 5 });
  });

  it('a redirect is not confirmed by the answer about another transaction', async () => {
    const bench = await waiting();
    const answered = await bench.deps.client.ask(bench.americas, { about: 'payment', id: '1' });
    const client = { ...bench.deps.client, ask: async () => answered };
    const redirect = { transactionId: '2', merchantReference: 'order-1' };
    expect(await confirmRedirect(bench.americas, redirect, { ...bench.deps, client })).toEqual({
      type: 'differs',
    });
  });
});

describe('the reconciler', () => {
  it('looks back further than a day: nights overlap', async () => {
    const bench = pollingBench();
    await bench.order('order-1', '10.00');
    bench.fakes.americas.did({ transactionId: '1', status: '4' });
    bench.time.now += 25 * HOUR;
    expect(await bench.reconcile()).toMatchObject({ checked: 1, mended: 1 });
  });

  it('asks about every granted payment in a week, up to the end of the chargeback window', async () => {
    const policy = livePolicyOf('paymentwall', { amountCheck: 'when-present' });
    const bench = pollingBench({ paymentwall: { policy } });
    const refs = Array.from({ length: 20 }, (_, n) => `b${n}`);
    for (const ref of refs) {
      await bench.order(`order-${ref}`, '9.99', { endUser: 'u1' });
      bench.fakes.paymentwall.accepted({ ref, type: '0', uid: 'u1', goodsid: `order-${ref}` });
      await bench.arrive('paymentwall', pingback(ref, '0'));
      bench.fakes.paymentwall.did({ id: ref, refunded: true });
    }
    bench.time.now += 110 * DAY;
    for (let night = 0; night < 7; night++) {
      bench.time.now += DAY;
      await bench.reconcile();
    }
    const became = await Promise.all(refs.map((ref) => bench.status('paymentwall', ref)));
    expect(new Set(became)).toEqual(new Set(['refunded']));
  });

  it('looks at orders that were registered in the last week', async () => {
    const bench = pollingBench();
    await bench.order('order-b1', '9.99', { endUser: 'u1' });
    bench.fakes.paymentwall.did({ id: 'b1', uid: 'u1', product_id: 'order-b1' });
    bench.time.now += 6 * DAY;
    expect(await bench.reconcile()).toMatchObject({ mended: 1 });
  });
});

/** What the documents promise, as numbers; the other tests count with the constants themselves. */
describe('numbers', () => {
  it('are what is documented', () => {
    expect(RECOVERY_MS).toBe(5 * 60_000);
    expect(CHARGEBACK_WINDOW_DAYS).toBe(120);
    expect(MAX_QUARANTINED_PER_MONTH).toBe(10_000);
  });
});
