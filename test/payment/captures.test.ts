/** Captures of one authorization that pay one order together: which count, what is compared, which are derived anew. */
import { describe, expect, it } from 'vitest';
import {
  type CaptureGroup,
  captureGroupOf,
  capturesConcerned,
  captureVerdict,
  comparedAmount,
  isPaidWith,
  joinsClaim,
  otherCaptureKeepsGrant,
  withCapture,
  withoutCapture,
} from '../../shared/payment/captures.ts';
import type { Capture, Money, Order, Payment, Reading } from '../../shared/payment/types.ts';
import { POLICY } from './synthetic.ts';

const key = (id: string) => `trustly-americas:shop:${id}`;
const AUTHORIZATION = key('900');
const usd = (amount: string): Money => ({ amount, currency: 'USD' });
const reading = (amount?: string, over: Partial<Reading> = {}): Reading => ({
  ...{ kind: 'payment', direction: 'in', status: 'paid', capture: true, returned: [] },
  ...{ moved: amount === undefined ? [] : [usd(amount)], goodwill: false, doubts: [], announcements: [] },
  ...over,
});
const order = (over: Partial<Order> = {}): Order => ({
  ...{ reference: 'r1', kind: 'payment', use: 'once', aliases: [], version: 1, registeredAt: '' },
  amounts: [{ currency: 'USD', exact: '100.00' }],
  ...over,
});
const kept = (id: string, amount?: string, over: Partial<Capture> = {}): Capture => ({
  ...{ payment: key(id), authorization: AUTHORIZATION, stands: amount !== undefined },
  amounts: amount === undefined ? [] : [usd(amount)],
  ...over,
});
const RANGE = [{ currency: 'USD', min: '50', max: '100' }];
const PARENT = { type: 'parent', value: '900' } as const;
const names = (...aliases: Payment['aliases']) => ({
  ...({ provider: 'trustly-americas', account: 'shop', key: key('1') } as const),
  aliases,
});
function payment(amount?: string, over: Partial<Payment> = {}, read: Partial<Reading> = {}): Payment {
  return {
    ...names(PARENT),
    ...{ id: '1', status: 'paid', holds: [], decisions: [], grant: { epoch: 0, state: 'none' } },
    reading: reading(amount, read),
    ...over,
  } as unknown as Payment;
}
const hold = (reason: string) =>
  ({ reason, digest: '', evidence: [] }) as unknown as Payment['holds'][number];
const reject = { verdict: 'reject' } as unknown as Payment['decisions'][number];
/** Another capture, for which goods were granted. */
const claimant = (over: Partial<Payment> = {}): Payment =>
  payment('60.00', {
    key: key('2'),
    id: '2',
    grant: { epoch: 1, state: 'granted' } as Payment['grant'],
    ...over,
  });

const group = (of: Order, own = names(PARENT)): CaptureGroup => {
  const found = captureGroupOf(own, reading('1.00'), of);
  if (found === undefined) throw new Error('the capture pays the order alone');
  return found;
};

describe('captureGroupOf: the captures that pay one order together', () => {
  it.each([
    ['without an order', names(PARENT), reading(), undefined],
    ['of a recurring order', names(PARENT), reading(), order({ use: 'recurring' })],
    ['of an open order', names(PARENT), reading(), order({ use: 'open' })],
    ['whose order is a payout', names(PARENT), reading(), order({ kind: 'payout' })],
    [
      'that is no capture',
      names(PARENT),
      { ...reading(), capture: undefined } as unknown as Reading,
      order(),
    ],
    ['that names no authorization', names({ type: 'id', value: '900' }), reading(), order()],
    ['that names two authorizations', names(PARENT, { type: 'parent', value: '901' }), reading(), order()],
  ])('captureGroupOf returns undefined for a payment %s', (_, own, read, of) => {
    expect(captureGroupOf(own, read, of)).toBeUndefined();
  });

  it('a capture is summed with the captures of the same authorization that are not held', () => {
    const others = [kept('2', '30.00'), kept('3', '20.00'), kept('4')];
    const captures = [
      ...[kept('1', '10.00'), ...others, kept('5', '7.00', { held: true })],
      kept('6', '8.00', { authorization: key('901') }),
    ];
    expect(group(order({ captures }))).toEqual({
      ...{ authorization: AUTHORIZATION, others, counted: [usd('50.00')], own: captures[0], isKept: true },
    });
    expect(group(order())).toEqual({
      ...{ authorization: AUTHORIZATION, others: [], counted: [], own: undefined, isKept: true },
    });
  });

  it('an order keeps at most 10 captures: an 11th capture has isKept false', () => {
    const ten = Array.from({ length: 10 }, (_, n) => kept(`${n + 11}`, '1.00'));
    expect(group(order({ captures: ten.slice(1) })).isKept).toBe(true);
    expect(group(order({ captures: ten })).isKept).toBe(false);
    expect(group(order({ captures: [...ten.slice(1), kept('1', '1.00')] })).isKept).toBe(true);
  });

  it('the sum of all captures of the authorization is compared with the amount of the order', () => {
    expect(comparedAmount(reading('40.00'), undefined)).toEqual([usd('40.00')]);
    expect(comparedAmount(reading('40.00'), group(order({ captures: [kept('2', '60.00')] })))).toEqual([
      usd('100.00'),
    ]);
  });
});

