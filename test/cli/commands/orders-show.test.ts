/** `orders show` for a registered order, and for a reference without an order. */
import { describe, expect, it } from 'vitest';
import { ordersShow, unknownOrder } from '../../../cli/commands/orders-show.ts';
import { registerOrder } from '../../../shared/app/transition/orders.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import { START, workerBench } from '../../support/worker-bench.ts';
import { printed } from '../run.ts';

describe('orders show', () => {
  it('orders show prints an order with its paying payment and the payments held or waiting for the order', async () => {
    const bench = workerBench();
    const order = {
      reference: 'order-1',
      amounts: [{ currency: 'EUR', exact: '5' }],
      provider: 'paymentwall',
    };
    await registerOrder(bench.memory, bench.notifications, parseOrder(order, new Date(START).toISOString()));
    await bench.apply(bench.envelope({ reference: 'order-1' }));
    await bench.apply(bench.envelope({ reference: 'order-1', payment: 'p2', key: 'k2' }));
    const { text, json } = await printed(
      ordersShow,
      { label: 'here', store: bench.store, config: { accounts: [] } },
      { args: ['order-1'] },
    );
    expect(text).toMatch(/^order-1 +claimed/);
    expect(text).toMatch(/paid by +paymentwall:toy:p1/);
    expect(text).toMatch(/account +paymentwall\/any/);
    expect(text).toContain('Payments held or waiting for this order\n  paymentwall:toy:p2');
    expect(json).toMatchObject({
      order: { reference: 'order-1' },
      standing: ['paymentwall:toy:p2'],
      ledger: [],
    });
  });
});

describe('an order that was never registered', () => {
  it('unknownOrder says that the order is missing, and names the command that registers an order', () => {
    const { message, next } = unknownOrder('o1', 'here');
    expect(message).toBe('here has no order "o1".');
    expect(next).toBe('Register it: payhooks orders register FILE');
  });

  it('unknownOrder names the payments that named the order, and the command that shows the first payment', () => {
    const { message, next } = unknownOrder('o1', 'here', {
      payments: ['paymentwall:toy:p1', 'paymentwall:toy:p2'],
      more: true,
    });
    expect(message).toContain('more than 2 payments named it: paymentwall:toy:p1, paymentwall:toy:p2.');
    expect(next).toContain('payhooks payments show paymentwall:toy:p1');
  });
});
