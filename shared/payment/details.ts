/**
 * What `fulfil` and `revoke` contain besides sums and status. Details are joined like facts: for each detail, the
 * message with the smallest rank among all that name it counts, so that the order of arrival has no influence.
 *
 * quantities (coins, subscription): messages for the payment that describe all; smallest rank; never a negative number
 * goods, paymentType, transactionType, parentId: messages about the payment itself; `for` before `against`, then
 * smallest rank
 * message fields of a fulfil (eventType, code…): all from one message: the one `for` the payment with the smallest rank
 * message fields of a revoke: likewise, from the messages `against` it
 *
 * Equal ranks: the smaller text in code-unit order. A provider gives each message its rank (`precedence`).
 */
import { canonicalText } from './duplicates.ts';
import type { Details, NormalizedEvent, Payment, Precedence, Ranked, RankedDetails } from './types.ts';

/** The precedence of a message to which its provider assigns none. */
const DEFAULT_PRECEDENCE: Precedence = { side: 'for', rank: 50, describes: 'all' };

/** Added to the rank of a message against the payment: it names the goods only if no message for the payment does. */
const AGAINST = 1_000;

/** Rank of the details in rows of older versions, which stored no rank: after a purchase, before any other message. */
const OLDER_RANK = 10;

const PAYMENT_FIELDS = ['goods', 'paymentType', 'transactionType', 'parentId'] as const;
const MESSAGE_FIELDS = [
  ...(['eventType', 'code', 'errorCode', 'reason', 'reasonCode', 'extendedReasonCode'] as const),
  ...(['suggestedRetryAmount', 'shopperMessage'] as const),
];

/** The named fields that are present. */
function pick(details: Details, names: readonly (keyof Details)[]): Details {
  return Object.fromEntries(
    names.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]),
  );
}

const isNegativeNumber = (text: string | undefined): boolean => text?.startsWith('-') === true;

/** The quantities without values that a grant cannot have: a negative number of coins, a negative length. */
function quantities({ coins, subscription }: Details): Pick<Details, 'coins' | 'subscription'> {
  return {
    ...(coins === undefined || isNegativeNumber(coins) ? {} : { coins }),
    ...(subscription === undefined || isNegativeNumber(subscription.length) ? {} : { subscription }),
  };
}

function first<T>(one: Ranked<T> | undefined, other: Ranked<T> | undefined): Ranked<T> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.rank !== other.rank) return one.rank < other.rank ? one : other;
  return canonicalText(one.value) <= canonicalText(other.value) ? one : other;
}

function ranked(details: Details, rank: number): RankedDetails {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, { rank, value }]));
}

/** The details of one message, with their ranks. */
function rankedOfMessage({ details, precedence = DEFAULT_PRECEDENCE }: NormalizedEvent): RankedDetails {
  const { side, rank, describes } = precedence;
  const words = { rank, value: pick(details, MESSAGE_FIELDS) };
  return {
    ...(describes === 'nothing'
      ? {}
      : ranked(pick(details, PAYMENT_FIELDS), side === 'for' ? rank : AGAINST + rank)),
    ...(describes === 'all' && side === 'for' ? ranked(quantities(details), rank) : {}),
    ...(side === 'for' ? { granting: words } : { ending: words }),
  };
}

/** Joins two sets of details. Commutative, associative, idempotent. */
export function joinRankedDetails(left: RankedDetails, right: RankedDetails): RankedDetails {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort() as (keyof RankedDetails)[];
  const joined = names.map((name) => [name, first<unknown>(left[name], right[name])] as const);
  return Object.fromEntries(joined) as RankedDetails;
}

type Kept = Pick<Payment, 'details' | 'described'>;

/** The ranked details, also those of a row that an older version wrote. */
function rankedOfPayment({ details, described }: Kept): RankedDetails {
  return described ?? ranked({ ...pick(details, PAYMENT_FIELDS), ...quantities(details) }, OLDER_RANK);
}

/** The details that describe the payment, for people and events. */
function withoutMessageFields(described: RankedDetails): Details {
  const values = Object.entries(described).filter(([name]) => name !== 'granting' && name !== 'ending');
  return Object.fromEntries(values.map(([name, { value }]) => [name, value]));
}

/** The details of a payment joined with those of one more message. */
export function joinDetails(kept: Kept, normalized: NormalizedEvent): Required<Kept> {
  const described = joinRankedDetails(rankedOfPayment(kept), rankedOfMessage(normalized));
  return { details: withoutMessageFields(described), described };
}

/** The details of an event: `fulfil` and `revoke` take them from the join, a notice from its own message. */
export function detailsFor(type: string, kept: Kept, ofMessage: Details): Details {
  if (type !== 'fulfil' && type !== 'revoke') return { ...kept.details, ...ofMessage };
  const described = rankedOfPayment(kept);
  const words = type === 'fulfil' ? described.granting : described.ending;
  return { ...withoutMessageFields(described), ...words?.value };
}

/** Whether a known quantity has changed, so that an earlier `fulfil` contained another one. */
export function quantityChanged(before: Kept, after: Kept): boolean {
  return (['coins', 'subscription'] as const).some((name) => {
    const was = before.details[name];
    return was !== undefined && canonicalText(was) !== canonicalText(after.details[name] ?? null);
  });
}