describe('captureVerdict: the amount of a capture', () => {
  const verdict = (
    amount: string | undefined,
    { isGranted = false, by, ...over }: Partial<Order> & { isGranted?: boolean; by?: Payment } = {},
  ) => {
    const of = order(over);
    return captureVerdict({ order: of, reading: reading(amount), group: group(of), claimant: by }, isGranted);
  };
  const captures = [kept('2', '60.00')];

  it.each<[string, string, Partial<Order>]>([
    ['passes', '40.00', { captures }],
    ['differs', '39.99', { captures }],
    ['differs', '40.01', { captures }],
    ['part', '39.99', { captures, instalments: true }],
    ['differs', '40.01', { captures, instalments: true }],
    ['passes', '40.00', { captures, amounts: RANGE }],
    ['differs', '41.00', { captures, amounts: RANGE, instalments: true }],
    ['part', '49.99', { amounts: RANGE, instalments: true }],
    ['passes', '50.00', { amounts: RANGE, instalments: true }],
    ['passes', '1.00', { amounts: [{ currency: 'USD', open: true }], instalments: true }],
    ['differs', '1.00', { amounts: [{ currency: 'EUR', exact: '100' }], instalments: true }],
    [
      'differs',
      '1.00',
      { captures: [kept('2', '1', { amounts: [{ amount: '1', currency: 'EUR' }] })], instalments: true },
    ],
  ])('captureVerdict returns %s for a capture of %s USD and an order with %j', (expected, amount, over) => {
    expect(verdict(amount, over)).toBe(expected);
  });

  it('a capture without a known amount differs, also when the order expects instalments', () => {
    expect(verdict(undefined, { instalments: true })).toBe('differs');
  });

  it('a granted capture passes when other captures are lost; an amount above the order alone differs', () => {
    expect(verdict('40.00', { captures, isGranted: true })).toBe('passes');
    expect(verdict('100.00', { captures, isGranted: true })).toBe('passes');
    expect(verdict('100.01', { captures, isGranted: true })).toBe('differs');
    expect(verdict('40.00', { isGranted: true })).toBe('differs');
  });

  it('an 11th capture differs although the sum equals the amount of the order', () => {
    const ten = Array.from({ length: 10 }, (_, n) => kept(`${n + 11}`, '9.00'));
    expect(verdict('10.00', { captures: ten })).toBe('differs');
    expect(verdict('10.00', { captures: ten.slice(1), amounts: [{ currency: 'USD', exact: '91.00' }] })).toBe(
      'passes',
    );
  });

  it('a capture that was part of the granted sum passes when another capture of the sum is lost', () => {
    const own = kept('1', '40.00');
    const lost = kept('2', undefined, { stands: false });
    const by = claimant();
    expect(verdict('40.00', { captures: [own, lost], by })).toBe('passes');
    for (const [amount, of, paidBy] of [
      // The amount changed.
      ['41.00', [own, lost], by],
      // The capture did not stand when the goods were granted.
      ['40.00', [kept('1', '40.00', { stands: false }), lost], by],
      // No claimant has goods, or they were revoked, or the claimant belongs to another authorization.
      ['40.00', [own, lost], undefined],
      ['40.00', [own, lost], claimant({ grant: { epoch: 1, state: 'revoked' } as Payment['grant'] })],
      ['40.00', [own, lost], claimant({ aliases: [{ type: 'parent', value: '901' }] })],
      // With the 61.00 of the other capture the sum exceeds the amount of the order.
      ['40.00', [own, kept('2', '61.00')], by],
    ] as const)
      expect([amount, of, verdict(amount, { captures: of, ...(paidBy ? { by: paidBy } : {}) })]).toEqual([
        amount,
        of,
        'differs',
      ]);
  });
});

