/** Changes of an order before its claim: which are accepted, the changed order, and the error of a refused change. */
import { describe, expect, it } from 'vitest';
import { changeOrder, type OrderChange, parseOrderChange, stateOfOrder } from '../../shared/payment/index.ts';
import type { AmountTerm, Order } from '../../shared/payment/types.ts';

const AT = '2026-03-01T12:00:00.000Z';
const later = (minutes: number): string => new Date(Date.parse(AT) + minutes * 60_000).toISOString();
const order = (over: Partial<Order> = {}): Order => ({
  ...{ reference: 'r1', kind: 'payment', use: 'once', aliases: [], version: 3, registeredAt: AT },
  amounts: [{ currency: 'EUR', exact: '5.00' }],
  ...over,
});
const change = (over: Partial<OrderChange>): OrderChange => ({
  ...{ reference: 'r1', action: 'change', by: 'Ada', note: 'why' },
  ...over,
});
const closed = { closedAt: AT };
const paid = { paidBy: 'paymentwall:toy:p1' };

describe('the state of an order', () => {
  it.each([
    ['open', {}],
    ['closed', closed],
    ['claimed', paid],
    ['claimed', { ...paid, ...closed }],
    ['claimed', { fulfilled: 'external' }],
    ['claimed', { fulfilled: 'external', ...closed }],
  ] as const)('the state of an order is %s with %j', (state, over) => {
    expect(stateOfOrder(over)).toBe(state);
  });
});

describe('close and reopen of an order', () => {
  it('close sets closedAt to the time of the change; reopen removes closedAt', () => {
    const one = changeOrder(order(), change({ action: 'close' }), AT);
    expect(one).toEqual(order({ ...closed, version: 4 }));
    const again = changeOrder(one ?? order(), change({ action: 'reopen' }), later(1));
    expect(again).toEqual(order({ version: 5 }));
    expect(again).not.toHaveProperty('closedAt');
  });

  it('a repeated close or reopen changes nothing, also under an earlier version', () => {
    expect(changeOrder(order(closed), change({ action: 'close', version: 2 }), later(1))).toBeUndefined();
    expect(changeOrder(order(), change({ action: 'reopen', version: 2 }), AT)).toBeUndefined();
  });

  it.each([
    ['close', paid, 'is paid by paymentwall:toy:p1'],
    ['reopen', { ...paid, ...closed }, 'is paid by paymentwall:toy:p1'],
    ['close', { fulfilled: 'external' }, 'was fulfilled by another system'],
  ] as const)('a claimed order refuses every change: %s %j', (action, over, claim) => {
    expect(() => changeOrder(order(over), change({ action }), AT)).toThrow(
      `order "r1" ${claim}: only an order that nothing was granted for can be changed`,
    );
  });
});

describe('a change of an order under a version', () => {
  it('a repeated change of amounts or validUntil changes nothing, also under an earlier version', () => {
    const [amounts, end] = [order().amounts, later(10)];
    const of = (over: Partial<OrderChange>) =>
      changeOrder(order({ validUntil: end }), change({ version: 2, ...over }), AT);
    expect(of({ amounts })).toBeUndefined();
    expect(of({ validUntil: end })).toBeUndefined();
    expect(of({ amounts, validUntil: end })).toBeUndefined();
    for (const other of [
      { amounts, validUntil: later(11) },
      { amounts: [], validUntil: end },
    ])
      expect(() => of(other)).toThrow('has version 3, not 2');
    expect(() => changeOrder(order(paid), change({ amounts }), AT)).toThrow('is paid by');
  });

  it('a change under another version than the order’s is refused', () => {
    expect(changeOrder(order(), change({ action: 'close', version: 3 }), AT)).toMatchObject({ version: 4 });
    expect(() => changeOrder(order(), change({ action: 'close', version: 2 }), AT)).toThrow(
      'order "r1" has version 3, not 2: look at it again',
    );
  });
});

describe('the extension of an order', () => {
  const until = (validUntil: string, of: Partial<Order> = { validUntil: later(10) }) =>
    changeOrder(order(of), change({ validUntil }), AT);

  it('an order’s validUntil can be set to any later time', () => {
    expect(until(later(11))).toEqual(order({ validUntil: later(11), version: 4 }));
  });

  it('an extension to the same validUntil changes nothing', () => {
    expect(until(later(10))).toBeUndefined();
  });

  it.each([
    ['before the validUntil of the order', later(9), later(10), later(10)],
    ['equal to now, of an expired order', AT, later(-10), AT],
    ['before now, of an expired order', later(-5), later(-10), AT],
  ])('an extension is refused for a time %s', (_, requested, was, latest) => {
    expect(() => until(requested, { validUntil: was })).toThrow(
      `change.validUntil: found "${requested}", allowed: a time after ${latest}; close an order to end it earlier`,
    );
  });

  it('an expired order becomes valid again by a validUntil after now', () => {
    expect(until(later(1), { validUntil: later(-10) })).toMatchObject({ validUntil: later(1) });
  });

  it('an order without validUntil refuses an extension', () => {
    expect(() => until(later(1), {})).toThrow(
      'order "r1" has no validUntil, so there is nothing to extend: close it to end it',
    );
  });
});

