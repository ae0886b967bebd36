/** The registration of a refund: its rows, the message to the worker, and refused refunds. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { correlated } from '../../../shared/app/platform/correlation.ts';
import { type Store, StoreBusyError } from '../../../shared/app/ports.ts';
import { refundKey } from '../../../shared/app/table/keys.ts';
import { OrderTakenError } from '../../../shared/app/transition/orders.ts';
import { findRefund, registerRefund, UnknownPaymentError } from '../../../shared/app/transition/refunds.ts';
import { MAX_REFUNDS, OrderError } from '../../../shared/payment/index.ts';
import type { Payment, Refund } from '../../../shared/payment/types.ts';
import { range } from '../../support/waiting-rows.ts';
import { type Bench, START, workerBench } from '../../support/worker-bench.ts';

const PAYMENT = 'paymentwall:toy:p1';
const OTHER = 'paymentwall:toy:p2';
const refund = (over: Partial<Refund> = {}): Refund => ({
  ...{ reference: 'refund-1', payment: PAYMENT, amount: '2', currency: 'EUR' },
  registeredAt: new Date(START).toISOString(),
  ...over,
});

/** A bench with two paid payments. */
async function paid(): Promise<Bench> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  await bench.apply(bench.envelope({ key: 'k2', payment: 'p2' }));
  return bench;
}
const register = (bench: Bench, over?: Partial<Refund>) =>
  registerRefund(bench.memory, bench.notifications, refund(over));
const refundsOf = (bench: Bench, key = PAYMENT) =>
  bench.memory.data<Payment>('payment').find((payment) => payment.key === key)?.refunds ?? [];
async function work(bench: Bench): Promise<void> {
  for (const { body } of bench.notifications.sent.splice(0)) await bench.apply(body);
}