describe('joinsClaim: a further capture, while the goods are granted for another capture', () => {
  const joins = (amount: string | undefined, over: Partial<Order>, by: Payment | undefined = claimant()) => {
    const of = order({ paidBy: key('2'), ...over });
    return joinsClaim({ order: of, reading: reading(amount), group: group(of), claimant: by });
  };
  const captures = [kept('2', '60.00')];

  it.each<[boolean, string, Partial<Order>]>([
    [true, '40.00', { captures }],
    [false, '39.00', { captures }],
    [false, '41.00', { captures }],
    [true, '39.00', { captures, instalments: true }],
    [false, '41.00', { captures, instalments: true }],
    [false, '30.00', { captures, amounts: RANGE }],
    [true, '30.00', { captures, amounts: RANGE, instalments: true }],
    [false, '41.00', { captures, amounts: RANGE, instalments: true }],
  ])(
    'joinsClaim returns %s for a further capture of %s USD and an order with %j',
    (expected, amount, over) => {
      expect(joins(amount, over)).toBe(expected);
    },
  );

  it('a capture that pays the order alone joins no claim', () => {
    const of = order({ paidBy: key('2'), captures });
    expect(joinsClaim({ order: of, reading: reading('40.00'), group: undefined, claimant: claimant() })).toBe(
      false,
    );
  });

  it('a capture joins no claim of an unknown claimant, or of a claimant without its authorization', () => {
    const of = order({ paidBy: key('2'), captures });
    expect(joins('40.00', { captures }, claimant({ aliases: [] }))).toBe(false);
    const none = joinsClaim({
      ...{ order: of, reading: reading('40.00'), group: group(of), claimant: undefined },
    });
    expect(none).toBe(false);
  });

  it('a capture joins no claim of a claimant whose goods were revoked', () => {
    const revoked = { epoch: 1, state: 'revoked' } as Payment['grant'];
    expect(joins('40.00', { captures }, claimant({ grant: revoked }))).toBe(false);
  });

  it('a capture joins no claim as the 11th capture of its order, or beside nine captures without an amount', () => {
    const full = [...captures, ...Array.from({ length: 9 }, (_, n) => kept(`${n + 11}`))];
    expect(joins('40.00', { captures: full })).toBe(false);
    expect(joins('40.00', { captures: full.slice(1) })).toBe(false);
  });

  it('a capture that was part of the granted sum joins the claim, also when the claimant’s amount is gone', () => {
    expect(joins('40.00', { captures: [kept('1', '40.00'), kept('2')] })).toBe(true);
  });

  it('a capture joins no claim whose claimant has no amount in the order, unless the claimant is reversed', () => {
    const unnamed = [kept('2'), kept('3', '60.00')];
    expect(joins('40.00', { captures: unnamed })).toBe(false);
    expect(joins('40.00', { captures: unnamed }, claimant({ status: 'reversed' }))).toBe(true);
    expect(joins('40.00', { captures: [kept('2', '30.00'), kept('3', '30.00')] })).toBe(true);
  });
});

it('otherCaptureKeepsGrant is true only when another capture of the group keeps its money', () => {
  expect(otherCaptureKeepsGrant(undefined)).toBe(false);
  const of = (...captures: Capture[]) => otherCaptureKeepsGrant(group(order({ captures })));
  expect(of(kept('2', '60.00'), kept('3'))).toBe(true);
  expect(of(kept('1', '60.00'), kept('3'))).toBe(false);
});

