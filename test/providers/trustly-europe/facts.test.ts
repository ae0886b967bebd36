import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Facts, OrderKind } from '../../../shared/payment/types.ts';
import { readFacts } from '../../../shared/providers/trustly-europe/facts.ts';
import { METHODS, type MethodName } from '../../../shared/providers/trustly-europe/fields.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import {
  CANCEL_REASONS,
  DEBIT_REASONS,
  MEANINGS,
  REFUND_FLAG_MEANINGS,
  REFUSED_DEBIT_MEANING,
} from '../../../shared/providers/trustly-europe/tables.ts';
import { account, EUR, facts, money, reasonsOf, SAMPLES, signed } from './support.ts';

const KINDS = ['payment', 'payout', 'withdrawal', 'refund'] as const satisfies readonly OrderKind[];

describe('the tables of Trustly Europe', () => {
  it('the tables have a row for every documented method, order kind and refund flag', () => {
    const documented = [
      'account',
      'cancel',
      'credit',
      'debit',
      'kyc',
      'payoutconfirmation',
      'payoutdowngraded',
      'payoutfailed',
      'pending',
    ];
    expect(Object.keys(METHODS).sort()).toEqual(documented);
    for (const kind of KINDS) expect(Object.keys(MEANINGS[kind]).sort(), kind).toEqual(documented);
    expect(Object.keys(REFUND_FLAG_MEANINGS).sort()).toEqual(['cancel', 'credit', 'debit', 'pending']);
  });

  it('the tables have every documented reason of cancel and debit', () => {
    const documented = [
      'CANCELED',
      'CANCELLED',
      'DECLINED',
      'ERROR',
      'ERROR_CHARGE_NOT_APPROVED',
      'ERROR_MANDATE_INVALID',
      'FAILED',
      'INVALID_ACCOUNT',
      'INVALID_ACCOUNT_ID',
      'MANDATE_ALREADY_EXISTS',
    ];
    expect(Object.keys(CANCEL_REASONS).sort()).toEqual(documented);
    expect([...DEBIT_REASONS].sort()).toEqual([
      'CANCELLED',
      'ERROR_CHARGE_NOT_APPROVED',
      'ERROR_MANDATE_INVALID',
      'FAILED',
    ]);
  });

  const rows = [
    ...KINDS.flatMap((kind) =>
      Object.entries(MEANINGS[kind]).map(([method, row]) => ({ kind, method, flag: '', row })),
    ),
    ...Object.entries(REFUND_FLAG_MEANINGS).map(([method, row]) => ({
      kind: 'payment' as const,
      method,
      flag: ' refund',
      row,
    })),
  ];
  it.each(rows)(
    'the tables match the status that is read from $kind, $method, flag "$flag"',
    ({ kind, method, flag, row }) => {
      const hasAmount = !['account', 'cancel', 'kyc', 'payoutdowngraded'].includes(method);
      const alone = facts(`${method}/1 ${hasAmount ? '10 EUR' : ''}${flag}`);
      expect(readFacts(alone, { orderKind: kind }).status).toBe(row.alone);
    },
  );

  it.each(Object.entries(CANCEL_REASONS))(
    'the cancel reason %s ends a payment and a payout as %s',
    (reason, status) => {
      const ended = facts('pending/1 10 EUR', `cancel/2 reason:${reason}`);
      expect(readFacts(ended, { orderKind: 'payment' }).status).toBe(status);
      expect(readFacts(ended, { orderKind: 'payout' }).status).toBe(status);
    },
  );

  it('the most specific of several cancel reasons counts, and an unknown reason is canceled', () => {
    const read = (...lines: string[]) => readFacts(facts(...lines), { orderKind: 'payment' }).status;
    expect(read('cancel/1 reason:CANCELLED', 'cancel/2 reason:DECLINED', 'cancel/3 reason:FAILED')).toBe(
      'denied',
    );
    expect(read('cancel/1', 'cancel/3 reason:FAILED')).toBe('failed');
    expect(read('cancel/1 reason:BRAND_NEW')).toBe('canceled');
  });
});

