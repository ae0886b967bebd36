/** The effects of a change of a payment. */
import { describe, expect, it } from 'vitest';
import { granted, Shop } from './shop.ts';
import { event, normalizedOf, own, sum } from './synthetic.ts';

describe('the effects of a change', () => {
  it('a void after a grant on authorized announces payment.at_risk and payment.voided, each once', () => {
    const shop = new Shop({ grantOn: 'authorized', amountCheck: 'when-present' });
    shop.register();
    shop.receive(normalizedOf([own('authorized')]));
    shop.receive(normalizedOf([own('voided')]));
    shop.receive(normalizedOf([own('voided'), event('note', '1')]));
    const types = shop.effects.map(({ type }) => type);
    expect(types.filter((type) => type === 'payment.at_risk')).toHaveLength(1);
    expect(types.filter((type) => type === 'payment.voided')).toHaveLength(1);
  });

  it('a void before any grant announces payment.voided and no payment.at_risk', () => {
    const shop = new Shop();
    shop.register();
    shop.receive(normalizedOf([own('authorized')]));
    shop.receive(normalizedOf([own('voided')]));
    expect(shop.effects.map(({ type }) => type)).toEqual(['payment.authorized', 'payment.voided']);
  });

  it('a refund together with a reversal is announced as payment.reversed, not as payment.refunded', () => {
    const shop = granted();
    const from = shop.effects.length;
    shop.receive(normalizedOf([event('reverse', '1'), sum('refund', '1', '100')]));
    const types = shop.effects.slice(from).map(({ type }) => type);
    expect(types).toContain('payment.reversed');
    expect(types).not.toContain('payment.refunded');
  });

  it('a dispute that is won after a partial refund announces payment.dispute_won', () => {
    const shop = granted();
    shop.receive(normalizedOf([event('dispute', '1')]));
    shop.receive(normalizedOf([sum('refund', '1', '40')]));
    const from = shop.effects.length;
    shop.receive(normalizedOf([event('reconcile', '1')]));
    expect(shop.only().status).toBe('partially_refunded');
    expect(shop.effects.slice(from).map(({ type }) => type)).toContain('payment.dispute_won');
  });
});
