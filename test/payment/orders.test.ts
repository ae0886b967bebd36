import { describe, expect, it } from 'vitest';
import { type Alias, checkAmount, joinAliases, money, OrderError } from '../../shared/payment/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';

const AT = '2026-03-01T10:00:00.000Z';
const minimal = { reference: 'order-1', amounts: [{ currency: 'EUR', exact: '902.5' }] };
const parse = (more: Readonly<Record<string, unknown>> = {}) => parseOrder({ ...minimal, ...more }, AT);

describe('parseOrder: an order as the merchant registers it', () => {
  it('parseOrder sets kind payment, use once, version 1 and the order’s reference as an alias', () => {
    expect(parse()).toEqual({
      reference: 'order-1',
      kind: 'payment',
      use: 'once',
      amounts: [{ currency: 'EUR', exact: '902.50' }],
      aliases: [{ type: 'reference', value: 'order-1' }],
      version: 1,
      registeredAt: AT,
    });
  });

  it('parseOrder keeps every field that an order may have', () => {
    const order = parse({
      kind: 'payout',
      use: 'open',
      amounts: [
        { currency: 'SEK', min: '0', max: '10.5' },
        { currency: 'EUR', open: true },
      ],
      endUser: 'Åsa',
      validUntil: '2026-03-02T00:00:00+01:00',
      provider: 'trustly-americas',
      account: 'shop',
      aliases: [{ type: 'id', value: '393' }],
      fulfilled: 'external',
    });
    expect(order).toMatchObject({
      kind: 'payout',
      use: 'open',
      amounts: [
        { currency: 'SEK', min: '0.00', max: '10.50' },
        { currency: 'EUR', open: true },
      ],
      endUser: 'Åsa',
      validUntil: '2026-03-01T23:00:00.000Z',
      provider: 'trustly-americas',
      account: 'shop',
      aliases: [
        { type: 'id', value: '393' },
        { type: 'reference', value: 'order-1' },
      ],
      fulfilled: 'external',
    });
  });

  it('parseOrder keeps instalments true and treats instalments false as absent', () => {
    expect(parse({ instalments: true }).instalments).toBe(true);
    expect(parse({ instalments: true, provider: 'trustly-europe', kind: 'payment' }).instalments).toBe(true);
    expect(parse({ instalments: false })).toEqual(parse());
  });

  const refusals: readonly (readonly [string, unknown])[] = [
    ['order: found "x", allowed: an object with reference, kind', 'x'],
    ['order: found a list of 0, allowed: an object with', []],
    ['order.paidBy: found "me", allowed: no such key; only reference, kind', { ...minimal, paidBy: 'me' }],
    ['order.version: found 7, allowed: no such key', { ...minimal, version: 7 }],
    ['order.instalments: found 2, allowed: true or false', { ...minimal, instalments: 2 }],
    [
      'order.instalments: found true, allowed: true only for an order of kind payment',
      { ...minimal, kind: 'payout', instalments: true },
    ],
    [
      'order.instalments: found true, allowed: true only for trustly-americas, trustly-europe, not for "paymentwall"',
      { ...minimal, provider: 'paymentwall', instalments: true },
    ],
    ['order.reference: found nothing, allowed: a text of 1-256', { amounts: minimal.amounts }],
    ['order.reference: found 5, allowed: a text', { ...minimal, reference: 5 }],
    [
      'order.reference: found " a", allowed: a text of 1-256 printable characters, no space',
      { ...minimal, reference: ' a' },
    ],
    ['order.reference: found "a\\u0000", allowed', { ...minimal, reference: 'a\u0000' }],
    ['order.reference: found "\\ud800", allowed', { ...minimal, reference: '\ud800' }],
    ['order.kind: found "gift", allowed: payment, payout, withdrawal, refund', { ...minimal, kind: 'gift' }],
    ['order.use: found "twice", allowed: once, recurring, open', { ...minimal, use: 'twice' }],
    ['order.use: found null, allowed: once, recurring, open', { ...minimal, use: null }],
    ['order.amounts: found nothing, allowed: a list of 1 to 10', { reference: 'r' }],
    ['order.amounts: found a list of 0, allowed: a list of 1 to 10', { ...minimal, amounts: [] }],
    [
      'order.amounts[1].currency: found "EUR", allowed: each currency once',
      { ...minimal, amounts: [{ currency: 'EUR', open: true }, ...minimal.amounts] },
    ],
    [
      'order.amounts[0].currency: found "eur", allowed: three capital',
      { ...minimal, amounts: [{ currency: 'eur' }] },
    ],
    [
      'order.amounts[0].exact: found 5, allowed: a decimal text above 0, such as "902.50"',
      { ...minimal, amounts: [{ currency: 'EUR', exact: 5 }] },
    ],
    [
      'order.amounts[0].exact: found "0.00", allowed',
      { ...minimal, amounts: [{ currency: 'EUR', exact: '0.00' }] },
    ],
    [
      'order.amounts[0].exact: found "10.005", allowed: a decimal text above 0, such as "902.50": EUR has 2 decimals',
      { ...minimal, amounts: [{ currency: 'EUR', exact: '10.005' }] },
    ],
    [
      'order.amounts[0].exact: found "1000.50", allowed: a decimal text above 0, such as "902": JPY has no decimals',
      { ...minimal, amounts: [{ currency: 'JPY', exact: '1000.50' }] },
    ],
    [
      'order.amounts[0].min: found "19.999", allowed: a decimal text of at least 0, such as "902.50": HUF has 2 decimals',
      { ...minimal, amounts: [{ currency: 'HUF', min: '19.999', max: '30' }] },
    ],
    [
      'order.amounts[0].max: found "30.0001", allowed: a decimal text above 0, such as "902.50": KWD has 3 decimals',
      { ...minimal, amounts: [{ currency: 'KWD', min: '19.999', max: '30.0001' }] },
    ],
    ...['EUX', 'XXX', 'XTS', 'XAU', 'BTC', 'EU', ''].map((currency): readonly [string, unknown] => [
      `order.amounts[0].currency: found ${JSON.stringify(currency)}, allowed: three capital letters of a currency (ISO 4217), such as "EUR"`,
      { ...minimal, amounts: [{ currency, exact: '10' }] },
    ]),
    [
      'order.amounts[0].exact: found "1e3", allowed',
      { ...minimal, amounts: [{ currency: 'EUR', exact: '1e3' }] },
    ],
    [
      'order.amounts[0].min: found "-1", allowed',
      { ...minimal, amounts: [{ currency: 'EUR', min: '-1', max: '2' }] },
    ],
    [
      'order.amounts[0].max: found "2", allowed: at least min (3.00)',
      { ...minimal, amounts: [{ currency: 'EUR', min: '3', max: '2' }] },
    ],
    [
      'order.amounts[0]: found an object with currency, min, allowed: a currency with either exact, or min and max, or open: true',
      { ...minimal, amounts: [{ currency: 'EUR', min: '3' }] },
    ],
    [
      'order.amounts[0]: found an object with currency, exact, open, allowed',
      { ...minimal, amounts: [{ currency: 'EUR', exact: '3', open: true }] },
    ],
    [
      'order.amounts[0].open: found false, allowed: true',
      { ...minimal, amounts: [{ currency: 'EUR', open: false }] },
    ],
    [
      'order.amounts[0].tip: found "1", allowed: no such key; only currency, exact, min, max, open',
      { ...minimal, amounts: [{ currency: 'EUR', exact: '3', tip: '1' }] },
    ],
    [
      'order.validUntil: found "2026-03-02", allowed: a time with its offset',
      { ...minimal, validUntil: '2026-03-02' },
    ],
    [
      `order.validUntil: found "2026-03-01T10:00:00.000Z", allowed: a time after ${AT}`,
      { ...minimal, validUntil: AT },
    ],
    ['order.provider: found "stripe", allowed: trustly-americas', { ...minimal, provider: 'stripe' }],
    ['order.provider: found nothing, allowed: trustly-americas', { ...minimal, account: 'shop' }],
    ['order.aliases: found an object with', { ...minimal, aliases: { type: 'id' } }],
    [
      'order.aliases[0].type: found "name", allowed: id, parent, reference',
      { ...minimal, aliases: [{ type: 'name', value: '1' }] },
    ],
    [
      'order.aliases[0].value: found "", allowed: a text',
      { ...minimal, aliases: [{ type: 'id', value: '' }] },
    ],
    ['order.fulfilled: found true, allowed: external', { ...minimal, fulfilled: true }],
    ['order.__proto__: found', JSON.parse('{"reference":"r","__proto__":{"use":"open"}}')],
  ];

  it.each(refusals)('parseOrder refuses with the sentence %s', (sentence, value) => {
    expect(() => parseOrder(value, AT)).toThrow(OrderError);
    expect(() => parseOrder(value, AT)).toThrow(sentence);
  });

  it('parseOrder accepts 10 aliases, 10 amounts and 256 characters, and min equal to max', () => {
    const aliases = Array.from({ length: 10 }, (_, n) => ({ type: 'id', value: `${n}` }));
    expect(parse({ aliases }).aliases).toHaveLength(11);
    expect(() => parse({ aliases: [...aliases, ...aliases] })).toThrow('order.aliases: found a list of 20');
    const currencies = Intl.supportedValuesOf('currency').slice(0, 10);
    const amounts = currencies.map((currency) => ({ currency, open: true }));
    expect(parse({ amounts }).amounts).toHaveLength(10);
    expect(parse({ reference: 'x'.repeat(256) }).reference).toHaveLength(256);
    expect(() => parse({ reference: 'x'.repeat(257) })).toThrow('order.reference');
    expect(parse({ amounts: [{ currency: 'EUR', min: '5', max: '5.00' }] }).amounts).toEqual([
      { currency: 'EUR', min: '5.00', max: '5.00' },
    ]);
    expect(() => parse({ amounts: [{ currency: 'EUR', min: '0', max: '0' }] })).toThrow(
      'order.amounts[0].max: found "0"',
    );
  });

  it('parseOrder’s refusal shows at most 160 characters of a long value', () => {
    expect(() => parse({ use: 'x'.repeat(500) })).toThrow(/^.{1,160}$/s);
  });

  it('parseOrder accepts a past validUntil of an order with fulfilled external', () => {
    expect(parse({ fulfilled: 'external', validUntil: '2020-01-01T00:00:00Z' }).validUntil).toBe(
      '2020-01-01T00:00:00.000Z',
    );
  });
});