describe('a payment', () => {
  const read = (lines: readonly string[], context: Partial<Parameters<typeof readFacts>[1]> = {}) =>
    readFacts(facts(...lines), { orderKind: 'payment', ...context });

  it.each([
    [[], 'pending', [], []],
    [['account/1 verified'], 'pending', [], []],
    [['pending/1 100 EUR'], 'processing', [], []],
    [['credit/2 100 EUR'], 'paid', ['100.00 EUR'], []],
    [['pending/1 100 EUR', 'credit/2 100 EUR'], 'paid', ['100.00 EUR'], []],
    [['pending/1 100 EUR', 'cancel/2'], 'canceled', [], []],
    [['credit/1 100 EUR', 'debit/2 100 EUR'], 'reversed', ['100.00 EUR'], ['100.00 EUR']],
    [['debit/2 100 EUR'], 'reversed', [], ['100.00 EUR']],
    [['credit/1 100 EUR', 'debit/2 100 EUR', 'cancel/3'], 'reversed', ['100.00 EUR'], ['100.00 EUR']],
    [['credit/1 100 EUR', 'debit/2 40 EUR refund'], 'partially_refunded', ['100.00 EUR'], ['40.00 EUR']],
    [['credit/1 100 EUR', 'debit/2 100 EUR refund'], 'refunded', ['100.00 EUR'], ['100.00 EUR']],
    [['credit/1 100 EUR', 'pending/2 40 EUR refund'], 'paid', ['100.00 EUR'], []],
    [
      ['credit/1 100 EUR', 'pending/2 40 EUR refund', 'cancel/3 refund reason:FAILED'],
      'paid',
      ['100.00 EUR'],
      [],
    ],
    [['credit/1 100 EUR', 'debit/2 40 EUR refund', 'credit/3 40 EUR refund'], 'paid', ['100.00 EUR'], []],
    [
      ['credit/1 100 EUR', 'payoutconfirmation/2 40 EUR'],
      'partially_refunded',
      ['100.00 EUR'],
      ['40.00 EUR'],
    ],
    [
      ['credit/1 100 EUR', 'payoutconfirmation/2 40 EUR', 'payoutfailed/3 40 EUR'],
      'paid',
      ['100.00 EUR'],
      [],
    ],
    [['credit/1 0 EUR'], 'pending', [], []],
    [['credit/1'], 'awaiting_confirmation', [], []],
    [['credit/1', 'debit/2 5 EUR'], 'reversed', [], ['5.00 EUR']],
  ])('a payment with the notifications %j is %s', (lines, status, moved, returned) => {
    const reading = read(lines);
    expect(reading).toMatchObject({
      kind: 'payment',
      direction: 'in',
      orderKind: 'payment',
      goodwill: false,
    });
    expect(reading).toMatchObject({
      status,
      moved: money(...moved),
      returned: money(...returned),
      doubts: [],
    });
  });

  it('a payment keeps a balance per currency: a debit in SEK does not reverse a credit in EUR', () => {
    const mixed = read(['credit/1 100 EUR', 'debit/2 100 SEK']);
    expect(mixed.status).not.toBe('paid');
    expect(mixed).toMatchObject({ moved: money('100.00 EUR'), returned: money('100.00 SEK') });
    expect(reasonsOf(mixed)).toContain('contradictory_evidence');
  });

  it('a cancel beside a credit, and a debit of a part, are contradictory_evidence', () => {
    expect(read(['credit/1 100 EUR', 'cancel/2']).doubts).toEqual([
      { reason: 'contradictory_evidence', evidence: ['cancel/2', 'credit/1'] },
    ]);
    expect(read(['account/4', 'credit/1 100 EUR', 'debit/2 40 EUR', 'pending/3 100 EUR'])).toMatchObject({
      status: 'partially_refunded',
      doubts: [{ reason: 'contradictory_evidence', evidence: ['credit/1', 'debit/2'] }],
    });
  });

  it('a payment that returns more than it received in a currency has contradictory_evidence', () => {
    const overdrawn = read(['credit/1 100 EUR', 'debit/2 100 SEK refund', 'pending/3 100 EUR']);
    expect(overdrawn.doubts).toEqual([
      { reason: 'contradictory_evidence', evidence: ['credit/1', 'debit/2'] },
    ]);
    const reversed = read(['credit/1 100 EUR', 'debit/2 100 SEK', 'debit/3 5 SEK refund']);
    expect(reversed.doubts).toContainEqual({
      reason: 'contradictory_evidence',
      evidence: ['credit/1', 'debit/2', 'debit/3'],
    });
  });

  it('two amounts under a single notificationid are contradictory_evidence', () => {
    const twice = {
      'credit/2': { codes: [], amounts: ['10.00 EUR', '90.00 EUR'] },
      'account/1': { codes: [], amounts: [] },
    };
    expect(readFacts(twice, { orderKind: 'payment' }).doubts).toEqual([
      { reason: 'contradictory_evidence', evidence: ['credit/2'] },
    ]);
  });

  it('a payment reads the same whichever fact stands first', () => {
    const lines = ['account/1', 'account/2', 'credit/3 100 EUR', 'debit/4 40 EUR'];
    const both = { codes: [], amounts: ['1.00 EUR', '2.00 EUR'] };
    const given: Facts = { ...facts(...lines), 'pending/5': both, 'pending/6': both };
    const reading = readFacts(given, { orderKind: 'payment' });
    expect(readFacts(Object.fromEntries(Object.entries(given).reverse()), { orderKind: 'payment' })).toEqual(
      reading,
    );
    expect(reading.announcements).toEqual(['account.received#1', 'account.received#2']);
    expect(reading.doubts.map(({ evidence }) => evidence)).toEqual([
      ['credit/3', 'debit/4'],
      ['pending/5', 'pending/6'],
    ]);
  });

  it('each account notification announces account.received once', () => {
    expect(read(['account/1', 'account/2 verified']).announcements).toEqual([
      'account.received#1',
      'account.received#2',
    ]);
  });
});

