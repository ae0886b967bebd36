/** Formats values for people. */
import type { AmountTerm, Money } from '../../shared/payment/types.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "in_review" → "In review" */
export function words(name: string): string {
  const text = name.replaceAll(/[_-]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The text with a capital first letter. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const PROVIDERS: Readonly<Record<string, string>> = {
  'trustly-americas': 'Trustly Americas',
  'trustly-europe': 'Trustly Europe',
  paymentwall: 'Paymentwall',
};
export const providerTitle = (provider: string): string => PROVIDERS[provider] ?? provider;

/** "5 s", "12 min", "3 h", "4 d" */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / SECOND_MS))} s`;
  if (ms < HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.round(ms / HOUR_MS)} h`;
  return `${Math.round(ms / DAY_MS)} d`;
}

export const ago = (at: string, nowMs: number): string => {
  const ms = nowMs - Date.parse(at);
  // Clocks differ by seconds; a time further ahead is shown as it is.
  if (ms < -MINUTE_MS) return dateTime(at);
  if (ms < 5 * SECOND_MS) return 'just now';
  return ms < DAY_MS ? `${duration(ms)} ago` : dateTime(at);
};

// Made once, because making a formatter takes longer than using it a hundred times.
const DAY = { day: 'numeric', month: 'short' } as const;
const TIME = { hour: '2-digit', minute: '2-digit' } as const;
const ofThisYear = new Intl.DateTimeFormat('en-GB', { ...DAY, ...TIME });
const ofAnyYear = new Intl.DateTimeFormat('en-GB', { ...DAY, ...TIME, year: 'numeric' });
const inFull = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeStyle: 'medium' });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const digits = new Intl.NumberFormat('en-GB');

/** "21 Nov, 13:05", in the time of this computer */
export function dateTime(at: string): string {
  const date = new Date(at);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return (isThisYear ? ofThisYear : ofAnyYear).format(date);
}

/** "21/11/2026, 13:05:12" */
export const fullTime = (at: string): string => inFull.format(new Date(at));

export const clock = (at: string): string => timeOfDay.format(new Date(at));

/** "13:05:12" for today, "21 Nov, 13:05" for another day: for lists that are read row by row */
export const clockOrDate = (at: string, nowMs: number): string =>
  new Date(at).toDateString() === new Date(nowMs).toDateString() ? clock(at) : dateTime(at);

/** "902.50 EUR" from a message with grouped digits; a text that is not an amount stays as it is. */
export function amountText(text: string): string {
  const [, amount, currency] = /^(-?\d+(?:\.\d+)?)(?: ([A-Z]{3}))?$/.exec(text) ?? [];
  return amount === undefined ? text : moneyText({ amount, currency: currency ?? '' }).trimEnd();
}

/** "1,250.00 EUR": groups the digits, never rounds. */
export function moneyText({ amount, currency }: Money): string {
  const [whole = '', decimals] = amount.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${decimals === undefined ? grouped : `${grouped}.${decimals}`} ${currency}`;
}

function termText(term: AmountTerm): string {
  const { currency } = term;
  if ('exact' in term) return moneyText({ amount: term.exact, currency });
  if ('open' in term) return `any amount in ${currency}`;
  return `${moneyText({ amount: term.min, currency })} to ${moneyText({ amount: term.max, currency })}`;
}

export const termList = (terms: readonly AmountTerm[]): string => terms.map(termText).join(' or ');

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${grouped(number)} ${number === 1 ? one : many}`;

/** "1,234" */
export const grouped = (number: number): string => digits.format(number);

/** The provider's id: the part after the account in a payment's name. */
export const idOf = (payment: string): string => payment.split(':').slice(2).join(':') || payment;
