/** Formats values for people. */
import { sumMoney } from '../../shared/payment/money.ts';
import { isPaidLike } from '../../shared/payment/statuses.ts';
import type { AmountTerm, Money, PaymentKey, Status } from '../../shared/payment/types.ts';
import type { OrderDetail, OrderShown, PaymentsView } from '../contract.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "in_review" → "In review" */
export const words = (name: string): string => sentence(name.replaceAll(/[_-]/g, ' '));

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

const short = (value: number): string =>
  value >= 1_000_000
    ? `${value / 1_000_000}M`
    : value >= 10_000
      ? `${value / 1_000}k`
      : String(Number(value.toPrecision(3)));

/** A value of a metric with its unit, short enough for an axis: "1.5 s", "12 min", "99.9 %", "20k" */
export function measured(value: number, unit: 'ms' | 's' | '%' | undefined): string {
  if (value === 0 && unit !== '%') return '0';
  if (unit === '%') return `${Number(value.toFixed(2))} %`;
  if (unit === 'ms' && value < SECOND_MS) return `${short(value)} ms`;
  if (unit === undefined) return short(value);
  const ms = unit === 's' ? value * SECOND_MS : value;
  return ms < MINUTE_MS ? `${short(ms / SECOND_MS)} s` : duration(ms);
}

/** The provider's id: the part after the account in a payment's name. */
export const idOf = (payment: string): string => payment.split(':').slice(2).join(':') || payment;

const EVENTS: Readonly<Record<string, string>> = {
  fulfil: 'Give the goods',
  revoke: 'Take the goods back',
  'payment.duplicate': 'A second payment for a paid order',
  'payment.at_risk': 'Goods are given and the money is in doubt',
  'payment.dispute_won': 'Dispute won',
  'payment.refund_updated': 'New data about a refund',
  'payout.refund_updated': 'New data about money that came back',
  'account.received': 'Bank account known',
  'data.ready': 'Account data ready',
  'balance.restore': 'Give the balance back',
};

/** The title of an event to the shop: "payment.held" → "Payment held". */
export const eventTitle = (type: string): string => EVENTS[type] ?? words(type.replaceAll('.', ' '));

/** What a dialog names about an event. @param event its id, `<payment>#<name>` */
export function eventRows(event: string, order: string | null | undefined): (readonly [string, string])[] {
  const [payment = '', ...rest] = event.split('#');
  const name = rest.join('#');
  return [
    ['Event', `${name} (${eventTitle(rest.at(-1) ?? name)})`],
    ['Payment', payment],
    ['Order', order ?? 'none'],
  ];
}

const TARGETS = { eventbridge: 'event bus', https: 'shop' } as const;

/** Why an event was not delivered, by the delivery's code. */
const FAILURES: Readonly<Record<string, (target: string) => string>> = {
  unavailable: (target) => `No answer, or an error of the ${target} (5xx)`,
  rejected: (target) => `The ${target} refused it (4xx, or a redirect)`,
  gone: () => 'The address is gone (410)',
  in_progress: () => 'Another attempt was still running',
};

/** @param target where events go: what is said is of that, and not of a shop behind an event bus */
export const failureTitle = (failure: string | undefined, target: keyof typeof TARGETS): string =>
  failure === undefined ? 'None yet' : (FAILURES[failure]?.(TARGETS[target]) ?? words(failure));

/** Of an empty list of undelivered events. An event that fails is not late for its first minutes. */
export const nothingLate = (onTheirWay: number): { readonly title: string; readonly says: string } =>
  onTheirWay === 0
    ? { title: 'Everything is delivered', says: 'Your shop has received every event.' }
    : { title: 'Nothing is late', says: onTheirWayText(onTheirWay) };

/** The overview's sentence when nothing is stuck. */
export const nothingStuck = (onTheirWay: number): string =>
  onTheirWay === 0
    ? 'Every payment is settled or on its way, and the shop has received everything.'
    : `Every payment is settled or on its way. Nothing is late: ${onTheirWayText(onTheirWay)}`;

/** The overview's answer. What is old or missing never makes "nothing". */
export function verdict(found: {
  readonly isStuck: boolean;
  /** Whether each number is there. */
  readonly isKnown: boolean;
  /** Whether a number may be old or missing, because the stack did not answer. */
  readonly isUnknown: boolean;
}): { readonly tone: 'bad' | 'good' | 'plain'; readonly title: string } {
  if (found.isStuck) return { tone: 'bad', title: 'Money is stuck.' };
  if (found.isUnknown) return { tone: 'plain', title: 'It is not known whether money is stuck.' };
  return found.isKnown ? { tone: 'good', title: 'Nothing is stuck.' } : { tone: 'plain', title: 'Reading…' };
}

