/** What moved and what is left of it, as events state it: in every order of arrival, for all three providers. */
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
const asked = (fields: Readonly<Record<string, unknown>>) =>
  transaction({ transactionId: '500', transactionType: 3, status: 4, currency: 'EUR', ...fields });
const paid = asked({ amount: '100.00', recordVersion: 3 });
const bought = paymentStatus({ amount: '100', currency: 'EUR', risk: 'approved' });

/** What is told, what went back as far as it is known, and what is left. `unknown`: nobody can say. */
const CASES: readonly (readonly [string, Setting, readonly NormalizedEvent[], string, string])[] = [
  [
    'Trustly Americas: reversed after the API named the amount',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(own('Reverse', '10'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: all of it refunded, by its status alone',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(own('Refund', '12'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: reversed after a part was refunded',
    AMERICAS,
    [asked({ amount: '100.00', refunded: '30.00', recordVersion: 3 }), americas(own('Reverse', '10'))],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Americas: a part went back, and nothing says how much',
    AMERICAS,
    [americas(own('Complete', '4')), paid, americas(child('4', 'Complete', '4'))],
    ...(['', 'unknown'] as const),
  ],
  [
    'Trustly Americas: two parts went back, and the API names their sum',
    AMERICAS,
    [
      asked({ amount: '100.00', refunded: '50.00', recordVersion: 3 }),
      americas(child('4', 'Complete', '4', '901')),
      americas(child('4', 'Complete', '4', '902')),
    ],
    ...(['50.00 EUR', '50.00 EUR'] as const),
  ],
  [
    'Paymentwall: of two parts one names its amount',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R1', '20'), part('R2')],
    ...(['20.00 EUR', 'unknown'] as const),
  ],
  [
    'Paymentwall: two parts that name their amounts',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R1', '20'), part('R2', '30')],
    ...(['50.00 EUR', '50.00 EUR'] as const),
  ],
  [
    'Paymentwall: a chargeback after a part of unknown amount',
    PAYMENTWALL,
    [goodsPingback({ type: '0' }), bought, part('R2'), goodsPingback({ type: '2', reason: '1' })],
    ...(['100.00 EUR', '0.00 EUR'] as const),
  ],
  [
    'Trustly Europe: a part went back',
    EUROPE,
    [europe('credit', noted('1', '100')), europe('payoutconfirmation', noted('2', '40'))],
    ...(['40.00 EUR', '60.00 EUR'] as const),
  ],
  [
    'Trustly Europe: a refund of nothing is none',
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

describe('what is left of a payment, in every order of arrival', () => {
  it.each(CASES)('%s', (_name, setting, messages, returned, left) => {
    for (const each of permutations(messages)) {
      const road = new Road(setting).register().receive(...each);
      expect(textOf(road.payment?.reading.returned ?? [])).toBe(returned);
      expect(leftOf(road)).toBe(left);
    }
  });

  it.each(CASES)(
    '%s: what went back only grows, and no event calls gone money left',
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

describe('an amount of zero is an amount', () => {
  const zero = paymentStatus({ amount: '0.00', currency: 'EUR', risk: 'approved' });
  const reasons = ({ payment }: Road) => payment?.holds.map(({ reason }) => reason);

  it('Paymentwall: held where the order expects money, also where amounts are compared only if present', () => {
    for (const each of permutations([zero, goodsPingback({ type: '0' })])) {
      const road = new Road(PAYMENTWALL).receive(...each).register();
      expect(reasons(road)).toEqual(['amount_differs']);
      expect(road.count('fulfil')).toBe(0);
    }
  });

  it('a negative sum never pays an order', () => {
    const amounts = [{ currency: 'EUR', open: true }];
    const negative = paymentStatus({ amount: '-5.00', currency: 'EUR', risk: 'approved' });
    const open = (message: NormalizedEvent) =>
      reasons(new Road({ ...PAYMENTWALL, order: { amounts } }).register().receive(message));
    expect([open(zero), open(negative)]).toEqual([[], ['amount_differs']]);
  });

  it('Trustly Americas: completed and 0.00 paid waits for another answer, whatever the events say', () => {
    const nothing = asked({ amount: '100.00', paid: '0.00', recordVersion: 3 });
    for (const each of permutations([nothing, americas(own('Complete', '4'))])) {
      const road = new Road(AMERICAS).receive(...each).register();
      expect(road.payment?.status).toBe('awaiting_confirmation');
      expect(road.count('fulfil')).toBe(0);
      expect(road.receive(asked({ amount: '100.00', recordVersion: 4 })).count('fulfil')).toBe(1);
    }
  });
});
