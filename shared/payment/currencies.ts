/**
 * Which currencies there are, and how many decimals each has: for amounts that a person or the merchant's server types.
 * What a provider sends is never refused by this: its message is evidence, and a currency may be newer than the runtime.
 */
import { isCurrency, isDecimal } from './money.ts';

/** The runtime's own list (Intl): ISO 4217 codes that are, or lately were, money. No test code, metal or fund. */
const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Decimals by ISO 4217 where the runtime says fewer: its data (CLDR) tells how people write prices, and nobody writes
 * fillér or sen any more. Amounts with these decimals are still sent, so they are not refused.
 */
export const MORE_DECIMALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['AFN', 'ALL', 'COP', 'HUF', 'IDR', 'IRR', 'KPW', 'LAK', 'LBP'].map((code) => [code, 2]),
  ),
  ...Object.fromEntries(['MGA', 'MMK', 'PKR', 'SLL', 'SOS', 'SYP', 'YER'].map((code) => [code, 2])),
  IQD: 3,
};

/** Whether there is such a currency; "EUX" and "XXX" have the right form and are none. */
export const isKnownCurrency = (code: string): boolean => isCurrency(code) && KNOWN.has(code);

/** How many decimals an amount in this currency may have. Throws for a code that is no currency. */
export function currencyDecimals(code: string): number {
  if (!isKnownCurrency(code)) throw new RangeError(`${code} is no currency`);
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
  }).resolvedOptions();
  return Math.max(maximumFractionDigits, Object.hasOwn(MORE_DECIMALS, code) ? (MORE_DECIMALS[code] ?? 0) : 0);
}

/** Whether the currency can have this amount, by value: "1000.00" JPY is a thousand yen, "1000.50" JPY is nothing. */
export function fitsCurrency(amount: string, code: string): boolean {
  if (!isDecimal(amount)) return false;
  const [, fraction = ''] = amount.split('.');
  return fraction.replace(/0+$/, '').length <= currencyDecimals(code);
}

/** For a sentence: "EUR has 2 decimals", "JPY has no decimals". */
export function decimalsSentence(code: string): string {
  const decimals = currencyDecimals(code);
  return `${code} has ${decimals === 0 ? 'no' : decimals} decimals`;
}
