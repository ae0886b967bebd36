/** `moved`, `returned` and `net` in events, in every order of arrival, for all three providers. */
import { describe, expect, it } from 'vitest';
import { compareDecimals, type Money, moneyText, type NormalizedEvent } from '../../shared/payment/index.ts';
import { movedBy, netOf } from '../../shared/payment/moved.ts';
import { child, own } from '../providers/trustly-americas/support.ts';
import {
  americas,
  europe,
  goodsPingback,
  AMERICAS as ofAmericas,
  EUROPE as ofEurope,
  PAYMENTWALL as ofPaymentwall,
  paymentStatus,
  permutations,
  Road,
  type Setting,
  transaction,
} from './messages.ts';

const EXACT = { amounts: [{ currency: 'EUR', exact: '100' }] };
const PAYMENTWALL: Setting = { ...ofPaymentwall, order: EXACT };
const AMERICAS: Setting = { ...ofAmericas, order: EXACT };
const EUROPE: Setting = { ...ofEurope, order: EXACT };

const part = (id: string, amount?: string) =>
  goodsPingback({
    ...{ type: '220', merchant_refund_id: id },
    ...(amount === undefined ? {} : { refund_amount: amount }),
  });
const noted = (notificationid: string, amount: string) => ({ notificationid, amount, currency: 'EUR' });
const apiAnswer = (fields: Readonly<Record<string, unknown>>) =>
  transaction({ transactionId: '500', transactionType: 3, status: 4, currency: 'EUR', ...fields });
const paid = apiAnswer({ amount: '100.00', recordVersion: 3 });
const bought = paymentStatus({ amount: '100', currency: 'EUR', risk: 'approved' });

/** The messages, the known returned sum and the net sum. `unknown`: no message states the sum. */
const CASES: readonly (readonly [string, Setting, readonly NormalizedEvent[], string, string])[] = [
  [
    'Trustly Americas: reversed after the API named the amount',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(own('Reverse', '10'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: a full refund known only by the status',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(own('Refund', '12'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: reversed after a partial refund',
    AMERICAS,
    [apiAnswer({ amount: '100.00', refunded: '30.00', recordVersion: 3 }), americas(own('Reverse', '10'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: a partial refund without an amount',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(child('4', 'Complete', '4'))],
    ...(['', 'unknown'] as const),
  ],
  [
    'Trustly Americas: two partial refunds, and the API names their sum',
    AMERICAS,
    [
      apiAnswer({ amount: '100.00', refunded: '50.00', recordVersion: 3 }),
      americas(child('4', 'Complete', '4', '901')),
      americas(child('4', 'Complete', '4', '902')),
    ],
    ...(['50.00 EUR', '50.00 EUR'] as const),
  ],
  [
    'Paymentwall: two partial refunds, one with its amount',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R1', '20'), part('R2')],
    ...(['20.00 EUR', 'unknown'] as const),
  ],
  [
    'Paymentwall: two partial refunds with their amounts',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R1', '20'), part('R2', '30')],
    ...(['50.00 EUR', '50.00 EUR'] as const),
  ],
  [
    'Paymentwall: a chargeback after a partial refund without an amount',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R2'), goodsPingback({ type: '2', reason: '1' })],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Europe: a partial refund',
    EUROPE,
    [europe('credit', noted('1', '100')), europe('payoutconfirmation', noted('2', '40'))],
    ...(['40.00 EUR', '60.00 EUR'] as const),
  ],
  [
    'Trustly Europe: a refund of 0.00 is no refund',
    EUROPE,
    [europe('credit', noted('1', '100')), europe('payoutconfirmation', noted('2', '0.00'))],
    ...(['', '100.00 EUR'] as const),
  ],
];

const textOf = (sums: readonly Money[]): string => sums.map(moneyText).join(', ');

function leftOf({ payment, order }: Road): string {
  if (payment === undefined) throw new Error('no payment');
  return textOf(netOf(payment, movedBy({ payment, order }).moved)) || 'unknown';
}

describe('the returned and the net sum of a payment, in every order of arrival', () => {
  it.each(CASES)(
    'the returned and the net sum do not depend on the order of arrival: %s',
    (_name, setting, messages, returned, left) => {
      for (const each of permutations(messages)) {
        const road = new Road(setting).register().receive(...each);
        expect(textOf(road.payment?.reading.returned ?? [])).toBe(returned);
        expect(leftOf(road)).toBe(left);
      }
    },
  );

  it.each(CASES)(
    'the returned sum never falls, and no refunded or reversed event has a positive net sum: %s',
    (_name, setting, messages) => {
      for (const each of permutations(messages)) {
        const { effects } = new Road(setting).register().receive(...each);
        const sums = effects.map(({ event }) => event.returned[0]?.amount ?? '0');
        for (const [index, sum] of sums.entries())
          expect(compareDecimals(sum, sums[index - 1] ?? '0'), `${sums}`).toBeGreaterThanOrEqual(0);
        for (const { event } of effects.filter(({ event: { status } }) =>
          ['refunded', 'reversed'].includes(status),
        ))
          expect(event.net.every(({ amount }) => compareDecimals(amount, '0') <= 0)).toBe(true);
      }
    },
  );
});

describe('amounts of zero and below zero', () => {
  const zero = paymentStatus({ amount: '0.00', currency: 'EUR', risk: 'approved' });
  const reasons = ({ payment }: Road) => payment?.holds.map(({ reason }) => reason);

  it('Paymentwall: a payment of 0.00 is held with amount_differs when the order expects money', () => {
    for (const each of permutations([zero, goodsPingback({ type: '0' })])) {
      const road = new Road(PAYMENTWALL).receive(...each).register();
      expect(reasons(road)).toEqual(['amount_differs']);
      expect(road.count('fulfil')).toBe(0);
    }
  });

  it('a payment of -5.00 for an open order is held with amount_differs, a payment of 0.00 is not', () => {
    const amounts = [{ currency: 'EUR', open: true }];
    const negative = paymentStatus({ amount: '-5.00', currency: 'EUR', risk: 'approved' });
    const open = (message: NormalizedEvent) =>
      reasons(new Road({ ...PAYMENTWALL, order: { amounts } }).register().receive(message));
    expect([open(zero), open(negative)]).toEqual([[], ['amount_differs']]);
  });

  it('Trustly Americas: a completed payment with 0.00 paid is awaiting_confirmation until another API answer', () => {
    const nothing = apiAnswer({ amount: '100.00', paid: '0.00', recordVersion: 3 });
    for (const each of permutations([nothing, americas(own('Complete', '4'))])) {
      const road = new Road(AMERICAS).receive(...each).register();
      expect(road.payment?.status).toBe('awaiting_confirmation');
      expect(road.count('fulfil')).toBe(0);
      expect(road.receive(apiAnswer({ amount: '100.00', recordVersion: 4 })).count('fulfil')).toBe(1);
    }
  });
});
