/**
 * Several captures of one authorization can pay one order together (a shipment in parts): their amounts are summed.
 * Each capture is a payment of its own. The order stores the amounts that each contributes. The capture that completes
 * the sum is granted and claims the order, so there is one `fulfil`. The goods are revoked when the last capture has
 * lost its money.
 */
import { amountKnown, checkAmount } from './amounts.ts';
import { paymentKey } from './keys.ts';
import { compareDecimals, sameMoney, sumMoney } from './money.ts';
import { hasRevokedGoods } from './orders.ts';
import { isNegative, isRejected, mayGrant } from './statuses.ts';
import type {
  AccountPolicy,
  AmountTerm,
  Capture,
  Money,
  Order,
  Payment,
  PaymentKey,
  Reading,
} from './types.ts';

/** The most captures that one order stores. A further capture must pay the order alone, or is held. */
const MAX_CAPTURES = 10;

type Captured = Pick<Payment, 'provider' | 'account' | 'key' | 'aliases'>;

/**
 * The authorization that a capture belongs to. Undefined: the payment is no capture, or its evidence names no
 * authorization or several.
 */
function authorizationOf(
  { provider, account, aliases }: Omit<Captured, 'key'>,
  reading: Reading,
): PaymentKey | undefined {
  if (reading.capture !== true) return undefined;
  const [parent, ...others] = aliases.filter(({ type }) => type === 'parent');
  return parent === undefined || others.length > 0
    ? undefined
    : paymentKey({ provider, account, id: parent.value });
}

/** A capture and the other captures of its authorization, as the order stores them. */
export interface CaptureGroup {
  readonly authorization: PaymentKey;
  readonly others: readonly Capture[];
  /** The sum that the others contribute. */
  readonly counted: readonly Money[];
  /** This capture, as the order stores it. Undefined: not stored yet. */
  readonly own: Capture | undefined;
  /** The order stores this capture already, or can store one more. Only a stored capture is part of the sum. */
  readonly isKept: boolean;
}

/** The captures to sum with this payment. Undefined: the payment pays an order alone. */
export function captureGroupOf(
  payment: Captured,
  reading: Reading,
  order: Order | undefined,
): CaptureGroup | undefined {
  if (order === undefined || order.use !== 'once' || order.kind !== 'payment') return undefined;
  const authorization = authorizationOf(payment, reading);
  if (authorization === undefined) return undefined;
  const all = order.captures ?? [];
  const others = all.filter(
    (each) => each.authorization === authorization && each.payment !== payment.key && each.held !== true,
  );
  const own = all.find((each) => each.payment === payment.key);
  const isKept = own !== undefined || all.length < MAX_CAPTURES;
  return { authorization, others, counted: sumMoney(others.flatMap(({ amounts }) => amounts)), own, isKept };
}

/** The amount that is compared with the order: for a capture, the sum of all captures. */
export const comparedAmount = (reading: Reading, group: CaptureGroup | undefined): readonly Money[] =>
  group === undefined ? amountKnown(reading) : sumMoney([...amountKnown(reading), ...group.counted]);

function compareWith(
  terms: readonly AmountTerm[],
  money: readonly Money[],
  side: 'below' | 'above',
): boolean {
  const [sum, ...others] = sumMoney(money).filter(({ amount }) => compareDecimals(amount, '0') !== 0);
  const term = terms.find(({ currency }) => currency === sum?.currency);
  if (sum === undefined || others.length > 0 || term === undefined || 'open' in term) return false;
  const [least, most] = 'exact' in term ? [term.exact, term.exact] : [term.min, term.max];
  return side === 'below' ? compareDecimals(sum.amount, least) < 0 : compareDecimals(sum.amount, most) > 0;
}

/** The sum is too small, so that further captures may still complete it. */
const isShort = (order: Pick<Order, 'amounts'>, money: readonly Money[]): boolean =>
  compareWith(order.amounts, money, 'below');

/** Another capture of the same authorization claimed the order, and its goods are granted. */
const isClaimedWithin = ({ authorization }: CaptureGroup, claimant: Payment | undefined): boolean =>
  claimant !== undefined &&
  !hasRevokedGoods(claimant) &&
  authorizationOf(claimant, claimant.reading) === authorization;