describe('checkAmount: the money of a payment against the amounts of its order', () => {
  const exact = [{ currency: 'EUR', exact: '100.00' }] as const;
  const range = [{ currency: 'EUR', min: '10', max: '20' }] as const;
  const open = [{ currency: 'EUR', open: true }] as const;
  const either = [...exact, { currency: 'SEK', exact: '1100' }] as const;
  const eur = (amount: string) => money(amount, 'EUR');

  it.each([
    ['100 for an order of 100.00: matches', exact, [eur('100')], 'matches'],
    ['0.01 less than the exact amount: differs', exact, [eur('99.99')], 'differs'],
    ['0.01 more than the exact amount: differs', exact, [eur('100.01')], 'differs'],
    ['two sums that add up to the exact amount: matches', exact, [eur('60'), eur('40.00')], 'matches'],
    ['the exact amount in another currency: differs', exact, [money('100', 'USD')], 'differs'],
    [
      'the exact amount and money of another currency: differs',
      exact,
      [eur('100'), money('5', 'USD')],
      'differs',
    ],
    [
      'the exact amount and 0 of another currency: matches',
      exact,
      [eur('100'), money('0', 'USD')],
      'matches',
    ],
    ['no amount for an exact order: unverifiable', exact, [], 'unverifiable'],
    ['0 for an exact order: differs', exact, [eur('0')], 'differs'],
    ['0 for an open order: unverifiable', open, [eur('0')], 'unverifiable'],
    ['less than 0 for an open order: differs', open, [eur('-0.01')], 'differs'],
    ['the min of a range: matches', range, [eur('10.00')], 'matches'],
    ['the max of a range: matches', range, [eur('20')], 'matches'],
    ['less than the min of a range: differs', range, [eur('9.99')], 'differs'],
    ['more than the max of a range: differs', range, [eur('20.01')], 'differs'],
    ['0.01 for an open order: matches', open, [eur('0.01')], 'matches'],
    ['no amount for an open order: unverifiable', open, [], 'unverifiable'],
    ['the second of two allowed currencies: matches', either, [money('1100', 'SEK')], 'matches'],
    [
      'half of each allowed currency: differs, nothing is converted',
      either,
      [eur('50'), money('550', 'SEK')],
      'differs',
    ],
  ] as const)('checkAmount of %s', (_name, terms, moved, outcome) => {
    expect(checkAmount(terms, moved)).toBe(outcome);
  });
});

describe('joinAliases: the aliases of an order', () => {
  const reference: Alias = { type: 'reference', value: 'a' };
  const parent: Alias = { type: 'parent', value: '9' };
  const id: Alias = { type: 'id', value: 'z' };

  it('aliases are sorted id, parent, reference, whatever the order of arrival', () => {
    expect(joinAliases([reference, parent], [id, parent], 10)).toEqual([id, parent, reference]);
    expect(joinAliases([id], [parent, reference], 10)).toEqual([id, parent, reference]);
  });

  it('joinAliases keeps the most specific aliases up to the limit', () => {
    expect(joinAliases([reference, parent], [id], 2)).toEqual([id, parent]);
  });
});
