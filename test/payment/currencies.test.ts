import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareDecimals,
  currencyDecimals,
  fitsCurrency,
  isKnownCurrency,
  MORE_DECIMALS,
  OrderError,
} from '../../shared/payment/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';

const ALL = Intl.supportedValuesOf('currency');
const runtimeDecimals = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

describe('the decimals of a currency', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['SEK', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['ISK', 0],
    ['KWD', 3],
    ['HUF', 2],
    ['IQD', 3],
  ])('currency %s has %i decimals', (code, decimals) => {
    expect(currencyDecimals(code)).toBe(decimals);
  });

  it('currencies have the decimals of the runtime, and more only where MORE_DECIMALS lists the currency', () => {
    for (const code of ALL) {
      const more = MORE_DECIMALS[code];
      if (more === undefined) expect([code, currencyDecimals(code)]).toEqual([code, runtimeDecimals(code)]);
      else expect([code, more > runtimeDecimals(code)]).toEqual([code, true]);
    }
    expect(Object.keys(MORE_DECIMALS).filter((code) => !ALL.includes(code))).toEqual([]);
  });

  it('currencyDecimals throws for a code that is no currency', () => {
    for (const code of ['EUX', 'XXX', 'XTS', 'eur', 'constructor', '']) {
      expect(isKnownCurrency(code)).toBe(false);
      expect(() => currencyDecimals(code)).toThrow(`${code} is no currency`);
    }
  });

  it('fitsCurrency compares by value: 1000.00 JPY and 10.500 EUR fit, 1000.10 JPY does not', () => {
    expect(fitsCurrency('1000.00', 'JPY')).toBe(true);
    expect(fitsCurrency('1000.10', 'JPY')).toBe(false);
    expect(fitsCurrency('10.500', 'EUR')).toBe(true);
    expect(fitsCurrency('1e3', 'EUR')).toBe(false);
  });
});

describe('an amount of an order', () => {
  const register = (currency: string, exact: string): string | undefined => {
    try {
      const [term] = parseOrder(
        { reference: 'r', amounts: [{ currency, exact }] },
        '2026-03-01T00:00:00Z',
      ).amounts;
      return term !== undefined && 'exact' in term ? term.exact : 'another term';
    } catch (error) {
      if (error instanceof OrderError) return undefined;
      throw error;
    }
  };

  it('an order accepts and keeps exactly the amounts that are whole multiples of the currency’s smallest unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        fc.integer({ min: 0, max: 5 }),
        (currency, units, scale) => {
          const digits = units.toString().padStart(scale + 1, '0');
          const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
          // The amount is a whole multiple of the smallest unit if its digits beyond that unit are zero.
          const lacking = scale - currencyDecimals(currency);
          const isWhole = lacking <= 0 || units % 10n ** BigInt(lacking) === 0n;
          const taken = register(currency, text);
          expect([currency, text, taken !== undefined]).toEqual([currency, text, isWhole]);
          if (taken !== undefined) expect(compareDecimals(taken, text)).toBe(0);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
