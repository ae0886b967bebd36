/**
 * Exact decimals on BigInt: money is never a binary fraction. An amount is in whole currency units ("902.50" EUR is 902
 * euro and 50 cents), as all three providers send it. No amount is in minor units.
 */
import type { Money } from './types.ts';

/** value = units / 10^scale. */
interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Longer texts are refused: no provider sends them, and the size of stored amounts stays bounded. */
const DECIMAL = /^-?\d{1,20}(?:\.\d{1,12})?$/;
/** A sum of such amounts may have more digits. It must never fail: the payment could no longer be derived. */
const SUM = /^(-?)(\d{1,40})(?:\.(\d{1,12}))?$/;
const CURRENCY = /^[A-Z]{3}$/;

export class MoneyError extends Error {
  override readonly name = 'MoneyError';
}

const NOT_PLAIN = 'not a plain decimal (1-20 digits, optionally a point and 1-12 digits)';

function parse(text: string): Decimal {
  const match = SUM.exec(text);
  if (match === null) throw new MoneyError(NOT_PLAIN);
  const [, sign = '', whole = '', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

function align(a: Decimal, b: Decimal): { a: bigint; b: bigint; scale: number } {
  const scale = Math.max(a.scale, b.scale);
  return {
    a: a.units * 10n ** BigInt(scale - a.scale),
    b: b.units * 10n ** BigInt(scale - b.scale),
    scale,
  };
}

/** One text per value: at least two decimals, no trailing zero beyond them, no leading zero, no "-0". */
function format({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits
    .slice(digits.length - scale)
    .replace(/0+$/, '')
    .padEnd(2, '0');
  return `${units < 0n ? '-' : ''}${whole}.${fraction}`;
}

export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Three capital letters; currencies.ts knows which of them are currencies. */
export function hasCurrencyForm(text: string): boolean {
  return CURRENCY.test(text);
}

/** "11" → "11.00", "902.500" → "902.50", "0.125" → "0.125". @throws MoneyError */
export function canonical(amount: string): string {
  if (!isDecimal(amount)) throw new MoneyError(NOT_PLAIN);
  return format(parse(amount));
}

export function addDecimals(left: string, right: string): string {
  const { a, b, scale } = align(parse(left), parse(right));
  return format({ units: a + b, scale });
}

export function subtractDecimals(left: string, right: string): string {
  const { a, b, scale } = align(parse(left), parse(right));
  return format({ units: a - b, scale });
}

/** -1, 0 or 1, by value: "11" equals "11.00". @throws MoneyError */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const { a, b } = align(parse(left), parse(right));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The checked money with its canonical amount. @throws MoneyError */
export function money(amount: string, currency: string): Money {
  if (!hasCurrencyForm(currency)) throw new MoneyError('currency is not three capital letters (ISO 4217)');
  return { amount: canonical(amount), currency };
}

/** The text form of money in facts: "902.50 EUR". @throws MoneyError */
export function moneyText({ amount, currency }: Money): string {
  const checked = money(amount, currency);
  return `${checked.amount} ${checked.currency}`;
}

/** The reverse of `moneyText`. @throws MoneyError */
export function parseMoneyText(text: string): Money {
  const [amount = '', currency = '', ...rest] = text.split(' ');
  if (rest.length > 0) throw new MoneyError('not "<decimal> <currency>"');
  return money(amount, currency);
}

/** Sums per currency, sorted by currency. Currencies are never netted against each other. */
export function sumMoney(parts: Iterable<Money>): readonly Money[] {
  const sums = new Map<string, string>();
  for (const { amount, currency } of parts)
    sums.set(currency, addDecimals(sums.get(currency) ?? '0', amount));
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, amount]) => ({ amount, currency }));
}

/** `from` minus `less`, per currency. A result may be negative. */
export function subtractMoney(from: readonly Money[], less: readonly Money[]): readonly Money[] {
  return sumMoney([
    ...from,
    ...less.map(({ amount, currency }) => ({ amount: subtractDecimals('0', amount), currency })),
  ]);
}

export function sameMoney(left: readonly Money[], right: readonly Money[]): boolean {
  return subtractMoney(left, right).every(({ amount }) => compareDecimals(amount, '0') === 0);
}

/** The sums above zero. */
export const positiveMoney = (sums: readonly Money[]): readonly Money[] =>
  sums.filter(({ amount }) => compareDecimals(amount, '0') > 0);

/** The amount of the sum in this currency; "0" if there is none. */
export const amountIn = (sums: readonly Money[], wanted: string): string =>
  sums.find(({ currency }) => currency === wanted)?.amount ?? '0';

/** The larger of the two sums, per currency. */
export function largestMoney(left: readonly Money[], right: readonly Money[]): readonly Money[] {
  const currencies = [...new Set([...left, ...right].map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const [a, b] = [amountIn(left, currency), amountIn(right, currency)];
    return { amount: compareDecimals(a, b) >= 0 ? a : b, currency };
  });
}