describe('money out', () => {
  it.each<[OrderKind, string[], string, string[], string[]]>([
    ['payout', ['pending/1 11 SEK'], 'processing', [], []],
    ['payout', ['pending/1 11 SEK', 'payoutconfirmation/2 11 SEK'], 'paid', ['11.00 SEK'], []],
    ['payout', ['debit/1 11 SEK', 'payoutconfirmation/2 11 SEK'], 'paid', ['11.00 SEK'], []],
    ['payout', ['payoutconfirmation/2 11 SEK', 'credit/3 11 SEK'], 'reversed', ['11.00 SEK'], ['11.00 SEK']],
    [
      'payout',
      ['payoutconfirmation/2 11 SEK', 'credit/3 5 SEK'],
      'partially_refunded',
      ['11.00 SEK'],
      ['5.00 SEK'],
    ],
    ['payout', ['payoutfailed/2 11 SEK', 'credit/3 11 SEK'], 'failed', [], ['11.00 SEK']],
    ['withdrawal', ['debit/1 11 SEK'], 'processing', ['11.00 SEK'], []],
    ['withdrawal', ['debit/1 11 SEK', 'payoutconfirmation/2 11 SEK'], 'paid', ['11.00 SEK'], []],
    ['withdrawal', ['debit/1 11 SEK', 'credit/2 11 SEK'], 'failed', ['11.00 SEK'], ['11.00 SEK']],
    ['refund', ['pending/1 11 SEK refund', 'debit/2 11 SEK refund'], 'paid', ['11.00 SEK'], []],
    ['refund', ['debit/2 11 SEK refund', 'credit/3 11 SEK refund'], 'reversed', ['11.00 SEK'], ['11.00 SEK']],
  ])('an order of kind %s with the notifications %j is %s', (orderKind, lines, status, moved, returned) => {
    const reading = readFacts(facts(...lines), { orderKind });
    expect(reading).toMatchObject({ direction: 'out', orderKind, status, doubts: [] });
    expect(reading).toMatchObject({ moved: money(...moved), returned: money(...returned) });
  });

  it('the moved amount of a payout is the larger amount of two methods, in each currency', () => {
    const lines = ['debit/1 5 SEK', 'payoutconfirmation/2 7 EUR', 'payoutconfirmation/3 3 SEK'];
    expect(readFacts(facts(...lines), { orderKind: 'payout' }).moved).toEqual(money('7.00 EUR', '5.00 SEK'));
  });

  it('a credit without an amount reverses a whole payout', () => {
    const sent = 'payoutconfirmation/1 11 SEK';
    const status = (...lines: string[]) => readFacts(facts(sent, ...lines), { orderKind: 'payout' }).status;
    expect(status('credit/2')).toBe('reversed');
    expect(status('credit/2', 'credit/3 5 SEK')).toBe('reversed');
    expect(status('credit/3 5 SEK', 'credit/4 2 SEK')).toBe('partially_refunded');
  });

  it('a credit alone on a payout, withdrawal or refund is failed and announces balance.restore', () => {
    for (const orderKind of ['payout', 'withdrawal', 'refund'] as const) {
      const reading = readFacts(facts('credit/7 11 SEK'), { orderKind });
      expect(reading).toMatchObject({
        direction: 'out',
        status: 'failed',
        announcements: ['balance.restore#7'],
      });
    }
  });

  describe('a withdrawal whose debit was answered', () => {
    const read = (...lines: readonly string[]) => readFacts(facts(...lines), { orderKind: 'withdrawal' });

    it('a withdrawal is processing after the answer OK, and moves nothing after the answer FAILED', () => {
      expect(read('debit/1 11 SEK answered:OK')).toMatchObject({
        status: 'processing',
        moved: money('11.00 SEK'),
      });
      expect(read('debit/1 11 SEK answered:FAILED')).toMatchObject({
        status: REFUSED_DEBIT_MEANING.alone,
        moved: [],
        doubts: [],
        announcements: [],
      });
      expect(read('debit/1 11 SEK answered:FAILED', 'cancel/2')).toMatchObject({
        status: 'denied',
        doubts: [],
      });
    });

    it('a withdrawal is processing when a later debit was answered OK', () => {
      expect(read('debit/1 11 SEK answered:FAILED', 'debit/2 11 SEK answered:OK')).toMatchObject({
        status: 'processing',
        moved: money('11.00 SEK'),
      });
    });

    it('a debit answered FAILED with restore announces balance.restore', () => {
      expect(read('debit/7 11 SEK answered:FAILED restore').announcements).toEqual(['balance.restore#7']);
    });

    it('a withdrawal with two debits of which any was answered OK has contradictory_evidence', () => {
      const twice = ['debit/1 11 SEK answered:OK', 'debit/2 11 SEK answered:OK'];
      expect(read(...twice)).toMatchObject({
        moved: money('22.00 SEK'),
        doubts: [{ reason: 'contradictory_evidence', evidence: ['debit/1', 'debit/2'] }],
      });
      expect(read('debit/1 11 SEK answered:OK', 'debit/2 11 SEK answered:FAILED')).toMatchObject({
        status: 'processing',
        moved: money('11.00 SEK'),
        doubts: [{ reason: 'contradictory_evidence', evidence: ['debit/1', 'debit/2'] }],
      });
      expect(read('debit/1 11 SEK answered:FAILED', 'debit/2 11 SEK answered:FAILED').doubts).toEqual([]);
    });

    it('a canceled withdrawal with a debit answered OK is in doubt until a credit returns the balance', () => {
      const canceled = ['debit/1 11 SEK answered:OK', 'cancel/2'];
      expect(read(...canceled)).toMatchObject({ status: 'canceled', moved: money('11.00 SEK') });
      expect(read(...canceled, 'pending/4 11 SEK').doubts).toEqual([
        { reason: 'contradictory_evidence', evidence: ['cancel/2', 'debit/1'] },
      ]);
      expect(read(...canceled, 'credit/3 11 SEK')).toMatchObject({ status: 'failed', doubts: [] });
    });

    it('a debit with the answers OK and FAILED is contradictory_evidence', () => {
      expect(read('debit/1 11 SEK answered:OK answered:FAILED', 'pending/2 11 SEK')).toMatchObject({
        moved: money('11.00 SEK'),
        doubts: [{ reason: 'contradictory_evidence', evidence: ['debit/1'] }],
      });
    });
  });

  it('an answer changes nothing of a debit of a payment, payout or refund', () => {
    for (const orderKind of ['payment', 'payout', 'refund'] as const) {
      const without = readFacts(facts('debit/1 11 SEK'), { orderKind });
      expect(readFacts(facts('debit/1 11 SEK answered:FAILED'), { orderKind }), orderKind).toEqual(without);
    }
  });

  it('a payout that was both confirmed and canceled has contradictory_evidence', () => {
    const lines = ['payoutconfirmation/1 11 SEK', 'cancel/2', 'pending/3 11 SEK'];
    expect(readFacts(facts(...lines), { orderKind: 'payout' }).doubts).toEqual([
      { reason: 'contradictory_evidence', evidence: ['cancel/2', 'payoutconfirmation/1'] },
    ]);
  });
});

