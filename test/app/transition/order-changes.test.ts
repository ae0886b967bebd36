/** Changing a registered order: before a claim only, ledgered, and safe against payments that arrive meanwhile. */

import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCheckoutHandler } from '../../../shared/app/http/checkout.ts';
import { releaseHold } from '../../../shared/app/operator/holds.ts';
import { StoreBusyError } from '../../../shared/app/ports.ts';
import { followsKey, referenceAliasKey, waitingKey } from '../../../shared/app/table/keys.ts';
import { markItem } from '../../../shared/app/table/rows.ts';
import {
  changeRegisteredOrder,
  showOrder,
  UnknownOrderError,
} from '../../../shared/app/transition/order-changes.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { OrderChangeError, parseOrderChange, stateOfOrder } from '../../../shared/payment/index.ts';
import type { Order, Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { capture, pollingBench } from '../../support/polling-bench.ts';
import { noSecrets } from '../../support/secrets.ts';
import { heldPayment, put, range, waitingRow } from '../../support/waiting-rows.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const at = (seconds = 0): string => new Date(START + seconds * 1_000).toISOString();
const register = (bench: Bench, over: object = {}) =>
  registerOrder(
    bench.memory,
    bench.notifications,
    parseOrder({ reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }], ...over }, at()),
  );
const change = (bench: Bench, over: object = {}, seconds = 0) =>
  changeRegisteredOrder(
    parseOrderChange({ reference: 'r1', action: 'close', by: 'Ada', note: 'abandoned', ...over }),
    { store: bench.memory, queue: bench.notifications, at: at(seconds) },
  );
const payment = (bench: Bench, id = 'p1') =>
  bench.memory.data<Payment>('payment').find((each) => each.id === id);
const order = (bench: Bench) => bench.memory.data<Order>('order')[0];
const reasons = (bench: Bench, id = 'p1') => payment(bench, id)?.holds.map(({ reason }) => reason);

async function work(bench: Bench): Promise<void> {
  while (bench.notifications.sent.length > 0) {
    for (const { body } of bench.notifications.sent.splice(0)) await bench.apply(body);
  }
}
const fulfils = async (bench: Bench): Promise<number> => {
  await bench.deliverAll();
  return bench.target.types.filter((type) => type === 'fulfil').length;
};

describe('a change after a registration that failed before it sent the waiting payments', () => {
  it.each([
    [{ action: 'reopen' }, 'granted', []],
    [{ action: 'change', amounts: [{ currency: 'EUR', exact: '7' }] }, 'none', ['amount_differs']],
    [{}, 'none', ['order_closed']],
  ])(
    'payments that wait for the order are derived anew after the order change %j',
    async (over, state, holds) => {
      const bench = workerBench({ policy: { unknownOrder: 'hold' } });
      await bench.apply(bench.envelope({ reference: 'r1' }));
      expect(reasons(bench)).toEqual(['unknown_order']);
      const died = { ...bench, notifications: { send: () => Promise.reject(new Error('killed')) } };
      await expect(register(died as unknown as Bench)).rejects.toThrow('killed');
      expect(await change(bench, over)).toMatchObject({ payments: ['paymentwall:toy:p1'] });
      await work(bench);
      expect(payment(bench)).toMatchObject({ orderReference: 'r1', grant: { state } });
      expect(reasons(bench)).toEqual(holds);
    },
  );
});

