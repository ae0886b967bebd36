import { describe, expect, it } from 'vitest';
import {
  ago,
  amountText,
  changes,
  clockOrDate,
  dueSum,
  duration,
  eventRows,
  failureTitle,
  heldSays,
  heldSum,
  idOf,
  measured,
  moneyText,
  notAmongHeld,
  nothingLate,
  nothingStuck,
  payersOf,
  plural,
  verdict,
} from '../../console/page/text.ts';

const NOW = Date.parse('2026-11-01T10:00:00.000Z');
const agoBy = (ms: number) => ago(new Date(NOW - ms).toISOString(), NOW);

describe('the text of a time', () => {
  it.each([
    [0, 'just now'],
    [-30_000, 'just now'],
    [59_000, '59 s ago'],
    [3_540_000, '59 min ago'],
    [7_200_000, '2 h ago'],
  ])('ago shows a time %i ms before now as %s', (ms, text) => {
    expect(agoBy(ms)).toBe(text);
  });

  it('ago shows a time of another day, or ahead of the clock, as date and time', () => {
    for (const ms of [86_400_000 * 3, -3_600_000]) expect(agoBy(ms)).toMatch(/^\d+ (Oct|Nov).*, \d\d:\d\d$/);
  });
});

it.each([
  [{ amount: '1250.00', currency: 'EUR' }, '1,250.00 EUR'],
  [{ amount: '1000000', currency: 'JPY' }, '1,000,000 JPY'],
  [{ amount: '0.001', currency: 'KWD' }, '0.001 KWD'],
  [{ amount: '123456789012345678.90', currency: 'EUR' }, '123,456,789,012,345,678.90 EUR'],
])('moneyText never rounds an amount: %j', (money, text) => {
  expect(moneyText(money)).toBe(text);
});

it('duration has a unit, plural has a count, and idOf returns a payment’s own id', () => {
  expect(duration(90_000)).toBe('2 min');
  expect(plural(1, 'payment')).toBe('1 payment');
  expect(plural(1_234, 'copy', 'copies')).toBe('1,234 copies');
  expect(idOf('trustly-europe:shop:a:b')).toBe('a:b');
});

it.each([
  ['1250.00 EUR', '1,250.00 EUR'],
  ['-2.50', '-2.50'],
  ['<b>1</b> EUR', '<b>1</b> EUR'],
])('amountText groups the digits of %s only when the text is an amount', (text, shown) => {
  expect(amountText(text)).toBe(shown);
});

it('clockOrDate shows a moment of today as time of day, and another moment with its date', () => {
  const at = (ms: number) => new Date(NOW - ms).toISOString();
  expect(clockOrDate(at(0), NOW)).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(clockOrDate(at(86_400_000 * 2), NOW)).toMatch(/^\d+ Oct.*, \d\d:\d\d$/);
});

it.each([
  ['paymentwall:shop:p1#1#fulfil', 'o1', ['1#fulfil (Give the goods)', 'paymentwall:shop:p1', 'o1']],
  [
    'paymentwall:shop:p1#n1#payment.held',
    null,
    ['n1#payment.held (Payment held)', 'paymentwall:shop:p1', 'none'],
  ],
])('eventRows of %s names the event, its payment and its order', (event, order, values) => {
  expect(eventRows(event, order).map(([name]) => name)).toEqual(['Event', 'Payment', 'Order']);
  expect(eventRows(event, order).map(([, value]) => value)).toEqual(values);
});

it.each([
  [
    'unavailable',
    'No answer, or an error of the event bus (5xx)',
    'No answer, or an error of the shop (5xx)',
  ],
  ['rejected', 'The event bus refused it (4xx, or a redirect)', 'The shop refused it (4xx, or a redirect)'],
  ['gone', 'The address is gone (410)', 'The address is gone (410)'],
  [undefined, 'None yet', 'None yet'],
])('failureTitle of a failed delivery (%s) names the event bus or the shop', (failure, bus, shop) => {
  expect(failureTitle(failure, 'eventbridge')).toBe(bus);
  expect(failureTitle(failure, 'https')).toBe(shop);
});

it('notAmongHeld says that a payment may be held beyond a list with more: true', () => {
  expect(notAmongHeld({ more: false })).toBe('This payment is not held any more.');
  expect(notAmongHeld({ more: true })).toMatch(/not among those shown.* whether it is held/);
});

