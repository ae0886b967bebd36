/**
 * What the merchant expects: parses orders strictly, builds their aliases, and derives whose they are and their state.
 */

import { decimalsSentence, fitsCurrency, isKnownCurrency } from './currencies.ts';
import { defined } from './defined.ts';
import { canonical, compareDecimals, isDecimal, sumMoney } from './money.ts';
import type {
  AccountPolicy,
  Alias,
  AmountTerm,
  Money,
  Order,
  OrderKind,
  OrderState,
  Payment,
  ProviderRules,
} from './types.ts';

const ORDER_KINDS = ['payment', 'payout', 'withdrawal', 'refund'] as const satisfies readonly OrderKind[];
const ORDER_USES = ['once', 'recurring', 'open'] as const satisfies readonly Order['use'][];
const MAX_AMOUNT_TERMS = 10;
const MAX_ORDER_ALIASES = 10;
const MAX_NAME_CHARACTERS = 256;

/** The message is one sentence for the merchant's engineer: key, value found, what is allowed. */
export class OrderError extends Error {
  override readonly name = 'OrderError';
}

type Fields = Readonly<Record<string, unknown>>;

const MAX_SHOWN_CHARACTERS = 80;

function described(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'no key'}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function shown(value: unknown): string {
  const text = described(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

export function refuse(key: string, value: unknown, allowed: string): never {
  throw new OrderError(`${key}: found ${shown(value)}, allowed: ${allowed}`);
}

export function fieldsOf(key: string, value: unknown, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(key, value, `an object with ${names.join(', ')}`);
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name))
      refuse(`${key}.${name}`, (value as Fields)[name], `no such key; only ${names.join(', ')}`);
  }
  // A copy without prototype, so that "constructor" or "toString" is read as absent.
  return Object.assign(Object.create(null), value) as Fields;
}

function oneOf<T extends string>(key: string, value: unknown, allowed: readonly T[]): T {
  return allowed.find((known) => known === value) ?? refuse(key, value, allowed.join(', '));
}

/**
 * A name that is compared and used as a key, or a person's note: printable, without a space at its ends (which is
 * invisible and never matches). @throws OrderError
 */
export function parseText(key: string, value: unknown, maxCharacters = MAX_NAME_CHARACTERS): string {
  const fits =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxCharacters &&
    value === value.trim() &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value);
  return fits
    ? value
    : refuse(key, value, `a text of 1-${maxCharacters} printable characters, no space at its ends`);
}

function list(key: string, value: unknown, min: number, max: number): readonly unknown[] {
  const fits = Array.isArray(value) && value.length >= min && value.length <= max;
  return fits ? value : refuse(key, value, `a list of ${min} to ${max}`);
}

/**
 * An amount that the merchant or an operator enters, in canonical form. @throws OrderError, also for too many decimals
 * for the currency
 */
export function parseAmount(key: string, value: unknown, currency: string, positive = true): string {
  const example = fitsCurrency('902.50', currency) ? '902.50' : '902';
  const allowed = `a decimal text ${positive ? 'above' : 'of at least'} 0, such as "${example}"`;
  if (typeof value !== 'string' || !isDecimal(value)) return refuse(key, value, allowed);
  if (!fitsCurrency(value, currency)) {
    return refuse(key, value, `${allowed}: ${decimalsSentence(currency)}`);
  }
  const sign = compareDecimals(value, '0');
  return sign < 0 || (positive && sign === 0) ? refuse(key, value, allowed) : canonical(value);
}

/** A currency that the merchant or an operator enters. @throws OrderError */
export function parseCurrency(key: string, value: unknown): string {
  return typeof value === 'string' && isKnownCurrency(value)
    ? value
    : refuse(key, value, 'three capital letters of a currency (ISO 4217), such as "EUR"');
}