const onTheirWayText = (events: number): string =>
  events === 1
    ? '1 event is on its way and is tried again.'
    : `${grouped(events)} events are on their way and are tried again.`;

/** Tone, name, and meaning. */
export const ORDER_STATES = {
  open: ['info', 'Waiting for payment', 'No payment has paid it yet.'],
  claimed: ['good', 'Paid', 'A payment has paid it.'],
  closed: ['plain', 'Closed', 'It expects no payment any more: money that comes for it is held.'],
} as const;

const QUARANTINED: Readonly<Record<string, string>> = {
  ambiguous: 'It can be read in two ways, and its signature fits both',
  ambiguous_text: 'It can be read in two ways, and its signature fits both',
  access_id_differs: 'It names another access id than its signature is made for',
  duplicate_key: 'It has a field twice',
  duplicate_name: 'It has a field twice',
  malformed_name: 'The name of a field has another form than documented',
  unknown_version: 'It names a version of signatures that is not documented',
  missing_field: 'A field is missing',
  wrong_type: 'A field has another type than documented',
  malformed_field: 'A field has another form than documented',
  unknown_type: 'It is of a type that is not documented',
};

/** Why a notification is in quarantine. */
export const reasonText = (reason: string): string => QUARANTINED[reason] ?? words(reason);

interface HeldMoney {
  readonly status: Status;
  readonly moved: readonly Money[];
  /** Whether its goods are given. */
  readonly granted: boolean;
}

/** "262.00 EUR and 1 of unknown amount". Undefined: no money moved. */
export function heldSum(held: readonly HeldMoney[]): string | undefined {
  const sum = sumMoney(held.flatMap(({ moved }) => moved));
  const unknown = held.filter(({ status, moved }) => moved.length === 0 && isPaidLike(status)).length;
  return dueSum({ sum, unknown }) || undefined;
}

/** A sum over several payments: "5.00 EUR and 1 of unknown amount". */
export const dueSum = ({ sum, unknown }: NonNullable<PaymentsView['due']>): string =>
  [
    ...(sum.length === 0 ? [] : [moneyList(sum)]),
    ...(unknown === 0 ? [] : [`${grouped(unknown)} of unknown amount`]),
  ].join(' and ');

/** What the hold of these payments means. Goods may be given before a payment is held. */
export function heldSays(held: readonly HeldMoney[]): string {
  const sum = heldSum(held);
  const goods = held.some(({ granted }) => granted) ? 'No further goods go' : 'No goods go';
  return `${goods} out for these payments${sum === undefined ? '' : ` (${sum})`} until you answer each.`;
}

/** More currencies would hide the sentence. */
const MOST_CURRENCIES = 3;
const moneyList = (money: readonly Money[]): string =>
  [
    ...money.slice(0, MOST_CURRENCIES).map(moneyText),
    ...(money.length > MOST_CURRENCIES ? [`${money.length - MOST_CURRENCIES} other currencies`] : []),
  ].join(', ');

/** Of a payment that the list of held payments lacks. @param more there are held payments beyond those of the list */
export const notAmongHeld = ({ more }: { readonly more: boolean }): string =>
  more
    ? 'It is not among those shown. Open the payment to see whether it is held.'
    : 'This payment is not held any more.';

/** The payments that have paid an order: the one that the goods count for now, then those before it. */
export const payersOf = ({
  paidBy,
  paidBefore = [],
}: Pick<OrderShown, 'paidBy' | 'paidBefore'>): readonly PaymentKey[] =>
  paidBy === undefined ? paidBefore : [paidBy, ...paidBefore.filter((each) => each !== paidBy)];

interface Change {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const termsOr = (value: unknown): string => termList((value ?? []) as readonly AmountTerm[]) || 'none';
const timeOr = (value: unknown): string => (value === undefined ? 'no end' : fullTime(String(value)));

const FIELDS: Readonly<Record<string, readonly [name: string, text: (value: unknown) => string]>> = {
  amounts: ['Amount expected', termsOr],
  validUntil: ['Valid until', timeOr],
  closedAt: ['Takes payments', (value) => (value === undefined ? 'yes' : 'no, closed')],
};

/** What a person changed of an order: each field with its old and its new value. */
export const changes = (changed: OrderDetail['ledger'][number]['changed']): readonly Change[] =>
  Object.entries(changed).map(([field, { from, to }]) => {
    const [name, text] = FIELDS[field] ?? [words(field), (value: unknown) => JSON.stringify(value) ?? 'none'];
    return { name, from: text(from), to: text(to) };
  });
