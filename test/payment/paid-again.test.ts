/** The report about an order that was paid twice, after an operator released the second payment. */
import { describe, expect, it } from 'vitest';
import { paidAgain, paidAgainCandidates, paymentKey } from '../../shared/payment/index.ts';
import type { Payment } from '../../shared/payment/types.ts';
import { Shop } from './shop.ts';
import { AT, event, KEY, normalizedOf, own, RULES, sum } from './synthetic.ts';

const eur = (amount: string) => [{ amount, currency: 'EUR' }];
const FIRST = paymentKey(KEY);
const SECOND = paymentKey({ ...KEY, id: '701' });
const credited = (id: string) => normalizedOf([own('completed'), sum('credit', `c${id}`, '100')], {}, id);
const DECISION = { by: 'operator', note: 'seen', at: AT };

function twice(order: Parameters<Shop['register']>[0] = {}): Shop {
  const shop = new Shop();
  shop.register(order);
  shop.receive(credited('700'));
  shop.receive(credited('701'));
  return shop;
}

const answer = (shop: Shop, verdict: 'release' | 'reject') =>
  shop.decide(shop.hold('order_already_paid', shop.payment(SECOND)), verdict, shop.payment(SECOND));

function seen(shop: Shop) {
  const payments: readonly Payment[] = paidAgainCandidates(shop.order()).map((key) => shop.payment(key));
  return paidAgain(shop.order(), payments, () => RULES);
}

describe('an order that was paid twice and whose second payment an operator released', () => {
  it('paidAgain reports both payments, goodsOut 2, the operator decision and the sum of the money', () => {
    const shop = twice();
    answer(shop, 'release');
    expect(seen(shop)).toEqual({
      order: 'order-1',
      payments: [
        { payment: FIRST, goods: 'granted', kept: eur('100.00') },
        { payment: SECOND, goods: 'granted', kept: eur('100.00'), decision: DECISION },
      ],
      ...{ goodsOut: 2, kept: eur('200.00'), due: [] },
    });
  });

  it('paidAgain still reports the order after a refund of the second payment: goodsOut 1', () => {
    const shop = twice();
    answer(shop, 'release');
    shop.receive(normalizedOf([sum('refund', 'r1', '100')], {}, '701'));
    expect(shop.order()).toMatchObject({ paidBy: FIRST });
    expect(shop.order().paidBefore).toBeUndefined();
    expect(seen(shop)).toMatchObject({
      payments: [{ goods: 'granted' }, { payment: SECOND, goods: 'revoked', kept: [], decision: DECISION }],
      ...{ goodsOut: 1, kept: eur('100.00') },
    });
  });

  it('paidAgain reports the refund that is due for a payment that claimed the order and was rejected later', () => {
    const shop = twice();
    answer(shop, 'release');
    shop.receive(normalizedOf([event('dispute', '1')], {}, '701'));
    const { decisions, ...payment } = shop.payment(SECOND);
    const rejected = { ...DECISION, reason: 'amount_differs', digest: 'x', verdict: 'reject' } as const;
    const after = { ...payment, decisions: [...decisions, rejected] };
    const found = paidAgain(shop.order(), [shop.payment(FIRST), after], () => RULES);
    expect(found).toMatchObject({
      due: eur('100.00'),
      payments: [{}, { refundDue: { due: eur('100.00') } }],
    });
  });

  it('paidAgain counts the amount of the order for a payment whose evidence names no amount', () => {
    const shop = new Shop({ amountCheck: 'when-present' });
    shop.register();
    shop.receive(normalizedOf([own('completed')]));
    shop.receive(normalizedOf([own('completed')], {}, '701'));
    answer(shop, 'release');
    expect(seen(shop)?.kept).toEqual(eur('200.00'));
  });
});

describe('an order without a released second payment', () => {
  it.each([
    ['a once order whose second payment is held', twice()],
    ['a recurring order', twice({ use: 'recurring' })],
  ])('paidAgain reports nothing for %s', (_, shop) => {
    expect(seen(shop)).toBeUndefined();
  });

  it('paidAgain reports nothing for an order whose second payment was rejected, and nothing without an order', () => {
    const shop = twice();
    answer(shop, 'reject');
    expect(seen(shop)).toBeUndefined();
    expect(paidAgain(undefined, [], () => RULES)).toBeUndefined();
  });
});