describe('a closed order', () => {
  it('a payment for a closed order is held as order_closed and not granted', async () => {
    const bench = workerBench();
    await register(bench);
    expect(await change(bench)).toMatchObject({ changed: true, state: 'closed', order: { version: 2 } });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(payment(bench)).toMatchObject({ status: 'paid', grant: { state: 'none' }, orderReference: 'r1' });
    expect(reasons(bench)).toEqual(['order_closed']);
    expect(await fulfils(bench)).toBe(0);
    expect(bench.target.types).toEqual(['payment.held']);
    expect(order(bench)?.paidBy).toBeUndefined();
  });

  it('a payment held as order_closed is granted and fulfilled once after its order is reopened', async () => {
    const bench = workerBench();
    await register(bench);
    await change(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const reopened = await change(bench, { action: 'reopen', note: 'shopper came back' }, 60);
    expect(reopened).toMatchObject({ changed: true, state: 'open', payments: ['paymentwall:toy:p1'] });
    await work(bench);
    expect(payment(bench)).toMatchObject({ holds: [], grant: { state: 'granted' } });
    expect(await fulfils(bench)).toBe(1);
    expect(bench.memory.data('follows#')).toEqual([]);
  });

  it('a release of order_closed after the first close of an order does not cover a second close', async () => {
    const bench = workerBench();
    await register(bench, { amounts: [{ currency: 'EUR', exact: '6' }] });
    await change(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const held = () => payment(bench)?.holds.find(({ reason }) => reason === 'order_closed')?.digest;
    const first = held() ?? expect.fail('not held');
    const answer = { reason: 'order_closed', digest: first, by: 'Ada', note: 'seen' };
    await releaseHold({ payment: 'paymentwall:toy:p1', ...answer }, bench.deps);
    // The other hold keeps the order unpaid, so that it can be closed again.
    expect(reasons(bench)).toEqual(['amount_differs']);
    await change(bench, { action: 'reopen' }, 1);
    await work(bench);
    expect(reasons(bench)).toEqual(['amount_differs']);
    await change(bench, {}, 2);
    await work(bench);
    expect(reasons(bench)).toEqual(['amount_differs', 'order_closed']);
    expect(held()).not.toBe(first);
  });

  it('a disputed payment without goods is derived anew at once when its order is closed or reopened', async () => {
    const bench = pollingBench({ americas: { confirm: false } });
    await bench.arrive(
      'trustly-americas',
      `${capture('1', '11', 'Dispute', '9')}&transactionId=1&amount=5.00`,
    );
    await bench.arrive('trustly-americas', `${capture('1', '12', 'Complete', '4')}&amount=5.00&currency=USD`);
    await bench.order('order-1', '5.00');
    const found = async () => {
      const { status, grant, holds } = (await bench.payment('trustly-americas', '1')) as Payment;
      return { status, state: grant.state, holds: holds.map(({ reason }) => reason) };
    };
    const without = { status: 'disputed', state: 'none' };
    expect(await found()).toEqual({ ...without, holds: [] });
    const turn = async (action: 'close' | 'reopen', seconds: number) => {
      const deps = { store: bench.store, queue: bench.notifications, at: at(seconds) };
      await changeRegisteredOrder({ reference: 'order-1', action, by: 'Ada', note: 'abandoned' }, deps);
      await bench.settle();
      return found();
    };
    expect(await turn('close', 1)).toEqual({ ...without, holds: ['order_closed'] });
    expect(await turn('reopen', 2)).toEqual({ ...without, holds: [] });
    expect(await turn('close', 3)).toEqual({ ...without, holds: ['order_closed'] });
  });

  it('a payment granted before its order was closed keeps its grant; a later payment is held as order_closed', async () => {
    const bench = workerBench();
    await register(bench, { use: 'recurring' });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await change(bench);
    await bench.apply(bench.envelope({ key: 'k2', payment: 'p2', reference: 'r1' }));
    await bench.apply(bench.envelope({ key: 'k3', fact: 'disputed', reference: 'r1' }));
    await work(bench);
    expect(payment(bench)).toMatchObject({ holds: [], grant: { state: 'granted' } });
    expect(reasons(bench, 'p2')).toEqual(['order_closed']);
  });
});

describe('a change of an order', () => {
  it('a payment held as amount_differs is derived anew and granted after a change of amounts', async () => {
    const bench = workerBench();
    await register(bench, { amounts: [{ currency: 'EUR', exact: '6' }] });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(reasons(bench)).toEqual(['amount_differs']);
    const amounts = [{ currency: 'EUR', exact: '5.00' }];
    expect(await change(bench, { action: 'change', amounts })).toMatchObject({ changed: true });
    await work(bench);
    expect(payment(bench)).toMatchObject({ holds: [], grant: { state: 'granted' } });
  });

  it('a payment held as order_expired is derived anew and granted after a change of validUntil', async () => {
    const bench = workerBench();
    await register(bench, { validUntil: at(60) });
    bench.time.now = START + 3_600_000;
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(reasons(bench)).toEqual(['order_expired']);
    await change(bench, { action: 'change', validUntil: at(7_200) }, 3_700);
    await work(bench);
    expect(payment(bench)?.grant.state).toBe('granted');
  });

  it('the ledger of an order change has who, why, when, and the values before and after', async () => {
    const bench = workerBench();
    await register(bench, { validUntil: at(60) });
    await change(bench, { action: 'change', validUntil: at(120) }, 1);
    await change(bench, {}, 2);
    await change(bench, { action: 'reopen', by: 'Bo', note: 'by mistake' }, 3);
    expect((await showOrder(bench.memory, 'r1'))?.ledger).toEqual([
      {
        ...{ what: 'change', by: 'Ada', note: 'abandoned', at: at(1), version: 2 },
        changed: { validUntil: { from: at(60), to: at(120) } },
      },
      {
        ...{ what: 'close', by: 'Ada', note: 'abandoned', at: at(2), version: 3 },
        changed: { closedAt: { to: at(2) } },
      },
      {
        ...{ what: 'reopen', by: 'Bo', note: 'by mistake', at: at(3), version: 4 },
        changed: { closedAt: { from: at(2) } },
      },
    ]);
  });

  it('a repeated order change writes no second ledger row and derives the waiting payments anew once more', async () => {
    const bench = workerBench();
    await register(bench);
    await change(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    bench.notifications.fails = () => {
      throw new Error('queue down');
    };
    await expect(change(bench, { action: 'reopen' })).rejects.toThrow('queue down');
    bench.notifications.fails = undefined;
    expect(await change(bench, { action: 'reopen' })).toMatchObject({
      changed: false,
      payments: ['paymentwall:toy:p1'],
    });
    await work(bench);
    expect(payment(bench)?.grant.state).toBe('granted');
    expect((await showOrder(bench.memory, 'r1'))?.ledger.map(({ what }) => what)).toEqual([
      'close',
      'reopen',
    ]);
  });

  it('an order change whose answer was lost succeeds when it is repeated with the same version', async () => {
    const bench = workerBench();
    await register(bench, { amounts: [{ currency: 'EUR', exact: '7' }] });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    const corrected = { action: 'change', amounts: [{ currency: 'EUR', exact: '5' }] };
    const { version } = order(bench) ?? expect.fail('no order');
    bench.notifications.fails = () => {
      throw new Error('queue down');
    };
    await expect(change(bench, { ...corrected, version })).rejects.toThrow('queue down');
    bench.notifications.fails = undefined;
    expect(await change(bench, { ...corrected, version })).toMatchObject({
      changed: false,
      payments: ['paymentwall:toy:p1'],
    });
    await work(bench);
    expect(payment(bench)?.grant.state).toBe('granted');
  });

  const refusals: readonly (readonly [string, object, object])[] = [
    ['has no validUntil, so there is nothing to extend', {}, { action: 'change', validUntil: at(9) }],
    ['allowed: a time after', { validUntil: at(60) }, { action: 'change', validUntil: at(59) }],
    [
      'only the amounts of a once payment',
      { use: 'open' },
      { action: 'change', amounts: [{ currency: 'EUR', exact: '7' }] },
    ],
    [
      'only the amounts of a once payment',
      { kind: 'payout' },
      { action: 'change', amounts: [{ currency: 'EUR', exact: '7' }] },
    ],
    ['has version 1, not 2: look at it again', {}, { version: 2 }],
    ['was fulfilled by another system', { fulfilled: 'external' }, {}],
    ['there is no order "r2"', {}, { reference: 'r2' }],
  ];
  it.each(refusals)(
    'an order change is refused with a sentence: %s',
    async (sentence, registered, requested) => {
      const bench = workerBench();
      await register(bench, registered);
      const before = order(bench);
      await expect(change(bench, requested)).rejects.toThrow(sentence);
      await expect(change(bench, requested)).rejects.toThrow(OrderChangeError);
      expect(order(bench)).toEqual(before);
    },
  );

  it('an order change is refused once a payment was granted for the order', async () => {
    const bench = workerBench();
    await register(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    for (const action of [{}, { action: 'change', amounts: [{ currency: 'EUR', exact: '7' }] }]) {
      await expect(change(bench, action)).rejects.toThrow('is paid by paymentwall:toy:p1');
    }
  });

  const unreadable: readonly (readonly [string, object])[] = [
    ['change.action: found "drop", allowed: close, reopen, change', { action: 'drop' }],
    ['change.note: found nothing, allowed: a text of 1-500', { note: undefined }],
    ['change.by: found "", allowed: a text of 1-128', { by: '' }],
    ['change: found an object with', { action: 'change' }],
    ['change.amounts: found a list of 0, allowed: only with action "change"', { amounts: [] }],
    ['change.version: found 0, allowed: a whole number above 0', { version: 0 }],
    ['change.paidBy: found "me", allowed: no such key', { paidBy: 'me' }],
    [
      'change.amounts[0].exact: found "10.005", allowed: a decimal text above 0, such as "902.50": EUR has 2 decimals',
      { action: 'change', amounts: [{ currency: 'EUR', exact: '10.005' }] },
    ],
    [
      'change.amounts[0].currency: found "EUX", allowed: three capital letters of a currency',
      { action: 'change', amounts: [{ currency: 'EUX', exact: '10' }] },
    ],
  ];
  it.each(unreadable)(
    'an order change that cannot be read is refused with a sentence: %s',
    async (sentence, requested) => {
      const bench = workerBench();
      await register(bench);
      await expect(async () => change(bench, requested)).rejects.toThrow(sentence);
    },
  );
});

describe('an order change and a payment at the same moment', () => {
  /** Runs the change before the worker's next transaction that writes a payment. */
  const between = (bench: Bench, requested: () => Promise<unknown>): void => {
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk === 'payment')) return;
      bench.memory.beforeWrite = undefined;
      await requested();
    };
  };

  it('a payment is held as order_closed when its order is closed between read and write', async () => {
    const bench = workerBench();
    await register(bench);
    between(bench, () => change(bench));
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(reasons(bench)).toEqual(['order_closed']);
    expect(await fulfils(bench)).toBe(0);
  });

  it('a payment is granted when its order is reopened between read and write', async () => {
    const bench = workerBench();
    await register(bench);
    await change(bench);
    between(bench, () => change(bench, { action: 'reopen' }));
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await work(bench);
    expect(payment(bench)?.grant.state).toBe('granted');
  });

  it('an order change is refused when a payment claims the order between read and write', async () => {
    const bench = workerBench();
    await register(bench);
    bench.memory.beforeWrite = async (writes) => {
      if (!writes.some((write) => 'put' in write && write.put.sk.startsWith('ledger#'))) return;
      bench.memory.beforeWrite = undefined;
      await bench.apply(bench.envelope({ reference: 'r1' }));
    };
    await expect(change(bench)).rejects.toThrow('is paid by paymentwall:toy:p1');
    expect(order(bench)).toMatchObject({ paidBy: 'paymentwall:toy:p1' });
    expect(await fulfils(bench)).toBe(1);
  });

  it('a payment is granted exactly when its order is open and the amount fits, after any sequence of changes', async () => {
    const acts = fc.array(fc.constantFrom('close', 'reopen', 'pay', 'amount', 'back'), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const bench = workerBench();
        await register(bench);
        for (const [index, step] of [...steps, 'pay'].entries()) {
          const exact = step === 'amount' ? '6' : '5';
          const requested =
            step === 'amount' || step === 'back'
              ? { action: 'change', amounts: [{ currency: 'EUR', exact }] }
              : { action: step };
          if (step === 'pay') await bench.apply(bench.envelope({ reference: 'r1' }));
          else
            await change(bench, requested, index).catch((error) => {
              if (!(error instanceof OrderChangeError)) throw error;
            });
          await work(bench);
        }
        const now = order(bench);
        const [term] = now?.amounts ?? [];
        const fits = term !== undefined && 'exact' in term && term.exact === '5.00';
        const granted = payment(bench)?.grant.state === 'granted';
        expect([steps, granted]).toEqual([steps, now?.closedAt === undefined && fits]);
        expect(now && stateOfOrder(now)).toBe(
          granted ? 'claimed' : now?.closedAt === undefined ? 'open' : 'closed',
        );
        expect(await fulfils(bench)).toBe(granted ? 1 : 0);
        const ledger = (await showOrder(bench.memory, 'r1'))?.ledger ?? [];
        // Each payment in the order's contenders raised the version, too.
        const listed = now?.contenders?.length ?? 0;
        expect(now?.version).toBe(1 + ledger.length + (granted ? 1 : 0) + listed);
      }),
      { numRuns: 150 },
    );
  });
});

