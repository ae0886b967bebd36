import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  canonical,
  compareDecimals,
  MoneyError,
  money,
  moneyText,
  parseMoneyText,
  sameMoney,
  subtractDecimals,
  subtractMoney,
  sumMoney,
} from '../../shared/payment/index.ts';
import { largestMoney } from '../../shared/payment/money.ts';

const cents = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });
const asText = (units: bigint): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(3, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

describe('canonical: the one text of an amount', () => {
  it.each([
    ['11', '11.00'],
    ['902.50', '902.50'],
    ['902.5', '902.50'],
    ['902.500', '902.50'],
    ['0.125', '0.125'],
    ['007.10', '7.10'],
    ['0', '0.00'],
    ['-0.00', '0.00'],
    ['-5', '-5.00'],
    ['99999999999999999999.999999999999', '99999999999999999999.999999999999'],
  ])('canonical writes %s as %s', (given, expected) => {
    expect(canonical(given)).toBe(expected);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '1.',
    '.5',
    '1,50',
    '1e3',
    '0x10',
    '--1',
    'NaN',
    '1.0000000000001',
    '1'.repeat(21),
    '١',
  ])('canonical refuses %j with a MoneyError', (given) => {
    expect(() => canonical(given)).toThrow(MoneyError);
  });

  it('canonical has one text for each value, whatever trailing zeros', () => {
    fc.assert(
      fc.property(cents, fc.nat(6), (units, zeros) => {
        expect(canonical(asText(units) + '0'.repeat(zeros))).toBe(asText(units));
      }),
    );
  });
});

describe('arithmetic of decimals', () => {
  it('decimals are added, subtracted and compared exactly where binary fractions are inexact', () => {
    expect(addDecimals('0.1', '0.2')).toBe('0.30');
    expect(subtractDecimals('100', '60.005')).toBe('39.995');
    expect(compareDecimals('11', '11.00')).toBe(0);
    expect(compareDecimals('9', '10')).toBe(-1);
    expect(compareDecimals('-9', '-10')).toBe(1);
  });

  it('decimals give the same sums and differences as integers', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        expect(addDecimals(asText(a), asText(b))).toBe(asText(a + b));
        expect(subtractDecimals(asText(a), asText(b))).toBe(asText(a - b));
        expect(compareDecimals(asText(a), asText(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('sums of money', () => {
  it('sumMoney and subtractMoney never mix currencies', () => {
    const parts = [money('10', 'SEK'), money('0.5', 'EUR'), money('2.5', 'SEK')];
    expect(sumMoney(parts)).toEqual([money('0.50', 'EUR'), money('12.50', 'SEK')]);
    expect(subtractMoney([money('10', 'EUR')], [money('3', 'SEK')])).toEqual([
      money('10', 'EUR'),
      money('-3', 'SEK'),
    ]);
  });

  it('5000 of the largest allowed amounts are added, compared and subtracted exactly', () => {
    const largest = money('99999999999999999999.999999999999', 'EUR');
    const sum = sumMoney(Array.from({ length: 5_000 }, () => largest));
    expect(sum).toEqual([{ amount: '499999999999999999999999.999999995', currency: 'EUR' }]);
    expect(sumMoney([...sum, ...sum])).toEqual([
      { amount: '999999999999999999999999.99999999', currency: 'EUR' },
    ]);
    expect(subtractMoney([], sum)[0]?.amount).toBe('-499999999999999999999999.999999995');
    expect(sameMoney(largestMoney([largest], sum), sum)).toBe(true);
  });

  it('largestMoney takes the larger sum of each currency', () => {
    const [left, right] = [[money('10', 'EUR')], [money('9.99', 'EUR'), money('3', 'SEK')]];
    expect(largestMoney(left, right)).toEqual([money('10', 'EUR'), money('3', 'SEK')]);
    expect(largestMoney(right, left)).toEqual(largestMoney(left, right));
    expect(largestMoney([], [])).toEqual([]);
  });

  it('sameMoney compares values, and no money equals zero', () => {
    expect(sameMoney([money('1', 'EUR')], [{ amount: '1.0', currency: 'EUR' }])).toBe(true);
    expect(sameMoney([], [money('0', 'EUR')])).toBe(true);
    expect(sameMoney([money('1', 'EUR')], [money('1', 'SEK')])).toBe(false);
  });

  it('parseMoneyText reads the text of moneyText and refuses any other text with a MoneyError', () => {
    expect(moneyText({ amount: '11', currency: 'HUF' })).toBe('11.00 HUF');
    expect(parseMoneyText('11.00 HUF')).toEqual({ amount: '11.00', currency: 'HUF' });
    for (const text of ['11.00', '11.00 huf', '11.00 HUF x', ' HUF', '11.00  HUF', '']) {
      expect(() => parseMoneyText(text), text).toThrow(MoneyError);
    }
  });
});