it.each([
  [0, /^Everything is delivered: Your shop has received every event\.$/, /has received everything\.$/],
  [1, /^Nothing is late: 1 event is on its way and is tried again\.$/, /late: 1 event is on its way/],
  [1_200, /^Nothing is late: 1,200 events are on their way and are tried again\.$/, /1,200 events are/],
])('nothingLate and nothingStuck say that %i events are on their way', (events, list, overview) => {
  const { title, says } = nothingLate(events);
  expect(`${title}: ${says}`).toMatch(list);
  expect(nothingStuck(events)).toMatch(overview);
});

describe('the texts of held payments', () => {
  const of = (amount?: string, granted = false) => ({
    ...{ status: 'paid' as const, granted },
    moved: amount === undefined ? [] : [{ amount, currency: 'EUR' }],
  });

  it.each([
    [[of('5.00'), of('7.50')], '12.50 EUR', /^No goods go out .* \(12\.50 EUR\) until/],
    [[of('5.00', true), of()], '5.00 EUR and 1 of unknown amount', /^No further goods go out/],
    [[of()], '1 of unknown amount', /^No goods/],
    [[{ ...of(), status: 'pending' as const }], undefined, /^No goods go out for these payments until/],
  ])('heldSum of %j names unknown amounts, and heldSays does not deny granted goods', (held, sum, says) => {
    expect(heldSum(held)).toBe(sum);
    expect(heldSays(held)).toMatch(says);
  });
});

it.each([
  [{}, []],
  [{ paidBy: 'p:a:2' }, ['p:a:2']],
  [{ paidBy: 'p:a:2', paidBefore: ['p:a:1', 'p:a:2'] }, ['p:a:2', 'p:a:1']],
  [{ paidBefore: ['p:a:1'] }, ['p:a:1']],
])(
  'payersOf the order %j names every payment that paid the order, the present payment first',
  (order, payers) => {
    expect(payersOf(order)).toEqual(payers);
  },
);

it('a change of an order has the old value beside the new value', () => {
  const euros = (exact: string) => [{ currency: 'EUR', exact }];
  expect(
    changes({
      amounts: { from: euros('12.50'), to: euros('1250.00') },
      validUntil: { to: '2026-11-21T12:00:00.000Z' },
      closedAt: { from: '2026-11-21T12:00:00.000Z' },
      other: { from: 1 },
    }),
  ).toEqual([
    { name: 'Amount expected', from: '12.50 EUR', to: '1,250.00 EUR' },
    { name: 'Valid until', from: 'no end', to: expect.stringMatching(/2026/) },
    { name: 'Takes payments', from: 'no, closed', to: 'yes' },
    { name: 'Other', from: '1', to: 'none' },
  ]);
});

it.each([
  [[{ amount: '5.00', currency: 'EUR' }], 0, '5.00 EUR'],
  [[], 2, '2 of unknown amount'],
  [[{ amount: '5.00', currency: 'EUR' }], 1, '5.00 EUR and 1 of unknown amount'],
])('dueSum of %j and %i unknown amounts is one text', (sum, unknown, text) => {
  expect(dueSum({ sum, unknown })).toBe(text);
});

it.each([
  [0, 'ms', '0'],
  [999, 'ms', '999 ms'],
  [1_500, 'ms', '1.5 s'],
  [720_000, 'ms', '12 min'],
  [0.25, 's', '0.25 s'],
  [93_784, 's', '26 h'],
  [99.912, '%', '99.91 %'],
  [20_000, undefined, '20k'],
  [1.23456, undefined, '1.23'],
] as const)('a metric of %d %s is shown as %s', (value, unit, text) => {
  expect(measured(value, unit)).toBe(text);
});

it.each([
  [{ isStuck: true, isKnown: true, isUnknown: true }, 'bad', 'Money is stuck.'],
  [{ isStuck: false, isKnown: true, isUnknown: true }, 'plain', 'It is not known whether money is stuck.'],
  [{ isStuck: false, isKnown: false, isUnknown: true }, 'plain', 'It is not known whether money is stuck.'],
  [{ isStuck: false, isKnown: false, isUnknown: false }, 'plain', 'Reading…'],
  [{ isStuck: false, isKnown: true, isUnknown: false }, 'good', 'Nothing is stuck.'],
])('the verdict is "Nothing is stuck." only when all numbers are known: %j', (found, tone, title) => {
  expect(verdict(found)).toEqual({ tone, title });
});