describe('an order change while the table is busy', () => {
  // The pauses between the attempts are random. With the factor 0 there are none.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  async function failing(times: number, error: Error) {
    const bench = workerBench();
    await register(bench);
    const tried = { times: 0 };
    bench.memory.beforeWrite = () => {
      tried.times += 1;
      if (tried.times <= times) throw error;
    };
    return { bench, tried };
  }

  it('an order change is tried up to eight times while the table is busy', async () => {
    const { bench, tried } = await failing(7, new StoreBusyError('busy'));
    expect(await change(bench)).toMatchObject({ changed: true, state: 'closed' });
    expect(tried.times).toBe(8);
  });

  it('an order change fails after eight busy attempts, and order and ledger stay unchanged', async () => {
    const { bench, tried } = await failing(8, new StoreBusyError('busy'));
    await expect(change(bench)).rejects.toThrow(StoreBusyError);
    expect(tried.times).toBe(8);
    expect(order(bench)).toMatchObject({ version: 1 });
    expect((await showOrder(bench.memory, 'r1'))?.ledger).toEqual([]);
  });

  it('an order change is not retried after a failure other than a busy table', async () => {
    const { bench, tried } = await failing(1, new Error('table gone'));
    await expect(change(bench)).rejects.toThrow('table gone');
    expect(tried.times).toBe(1);
  });
});

