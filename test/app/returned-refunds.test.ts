/**
 * Trustly Europe: a failed refund comes back as a `credit` with the deposit's orderid, and notices of payouts are off by
 * default. The worker gets each sequence of messages in every order of arrival.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeFacts } from '../../shared/payment/index.ts';
import type { Facts, Reading } from '../../shared/payment/types.ts';
import { readFacts } from '../../shared/providers/trustly-europe/facts.ts';
import { europeNotification } from '../support/europe-notification.ts';
import { type PollingBench, pollingBench } from '../support/polling-bench.ts';

type Message = readonly [method: string, amount: string];

async function results(messages: readonly string[], order: Readonly<Record<string, unknown>>) {
  const bench = pollingBench();
  await bench.order('order-900', '1', {
    ...{ provider: 'trustly-europe', account: 'shop', aliases: [{ type: 'id', value: '900' }] },
    ...order,
  });
  for (const message of messages) await bench.arrive('trustly-europe', message);
  return bench;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, at) => at !== index)).map((rest) => [item, ...rest]),
  );
}

const written = (messages: readonly Message[]): string[] =>
  messages.map(([method, amount]) => europeNotification('900', method, { amount }));

const exact = (amount: string) => ({ amounts: [{ currency: 'USD', exact: amount }] });
const range = (min: string, max: string) => ({ amounts: [{ currency: 'USD', min, max }] });

async function ending(bench: PollingBench) {
  const payment = await bench.payment('trustly-europe', '900');
  return {
    status: payment?.status,
    moved: payment?.reading.moved.map(({ amount }) => amount),
    unexpected: payment?.reading.unexpected?.map(({ amount }) => amount),
    holds: payment?.holds.map(({ reason }) => reason),
    granted: payment?.grant.state,
  };
}

const RETURNED: readonly Message[] = [
  ['credit', '60'],
  ['credit', '60'],
];

describe('a credit that may be a returned refund, where no refund is known', () => {
  it.each([
    { order: range('100', '500'), holds: ['amount_differs', 'unexpected_credit'] },
    { order: exact('120'), holds: ['amount_differs', 'unexpected_credit'] },
  ])(
    'a second credit neither adds to the amount nor grants, and is held with unexpected_credit: $order.amounts',
    async ({ order, holds }) => {
      const bench = await results(written(RETURNED), order);
      expect(await ending(bench)).toEqual({
        ...{ status: 'paid', moved: ['60.00'], unexpected: ['60.00'], holds, granted: 'none' },
      });
      expect(bench.types('900')).not.toContain('fulfil');
      expect(bench.types('900')).not.toContain('payment.paid');
    },
  );

  it.each([range('10', '500'), exact('60')])(
    'a second credit after the grant is held with unexpected_credit and sends payment.at_risk: $amounts',
    async (order) => {
      const bench = await results(written(RETURNED), order);
      expect(await ending(bench)).toMatchObject({
        ...{ status: 'paid', moved: ['60.00'], holds: ['unexpected_credit'], granted: 'granted' },
      });
      expect(bench.types('900')).toEqual(['payment.paid', 'fulfil', 'payment.at_risk']);
      const atRisk = bench.events.find(({ type }) => type === 'payment.at_risk');
      expect(atRisk).toMatchObject({
        net: [{ amount: '60.00', currency: 'USD' }],
        unexpected: [{ amount: '60.00', currency: 'USD' }],
      });
    },
  );

  it.each([range('10', '500'), range('100', '500'), exact('60'), exact('85')])(
    'a payment whose credit was debited in full is revoked in any order of arrival: $amounts',
    async (order) => {
      const sequence: readonly Message[] = [
        ['credit', '60'],
        ['credit', '25'],
        ['debit', '60'],
      ];
      for (const messages of permutations(written(sequence))) {
        const bench = await results(messages, order);
        const end = await ending(bench);
        expect(end).toMatchObject({ status: 'reversed', moved: ['60.00'], holds: ['unexpected_credit'] });
        expect(end.granted).not.toBe('granted');
        const types = bench.types('900');
        expect(types.filter((type) => type === 'revoke')).toHaveLength(types.includes('fulfil') ? 1 : 0);
      }
    },
  );

  it('two credits are summed and granted when the order expects instalments', async () => {
    const bench = await results(written(RETURNED), { ...exact('120'), instalments: true });
    expect(await ending(bench)).toEqual({
      ...{ status: 'paid', moved: ['120.00'], unexpected: undefined, holds: [], granted: 'granted' },
    });
    expect(bench.types('900').filter((type) => type === 'fulfil')).toHaveLength(1);
  });
});

describe('generated deposits with returned refunds', () => {
  /** The movements of money: a deposit, refunds (some came back), and perhaps a debit of the whole deposit. */
  const movements = fc.record({
    deposit: fc.integer({ min: 20, max: 200 }),
    refunds: fc.array(fc.record({ part: fc.integer({ min: 1, max: 100 }), isReturned: fc.boolean() }), {
      maxLength: 3,
    }),
    isTakenBack: fc.boolean(),
    areNoticesOn: fc.boolean(),
    terms: fc.constantFrom<'exact' | 'range' | 'open' | 'none'>('exact', 'range', 'open', 'none'),
  });

  const read = (facts: Facts, terms: string, deposit: number): Reading => {
    const EUR = { currency: 'EUR' } as const;
    const amounts = {
      exact: [{ ...EUR, exact: String(deposit * 2) }],
      range: [{ ...EUR, min: '1', max: '1000' }],
      open: [{ ...EUR, open: true as const }],
      none: undefined,
    }[terms];
    return readFacts(facts, { orderKind: 'payment', amounts });
  };

  it('the moved sum is always the deposit, whatever refunds were returned', () => {
    let id = 0;
    fc.assert(
      fc.property(movements, ({ deposit, refunds, isTakenBack, areNoticesOn, terms }) => {
        const money = (amount: number) => [{ amount: String(amount), currency: 'EUR' }];
        const line = (kind: string, amount: number) => ({
          kind,
          id: String(++id),
          amounts: money(amount),
        });
        const parts = refunds.map(({ part, isReturned }) => {
          return { amount: Math.ceil((deposit * part) / 100), isReturned };
        });
        const facts = makeFacts(
          line('credit', deposit),
          ...parts.flatMap(({ amount, isReturned }) => [
            ...(areNoticesOn ? [line('payoutconfirmation', amount)] : []),
            ...(isReturned ? [line('credit', amount)] : []),
          ]),
          ...(isTakenBack ? [line('debit', deposit)] : []),
        );
        const reading = read(facts, terms, deposit);
        expect(reading.moved.map(({ amount }) => Number(amount))).toEqual([deposit]);
        if (isTakenBack) expect(['reversed', 'refunded']).toContain(reading.status);
        // Without notices and without a debit, a returned refund always causes a doubt.
        const isSilent = reading.doubts.length === 0;
        if (isSilent && !isTakenBack && !areNoticesOn) {
          expect(parts.some(({ isReturned }) => isReturned)).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