/** The claimant's own amount pays the whole order. The sum of the claim then contains no other capture. */
const paysAlone = ({ amounts }: Order, claimant: Payment | undefined): boolean =>
  claimant !== undefined && checkAmount(amounts, amountKnown(claimant.reading)) !== 'differs';

/**
 * Whether the capture belongs to the sum that the goods were granted for. Such a capture is not compared with the order
 * again, also when another capture of the sum is lost. It does not belong to the sum if the order does not store it as
 * standing, if the claimant pays the order alone, or if the sum exceeds the order.
 */
function isPartOfClaim(
  order: Order,
  reading: Reading,
  group: CaptureGroup,
  claimant: Payment | undefined,
): boolean {
  const { own } = group;
  const isSame = own?.stands === true && sameMoney(own.amounts, amountKnown(reading));
  return (
    isSame &&
    isClaimedWithin(group, claimant) &&
    !paysAlone(order, claimant) &&
    !compareWith(order.amounts, comparedAmount(reading, group), 'above')
  );
}

/**
 * Verdict on a capture whose own amount does not pay the whole order. (A capture that pays it alone passes before this
 * is called. If another payment has the claim, that capture is held as a duplicate.) `part`: the sum is too small and
 * the order expects instalments, so there is no hold and no grant.
 */
export function captureVerdict(
  { order, reading, group, claimant }: CaptureWorld,
  isGranted: boolean,
): 'passes' | 'differs' | 'part' {
  // The sum falls when another capture is refunded. That casts no doubt on goods that are already granted.
  const isOneOfSeveral = isGranted && group.others.length > 0;
  if (isOneOfSeveral) return compareWith(order.amounts, amountKnown(reading), 'above') ? 'differs' : 'passes';
  if (isPartOfClaim(order, reading, group, claimant)) return 'passes';
  if (!group.isKept) return 'differs';
  const sum = comparedAmount(reading, group);
  if (checkAmount(order.amounts, sum) === 'matches') return 'passes';
  return order.instalments === true && isShort(order, sum) ? 'part' : 'differs';
}

export interface CaptureWorld {
  readonly order: Order;
  readonly reading: Reading;
  readonly group: CaptureGroup;
  /** The payment in `order.paidBy`, if it is not this one. */
  readonly claimant: Payment | undefined;
}

/**
 * Whether a further capture belongs to an authorization whose goods are granted. It is no duplicate as long as the sum
 * fits the order. If the order does not expect instalments, only an exact amount shows that the capture belongs to it.
 */
export function joinsClaim({
  order,
  reading,
  group,
  claimant,
}: Omit<CaptureWorld, 'group'> & { readonly group: CaptureGroup | undefined }): boolean {
  if (group === undefined || !group.isKept || !isClaimedWithin(group, claimant)) return false;
  if (isPartOfClaim(order, reading, group, claimant)) return true;
  const sum = comparedAmount(reading, group);
  const isExpected = order.instalments === true || order.amounts.every((term) => 'exact' in term);
  // The sum must contain the claimant's amount. Only a claimant that lost its money need not be in it: it contributes
  // nothing.
  const isSummed =
    isNegative(claimant?.status ?? 'pending') ||
    group.others.some(({ payment, amounts }) => payment === claimant?.key && amounts.length > 0);
  const isRest = order.instalments === true && isShort(order, sum);
  return isExpected && isSummed && (isRest || checkAmount(order.amounts, sum) === 'matches');
}

/** Whether another capture keeps the goods granted although this one is lost. */
export const otherCaptureKeepsGrant = (group: CaptureGroup | undefined): boolean =>
  group?.others.some(({ stands }) => stands) === true;

/**
 * The entry of this capture in the order, derived after its holds are known. Undefined: there is nothing to store yet.
 */