describe('a registered refund', () => {
  it('a registered refund is kept under its reference, and the worker adds the refund to its payment', async () => {
    const bench = await paid();
    expect(await register(bench)).toEqual({ reference: 'refund-1', payment: PAYMENT, created: true });
    expect(await findRefund(bench.memory, 'refund-1')).toEqual(refund());
    await work(bench);
    expect(refundsOf(bench)).toEqual([refund()]);
    expect(refundsOf(bench, OTHER)).toEqual([]);
  });

  it('a registered refund is queued under the correlation id of its request, or else under a new id', async () => {
    const bench = await paid();
    await correlated('request-1', () => register(bench));
    await register(bench);
    const [first, second] = bench.notifications.drain();
    expect(first).toEqual({
      ...{ version: 1, kind: 'reevaluate', correlationId: 'request-1' },
      ...{ payment: PAYMENT, cause: 'refund refund-1', refund: 'refund-1' },
    });
    expect(second?.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('a refund that nobody registered is not found', async () => {
    expect(await findRefund(workerBench().memory, 'refund-1')).toBeUndefined();
  });

  it('a refund registered again later is answered created: false and keeps the first registeredAt', async () => {
    const bench = await paid();
    await register(bench);
    const later = { registeredAt: new Date(START + 1_000).toISOString() };
    expect(await register(bench, later)).toMatchObject({ created: false });
    expect(await findRefund(bench.memory, 'refund-1')).toEqual(refund());
    expect(bench.notifications.sent).toHaveLength(2);
  });

  it('a refund may replace another refund of the same payment', async () => {
    const bench = await paid();
    await register(bench);
    expect(await register(bench, { reference: 'refund-2', replaces: 'refund-1' })).toMatchObject({
      created: true,
    });
  });
});

describe('a refused refund', () => {
  const refused = async (bench: Bench, over: Partial<Refund>) => {
    const before = bench.memory.all();
    const sent = bench.notifications.sent.length;
    const error = await register(bench, over).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(bench.memory.all()).toEqual(before);
    expect(bench.notifications.sent).toHaveLength(sent);
    return error;
  };

  it('a refund of an unknown payment is refused with UnknownPaymentError, and nothing is written', async () => {
    const error = await refused(await paid(), { payment: 'paymentwall:toy:p9' });
    expect(error).toBeInstanceOf(UnknownPaymentError);
    expect(error?.message).toContain('refund.payment: found "paymentwall:toy:p9"');
  });

  it.each([
    ['payment', { payment: OTHER }],
    ['amount', { amount: '3' }],
    ['currency', { currency: 'USD' }],
    ['id', { id: 'R-1' }],
    ['replaces', { replaces: 'refund-0' }],
    ['amount, currency', { amount: '3', currency: 'USD' }],
  ])(
    'a refund with another %s than the registered refund of its reference is refused with OrderTakenError',
    async (fields, over) => {
      const bench = await paid();
      await register(bench, { reference: 'refund-0' });
      await register(bench);
      const error = await refused(bench, over);
      expect(error).toBeInstanceOf(OrderTakenError);
      expect(error?.message).toBe(
        `refund.reference: "refund-1" is registered with other content (${fields})`,
      );
    },
  );

  it.each([
    ['that nobody registered', 'refund-9'],
    ['of another payment', 'refund-2'],
  ])('a refund that replaces a refund %s is refused with OrderError', async (_, replaces) => {
    const bench = await paid();
    await register(bench, { reference: 'refund-2', payment: OTHER });
    const error = await refused(bench, { replaces });
    expect(error).toBeInstanceOf(OrderError);
    expect(error?.message).toBe(
      `refund.replaces: found "${replaces}", allowed: the reference of another refund of ${PAYMENT}`,
    );
  });

  it(`a refund beyond the ${MAX_REFUNDS} of one payment is refused; a registered refund may be registered again`, async () => {
    const bench = await paid();
    for (const n of range(MAX_REFUNDS)) await register(bench, { reference: `r${n}`, amount: '0.1' });
    await work(bench);
    expect(refundsOf(bench)).toHaveLength(MAX_REFUNDS);
    const error = await refused(bench, {});
    expect(error).toBeInstanceOf(OrderError);
    expect(error?.message).toBe(
      `refund: ${PAYMENT} has ${MAX_REFUNDS} refunds, which is the most one payment can store`,
    );
    expect(await register(bench, { reference: 'r7', amount: '0.1' })).toMatchObject({ created: false });
    expect(await register(bench, { payment: OTHER })).toMatchObject({ created: true });
  });
});

describe('a refund while the table is busy', () => {
  // The pauses between the attempts are random. With the factor 0 there are none.
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  async function failing(times: number, error: Error) {
    const bench = await paid();
    const tried = { times: 0 };
    bench.memory.beforeWrite = () => {
      tried.times += 1;
      if (tried.times <= times) throw error;
    };
    return { bench, tried };
  }

  it('the registration of a refund is tried up to six times while the table is busy', async () => {
    const { bench, tried } = await failing(5, new StoreBusyError('busy'));
    expect(await register(bench)).toMatchObject({ created: true });
    expect(tried.times).toBe(6);
  });

  it('the registration of a refund fails after six busy attempts, and no message is sent to the worker', async () => {
    const { bench, tried } = await failing(6, new StoreBusyError('busy'));
    await expect(register(bench)).rejects.toThrow(StoreBusyError);
    expect(tried.times).toBe(6);
    expect(bench.notifications.sent).toEqual([]);
    expect(await bench.memory.get(refundKey('refund-1'))).toBeUndefined();
  });

  it('the registration of a refund is not retried after a failure other than a busy table', async () => {
    const { bench, tried } = await failing(1, new Error('table gone'));
    await expect(register(bench)).rejects.toThrow('table gone');
    expect(tried.times).toBe(1);
  });

  it('the registration of a refund is tried again when the row that refused the write is gone', async () => {
    const bench = await paid();
    const tried = { times: 0 };
    const store: Store = {
      get: (key) => bench.memory.get(key),
      query: (pk, options) => bench.memory.query(pk, options),
      open: async () => [],
      write: async (writes) => {
        tried.times += 1;
        return tried.times === 1 ? { ok: false, refused: [{ index: 0 }] } : bench.memory.write(writes);
      },
    };
    expect(await registerRefund(store, bench.notifications, refund())).toMatchObject({ created: true });
    expect(tried.times).toBe(2);
  });
});
