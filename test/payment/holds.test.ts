/** Holds: their order and digest, and what a release covers. */
import { describe, expect, it } from 'vitest';
import { granted, paidLines, Shop } from './shop.ts';
import { normalizedOf, own, sum } from './synthetic.ts';

describe('holds', () => {
  it('stand in the order of their reasons, each with a digest of 32', () => {
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

describe('what a hold covers', () => {
  it('a release of an unknown order lapses when more money comes', () => {
    const shop = new Shop();
    shop.receive(normalizedOf(paidLines));
    shop.decide(shop.hold('unknown_order'), 'release');
    expect(shop.reasons()).toEqual([]);
    shop.receive(normalizedOf([sum('credit', '2', '5')]));
    expect(shop.reasons()).toEqual(['unknown_order']);
  });

  it('evidence beyond the bound cannot be released, but rejected', () => {
    const shop = new Shop();
    shop.register();
    for (let n = 0; n < 102; n += 1) shop.receive(normalizedOf([sum('credit', String(n), '1')]));
    expect(() => shop.decide(shop.hold('too_many_entries'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('too_many_entries'), 'reject');
    expect(shop.types).toContain('payment.rejected');
  });

  it('too many conflicts forbid releasing the conflict, and nothing else', () => {
    const shop = new Shop();
    shop.register();
    const first = normalizedOf([own('completed'), sum('credit', '1', '90')]);
    for (let n = 0; n <= 20; n += 1) shop.receive({ ...first, material: { copy: String(n) } });
    expect(() => shop.decide(shop.hold('conflicting_duplicate'), 'release')).toThrow('incomplete');
    shop.decide(shop.hold('amount_differs'), 'release');
    expect(shop.reasons()).toEqual(['conflicting_duplicate']);
  });

  it('a second payment of a wrong amount is announced as a duplicate and as held', () => {
    const shop = granted();
    shop.receive(normalizedOf([own('completed'), sum('credit', '9', '90')], {}, '701'));
    expect(shop.types).toEqual(expect.arrayContaining(['payment.duplicate', 'payment.held']));
  });
});