function parseTerm(key: string, value: unknown): AmountTerm {
  const term = fieldsOf(key, value, ['currency', 'exact', 'min', 'max', 'open']);
  const currency = parseCurrency(`${key}.currency`, term.currency);
  const given = ['exact', 'min', 'max', 'open'].filter((name) => term[name] !== undefined).join('+');
  if (given === 'exact') return { currency, exact: parseAmount(`${key}.exact`, term.exact, currency) };
  if (given === 'open') {
    return term.open === true ? { currency, open: true } : refuse(`${key}.open`, term.open, 'true');
  }
  if (given !== 'min+max')
    return refuse(key, value, 'a currency with either exact, or min and max, or open: true');
  const min = parseAmount(`${key}.min`, term.min, currency, false);
  const max = parseAmount(`${key}.max`, term.max, currency);
  return compareDecimals(min, max) > 0
    ? refuse(`${key}.max`, term.max, `at least min (${min})`)
    : { currency, min, max };
}

export function parseTerms(value: unknown, key = 'order.amounts'): readonly AmountTerm[] {
  const terms = list(key, value, 1, MAX_AMOUNT_TERMS).map((term, index) =>
    parseTerm(`${key}[${index}]`, term),
  );
  const currencies = terms.map(({ currency }) => currency);
  const twice = currencies.findIndex((currency, index) => currencies.indexOf(currency) !== index);
  if (twice >= 0) refuse(`${key}[${twice}].currency`, currencies[twice], 'each currency once');
  return terms;
}

const ALIAS_TYPES = ['id', 'parent', 'reference'] as const satisfies readonly Alias['type'][];

function parseAliases(value: unknown, reference: string): readonly Alias[] {
  const given = value === undefined ? [] : list('order.aliases', value, 0, MAX_ORDER_ALIASES);
  const aliases = given.map((item, index): Alias => {
    const key = `order.aliases[${index}]`;
    const alias = fieldsOf(key, item, ['type', 'value']);
    return {
      type: oneOf(`${key}.type`, alias.type, ALIAS_TYPES),
      value: parseText(`${key}.value`, alias.value),
    };
  });
  return joinAliases([{ type: 'reference', value: reference }], aliases, MAX_ORDER_ALIASES + 1);
}

/** ISO 8601 with a time and an offset. A date alone would leave the hour open. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

export function instant(key: string, value: unknown): string {
  const time = typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time)
    ? refuse(key, value, 'a time with its offset (ISO 8601), such as "2030-01-31T12:00:00Z"')
    : new Date(time).toISOString();
}

const ORDER_KEYS = [
  ...['reference', 'kind', 'amounts', 'use', 'instalments', 'endUser', 'validUntil'],
  ...['provider', 'account', 'aliases', 'fulfilled'],
];

/** Parses an optional field. The result is `{}` if it is absent, so that it can be spread. */
function optional<K extends string, T>(
  fields: Fields,
  name: K,
  read: (key: string, value: unknown) => T,
): { readonly [P in K]?: T } {
  const value = fields[name];
  return value === undefined ? {} : ({ [name]: read(`order.${name}`, value) } as { readonly [P in K]?: T });
}

const among =
  <const T extends string>(allowed: readonly T[]) =>
  (key: string, value: unknown): T =>
    oneOf(key, value, allowed);

/** Every provider that an order may name. */
export type KnownProviders = Readonly<Record<string, Pick<ProviderRules, 'takesInstalments'>>>;

/** `false` is the same as an absent field, so that both give the same order. */
function parseInstalments(
  { instalments, kind, provider }: Fields,
  known: KnownProviders,
): Pick<Order, 'instalments'> {
  if (instalments === undefined || instalments === false) return {};
  if (instalments !== true) refuse('order.instalments', instalments, 'true or false');
  if (kind !== undefined && kind !== 'payment')
    refuse('order.instalments', instalments, 'true only for an order of kind payment');
  if (typeof provider === 'string' && known[provider]?.takesInstalments === false) {
    const those = Object.keys(known).filter((name) => known[name]?.takesInstalments);
    refuse('order.instalments', instalments, `true only for ${those.join(', ')}, not for ${shown(provider)}`);
  }
  return { instalments };
}

/**
 * Parses an order as the merchant registers it. `kind` defaults to payment, `use` to once. Its own reference becomes an
 * alias.
 * @param at ISO 8601; becomes `registeredAt`
 * @throws OrderError
 */