describe('withCapture: the entry of a capture in its order', () => {
  const entry = (one: Payment, captures: readonly Capture[] = []) =>
    withCapture(one, { order: order({ captures }), policy: POLICY })?.captures?.find(
      (each) => each.payment === one.key,
    );
  const none = { amounts: [], stands: false };
  const known = [kept('1', '40.00')];

  it('the order keeps the amount of a paid capture; an equal amount changes nothing', () => {
    expect(entry(payment('40.00'))).toEqual(kept('1', '40.00'));
    expect(entry(payment('40.0'), known)).toBeUndefined();
    expect(entry(payment('41.00'), known)).toEqual(kept('1', '41.00'));
    expect(withCapture(payment('40.00'), { order: undefined, policy: POLICY })).toBeUndefined();
    expect(entry(payment('40.00', {}, { capture: undefined } as unknown as Reading))).toBeUndefined();
  });

  it('the order keeps no entry of a capture that is not paid yet', () => {
    const status = 'processing' as const;
    expect(entry(payment(undefined, { status }, { status }))).toBeUndefined();
  });

  it('a capture keeps its amount when its only hold is amount_differs with too little; any other hold removes it', () => {
    const short = { holds: [hold('amount_differs')] };
    expect(entry(payment('40.00', short))).toEqual(kept('1', '40.00'));
    for (const [amount, holds] of [
      ['101.00', [hold('amount_differs')]],
      ['40.00', [hold('amount_differs'), hold('order_already_paid')]],
      ['100.00', [hold('contradictory_evidence')]],
    ] as const)
      expect(entry(payment(amount, { holds }))).toEqual({ ...kept('1'), held: true });
  });

  it('the amount of a held capture counts from its release', () => {
    const held = [{ ...kept('1'), held: true as const }];
    expect(entry(payment('40.00'), held)).toEqual(kept('1', '40.00'));
    expect(entry(payment('101.00', { holds: [hold('amount_differs')] }), held)).toBeUndefined();
    expect(entry(payment('101.00', { decisions: [reject] }), held)).toBeUndefined();
  });

  it('the entry of a reversed, rejected or held capture loses its amount', () => {
    const reversed = { status: 'reversed' } as const;
    expect(entry(payment('40.00', reversed, reversed), known)).toEqual({ ...kept('1'), ...none });
    expect(entry(payment('40.00', { decisions: [reject] }), known)).toEqual({ ...kept('1'), ...none });
    expect(entry(payment('40.00', { holds: [hold('regrant')] }), known)).toEqual({ ...kept('1'), ...none });
    expect(entry(payment('40.00', reversed, reversed))).toBeUndefined();
    expect(entry(payment('40.00', { decisions: [reject] }))).toBeUndefined();
  });

  it('the entry of a disputed capture has no amount and stays standing when it stood before', () => {
    const disputed = { status: 'disputed' } as const;
    expect(entry(payment('40.00', disputed, disputed), known)).toEqual({ ...kept('1'), stands: true });
    expect(entry(payment('40.00', disputed, disputed), [{ ...kept('1', '1.00'), stands: false }])).toEqual({
      ...{ ...kept('1'), ...none },
    });
    expect(entry(payment('40.00', disputed, disputed))).toBeUndefined();
  });

  it('the order keeps no entry of an 11th capture', () => {
    const ten = Array.from({ length: 10 }, (_, n) => kept(`${n + 11}`, '1.00'));
    expect(entry(payment('40.00'), ten)).toBeUndefined();
    expect(entry(payment('400.00', { holds: [hold('amount_differs')] }), ten)).toBeUndefined();
  });

  it('the captures of an order are sorted by payment key, and a changed entry replaces the earlier entry', () => {
    const captures = [kept('0', '1.00'), kept('1', '2.00'), kept('2', '3.00')];
    const changed = withCapture(payment('40.00'), { order: order({ captures }), policy: POLICY });
    expect(changed).toEqual(order({ captures: [kept('0', '1.00'), kept('1', '40.00'), kept('2', '3.00')] }));
    const added = withCapture(payment('40.00'), {
      order: order({ captures: [kept('2', '3.00')] }),
      policy: POLICY,
    });
    expect(added?.captures?.map((each) => each.payment)).toEqual([key('1'), key('2')]);
  });
});