function entryOf(
  payment: Payment,
  {
    order,
    group,
    policy,
  }: { readonly order: Order; readonly group: CaptureGroup; readonly policy: AccountPolicy },
): Capture | undefined {
  const { key, reading, status, holds } = payment;
  const known = order.captures?.find((each) => each.payment === key);
  const sum = comparedAmount(reading, group);
  // A sum that is too small says nothing against this capture. Every other open hold does.
  const onlyShort = holds.every(({ reason }) => reason === 'amount_differs') && isShort(order, sum);
  const isSound = !isRejected(payment) && (holds.length === 0 || onlyShort);
  const counts = isSound && mayGrant(reading, status, policy) && group.isKept;
  const stands = isSound && (counts || (status === 'disputed' && known?.stands === true));
  const hasNeverCounted = known === undefined || known.held === true;
  // A held capture is stored, so that it is derived anew when another capture changes the sum or the claim.
  const isHeld = hasNeverCounted && !counts && holds.length > 0;
  if (known === undefined && !counts && !(isHeld && group.isKept)) return undefined;
  return {
    payment: key,
    authorization: group.authorization,
    amounts: counts ? amountKnown(reading) : [],
    stands,
    ...(hasNeverCounted && !counts ? { held: true as const } : {}),
  };
}

const sameEntry = (a: Capture | undefined, b: Capture): boolean =>
  a !== undefined && a.stands === b.stands && a.held === b.held && sameMoney(a.amounts, b.amounts);

/** The order with the present entry of this capture. Undefined: unchanged. */
export function withCapture(
  payment: Payment,
  context: { readonly order: Order | undefined; readonly policy: AccountPolicy },
): Order | undefined {
  const { order, policy } = context;
  const group = captureGroupOf(payment, payment.reading, order);
  if (order === undefined || group === undefined) return undefined;
  const entry = entryOf(payment, { order, group, policy });
  const captures = order.captures ?? [];
  if (
    entry === undefined ||
    sameEntry(
      captures.find((each) => each.payment === entry.payment),
      entry,
    )
  )
    return undefined;
  const rest = captures.filter((each) => each.payment !== entry.payment);
  return { ...order, captures: [...rest, entry].sort((a, b) => (a.payment < b.payment ? -1 : 1)) };
}

/** The other captures whose holds or goods depend on this change: all of them if the sum or the claim changed. */
export function capturesConcerned(
  before: Order | undefined,
  after: Order | undefined,
  key: PaymentKey,
): readonly PaymentKey[] {
  if (after === undefined) return [];
  const now = after.captures?.find((each) => each.payment === key);
  if (now === undefined) return [];
  const was = before?.captures?.find((each) => each.payment === key);
  const hasChanged = now.stands !== (was?.stands ?? false) || !sameMoney(now.amounts, was?.amounts ?? []);
  const isClaimed = after.paidBy === key && before?.paidBy !== key;
  if (!hasChanged && !isClaimed) return [];
  const others = (after.captures ?? []).filter(
    (each) => each.authorization === now.authorization && each.payment !== key,
  );
  return others.map(({ payment }) => payment);
}

/**
 * Whether goods of this order are granted for a sum that the capture is a part of. The capture then keeps the order, as
 * a granted payment does: its money never pays for another order as well.
 */
export function isPaidWith(
  payment: Payment,
  { order, claimant }: { readonly order: Order; readonly claimant: Payment | undefined },
): boolean {
  const { reading } = payment;
  const group = captureGroupOf(payment, reading, order);
  // An entry that was only ever held has never been in a sum.
  if (group?.own === undefined || group.own.held === true) return false;
  if (!isClaimedWithin(group, claimant) || paysAlone(order, claimant)) return false;
  // A capture that does not stand may be held for another reason, and released later; or its money comes again.
  const hasMoney = !isNegative(payment.status) && !isRejected(payment);
  return group.own.stands || hasMoney || joinsClaim({ order, reading, group, claimant });
}

/** The order that a capture leaves for another one, and the captures whose sum is now smaller. */
export function withoutCapture(
  order: Order,
  key: PaymentKey,
): { readonly order: Order; readonly concerned: readonly PaymentKey[] } | undefined {
  const { captures = [], ...rest } = order;
  const own = captures.find(({ payment }) => payment === key);
  if (own === undefined) return undefined;
  const others = captures.filter(({ payment }) => payment !== key);
  const concerned = others.filter(({ authorization }) => authorization === own.authorization);
  return {
    order: { ...rest, ...(others.length === 0 ? {} : { captures: others }), version: order.version + 1 },
    concerned: own.amounts.length === 0 ? [] : concerned.map(({ payment }) => payment),
  };
}

export type AmountState = 'passes' | 'differs' | 'wait' | 'part';
