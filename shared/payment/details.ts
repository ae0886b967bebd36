/**
 * What `fulfil` and `revoke` say beside sums and status. Details are joined like facts: of each one the message
 * counts that stands first among all that name it, so that the order of arrival does not show.
 *
 *   quantities (coins, subscription)           messages that grant, lowest rank; never a negative number
 *   goods, paymentType, transactionType, parentId   messages about the payment itself, for before against, lowest rank
 *   words of a fulfil (eventType, code…)       all of one message: of those for the payment, the lowest rank
 *   words of a revoke                          likewise, of those against it
 *
 * Equal ranks: the smaller text in code-unit order. A provider gives each message its rank (`standing`).
 */
import { canonicalText } from './duplicates.ts';
import type { Described, Details, NormalizedEvent, Payment, Ranked, Standing } from './types.ts';

/** Of a message whose provider gives it none. */
const DEFAULT_STANDING: Standing = { side: 'for', rank: 50, describes: 'all' };

/** A message against the payment still names its goods, where nothing else does. */
const AGAINST = 1_000;

/** Rows of older versions hold the first-told details without their rank: behind a purchase, before anything else. */
const OLDER_RANK = 10;

const KINDS = ['goods', 'paymentType', 'transactionType', 'parentId'] as const;
const WORDS = [
  ...(['eventType', 'code', 'errorCode', 'reason', 'reasonCode', 'extendedReasonCode'] as const),
  ...(['suggestedRetryAmount', 'shopperMessage'] as const),
];

/** Copies the named fields that are there. */
function only(details: Details, names: readonly (keyof Details)[]): Details {
  return Object.fromEntries(
    names.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]),
  );
}

const isNegativeNumber = (text: string | undefined): boolean => text?.startsWith('-') === true;

/** Without what no grant can mean: a negative number of coins, a negative length. */
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

function ranked(details: Details, rank: number): Described {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, { rank, value }]));
}

/** What one message adds. */
function describedBy({ details, standing = DEFAULT_STANDING }: NormalizedEvent): Described {
  const { side, rank, describes } = standing;
  const words = { rank, value: only(details, WORDS) };
  return {
    ...(describes === 'nothing' ? {} : ranked(only(details, KINDS), side === 'for' ? rank : AGAINST + rank)),
    ...(describes === 'all' && side === 'for' ? ranked(quantities(details), rank) : {}),
    ...(side === 'for' ? { granting: words } : { ending: words }),
  };
}

/** Commutative, associative, idempotent. */
export function joinDescribed(left: Described, right: Described): Described {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort() as (keyof Described)[];
  const joined = names.map((name) => [name, first<unknown>(left[name], right[name])] as const);
  return Object.fromEntries(joined) as Described;
}

type Kept = Pick<Payment, 'details' | 'described'>;

/** Also of a row that an older version wrote. */
function describedOf({ details, described }: Kept): Described {
  return described ?? ranked({ ...only(details, KINDS), ...quantities(details) }, OLDER_RANK);
}

/** What describes the payment, for people and events. */
function lasting(described: Described): Details {
  const values = Object.entries(described).filter(([name]) => name !== 'granting' && name !== 'ending');
  return Object.fromEntries(values.map(([name, { value }]) => [name, value]));
}

/** The details of a payment with those of one more message. */
export function joinDetails(kept: Kept, normalized: NormalizedEvent): Required<Kept> {
  const described = joinDescribed(describedOf(kept), describedBy(normalized));
  return { details: lasting(described), described };
}

/** What an event says: `fulfil` and `revoke` from the join, a notice what its own message says. */
export function detailsFor(type: string, kept: Kept, ofMessage: Details): Details {
  if (type !== 'fulfil' && type !== 'revoke') return { ...kept.details, ...ofMessage };
  const described = describedOf(kept);
  const words = type === 'fulfil' ? described.granting : described.ending;
  return { ...lasting(described), ...words?.value };
}

/** A quantity that was told before and is another one now: what a fulfil said of it was not the last word. */
export function quantityChanged(before: Kept, after: Kept): boolean {
  return (['coins', 'subscription'] as const).some((name) => {
    const was = before.details[name];
    return was !== undefined && canonicalText(was) !== canonicalText(after.details[name] ?? null);
  });
}
