/** New effects: their sequence, their state pending, and `early` before the money has arrived. */
import { describe, expect, it } from 'vitest';
import { granted, Shop } from './shop.ts';
import { event, normalizedOf, own } from './synthetic.ts';

describe('new effects', () => {
  it('effects are numbered 1, 2, 3 … without a gap and without a repeated sequence', () => {
    const shop = granted();
    shop.receive(normalizedOf([event('dispute', '1')]));
    shop.receive(normalizedOf([event('reverse', '1')]));
    expect(shop.effects.length).toBeGreaterThan(3);
    expect(shop.effects.map(({ sequence }) => sequence)).toEqual(
      shop.effects.map((_effect, index) => index + 1),
    );
    expect(shop.only().sequence).toBe(shop.effects.length);
  });

  it('a new effect is pending and has 0 attempts', () => {
    for (const { state, attempts } of granted().effects) expect([state, attempts]).toEqual(['pending', 0]);
  });

  it('a fulfil on processing has early true; a payment.processing notice has early false', () => {
    const shop = new Shop({ grantOn: 'processing', amountCheck: 'when-present' });
    shop.register();
    shop.receive(normalizedOf([own('processing')]));
    const early = Object.fromEntries(shop.effects.map(({ type, event: { early } }) => [type, early]));
    expect(early).toEqual({ 'payment.processing': false, fulfil: true });
  });
});
