/**
 * Several captures of one authorization pay one order together (a shipment in parts): their amounts are summed. Each is
 * a payment of its own; the order keeps what each of them counts for. The capture that completes the sum is granted and
 * claims the order, so that there is one `fulfil`; the goods stay granted until no capture stands any more.
 */
import { amountKnown, checkAmount } from './amounts.ts';
import { paymentKey } from './keys.ts';
import { compareDecimals, sameMoney, sumMoney } from './money.ts';
import { isGivenUp } from './orders.ts';
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

/** Captures that one order keeps. One beyond them pays the order alone, or is held. */
const MAX_CAPTURES = 10;

type Captured = Pick<Payment, 'provider' | 'account' | 'key' | 'aliases'>;

/** The authorization that a capture belongs to; undefined: no capture, or its evidence names none or several. */
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

/** A capture and the others of its authorization, as the order keeps them. */
export interface Together {
  readonly authorization: PaymentKey;
  readonly others: readonly Capture[];
  /** What the others count for. */
  readonly counted: readonly Money[];
  /** This capture, as the order keeps it. */
  readonly own: Capture | undefined;
  /** The order has room for it, or keeps it already: what is beyond would not be summed. */
  readonly isKept: boolean;
}

/** Undefined: it pays an order alone. */
export function togetherOf(
  payment: Captured,
  reading: Reading,
  order: Order | undefined,
): Together | undefined {
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

/** What is compared with the order: of a capture, the sum. */
export const comparedAmount = (reading: Reading, together: Together | undefined): readonly Money[] =>
  together === undefined ? amountKnown(reading) : sumMoney([...amountKnown(reading), ...together.counted]);

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

/** More captures may still complete it. */
const isShort = (order: Pick<Order, 'amounts'>, money: readonly Money[]): boolean =>
  compareWith(order.amounts, money, 'below');

/** The order was claimed by another capture of the same authorization, and that one's goods are out. */
const isClaimedWithin = ({ authorization }: Together, claimant: Payment | undefined): boolean =>
  claimant !== undefined &&
  !isGivenUp(claimant) &&
  authorizationOf(claimant, claimant.reading) === authorization;

/** Whoever has the goods needed no other capture: those that came before it made up no sum with it. */
const paysAlone = ({ amounts }: Order, claimant: Payment | undefined): boolean =>
  claimant !== undefined && checkAmount(amounts, amountKnown(claimant.reading)) !== 'differs';

/**
 * One of those that made up the sum when the goods were granted: it is not compared anew when another of them is lost.
 * One that counted before, and that the sum had no room for or no need of, is none.
 */
function isPartOfClaim(
  order: Order,
  reading: Reading,
  together: Together,
  claimant: Payment | undefined,
): boolean {
  const { own } = together;
  const isSame = own?.stands === true && sameMoney(own.amounts, amountKnown(reading));
  return (
    isSame &&
    isClaimedWithin(together, claimant) &&
    !paysAlone(order, claimant) &&
    !compareWith(order.amounts, comparedAmount(reading, together), 'above')
  );
}

/**
 * Of a capture that does not pay the whole alone (one that does passes, whatever else came: which one is too much then
 * shows by who claimed the order). `part`: the sum is short, and the order expects instalments: nothing is wrong, and
 * nothing is granted.
 */
export function captureVerdict(
  { order, reading, together, claimant }: CaptureWorld,
  isGranted: boolean,
): 'passes' | 'differs' | 'part' {
  // The sum falls when another capture is refunded: goods that are out are not in doubt by that.
  const isOneOfSeveral = isGranted && together.others.length > 0;
  if (isOneOfSeveral) return compareWith(order.amounts, amountKnown(reading), 'above') ? 'differs' : 'passes';
  if (isPartOfClaim(order, reading, together, claimant)) return 'passes';
  if (!together.isKept) return 'differs';
  const sum = comparedAmount(reading, together);
  if (checkAmount(order.amounts, sum) === 'matches') return 'passes';
  return order.instalments === true && isShort(order, sum) ? 'part' : 'differs';
}

export interface CaptureWorld {
  readonly order: Order;
  readonly reading: Reading;
  readonly together: Together;
  /** The payment in `order.paidBy`, where it is another one. */
  readonly claimant: Payment | undefined;
}

/**
 * A further capture of an authorization whose goods are out: it is no duplicate while the sum fits what is expected.
 * Where the order does not say that instalments are expected, only an exact amount tells that it belongs to it.
 */
export function joinsClaim({
  order,
  reading,
  together,
  claimant,
}: Omit<CaptureWorld, 'together'> & { readonly together: Together | undefined }): boolean {
  if (together === undefined || !together.isKept || !isClaimedWithin(together, claimant)) return false;
  if (isPartOfClaim(order, reading, together, claimant)) return true;
  const sum = comparedAmount(reading, together);
  const isExpected = order.instalments === true || order.amounts.every((term) => 'exact' in term);
  // One that names no amount is in no sum, so that nothing can be added to it; of one that is lost nothing is left.
  const isSummed =
    isNegative(claimant?.status ?? 'pending') ||
    together.others.some(({ payment, amounts }) => payment === claimant?.key && amounts.length > 0);
  const isRest = order.instalments === true && isShort(order, sum);
  return isExpected && isSummed && (isRest || checkAmount(order.amounts, sum) === 'matches');
}

/** Whether another capture keeps the goods granted although this one is lost. */
export const othersStand = (together: Together | undefined): boolean =>
  together?.others.some(({ stands }) => stands) === true;

/** What the order is to keep of this capture, after its holds are known; undefined: nothing yet. */
function entryOf(
  payment: Payment,
  {
    order,
    together,
    policy,
  }: { readonly order: Order; readonly together: Together; readonly policy: AccountPolicy },
): Capture | undefined {
  const { key, reading, status, holds } = payment;
  const known = order.captures?.find((each) => each.payment === key);
  const sum = comparedAmount(reading, together);
  // Short is no doubt about its money; every other hold is, until it is released.
  const onlyShort = holds.every(({ reason }) => reason === 'amount_differs') && isShort(order, sum);
  const isSound = !isRejected(payment) && (holds.length === 0 || onlyShort);
  const counts = isSound && mayGrant(reading, status, policy) && together.isKept;
  const stands = isSound && (counts || (status === 'disputed' && known?.stands === true));
  const never = known === undefined || known.held === true;
  // What it is held for is the sum, or the claim, which change with every other capture.
  const isHeld = never && !counts && holds.length > 0;
  if (known === undefined && !counts && !(isHeld && together.isKept)) return undefined;
  return {
    payment: key,
    authorization: together.authorization,
    amounts: counts ? amountKnown(reading) : [],
    stands,
    ...(never && !counts ? { held: true as const } : {}),
  };
}

const sameEntry = (a: Capture | undefined, b: Capture): boolean =>
  a !== undefined && a.stands === b.stands && a.held === b.held && sameMoney(a.amounts, b.amounts);

/** The order with this capture kept as it is now; undefined: unchanged. */
export function withCapture(
  payment: Payment,
  context: { readonly order: Order | undefined; readonly policy: AccountPolicy },
): Order | undefined {
  const { order, policy } = context;
  const together = togetherOf(payment, payment.reading, order);
  if (order === undefined || together === undefined) return undefined;
  const entry = entryOf(payment, { order, together, policy });
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

/** Other captures whose holds or goods depend on this change: all of them, when the sum or the claim changes. */
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

export type AmountState = 'passes' | 'differs' | 'wait' | 'part';
