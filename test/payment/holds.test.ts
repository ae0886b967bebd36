/** Holds: their order, their digest, and the evidence that a release covers. */
import { describe, expect, it } from 'vitest';
import { granted, paidLines, Shop } from './shop.ts';
import { normalizedOf, own, sum } from './synthetic.ts';

describe('the holds of a payment', () => {
  it('holds are sorted by their reasons, and each has a digest of 32 hexadecimal digits', () => {
    const shop = new Shop();
    shop.register();
    shop.receive(
      normalizedOf([own('completed', 'failed'), sum('credit', '1', '90')], { endUser: 'somebody' }),
    );
    const { holds } = shop.only();
    expect(holds.map(({ reason }) => reason)).toEqual(['amount_differs', 'contradictory_evidence']);
    for (const { digest } of holds) expect(digest).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('the release of a hold', () => {
  it('the release of an unknown_order hold ends when more money arrives', () => {
    const shop = new Shop();
    shop.receive(normalizedOf(paidLines));
    shop.decide(shop.hold('unknown_order'), 'release');
    expect(shop.reasons()).toEqual([]);
    shop.receive(normalizedOf([sum('credit', '2', '5')]));
    expect(shop.reasons()).toEqual(['unknown_order']);
  });

  it('a too_many_entries hold can be rejected but not released: its evidence is incomplete', () => {
    const shop = new Shop();
    shop.register();
    for (let n = 0; n < 102; n += 1) shop.receive(normalizedOf([sum('credit', String(n), '1')]));
    expect(() => shop.decide(shop.hold('too_many_entries'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('too_many_entries'), 'reject');
    expect(shop.types).toContain('payment.rejected');
  });

  it('a conflicting_duplicate hold of 21 conflicts cannot be released; the amount_differs hold can', () => {
    const shop = new Shop();
    shop.register();
    const first = normalizedOf([own('completed'), sum('credit', '1', '90')]);
    for (let n = 0; n <= 20; n += 1) shop.receive({ ...first, material: { copy: String(n) } });
    expect(() => shop.decide(shop.hold('conflicting_duplicate'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('amount_differs'), 'release');
    expect(shop.reasons()).toEqual(['conflicting_duplicate']);
  });

  it('a second payment with a wrong amount is announced as payment.duplicate and payment.held', () => {
    const shop = granted();
    shop.receive(normalizedOf([own('completed'), sum('credit', '9', '90')], {}, '701'));
    expect(shop.types).toEqual(expect.arrayContaining(['payment.duplicate', 'payment.held']));
  });
});