describe('the payments that are derived anew after an order change', () => {
  it('a payment that follows the order and also waits for the order is derived anew once', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    await bench.apply(bench.envelope({ reference: 'r1' }));
    await register(bench);
    put(bench.memory, [markItem(followsKey('r1', 'paymentwall:toy:p1'), 'paymentwall:toy:p1')]);
    bench.notifications.drain();
    expect(await change(bench)).toMatchObject({ payments: ['paymentwall:toy:p1'] });
    expect(bench.notifications.drain()).toMatchObject([
      { kind: 'reevaluate', payment: 'paymentwall:toy:p1', cause: 'order r1' },
    ]);
  });

  it('only 1,000 payments that follow the order are derived anew after a change, which answers more: true', async () => {
    const bench = workerBench();
    await register(bench);
    const keys = range(1_001).map((n) => `paymentwall:toy:q${`${n}`.padStart(4, '0')}`);
    put(
      bench.memory,
      keys.map((key) => markItem(followsKey('r1', key), key)),
    );
    expect(await change(bench)).toMatchObject({ payments: keys.slice(0, 1_000), more: true });
  });

  it('a repeated order change continues behind the first 1,000 payments once these were derived anew', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    const template = await heldPayment(bench);
    await register(bench);
    const ids = range(1_050).map((n) => `q${`${n}`.padStart(4, '0')}`);
    const keys = ids.map((id) => `paymentwall:toy:${id}`);
    const held = (of: readonly string[], seconds: number) =>
      of.map((id) => waitingRow(template, { id, status: 'paid', held: true, ageMs: -seconds * 1_000 }));
    put(bench.memory, [...keys.map((key) => markItem(followsKey('r1', key), key)), ...held(ids, -60)]);
    expect(await change(bench)).toMatchObject({ payments: keys.slice(0, 1_000), more: true });
    // A worker that read the order before the change may have derived these payments: they are derived again.
    put(bench.memory, held(ids.slice(0, 1_000), 59));
    expect(await change(bench, {}, 60)).toMatchObject({ payments: keys.slice(0, 1_000), more: true });
    put(bench.memory, held(ids.slice(0, 1_000), 61));
    const last = await change(bench, {}, 120);
    expect(last.payments).toEqual(keys.slice(1_000));
    expect(last).not.toHaveProperty('more');
    expect((await showOrder(bench.memory, 'r1'))?.standing).toEqual(keys.slice(0, 1_000));
    expect((await showOrder(bench.memory, 'r1'))?.moreStanding).toBe(true);
  });

  it('an order change with 999 payments that follow the order answers without more', async () => {
    const bench = workerBench();
    await register(bench);
    const keys = range(999).map((n) => `paymentwall:toy:q${n}`);
    put(
      bench.memory,
      keys.map((key) => markItem(followsKey('r1', key), key)),
    );
    expect(await change(bench)).not.toHaveProperty('more');
    expect(await showOrder(bench.memory, 'r1')).not.toHaveProperty('moreStanding');
  });

  it('an order change with 1,001 payments that wait for the order answers more: true', async () => {
    const bench = workerBench();
    await register(bench);
    const keys = range(1_001).map((n) => `paymentwall:toy:q${`${n}`.padStart(4, '0')}`);
    put(
      bench.memory,
      keys.map((key) => markItem(waitingKey(referenceAliasKey('r1'), key), key)),
    );
    expect((await change(bench)).more).toBe(true);
  });
});