it('a payout that is pending has the agreed amount, and a confirmed payout has none', () => {
  const read = (...lines: readonly string[]) => readFacts(facts(...lines), { orderKind: 'payout' });
  expect(read('pending/1 11 SEK')).toMatchObject({
    status: 'processing',
    moved: [],
    agreed: money('11.00 SEK'),
  });
  expect(read('pending/1 11 SEK', 'payoutconfirmation/2 11 SEK')).not.toHaveProperty('agreed');
});

describe('an unknown order', () => {
  const read = (...lines: readonly string[]) => readFacts(facts(...lines), { orderKind: undefined });

  it('an unknown order is read as a payment, and as a payout where only payout notifications came', () => {
    expect(read('credit/1 5 EUR')).toMatchObject({
      direction: 'in',
      orderKind: 'payment',
      status: 'paid',
      doubts: [],
    });
    expect(read('pending/1 5 EUR')).toMatchObject({ orderKind: 'payment', status: 'processing' });
    expect(read('payoutfailed/1 5 EUR')).toMatchObject({ orderKind: 'payout', status: 'failed' });
    expect(read('payoutconfirmation/1 5 EUR')).toMatchObject({
      direction: 'out',
      orderKind: 'payout',
      status: 'paid',
    });
    expect(read('debit/1 5 EUR')).toMatchObject({ direction: 'in', status: 'reversed' });
    expect(read('debit/1 5 EUR')).not.toHaveProperty('orderKind');
  });

  it('an unknown order ignores an unknown method beside a credit', () => {
    expect(read('brandnew/1 5 EUR', 'credit/2 5 EUR')).toEqual(read('credit/2 5 EUR'));
  });
});

