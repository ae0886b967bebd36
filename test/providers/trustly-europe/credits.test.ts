/** The credits of an order that count as the payment. */
import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../shared/providers/trustly-europe/facts.ts';
import { EUR, facts, money, reasonsOf } from './support.ts';

describe('credits of a payment', () => {
  const read = (lines: readonly string[], context: Partial<Parameters<typeof readFacts>[1]> = {}) =>
    readFacts(facts(...lines), { orderKind: 'payment', ...context });

  const two = ['credit/1 60 EUR', 'credit/2 40 EUR'];
  it('a further credit counts only where the order expects instalments, up to its amount; else unexpected_credit', () => {
    for (const amounts of [
      undefined,
      EUR('100'),
      EUR('60'),
      [{ currency: 'EUR', min: '10', max: '500' }],
      [{ currency: 'EUR', open: true as const }],
    ]) {
      expect(read(two, { amounts })).toMatchObject({
        status: 'paid',
        moved: money('60.00 EUR'),
        doubts: [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/2'] }],
      });
    }
    for (const amounts of [EUR('100'), EUR('120'), [{ currency: 'EUR', open: true as const }]]) {
      expect(read(two, { amounts, instalments: true })).toMatchObject({
        status: 'paid',
        moved: money('100.00 EUR'),
        doubts: [],
      });
    }
    expect(read(two, { amounts: EUR('60'), instalments: true })).toMatchObject({
      moved: money('100.00 EUR'),
      doubts: [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/2'] }],
    });
    expect(read(two, { amounts: [{ currency: 'SEK', exact: '100' }], instalments: true })).toMatchObject({
      doubts: [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/2'] }],
    });
    for (const instalments of [true, undefined]) {
      const unnamed = read(['credit/1', 'credit/2 40 EUR'], { amounts: EUR('40'), instalments });
      expect(unnamed.doubts).toEqual([{ reason: 'unexpected_credit', evidence: ['credit/1'] }]);
      expect(read(['credit/1 40 EUR', 'credit/2 0 EUR'], { amounts: EUR('40'), instalments })).toMatchObject({
        moved: money('40.00 EUR'),
        doubts: [],
      });
    }
  });

  it('only credits in the expected currency count, and credits in other currencies are unexpected_credit', () => {
    const lines = ['credit/1 50 SEK', 'credit/2 100 EUR', 'credit/3 5 DKK'];
    expect(read(lines, { amounts: EUR('100') })).toMatchObject({
      moved: money('100.00 EUR'),
      doubts: [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/3'] }],
    });
    expect(read([...lines, 'debit/4 100 EUR'], { amounts: EUR('100') })).toMatchObject({
      status: 'reversed',
      returned: money('100.00 EUR'),
    });
    expect(read(lines.slice(0, 2))).toMatchObject({
      doubts: [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/2'] }],
    });
  });

  it('a second credit is a failed refund coming back where a known refund has the same amount', () => {
    const returned = ['credit/1 100 EUR', 'credit/2 40 EUR'];
    const paid = { status: 'paid', moved: money('100.00 EUR'), returned: [], doubts: [] };
    const amounts = EUR('100');
    expect(read([...returned, 'payoutconfirmation/3 40 EUR'], { amounts })).toMatchObject(paid);
    expect(read([...returned, 'payoutfailed/3 40 EUR'], { amounts })).toMatchObject(paid);
    // A payoutconfirmation and a payoutfailed of the same amount are one refund. Two of each are two refunds.
    const both = ['payoutconfirmation/3 40 EUR', 'payoutfailed/4 40 EUR'];
    expect(read([...returned, ...both], { amounts })).toMatchObject(paid);
    expect(reasonsOf(read([...returned, ...both, 'credit/5 40 EUR'], { amounts }))).toEqual([
      'unexpected_credit',
    ]);
    const twice = [...returned, 'credit/5 40 EUR', ...both, 'payoutconfirmation/6 40 EUR'];
    expect(read(twice, { amounts })).toMatchObject(paid);
    for (const amount of ['39', '41']) {
      const other = read([...returned, `payoutfailed/3 ${amount} EUR`], { amounts });
      expect(other).toMatchObject({ moved: money('100.00 EUR') });
      expect(reasonsOf(other)).toEqual(['unexpected_credit']);
    }
    // 60 + 40 = 100 may be two instalments, or a payment of 60 and a refund of 40 that came back.
    const hidden = [...two, 'payoutfailed/3 40 EUR'];
    expect(reasonsOf(read(hidden, { amounts, instalments: true }))).toEqual(['unexpected_credit']);
    expect(read(hidden, { amounts })).toMatchObject({ moved: money('60.00 EUR'), doubts: [] });
  });

  describe('instalments and failed refunds', () => {
    const failed = ['payoutconfirmation/2 120 EUR', 'payoutfailed/3 120 EUR'];
    const returned = ['credit/1 120 EUR', 'credit/4 120 EUR', ...failed];
    const three = [...returned, 'credit/5 120 EUR'];

    it.each([
      // One credit of 120 is the payment, and the other is the refund that came back.
      [returned, EUR('120'), '120.00', []],
      [returned, EUR('90'), '120.00', ['unexpected_credit']],
      // Two instalments and a refund that has not come back yet, or one instalment and a refund that came back.
      [returned, EUR('240'), '120.00', ['unexpected_credit']],
      [returned, [{ currency: 'EUR', open: true }] as const, '120.00', ['unexpected_credit']],
      [returned, [{ currency: 'EUR', min: '100', max: '500' }] as const, '120.00', ['unexpected_credit']],
      [returned, undefined, '120.00', ['unexpected_credit']],
      [three, EUR('240'), '240.00', []],
      [
        ['credit/1 60 EUR', 'credit/4 60 EUR', 'credit/5 25 EUR', 'payoutfailed/3 25 EUR'],
        EUR('120'),
        '120.00',
        [],
      ],
      // One of two failed refunds came back. The other may still come back.
      [[...three, 'payoutconfirmation/6 120 EUR', 'payoutfailed/7 120 EUR'], EUR('120'), '120.00', []],
      [
        ['credit/1 60 EUR', 'credit/4 60 EUR', 'payoutfailed/3 61 EUR'],
        EUR('120'),
        '120.00',
        ['unexpected_credit'],
      ],
      [['credit/1 100 EUR', 'payoutfailed/3 100 EUR'], EUR('100'), '100.00', []],
    ])(
      'credits %j of an instalment order of %j move %s with the doubts %j',
      (lines, amounts, moved, reasons) => {
        const reading = read(lines, { amounts, instalments: true });
        expect(reading).toMatchObject({ moved: money(`${moved} EUR`), returned: [] });
        expect(reading).not.toHaveProperty('unexpected');
        expect(reasonsOf(reading)).toEqual(reasons);
      },
    );

    it('a credit that fits no known refund as a whole is unexpected_credit where instalments are expected', () => {
      const twice = ['credit/1 60 EUR', 'credit/2 60 EUR'];
      const refund = {
        reference: 'r',
        payment: 'trustly-europe:shop:1',
        currency: 'EUR',
        registeredAt: '2026-01-01T00:00:00.000Z',
      };
      const readWithRefunds = (amounts: readonly string[], exact: string, lines = twice) =>
        read(lines, {
          amounts: EUR(exact),
          instalments: true,
          refunds: amounts.map((amount) => ({ ...refund, amount })),
        });
      for (const [refunds, exact, moved, reasons] of [
        [['60.00'], '60', '60.00', []],
        [['60.00'], '100', '120.00', ['unexpected_credit']],
        [['20.00'], '100', '120.00', ['unexpected_credit']],
        [['60.00', '60.00'], '60', '60.00', []],
      ] as const) {
        const reading = readWithRefunds(refunds, exact);
        expect(reading).toMatchObject({ moved: money(`${moved} EUR`), returned: [] });
        expect(reasonsOf(reading)).toEqual(reasons);
      }
      // One of two known refunds came back, or both.
      const four = ['credit/1 60 EUR', 'credit/2 40 EUR', 'credit/3 25 EUR', 'credit/4 10 EUR'];
      for (const exact of ['100', '110', '125']) {
        const reading = readWithRefunds(['25.00', '10.00'], exact, four);
        expect(reading).toMatchObject({ moved: money(`${exact}.00 EUR`), doubts: [] });
      }
      expect(reasonsOf(readWithRefunds(['25.00', '10.00'], '130', four))).toEqual(['unexpected_credit']);
    });

    it.each([
      ['60 of 50 + 50 came back once', ['credit/3 60 EUR', 'payoutfailed/4 60 EUR'], '100.00', 'paid', []],
      ['the whole refund came back', ['credit/3 100 EUR', 'payoutfailed/4 100 EUR'], '100.00', 'paid', []],
      [
        'the whole refund came back and was debited',
        ['credit/3 100 EUR', 'payoutfailed/4 100 EUR', 'debit/5 100 EUR'],
        ...(['100.00', 'reversed', []] as const),
      ],
      [
        'three refunds, each larger than an instalment, came back and were debited',
        [
          ...['credit/3 60 EUR', 'credit/4 60 EUR', 'credit/5 100 EUR', 'payoutfailed/6 60 EUR'],
          ...['payoutfailed/7 60 EUR', 'payoutfailed/8 100 EUR', 'debit/9 100 EUR'],
        ],
        ...(['100.00', 'reversed', []] as const),
      ],
    ] as const)(
      'a refund larger than an instalment that comes back leaves the payment $3: %s',
      (_name, more, moved, status, reasons) => {
        const lines = ['credit/1 50 EUR', 'credit/2 50 EUR', ...more];
        const reading = read(lines, { amounts: EUR('100'), instalments: true });
        expect(reading).toMatchObject({ status, moved: money(`${moved} EUR`) });
        expect(reasonsOf(reading)).toEqual(reasons);
      },
    );

    it('a debit of the whole sum after refunds came back reverses the payment; a partial debit is in doubt', () => {
      const refunds = ['60.00', '40.00'].map((amount) => ({
        ...{ reference: amount, payment: 'trustly-europe:shop:1', amount, currency: 'EUR' },
        registeredAt: '2026-01-01T00:00:00.000Z',
      }));
      const given = { amounts: EUR('100'), instalments: true, refunds };
      const lines = ['credit/1 100 EUR', 'credit/2 60 EUR', 'credit/3 40 EUR', 'debit/4 100 EUR'];
      expect(read(lines, given)).toMatchObject({ status: 'reversed', returned: money('100.00 EUR') });
      // A partial debit may take back the payment or the returned refund.
      const part = ['credit/1 60 EUR', 'credit/2 40 EUR', 'credit/3 40 EUR', 'debit/4 40 EUR'];
      expect(reasonsOf(read(part, { ...given, refunds: refunds.slice(1) }))).toContain('unexpected_credit');
    });

    it('the credits of each currency are counted apart, and each refund notice explains a single credit', () => {
      const lines = [...returned, 'credit/5 120 SEK'];
      const amounts = [...EUR('120'), { currency: 'SEK', exact: '120' }];
      expect(read(lines, { amounts, instalments: true })).toMatchObject({
        moved: money('120.00 EUR', '120.00 SEK'),
        returned: [],
      });
      const more = [...three, 'credit/6 120 EUR'];
      expect(read(more, { amounts: EUR('360'), instalments: true })).toMatchObject({
        moved: money('360.00 EUR'),
        doubts: [],
      });
    });
  });

  it('a registered refund makes an unknown order a payment and explains the credit that came back', () => {
    const lines = [
      'credit/1 60 EUR',
      'payoutconfirmation/2 60 EUR',
      'payoutfailed/3 60 EUR',
      'credit/4 60 EUR',
    ];
    expect(reasonsOf(read(lines, { orderKind: undefined }))).toEqual(['unexpected_credit']);
    const refunds = [
      {
        ...{ reference: 'r', payment: 'trustly-europe:shop:1', amount: '60.00', currency: 'EUR' },
        registeredAt: '2026-01-01T00:00:00.000Z',
      },
    ];
    const known = read(lines, { orderKind: undefined, refunds });
    expect(known).toMatchObject({ status: 'paid', moved: money('60.00 EUR'), returned: [], doubts: [] });
    expect(known).not.toHaveProperty('unexpected');
  });

  it('a payment is reversed when a debit takes back the counted credit, whatever else was credited', () => {
    const lines = ['credit/1 100 EUR', 'debit/2 100 EUR', 'credit/3 100 EUR'];
    const gone = { status: 'reversed', moved: money('100.00 EUR'), returned: money('100.00 EUR') };
    const doubts = [{ reason: 'unexpected_credit', evidence: ['credit/1', 'credit/3'] }];
    expect(read(lines, { amounts: EUR('100') })).toMatchObject({ ...gone, doubts });
    // The second debit takes back the credit that was not counted: the returned sum stays, and no doubt is left.
    expect(read([...lines, 'debit/4 100 EUR'], { amounts: EUR('100') })).toMatchObject({
      ...gone,
      doubts: [],
    });
    // With instalments a credit above the amount of the order that was taken back is not part of the payment.
    expect(read(lines, { amounts: EUR('100'), instalments: true })).toMatchObject({
      status: 'paid',
      moved: money('100.00 EUR'),
      returned: [],
      doubts: [],
    });
  });
});

describe('credits of an unknown order', () => {
  const read = (...lines: readonly string[]) => readFacts(facts(...lines), { orderKind: undefined });

  it('a credit after a payout of an unknown order does not make the order paid', () => {
    expect(read('payoutconfirmation/1 5 EUR', 'credit/2 5 EUR').status).toBe('refunded');
    expect(reasonsOf(read('payoutfailed/1 5 EUR', 'credit/2 5 EUR'))).toEqual(['unexpected_credit']);
  });
});