export function parseOrder(value: unknown, at: string, known: KnownProviders): Order {
  const names = Object.keys(known);
  const fields = fieldsOf('order', value, ORDER_KEYS);
  const reference = parseText('order.reference', fields.reference);
  const order: Order = {
    reference,
    kind: 'payment',
    use: 'once',
    ...optional(fields, 'kind', among(ORDER_KINDS)),
    ...optional(fields, 'use', among(ORDER_USES)),
    amounts: parseTerms(fields.amounts),
    ...parseInstalments(fields, known),
    ...optional(fields, 'endUser', parseText),
    ...optional(fields, 'validUntil', instant),
    ...optional(fields, 'provider', among(names)),
    ...optional(fields, 'account', parseText),
    aliases: parseAliases(fields.aliases, reference),
    ...optional(fields, 'fulfilled', among(['external'])),
    version: 1,
    registeredAt: at,
  };
  // An order imported at cut-over may have expired already. A new one must not.
  const { validUntil } = order;
  if (validUntil !== undefined && order.fulfilled === undefined && Date.parse(validUntil) <= Date.parse(at)) {
    refuse('order.validUntil', validUntil, `a time after ${at}`);
  }
  if (order.account !== undefined && order.provider === undefined) {
    refuse('order.provider', undefined, `${names.join(', ')} (an account belongs to a provider)`);
  }
  return order;
}

/**
 * Whether a payment that names our order belongs to us (ProviderRules.signsForAll).
 *
 * @returns `unknown`: an order for real money that was registered without the provider's id. Recurring and open orders
 * have no such id in advance; for them the merchant's reference must be hard to guess.
 */
export function ownerOf(
  { aliases, use }: Pick<Order, 'aliases' | 'use'>,
  { environment, signsForAll }: Pick<AccountPolicy, 'environment'> & Pick<ProviderRules, 'signsForAll'>,
  id: string,
): 'us' | 'somebody else' | 'unknown' {
  if (!signsForAll) return 'us';
  const ids = aliases.filter(({ type }) => type === 'id');
  if (ids.length > 0) return ids.some(({ value }) => value === id) ? 'us' : 'somebody else';
  return use === 'once' && environment === 'live' ? 'unknown' : 'us';
}

/**
 * The goods of the payment that had the claim were revoked: it was reversed, refunded in full, or rejected. False for
 * a missing payment.
 */
export const hasRevokedGoods = (claimant: Pick<Payment, 'grant'> | undefined): boolean =>
  claimant?.grant.state === 'revoked';

/** The sum that counts, if several captures pay the order. Undefined: fewer than two do. */
function capturedSum({ captures = [], paidBy }: Order): readonly Money[] | undefined {
  const of =
    captures.find(({ payment }) => payment === paidBy) ?? captures.find(({ amounts }) => amounts.length > 0);
  const counted = captures.filter(
    (each) => each.authorization === of?.authorization && each.amounts.length > 0,
  );
  return counted.length < 2 ? undefined : sumMoney(counted.flatMap(({ amounts }) => amounts));
}

/** The order as an event shows it. @param claimant the present state of the payment in `order.paidBy` */
export function orderState(order: Order, claimant: Payment | undefined): OrderState {
  const { reference, paidBy, fulfilled, closedAt } = order;
  const unclaimed = closedAt === undefined ? 'open' : 'closed';
  const sum = capturedSum(order);
  const captured = defined({ captured: sum });
  if (paidBy === undefined)
    return { reference, state: fulfilled === undefined ? unclaimed : 'claimed', ...captured };
  return {
    reference,
    state: hasRevokedGoods(claimant) ? unclaimed : 'claimed',
    paidBy: { payment: paidBy, ...defined({ status: claimant?.status }) },
    ...captured,
  };
}

/** The most specific alias first: own id, then the parent's id, then the merchant's reference; then by text. */
function compareAliases(a: Alias, b: Alias): number {
  const byType = ALIAS_TYPES.indexOf(a.type) - ALIAS_TYPES.indexOf(b.type);
  return byType !== 0 ? byType : a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** The union in the order of matching, at most `limit` aliases (a join, see facts.ts). */
export function joinAliases(
  left: readonly Alias[],
  right: readonly Alias[],
  limit: number,
): readonly Alias[] {
  const unique = new Map([...left, ...right].map((alias) => [`${alias.type}#${alias.value}`, alias]));
  return [...unique.values()].sort(compareAliases).slice(0, limit);
}