describe('an order that is shown', () => {
  it('showOrder names the state, the ledger and the payments that are held under the order', async () => {
    const bench = workerBench();
    await register(bench);
    await change(bench);
    await bench.apply(bench.envelope({ reference: 'r1' }));
    expect(await showOrder(bench.memory, 'r1')).toMatchObject({
      ...{ order: { reference: 'r1', version: 3 }, state: 'closed', ledger: [{ what: 'close', version: 2 }] },
      standing: ['paymentwall:toy:p1'],
    });
  });

  it('an order that nobody registered is not shown, and its change fails with UnknownOrderError', async () => {
    const bench = workerBench();
    expect(await showOrder(bench.memory, 'r1')).toBeUndefined();
    await expect(change(bench)).rejects.toThrow(UnknownOrderError);
  });

  it('the ledger of changed amounts has the amounts before and after, and no caller', async () => {
    const bench = workerBench();
    await register(bench, { validUntil: at(60) });
    const amounts = [{ currency: 'EUR', exact: '6' }];
    await change(bench, { action: 'change', amounts });
    const [row] = (await showOrder(bench.memory, 'r1'))?.ledger ?? [];
    expect(row).not.toHaveProperty('caller');
    expect(row?.changed).toEqual({
      amounts: {
        from: [{ currency: 'EUR', exact: '5.00' }],
        to: [{ currency: 'EUR', exact: '6.00' }],
      },
    });
  });
});