describe('isPaidWith: a capture for which another order is found', () => {
  const captures = [kept('1', '40.00'), kept('2', '60.00')];
  const paid = (over: Partial<Payment> = {}, of = order({ captures })) =>
    isPaidWith(payment('40.00'), { order: of, claimant: claimant(over) });

  it('a capture stays with the order whose goods are granted for a sum that contains the capture', () => {
    expect(paid()).toBe(true);
  });

  it('a capture leaves its order when no goods are granted, the grant is revoked, or the claimant paid alone', () => {
    expect(isPaidWith(payment('40.00'), { order: order({ captures }), claimant: undefined })).toBe(false);
    expect(paid({ grant: { epoch: 1, state: 'revoked' } as Payment['grant'] })).toBe(false);
    expect(paid({ reading: reading('100.00') })).toBe(false);
  });

  const lost = order({ captures: [kept('1', undefined, { stands: false }), kept('2', '60.00')] });
  const reversed = (amount: string) =>
    isPaidWith(payment(amount, { status: 'reversed' }), { order: lost, claimant: claimant() });

  it('a capture leaves its order when the capture was not in the sum, is reversed and not the rest, or alone', () => {
    expect(paid({}, order({ captures: captures.slice(1) }))).toBe(false);
    const held = kept('1', undefined, { stands: false, held: true });
    expect(paid({}, order({ captures: [held, kept('2', '60.00')] }))).toBe(false);
    expect(reversed('45.00')).toBe(false);
    expect(paid({}, order({ captures, use: 'recurring' }))).toBe(false);
  });

  it('a held capture stays with its order until rejected; a reversed capture stays when its amount is the rest', () => {
    const isHeld = { holds: [hold('conflicting_duplicate')] };
    const kept = (over: Partial<Payment>) =>
      isPaidWith(payment('45.00', over), { order: lost, claimant: claimant() });
    expect(kept(isHeld)).toBe(true);
    expect(kept({ ...isHeld, decisions: [reject] })).toBe(false);
    expect(reversed('40.00')).toBe(true);
  });

  it('withoutCapture removes the amount and names the other captures of the sum to derive anew', () => {
    const of = order({
      captures: [...captures, kept('3', '5.00', { authorization: key('901') })],
      version: 4,
    });
    expect(withoutCapture(of, key('1'))).toEqual({
      order: { ...of, captures: of.captures?.slice(1), version: 5 },
      concerned: [key('2')],
    });
    const held = order({ captures: [kept('1', undefined, { held: true }), kept('2', '60.00')] });
    expect(withoutCapture(held, key('1'))?.concerned).toEqual([]);
  });

  it('withoutCapture changes no order that does not list the capture, and leaves no empty list of captures', () => {
    expect(withoutCapture(order({ captures: [kept('2', '60.00')] }), key('1'))).toBeUndefined();
    expect(withoutCapture(order(), key('1'))).toBeUndefined();
    expect(withoutCapture(order({ captures: [kept('1', '40.00')] }), key('1'))?.order).not.toHaveProperty(
      'captures',
    );
  });
});

describe('capturesConcerned: the other captures that a change of a capture concerns', () => {
  const others = [kept('2', '60.00'), kept('3'), kept('4', '1.00', { authorization: key('901') })];
  const concerned = (before: Capture | undefined, after: Capture | undefined, over: Partial<Order> = {}) =>
    capturesConcerned(
      order({ captures: [...(before === undefined ? [] : [before]), ...others] }),
      order({ captures: [...(after === undefined ? [] : [after]), ...others], ...over }),
      key('1'),
    );
  const both = [key('2'), key('3')];

  it.each<[string, Capture | undefined, Capture | undefined, readonly string[]]>([
    ['a new capture concerns the other captures of its authorization', undefined, kept('1', '40.00'), both],
    ['a new held capture concerns no other capture', undefined, { ...kept('1'), held: true }, []],
    [
      'a changed amount concerns the other captures of the authorization',
      kept('1', '40.00'),
      kept('1', '41.00'),
      both,
    ],
    ['a lost capture concerns the other captures of its authorization', kept('1', '40.00'), kept('1'), both],
    ['an unchanged capture concerns no other capture', kept('1', '40.00'), kept('1', '40.0'), []],
    ['a capture without an entry concerns no other capture', undefined, undefined, []],
  ])('%s', (_, before, after, expected) => {
    expect(concerned(before, after)).toEqual(expected);
  });

  it('a new claim of an unchanged capture concerns the other captures of the authorization', () => {
    const one = kept('1', '40.00');
    expect(concerned(one, one, { paidBy: key('1') })).toEqual(both);
    expect(concerned(one, one, { paidBy: key('2') })).toEqual([]);
    const claimed = order({ captures: [one, ...others], paidBy: key('1') });
    expect(capturesConcerned(claimed, claimed, key('1'))).toEqual([]);
    expect(capturesConcerned(undefined, claimed, key('1'))).toEqual(both);
  });

  it('no other capture is concerned without an order, and none by an order without captures', () => {
    expect(capturesConcerned(order(), undefined, key('1'))).toEqual([]);
    expect(capturesConcerned(order(), order(), key('1'))).toEqual([]);
  });
});
