/** Captures that wait for the order of their authorization: which are derived anew when the order is found. */

import { describe, expect, it } from 'vitest';
import { aliasKeyOf, waitingKey } from '../../../shared/app/table/keys.ts';
import { markItem } from '../../../shared/app/table/rows.ts';
import { rederiveWaitingCaptures } from '../../../shared/app/transition/captures.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { providers } from '../../../shared/providers/index.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { paymentRow } from '../../support/payment-row.ts';
import { put } from '../../support/waiting-rows.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

const CAPTURE = 'trustly-americas:shop:7';
const { rules } = providers['trustly-americas'];

async function rederiveWaiting(over: Partial<Payment>, capture?: Partial<Payment>, by = rules) {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  const [payment] = bench.memory.data<Payment>('payment');
  if (payment === undefined) throw new Error('no payment');
  const reading = { ...payment.reading, kind: 'authorization' } as const;
  const names = { provider: 'trustly-americas', account: 'shop', id: '1' } as const;
  const store = new MemoryStore();
  const name = aliasKeyOf(names, { type: 'parent', value: '1' });
  put(store, [markItem(waitingKey(name, CAPTURE), CAPTURE)]);
  const { orderReference: _, ...free } = payment;
  if (capture !== undefined) put(store, [paymentRow({ ...free, ...capture, key: CAPTURE })]);
  const before = store.all().length;
  const authorization = { ...payment, ...names, reading, orderReference: 'order-1', ...over };
  await rederiveWaitingCaptures(authorization, by, { store, clock: () => START });
  return store.all().length - before;
}

describe('an authorization that found its order', () => {
  it('a capture without an order is derived anew when its authorization finds an order, also without a row', async () => {
    expect(await rederiveWaiting({}, {})).toBe(1);
    expect(await rederiveWaiting({})).toBe(1);
  });

  it('a capture that follows an order is not derived anew when its authorization finds an order', async () => {
    expect(await rederiveWaiting({}, { orderReference: 'order-2' })).toBe(0);
  });

  it('no capture is derived anew while its authorization has no order', async () => {
    const none: Partial<Payment> = { orderReference: undefined } as object;
    expect(await rederiveWaiting(none, {})).toBe(0);
  });

  it('no capture is derived anew for a payment, or without the rule capturesShareOrder', async () => {
    const bench = workerBench();
    await bench.apply(bench.envelope());
    const [payment] = bench.memory.data<Payment>('payment');
    expect(await rederiveWaiting({ reading: payment?.reading as Payment['reading'] }, {})).toBe(0);
    const { capturesShareOrder: _, ...apart } = rules;
    expect(await rederiveWaiting({}, {}, apart)).toBe(0);
  });
});
