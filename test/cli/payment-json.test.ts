/** The fields of `payments show --json` are an allow-list. */
import { expect, it } from 'vitest';
import { paymentJson } from '../../cli/payment-json.ts';
import { type PaymentView, showPayment } from '../../shared/app/operator/views.ts';
import { workerBench } from '../support/worker-bench.ts';

async function view(): Promise<PaymentView> {
  const bench = workerBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope());
  const found = await showPayment(bench.store, 'paymentwall:toy:p1');
  if (found === undefined) throw new Error('no payment');
  return found;
}

it('paymentJson prints listed fields only, and no end user, bank or free text', async () => {
  const shown = await view();
  const details = { goods: ['gold'], bankAccount: { bankName: 'Demo Bank' }, reason: 'free text' };
  const payment = {
    ...shown.payment,
    details,
    endUsers: ['ada'],
    tomorrow: 'secret',
  } as PaymentView['payment'];
  const order = { reference: 'o-1', endUser: 'ada', kind: 'payment' } as unknown as PaymentView['order'];
  const text = JSON.stringify(paymentJson({ ...shown, payment, order }));
  for (const hidden of ['ada', 'Demo Bank', 'free text', 'tomorrow']) expect(text).not.toContain(hidden);
  expect(JSON.parse(text)).toMatchObject({
    payment: { endUsers: 1, details: { goods: ['gold'] } },
    order: { reference: 'o-1' },
    advice: [{ reason: 'unknown_order', advised: 'none' }],
  });
});
