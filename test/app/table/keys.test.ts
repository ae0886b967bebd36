/** The keys of rows. */
import { describe, expect, it } from 'vitest';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { START, workerBench } from '../../support/worker-bench.ts';

describe('the key of a long reference', () => {
  it('a reference of 257 characters does not find the order of its first 256 characters', async () => {
    const bench = workerBench({ policy: { unknownOrder: 'hold' } });
    const reference = 'x'.repeat(256);
    const order = parseOrder(
      { reference, amounts: [{ currency: 'EUR', exact: '5' }] },
      new Date(START).toISOString(),
    );
    await registerOrder(bench.memory, bench.notifications, order);
    await bench.apply(bench.envelope({ reference: `${reference}y` }));
    const [payment] = bench.memory.data<Payment>('payment');
    expect(payment?.holds.map(({ reason }) => reason)).toEqual(['unknown_order']);
  });
});
