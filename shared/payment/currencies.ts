/**
 * The known currencies and the number of decimals of each. Used for amounts that a person or the merchant's server
 * enters. What a provider sends is never refused by these rules: its message is evidence, and a currency may be newer
 * than the runtime.
 */
import { hasCurrencyForm, isDecimal } from './money.ts';

/**
 * The runtime's own list (Intl): ISO 4217 codes of present and recent currencies, without test codes, metals and funds.
 */
const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Decimals by ISO 4217 for currencies where the runtime states fewer. Its data (CLDR) describes how people write
 * prices, and fillér or sen are no longer written. Amounts with these decimals are still sent, so they are not refused.
 */
export const MORE_DECIMALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['AFN', 'ALL', 'COP', 'HUF', 'IDR', 'IRR', 'KPW', 'LAK', 'LBP'].map((code) => [code, 2]),
  ),
  ...Object.fromEntries(['MGA', 'MMK', 'PKR', 'SLL', 'SOS', 'SYP', 'YER'].map((code) => [code, 2])),
  IQD: 3,
};

/** Whether this currency exists. "EUX" and "XXX" have the right form and are no currencies. */
export const isKnownCurrency = (code: string): boolean => hasCurrencyForm(code) && KNOWN.has(code);

/** The number of decimals that an amount in this currency may have. @throws RangeError for an unknown currency */
export function currencyDecimals(code: string): number {
  if (!isKnownCurrency(code)) throw new RangeError(`${code} is no currency`);
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency: code,
  }).resolvedOptions();
  return Math.max(maximumFractionDigits, Object.hasOwn(MORE_DECIMALS, code) ? (MORE_DECIMALS[code] ?? 0) : 0);
}

/** Whether the currency can have this amount, by value: "1000.00" is a valid amount in JPY, "1000.50" is not. */
export function fitsCurrency(amount: string, code: string): boolean {
  if (!isDecimal(amount)) return false;
  const [, fraction = ''] = amount.split('.');
  return fraction.replace(/0+$/, '').length <= currencyDecimals(code);
}

/** The end of an error message: "EUR has 2 decimals", "JPY has no decimals". */
export function decimalsSentence(code: string): string {
  const decimals = currencyDecimals(code);
  return `${code} has ${decimals === 0 ? 'no' : decimals} decimals`;
}
