import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Facts,
  factsOverflowed,
  joinFacts,
  MAX_ENTRY_VALUES,
  MAX_FACT_ENTRIES,
  makeFacts,
} from '../../shared/payment/index.ts';

const entry = fc.record({
  kind: fc.constantFrom('own', 'credit', '__proto__', 'constructor'),
  id: fc.constantFrom('1', '2', '3'),
  codes: fc.array(fc.constantFrom('a', 'b', 'c', 'toString')),
  amounts: fc.array(
    fc.record({ amount: fc.constantFrom('1', '1.00', '2.5'), currency: fc.constantFrom('EUR', 'SEK') }),
  ),
});
const facts = fc.array(entry, { maxLength: 6 }).map((lines) => makeFacts(...lines));

/** Facts with so many entries and codes that their unions exceed the limits. */
const crowded = fc
  .record({
    ids: fc.uniqueArray(fc.nat(260), { maxLength: 90 }),
    codes: fc.uniqueArray(fc.nat(99), { maxLength: 45 }),
  })
  .map(({ ids, codes }) =>
    makeFacts(
      { kind: 'own', id: 'x', codes: codes.map((code) => `c${code}`) },
      ...ids.map((id) => ({ kind: 'refund', id: String(id), codes: [`r${id % 7}`] })),
    ),
  );

function isJoin(arbitrary: fc.Arbitrary<Facts>): void {
  fc.assert(
    fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
      expect(joinFacts(a, b)).toEqual(joinFacts(b, a));
      expect(joinFacts(joinFacts(a, b), c)).toEqual(joinFacts(a, joinFacts(b, c)));
      expect(joinFacts(a, a)).toEqual(a);
      expect(joinFacts(joinFacts(a, b), b)).toEqual(joinFacts(a, b));
      expect(joinFacts(a, {})).toEqual(a);
      // The texts are equal too, so that digests and rows are equal.
      expect(JSON.stringify(joinFacts(a, b))).toBe(JSON.stringify(joinFacts(b, a)));
    }),
  );
}

describe('joinFacts and makeFacts', () => {
  it('joinFacts is commutative, associative and idempotent', () => isJoin(facts));
  it('joinFacts is commutative, associative and idempotent also above the limits of entries and codes', () =>
    isJoin(crowded));

  it('makeFacts keeps codes and amounts sorted, unique and canonical', () => {
    const line = {
      kind: 'own',
      id: '1',
      codes: ['b', 'a', 'b'],
      amounts: [{ amount: '11', currency: 'EUR' }],
    };
    const again = { ...line, amounts: [{ amount: '11.0', currency: 'EUR' }] };
    expect(makeFacts(line, again)).toEqual({ 'own/1': { codes: ['a', 'b'], amounts: ['11.00 EUR'] } });
  });

  it('makeFacts keeps all entries up to MAX_FACT_ENTRIES', () => {
    const full = makeFacts(
      ...Array.from({ length: MAX_FACT_ENTRIES }, (_, id) => ({ kind: 'credit', id: `${id}` })),
    );
    expect(Object.keys(full)).toHaveLength(MAX_FACT_ENTRIES);
    expect(factsOverflowed(full)).toBe(false);
  });

  it('factsOverflowed is true above MAX_FACT_ENTRIES entries, and makeFacts keeps MAX_FACT_ENTRIES of a kind', () => {
    const ids = Array.from({ length: MAX_FACT_ENTRIES + 1 }, (_, id) => ({ kind: 'credit', id: `${id}` }));
    const over = makeFacts(...ids);
    expect(factsOverflowed(over)).toBe(true);
    expect(Object.keys(over).filter((key) => key.startsWith('credit/'))).toHaveLength(MAX_FACT_ENTRIES);
    expect(factsOverflowed(joinFacts(makeFacts(), over))).toBe(true);
  });

  it('factsOverflowed is true above MAX_ENTRY_VALUES codes, and an entry keeps MAX_ENTRY_VALUES codes', () => {
    const codes = Array.from({ length: MAX_ENTRY_VALUES + 1 }, (_, code) => `c${code}`);
    expect(factsOverflowed(makeFacts({ kind: 'own', id: '1', codes: codes.slice(1) }))).toBe(false);
    const over = makeFacts({ kind: 'own', id: '1', codes });
    expect(factsOverflowed(over)).toBe(true);
    expect(over['own/1']?.codes).toHaveLength(MAX_ENTRY_VALUES);
  });
});