describe('POST /checkout/orders/changes', () => {
  const post = async (bench: Bench, body: object, authorizer?: object) => {
    const handler = createCheckoutHandler({
      ...bench.deps,
      notifications: bench.notifications,
      environment: 'sandbox',
      secrets: noSecrets,
      publicUrl: 'https://hooks.example',
    });
    const { statusCode, body: answer } = await handler({
      body: JSON.stringify(body),
      routeKey: 'POST /checkout/orders/changes',
      requestContext: { requestId: 'request-1', ...(authorizer === undefined ? {} : { authorizer }) },
    } as unknown as APIGatewayProxyEventV2);
    return { statusCode, ...(JSON.parse(answer ?? '') as object) };
  };
  const close = { reference: 'r1', action: 'close', note: 'abandoned' };
  const arn = 'arn:aws:sts::111111111111:assumed-role/shop/server';

  it('POST /checkout/orders/changes answers 200 with the state and stores the caller’s role as by', async () => {
    const bench = workerBench();
    await register(bench);
    expect(await post(bench, close, { iam: { userArn: arn } })).toEqual({
      ...{ statusCode: 200, reference: 'r1', state: 'closed', version: 2, changed: true, paymentsWaiting: 0 },
    });
    expect((await showOrder(bench.memory, 'r1'))?.ledger).toMatchObject([{ by: arn, caller: arn }]);
    expect(await post(bench, { ...close, by: 'Ada' }, { iam: { userArn: arn } })).toMatchObject({
      changed: false,
    });
  });

  it('POST /checkout/orders/changes answers 400 without by, 404 for an unknown order, 409 for another version', async () => {
    const bench = workerBench();
    await register(bench);
    expect(await post(bench, close)).toMatchObject({
      statusCode: 400,
      error: expect.stringContaining('change.by'),
    });
    const by = { by: 'Ada' };
    expect(await post(bench, { ...close, ...by, reference: 'r9' })).toMatchObject({ statusCode: 404 });
    expect(await post(bench, { ...close, ...by, version: 9 })).toMatchObject({ statusCode: 409 });
  });
});
