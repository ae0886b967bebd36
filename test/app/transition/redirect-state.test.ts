/** The row about a payment that the redirect function may read, and when the worker writes it. */
import { describe, expect, it } from 'vitest';
import { redirectStateItem } from '../../../shared/app/table/rows.ts';
import { redirectStateFrom, redirectStateWrites } from '../../../shared/app/transition/redirect-state.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { toyAccount } from '../../support/toy-provider.ts';

const withCheckout = { ...toyAccount, checkout: {} } as unknown as Account;
const KEY = 'paymentwall:toy:p1';
const payment = (status: string, over: object = {}): Payment =>
  ({
    key: KEY,
    status,
    reading: { kind: 'payment' },
    holds: [],
    orderReference: 'r1',
    ...over,
  }) as unknown as Payment;
const held = { holds: [{ reason: 'amount_differs' }] };
const authorization = { reading: { kind: 'authorization' } };

describe('the redirect state of a payment', () => {
  it.each([
    ['paid', {}, true],
    ['authorized', {}, false],
    ['processing', {}, false],
    ['paid', held, false],
    ['authorized', authorization, true],
    ['paid', authorization, false],
    ['authorized', { ...authorization, ...held }, false],
  ])('the redirect state of a payment in status %s with %j has confirmed %s', (status, over, confirmed) => {
    expect(redirectStateFrom(payment(status, over))).toEqual({ orderReference: 'r1', confirmed });
  });

  it('the redirect state of a paid payment without an order is confirmed', () => {
    expect(redirectStateFrom(payment('paid', { orderReference: undefined }))).toEqual({ confirmed: true });
  });
});

describe('the write of the redirect state', () => {
  const none = payment('processing', { orderReference: undefined });

  it('the redirect state is written when orderReference or confirmed changes', () => {
    for (const [before, after, row] of [
      [undefined, payment('processing'), { orderReference: 'r1', confirmed: false }],
      [undefined, payment('paid', { orderReference: undefined }), { confirmed: true }],
      [none, payment('processing'), { orderReference: 'r1', confirmed: false }],
      [payment('processing'), payment('paid'), { orderReference: 'r1', confirmed: true }],
      [payment('paid'), payment('reversed'), { orderReference: 'r1', confirmed: false }],
      [payment('paid'), payment('paid', { orderReference: 'r2' }), { orderReference: 'r2', confirmed: true }],
    ] as const)
      expect(redirectStateWrites(withCheckout, before, after)).toEqual([
        { put: redirectStateItem(KEY, row), when: 'always' },
      ]);
  });

  it('the redirect state is not written while orderReference and confirmed stay the same', () => {
    expect(redirectStateWrites(withCheckout, undefined, none)).toEqual([]);
    expect(redirectStateWrites(withCheckout, payment('processing'), payment('failed'))).toEqual([]);
    expect(redirectStateWrites(withCheckout, payment('paid'), payment('paid'))).toEqual([]);
  });

  it('the redirect state is not written for an account without a checkout', () => {
    expect(redirectStateWrites(toyAccount, undefined, payment('paid'))).toEqual([]);
  });
});
