/** A change of one payment: when it is retried, when it is derived anew, and when its result is `seen`. */
import { describe, expect, it } from 'vitest';
import { type Store, StoreBusyError } from '../../../shared/app/ports.ts';
import { shippingKey } from '../../../shared/app/table/keys.ts';
import { eventItem, shippingItem } from '../../../shared/app/table/rows.ts';
import { TooMuchContentionError } from '../../../shared/app/transition/transact.ts';
import type { Reading } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { put } from '../../support/waiting-rows.ts';
import { AT, key, PAID, SCOPE, shop } from './change-bench.ts';

describe('a contended change of a payment', () => {
  it('a change of a payment is tried twelve times with a pause after each, then fails with TooMuchContentionError', async () => {
    for (const [busy, isDone] of [
      [11, true],
      [12, false],
    ] as const) {
      const { memory, change, arrival, pauses } = shop();
      memory.busyFor(busy);
      const changing = change(arrival('p1'));
      if (isDone) expect(await changing).toMatchObject({ type: 'done' });
      else await expect(changing).rejects.toThrow(new TooMuchContentionError('gave up after 12 attempts'));
      expect(pauses).toEqual(Array.from({ length: busy }, (_, n) => n + 1));
    }
  });

  it('a change of a payment is not retried after a failure other than contention', async () => {
    const { memory, change, arrival, pauses } = shop();
    memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    await expect(change(arrival('p1'))).rejects.toThrow('table gone');
    expect(pauses).toEqual([]);
  });

  it('a retried change of a payment is derived anew from the payment that another worker wrote', async () => {
    const { memory, change, arrive, again, payment, pauses } = shop();
    await arrive('p1');
    memory.beforeWrite = async () => {
      memory.beforeWrite = undefined;
      await arrive('p1');
    };
    expect(await change(again('p1'))).toMatchObject({ type: 'done' });
    expect(pauses).toEqual([1]);
    expect(payment('p1')?.version).toBe(3);
    expect(Object.keys(payment('p1')?.facts ?? {})).toHaveLength(2);
  });

  it('a change is answered as seen when its event row exists, whatever other condition was refused', async () => {
    const { change, arrival, pauses, memory } = shop();
    const row = eventItem(SCOPE, 'k1', {
      ...{ materialHash: 'h', outcome: 'applied', effects: [], receivedAt: AT, correlationId: 'c' },
    });
    const refusing = (...indexes: number[]): Store => ({
      get: (of) => memory.get(of),
      query: (pk, of) => memory.query(pk, of),
      open: async () => [],
      write: async () => ({ ok: false, refused: indexes.map((index) => ({ index })) }),
    });
    const once = { ...arrival('p1'), once: () => row };
    expect(await change(once, refusing(0, 1))).toEqual({ type: 'duplicate' });
    expect(await change(once, refusing(0))).toEqual({ type: 'duplicate' });
    expect(pauses).toEqual([]);
    await expect(change(once, refusing(1))).rejects.toThrow(TooMuchContentionError);
  });

  it('changePayment returns no_payment for a payment that does not exist', async () => {
    const { change, again, memory } = shop();
    expect(await change(again('p1'))).toEqual({ type: 'no_payment' });
    expect(memory.all()).toEqual([]);
  });

  it('a refund that is already in its payment writes nothing the second time', async () => {
    const { change, arrive, again, memory, payment } = shop({ account: { goods: 'physical' } });
    await arrive('p1');
    const refund = {
      reference: 'refund-1',
      payment: key('p1'),
      amount: '1',
      currency: 'EUR',
      registeredAt: AT,
    };
    const input = { type: 'refund', refund } as const;
    await change(again('p1', { input }));
    const before = memory.all();
    expect(await change(again('p1', { input }))).toMatchObject({
      type: 'done',
      transition: { outcome: 'recorded' },
    });
    expect(memory.writes.at(-1)).toEqual([]);
    expect(memory.all()).toEqual(before);
    expect(payment('p1')).toMatchObject({ version: 2, refunds: [{ reference: 'refund-1' }] });
  });
});

describe('the shipping row of physical goods', () => {
  const authorized: Reading = { ...PAID, status: 'authorized', moved: [] };
  const due = async (isReported: boolean, account: Partial<Account> = { goods: 'physical' }) => {
    const { arrive, memory } = shop({ account });
    const row = { payment: key('p1'), state: 'reported', authorizedAt: AT, attempts: 0 } as const;
    if (isReported) put(memory, [shippingItem(row, 1, AT)]);
    await arrive('p1', [], authorized);
    return (await memory.get(shippingKey(key('p1'))))?.data;
  };

  it('an authorized payment of physical goods gets a due shipping row, and an earlier report is kept', async () => {
    expect(await due(false)).toMatchObject({ state: 'due' });
    expect(await due(true)).toMatchObject({ state: 'reported' });
    expect(await due(false, { goods: 'digital' })).toBeUndefined();
  });
});

it('a TooMuchContentionError is no StoreBusyError', () => {
  expect(new TooMuchContentionError('x')).not.toBeInstanceOf(StoreBusyError);
});
