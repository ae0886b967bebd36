/** The refunds of a payment and their amounts. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/index.ts';
import type { Facts, NormalizedEvent } from '../../../shared/payment/types.ts';
import { CONFIRMED_PAYMENT } from '../../../shared/providers/paymentwall/facts.ts';
import { factsOf, flatBase, goods, normalize, pingback, REF, read } from './support.ts';

describe('partial refunds', () => {
  const partial = (changes: Readonly<Record<string, string>>) => normalize({ type: '220', ...changes });
  const all = (...each: readonly NormalizedEvent[]) =>
    [pingback('0'), ...each].map(({ facts }) => facts).reduce(joinFacts, {});

  test('partial refunds are different by id, by amount, or else by the whole signed text', () => {
    const several = [
      partial({ merchant_refund_id: 'R1', refund_amount: '5' }),
      partial({ merchant_refund_id: 'R2', refund_amount: '5' }),
      partial({ refund_amount: '5' }),
      partial({ refund_amount: '6' }),
      partial({ refund_amount: '5', paid_at: '2026-01-02 10:00:00' }),
      normalize({ type: '2', reason: '10', refund_amount: '5' }),
    ];
    expect(new Set(several.map(({ key }) => key)).size).toBe(several.length);
    const reading = read(all(...several));
    expect(reading.status).toBe('partially_refunded');
    expect(new Set(reading.refundsSeen?.map(({ key }) => key)).size).toBe(several.length);
  });

  test('a partial refund has the same key with its parameters in another order or 5.00 in place of 5', () => {
    const one = partial({ refund_amount: '5', extra: 'x' });
    expect(partial({ extra: 'x', refund_amount: '5' }).key).toBe(one.key);
    const named = partial({ merchant_refund_id: 'R1', refund_amount: '5' });
    expect(partial({ merchant_refund_id: 'R1', refund_amount: '5.00' }).key).toBe(named.key);
  });

  test('partial refunds are announced in the same order, whichever arrived first', () => {
    const [one, two] = ['R1', 'R2'].map((id) => partial({ merchant_refund_id: id }).facts);
    expect(read({ ...two, ...one })).toEqual(read({ ...one, ...two }));
    expect(read({ ...factsOf('0'), ...two, ...one }).refundsSeen).toEqual([
      { key: 'negative/220//R1//', id: 'R1' },
      { key: 'negative/220//R2//', id: 'R2' },
    ]);
  });

  test('the key of a partial refund without id ends with the first 16 digits of the digest of the signed text', () => {
    const pairs = goods({ sign_version: '2', type: '220', refund_amount: '5' });
    const digest = createHash('sha256').update(flatBase(pairs)).digest('hex').slice(0, 16);
    expect(partial({ refund_amount: '5' }).key).toBe(`${REF}/220///5.00/${digest}`);
  });

  test('a partial refund keeps its amount with the currency XXX and returns no money', () => {
    const { facts } = partial({ merchant_refund_id: 'R1', refund_amount: '5' });
    expect(facts).toEqual({ 'negative/220//R1/5.00/': { codes: ['partial_refund'], amounts: ['5.00 XXX'] } });
    expect(read(facts).returned).toEqual([]);
  });

  test('a partial refund of an unknown payment has the doubt orphan_child until the payment arrives', () => {
    const [key = ''] = Object.keys(pingback('220').facts);
    expect(read(factsOf('220')).doubts).toEqual([{ reason: 'orphan_child', evidence: [key] }]);
    expect(read(factsOf('220', '0')).doubts).toEqual([]);
  });
});

describe('the extent of several partial refunds', () => {
  const paid = { [CONFIRMED_PAYMENT]: { codes: [], amounts: ['10.00 EUR'] } };
  const parts = factsOf('0', '220/1', '220/3');
  const named = Object.fromEntries(
    Object.entries(parts).map(([key, entry]) => [
      key,
      key.startsWith('negative/') ? { ...entry, amounts: ['1.00 XXX'] } : entry,
    ]),
  );
  test.each<[string, Facts, string | undefined]>([
    ['a single partial refund is a part', factsOf('0', '220'), undefined],
    ['two refunds may be all where no amount paid is known', named, 'extent'],
    ['two refunds without amounts may be all', { ...parts, ...paid }, 'extent'],
    ['two refunds that leave something are known', { ...named, ...paid }, undefined],
    ['after a chargeback the extent does not matter', { ...named, ...factsOf('2/1') }, undefined],
  ])('the extent of partial refunds is known or unknown: %s', (_name, facts, unknown) =>
    expect(read(facts).refundUnknown).toBe(unknown),
  );
});