describe('any set of notifications', () => {
  const line = fc
    .record({
      method: fc.constantFrom<MethodName>(
        'credit',
        'debit',
        'pending',
        'cancel',
        'account',
        'payoutconfirmation',
        'payoutfailed',
      ),
      id: fc.nat({ max: 9 }),
      amount: fc.constantFrom('0', '40', '60', '100'),
      currency: fc.constantFrom('EUR', 'SEK'),
      words: fc.constantFrom('', ' refund', ' reason:FAILED', ' reason:DECLINED refund'),
    })
    .map(({ method, id, amount, currency, words }) => {
      const bare = method === 'cancel' || method === 'account';
      return `${method}/${id}${bare ? '' : ` ${amount} ${currency}`}${words}`;
    });
  const history = fc.array(line, { maxLength: 8 });
  const context = fc.record({
    orderKind: fc.option(fc.constantFrom(...KINDS), { nil: undefined }),
    amounts: fc.option(fc.constant(EUR('100')), { nil: undefined }),
    instalments: fc.boolean(),
    inboundOnly: fc.option(fc.boolean(), { nil: undefined }),
  });

  it('any set of notifications reads the same in any order and with any repetition', () => {
    const shuffled = history.chain((lines) =>
      fc.tuple(
        fc.constant(lines),
        fc.shuffledSubarray([...lines, ...lines], { minLength: lines.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffled, context, ([lines, other], given) => {
        const backwards = Object.fromEntries(Object.entries(facts(...other)).reverse());
        expect(readFacts(backwards, given)).toEqual(readFacts(facts(...lines), given));
      }),
      { numRuns: 500 },
    );
  });

  it('a payment is paid only if credits outweigh debits in some currency', () => {
    fc.assert(
      fc.property(history, context, (lines, given) => {
        const all = facts(...lines);
        const reading = readFacts(all, given);
        if (reading.direction !== 'in' || !['paid', 'partially_refunded'].includes(reading.status)) return;
        if (reading.doubts.length > 0) return;
        const total = (method: string, currency: string) =>
          Object.entries(all)
            .filter(([key, { codes }]) => key.startsWith(`${method}/`) && !codes.includes('refund'))
            .flatMap(([, { amounts }]) => amounts)
            .filter((text) => text.endsWith(currency))
            .reduce((sum, text) => sum + Number.parseFloat(text), 0);
        const positive = ['EUR', 'SEK'].some((each) => total('credit', each) > total('debit', each));
        expect(positive, lines.join(', ')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('notifications parsed from signed text give paid after credit, and reversed after a further debit', () => {
    const at = account();
    const normalize = (method: string, data: Parameters<typeof signed>[1]) =>
      trustlyEurope.normalize(trustlyEurope.parse(signed(method, data), at), at).facts;
    const paid = joinFacts(
      normalize('pending', { ...SAMPLES.credit, notificationid: '1' }),
      normalize('credit', SAMPLES.credit),
    );
    const taken = joinFacts(paid, normalize('debit', { ...SAMPLES.credit, notificationid: '3' }));
    expect(trustlyEurope.readFacts(paid, { orderKind: 'payment' }).status).toBe('paid');
    expect(trustlyEurope.readFacts(taken, { orderKind: 'payment' }).status).toBe('reversed');
  });
});

describe('the merchant’s answer in a debit’s facts', () => {
  const debit = trustlyEurope.parse(signed('debit', SAMPLES.debit), account());

  it('the answer FAILED becomes a code of the debit and the reason in details, and changes nothing else', () => {
    const plain = trustlyEurope.normalize(debit, account());
    const normalized = trustlyEurope.normalize(debit, account(), { status: 'FAILED', reason: 'merchant' });
    expect(normalized.facts['debit/456787654']?.codes).toEqual(['answered:FAILED']);
    expect(normalized.details.reason).toBe('merchant');
    expect({ ...normalized, facts: {}, details: {} }).toEqual({ ...plain, facts: {}, details: {} });
  });

  it('a debit with restore has a key of its own, so that it counts beside an earlier copy', () => {
    const normalized = trustlyEurope.normalize(debit, account(), {
      status: 'FAILED',
      reason: 'no_answer',
      restore: true,
    });
    expect(normalized.key).toBe('456787654#restore');
    expect(normalized.facts['debit/456787654']?.codes).toEqual(['answered:FAILED', 'restore']);
  });
});