describe('the correction of the amounts of an order', () => {
  const correct = (amounts: readonly AmountTerm[], of: Partial<Order> = {}) =>
    changeOrder(order(of), change({ amounts }), AT);

  it('a correction replaces all amounts of the order', () => {
    const amounts = [{ currency: 'USD', min: '1', max: '2' }];
    expect(correct(amounts)).toEqual(order({ amounts, version: 4 }));
  });

  it.each<[readonly AmountTerm[], readonly AmountTerm[]]>([
    [[{ currency: 'EUR', exact: '5.00' }], [{ exact: '5.00', currency: 'EUR' }]],
    [[{ currency: 'EUR', min: '1', max: '2' }], [{ max: '2', min: '1', currency: 'EUR' }]],
    [[{ currency: 'EUR', open: true }], [{ open: true, currency: 'EUR' }]],
  ])(
    'a correction to equal amounts changes nothing, whatever the stored order of keys: %j',
    (requested, stored) => {
      expect(correct(requested, { amounts: stored })).toBeUndefined();
      expect(correct(requested, { amounts: stored, use: 'open', kind: 'payout' })).toBeUndefined();
    },
  );

  it.each([
    [{ use: 'recurring' }, 'recurring payment'],
    [{ use: 'open' }, 'open payment'],
    [{ kind: 'payout' }, 'once payout'],
    [{ kind: 'withdrawal' }, 'once withdrawal'],
  ] as const)(
    'only the amounts of a once payment can be corrected, not the amounts of an order with %j',
    (over, what) => {
      expect(() => correct([{ currency: 'EUR', exact: '6.00' }], over)).toThrow(
        `order "r1" is a ${what}: only the amounts of a once payment can be corrected; close it and register another`,
      );
    },
  );

  it('a correction and an extension together are one change with one new version', () => {
    const [validUntil, amounts] = [later(20), [{ currency: 'EUR', exact: '6.00' }]];
    expect(changeOrder(order({ validUntil: later(10) }), change({ validUntil, amounts }), AT)).toEqual(
      order({ validUntil, amounts, version: 4 }),
    );
  });

  it('a correction of amounts leaves a closed order closed', () => {
    expect(correct([{ currency: 'EUR', exact: '6.00' }], closed)).toMatchObject(closed);
  });
});

describe('parseOrderChange: a change as the merchant gives it', () => {
  const given = { reference: 'r1', action: 'close', by: 'Ada', note: 'abandoned' };

  it('parseOrderChange keeps only the given fields, with canonical amounts and UTC times', () => {
    expect(parseOrderChange(given)).toEqual(given);
    expect(
      parseOrderChange({
        ...{ ...given, action: 'change', version: 7, validUntil: '2026-03-01T13:00:00+01:00' },
        amounts: [{ currency: 'EUR', exact: '6' }],
      }),
    ).toEqual({
      ...{ ...given, action: 'change', version: 7, validUntil: AT },
      amounts: [{ currency: 'EUR', exact: '6.00' }],
    });
    expect(parseOrderChange({ ...given, action: 'change', validUntil: AT })).not.toHaveProperty('amounts');
  });

  it.each([
    ['change.reference: found nothing', { reference: undefined }],
    ['change.action: found nothing, allowed: close, reopen, change', { action: undefined }],
    ['change: found an object with', { action: 'change' }],
    ['allowed: with action "change": validUntil, amounts, or both', { action: 'change' }],
    [`change.validUntil: found "${AT}", allowed: only with action "change"`, { validUntil: AT }],
    [
      'change.amounts: found a list of 1, allowed: only with action "change"',
      { validUntil: AT, amounts: [1] },
    ],
    ['change.validUntil: found "soon", allowed: a time', { action: 'change', validUntil: 'soon' }],
    ['change.by: found "xxx', { by: 'x'.repeat(129) }],
    ['allowed: a text of 1-128 printable', { by: 'x'.repeat(129) }],
    ['allowed: a text of 1-500 printable', { note: 'x'.repeat(501) }],
    ...[0, -1, 1.5, '1', null].map((version) => [
      'allowed: a whole number above 0, as it was shown',
      { version },
    ]),
  ] as [string, object][])('parseOrderChange refuses with the sentence %s for %j', (sentence, over) => {
    expect(() => parseOrderChange({ ...given, ...over })).toThrow(sentence);
  });

  it('parseOrderChange accepts a name of 128 and a note of 500 characters', () => {
    const long = { ...given, by: 'x'.repeat(128), note: 'x'.repeat(500) };
    expect(parseOrderChange(long)).toEqual(long);
  });
});
