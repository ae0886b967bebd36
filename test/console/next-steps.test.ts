import { expect, it } from 'vitest';
import { nextSteps } from '../../console/server/next-steps.ts';
import { rejectHold } from '../../shared/app/operator/holds.ts';
import { showPayment } from '../../shared/app/operator/views.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { consoleBench } from './console-bench.ts';

const KEY = 'paymentwall:toy:p1';

/** A paid payment whose order is not registered. */
async function held() {
  const bench = consoleBench({ policy: { unknownOrder: 'hold' } });
  await bench.apply(bench.envelope({ reference: 'order-1' }));
  const shown = async () => {
    const view = await showPayment(bench.store, KEY);
    if (view === undefined) throw new Error('no such payment');
    return view;
  };
  return { bench, shown };
}

async function rejected() {
  const { bench, shown } = await held();
  const [{ reason = '', digest = '' } = {}] = (await shown()).payment.holds;
  await rejectHold({ payment: KEY, reason, digest, by: 'ann', note: 'nobody ordered it' }, bench.deps);
  return shown();
}

const says = (steps: ReturnType<typeof nextSteps>) => steps.map((step) => step.says);

it('a held payment has only the actions release and reject as next step', async () => {
  const { shown } = await held();
  const steps = nextSteps(await shown());
  expect(steps.map(({ actions }) => actions.map(({ action }) => action))).toEqual([['release', 'reject']]);
});

it('a rejected payment has the refund of its money as next step', async () => {
  expect(says(nextSteps(await rejected()))).toEqual([
    'Refund it at the provider: 5.00 EUR is due to the shopper.',
  ]);
});

it.each([
  [
    'paid',
    ['Refund it at the provider: all of it is due to the shopper, and only the provider knows how much.'],
  ],
  ['failed', []],
  ['refunded', []],
] as const)(
  'a rejected payment without a known amount has a refund as next step only when paid: %s',
  async (status, expected) => {
    const view = await rejected();
    const payment: Payment = {
      ...view.payment,
      status,
      reading: { ...view.payment.reading, status, moved: [] },
    };
    expect(says(nextSteps({ ...view, payment }))).toEqual(expected);
  },
);
