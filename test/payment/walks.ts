/**
 * Generated histories: messages about two payments that name one order, each with its own time, in any order and with
 * copies. Between the messages the merchant registers the order and an operator decides about holds.
 */
import fc from 'fast-check';
import type { NormalizedEvent, Order, Payment, transition } from '../../shared/payment/index.ts';
import {
  type AccountPolicy,
  compareDecimals,
  type Effect,
  EVENT_TYPES,
  isNegative,
  paymentKey,
} from '../../shared/payment/index.ts';
import type { Shop } from './shop.ts';
import { event, KEY, normalizedOf, own, sum } from './synthetic.ts';

export type Core = typeof transition;

export interface Message {
  readonly normalized: NormalizedEvent;
  readonly at: string;
}

const time = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString();

const line = fc.oneof(
  fc.constantFrom('authorized', 'processing', 'completed', 'failed', 'expired').map((code) => own(code)),
  fc.constant(own('completed')),
  fc
    .constantFrom('60', '40', '100')
    .chain((amount) => fc.constantFrom('1', '2').map((id) => sum('credit', id, amount))),
  fc.constantFrom('1', '2').map((id) => sum('refund', id, '50')),
  fc
    .tuple(
      fc.constantFrom('dispute', 'reconcile', 'reverse', 'represent', 'review', 'approve'),
      fc.constantFrom('1', '2'),
    )
    .map(([kind, id]) => event(kind, id)),
);

const message = fc
  .record({
    id: fc.constantFrom('700', '700', '701'),
    // Half of the messages complete the payment with its whole amount, so that two payments of one order are common.
    lines: fc.oneof(
      fc.constant([own('completed'), sum('credit', '1', '100')]),
      fc.array(line, { minLength: 1, maxLength: 2 }),
    ),
    endUser: fc.option(fc.constantFrom('u1', 'u1', 'u2'), { nil: undefined }),
    minute: fc.nat(59),
  })
  .map(({ id, lines, endUser, minute }): Message => {
    const normalized = normalizedOf(lines, endUser === undefined ? {} : { endUser }, id);
    return { normalized: { ...normalized, key: `${normalized.key} ${endUser} ${minute}` }, at: time(minute) };
  });

/** Different messages; `arrangement` adds copies. */
export const messages = fc.uniqueArray(message, {
  selector: ({ normalized }) => normalized.key,
  minLength: 1,
  maxLength: 9,
});

export type Step =
  | { readonly do: 'receive'; readonly message: Message }
  | { readonly do: 'register' }
  | { readonly do: 'release' | 'reject'; readonly payment: string };

export const policies: fc.Arbitrary<Partial<AccountPolicy>> = fc.record({
  amountCheck: fc.constantFrom('required', 'when-present'),
  unknownOrder: fc.constantFrom('hold', 'trust'),
  grantOn: fc.constantFrom('authorized', 'processing', 'paid'),
  regrant: fc.boolean(),
  paidAgain: fc.constantFrom('hold', 'grant'),
});

export const orders = fc.record({
  use: fc.constantFrom('once', 'once', 'recurring'),
  endUser: fc.constant('u1'),
  validUntil: fc.constantFrom(time(30), '2026-12-01T00:00:00Z'),
});

/** The messages in any order, each at least once, with up to four copies. */
export function arrangement(set: readonly Message[]): fc.Arbitrary<readonly Message[]> {
  return fc.array(fc.nat(set.length - 1), { maxLength: 4 }).chain((copies) => {
    const all = [...set, ...copies.map((index) => set[index])].filter((each) => each !== undefined);
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
}

export const steps = messages.chain(arrangement).chain((arranged) =>
  fc
    .array(
      fc.record({
        place: fc.nat(arranged.length),
        step: fc.oneof(
          { weight: 2, arbitrary: fc.constant<Step>({ do: 'register' }) },
          {
            weight: 3,
            arbitrary: fc.constantFrom<Step>(
              { do: 'release', payment: '700' },
              { do: 'release', payment: '701' },
            ),
          },
          { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'reject', payment: '700' }) },
        ),
      }),
      { maxLength: 5 },
    )
    .map((extra) => {
      const walk: Step[] = arranged.map((each) => ({ do: 'receive', message: each }));
      for (const { place, step } of extra) walk.splice(place, 0, step);
      return walk;
    }),
);

export function run(walk: readonly Step[], shop: Shop, order: Readonly<Record<string, unknown>>): Shop {
  for (const step of walk) {
    if (step.do === 'receive') shop.receive(step.message.normalized, step.message.at);
    else if (step.do === 'register') shop.register(order);
    else {
      const payment = shop.payments.get(paymentKey({ ...KEY, id: step.payment }));
      const [hold] = payment?.holds ?? [];
      if (payment !== undefined && hold !== undefined) shop.tryDecide(hold, step.do, payment);
    }
  }
  return shop;
}

const OF_GOODS_OUT: ReadonlySet<string> = new Set([
  'regrant',
  'order_already_paid',
  'order_payment_reversed',
]);

/** The parts of a payment that must not depend on the order of arrival: all except the record of effects and claims. */
function pathless(payment: Payment): Readonly<Record<string, unknown>> {
  const { facts, status, reading, aliases, endUsers, test, conflicts, firstSeenAt, orderReference } = payment;
  // These holds depend on granted goods: of this payment, or of another payment for the same order.
  const holds = payment.holds.filter(({ reason }) => !OF_GOODS_OUT.has(reason));
  return { facts, status, reading, aliases, endUsers, test, conflicts, firstSeenAt, orderReference, holds };
}

/** The names of the parts that differ between two ends of the same messages. */
export function differences(one: Shop, other: Shop): readonly string[] {
  const keys = new Set([...one.payments.keys(), ...other.payments.keys()]);
  return [...keys].flatMap((key) => {
    const [a, b] = [pathless(one.payment(key)), pathless(other.payment(key))];
    return Object.keys(a).filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  });
}

type Finding = string;

const isGrantEffect = ({ type }: Effect): boolean => type === 'fulfil' || type === 'revoke';

function findingsOfPayment(payment: Payment, shop: Shop): readonly Finding[] {
  const effects = shop.effects.filter((each) => each.payment === payment.key);
  const grantEffects = effects.filter(isGrantEffect).map(({ name }) => name);
  const expected = Array.from(
    { length: grantEffects.length },
    (_, n) => `${Math.floor(n / 2) + 1}#${n % 2 === 0 ? 'fulfil' : 'revoke'}`,
  );
  const findings: Finding[] = [];
  const check = (holds: boolean, finding: Finding) => {
    if (!holds) findings.push(`${finding}: ${payment.key}`);
  };
  check(
    grantEffects.join() === expected.join(),
    'at most one fulfil per epoch, a revoke only after its fulfil',
  );
  check(
    effects.every(({ sequence }, index) => sequence === index + 1),
    'sequences are dense',
  );
  check(payment.sequence === effects.length, 'the payment has the sequence of its last effect');
  const standing = grantEffects.at(-1)?.endsWith('#fulfil') ?? false;
  check(standing === (payment.grant.state === 'granted'), 'the state of the grant follows from the effects');
  check(!(standing && isNegative(payment.status)), 'no goods are granted after a negative status');
  check(!(standing && shop.rejected.has(payment.key)), 'no goods are granted after a reject');
  const good = payment.status === 'paid' || payment.status === 'partially_refunded';
  const amountKnown =
    payment.reading.moved.length > 0 ||
    shop.policy.amountCheck === 'when-present' ||
    payment.orderReference === undefined;
  const free = payment.holds.length === 0 && !shop.rejected.has(payment.key);
  check(!(good && amountKnown && free && !standing), 'a paid payment without a hold and a reject is granted');
  return findings;
}

function findingsOfFulfil({ event: sent, payment }: Effect, shop: Shop): readonly Finding[] {
  const findings: Finding[] = [];
  const check = (holds: boolean, finding: Finding) => {
    if (!holds) findings.push(`${finding}: ${payment}`);
  };
  const released = (reason: string) => shop.released.includes(`${payment} ${reason}`);
  const funded = sent.status === 'paid' || sent.status === 'partially_refunded';
  check(funded || sent.early || sent.goodwill, 'no fulfil without money, unless it is early or goodwill');
  check(!sent.early || shop.policy.grantOn !== 'paid', 'an early fulfil only if grantOn allows it');
  check(sent.holds.length === 0, 'no fulfil while the payment is held');
  const known = sent.orderReference !== undefined;
  check(
    known || shop.policy.unknownOrder === 'trust' || released('unknown_order'),
    'no fulfil for an unknown order',
  );
  if (known && !released('amount_differs')) {
    const right = (amount: string) => compareDecimals(amount, '100') === 0;
    check(
      sent.amountSource !== 'evidence' || sent.moved.every(({ amount }) => right(amount)),
      'a fulfil only for the amount of the order',
    );
    const required = shop.policy.amountCheck === 'required';
    check(!required || sent.amountSource === 'evidence', 'a required amount comes from evidence');
  }
  return findings;
}

/** The number of fulfils before the order was known, which the policy `trust` allows. Their amount was not compared. */
const uncomparedOf = ({ effects }: Shop): number =>
  effects.filter(({ type, event }) => type === 'fulfil' && event.orderReference === undefined).length;

/** The state of the claimant decides which of the two holds of a claim a payment has. */
function wrongClaimHolds({ key, holds, orderReference = '' }: Payment, shop: Shop): readonly Finding[] {
  const { paidBy } = shop.orders.get(orderReference) ?? {};
  const isStanding = paidBy !== undefined && shop.payment(paidBy).grant.state !== 'revoked';
  const wrong = isStanding ? 'order_payment_reversed' : 'order_already_paid';
  return holds.some(({ reason }) => reason === wrong)
    ? [`the hold of a claim follows the claimant: ${key} is held with ${wrong}`]
    : [];
}

/** A second payment with money for a claimed order has the hold order_already_paid or an operator decision. */
function unannounced(payment: Payment, shop: Shop): readonly Finding[] {
  const { key, holds, status, reading, grant, decisions, orderReference = '' } = payment;
  const { paidBy, use } = shop.orders.get(orderReference) ?? {};
  const isBeside =
    use === 'once' &&
    paidBy !== undefined &&
    paidBy !== key &&
    shop.payment(paidBy).grant.state !== 'revoked' &&
    grant.state !== 'granted';
  const isHere = reading.direction === 'in' && ['paid', 'partially_refunded', 'disputed'].includes(status);
  const isAnnounced = holds.some(({ reason }) => reason === 'order_already_paid') || decisions.length > 0;
  return isBeside && isHere && !isAnnounced
    ? [`a second payment has a hold or a decision: ${key}, ${status}`]
    : [];
}

/** The names of the invariants that the history breaks. */
export function findings(shop: Shop): readonly Finding[] {
  const ids = new Set(shop.effects.map(({ id }) => id));
  const fulfils = shop.effects.filter(({ type }) => type === 'fulfil');
  const forOrder = fulfils.filter(
    ({ event: { orderReference }, epoch }) => orderReference !== undefined && epoch === 1,
  );
  const once = shop.orders.get('order-1')?.use === 'once';
  const released = shop.released.filter((each) => each.endsWith(' order_already_paid')).length;
  const letThrough = shop.released.filter((each) => / order_(already_paid|payment_reversed)$/.test(each));
  const revoked = shop.effects.filter(({ type }) => type === 'revoke').length;
  const again = shop.policy.paidAgain === 'grant' ? revoked : 0;
  const standing = [...shop.payments.values()].filter(
    ({ grant, orderReference }) => grant.state === 'granted' && orderReference !== undefined,
  );
  return [
    ...(ids.size === shop.effects.length ? [] : ['effect ids are unique']),
    ...(once && forOrder.length > 1 + letThrough.length + again ? ['at most one fulfil per order'] : []),
    ...(once && standing.length > 1 + released + uncomparedOf(shop)
      ? ['at most one payment of a once order has its goods']
      : []),
    ...shop.effects
      .filter(({ type }) => !Object.hasOwn(EVENT_TYPES, type))
      .map(({ type }) => `not in the catalogue: ${type}`),
    ...[...shop.payments.values()].flatMap((payment) => findingsOfPayment(payment, shop)),
    ...fulfils.flatMap((effect) => findingsOfFulfil(effect, shop)),
  ];
}

/** A revoked payment passes its claim to a released payment that still has goods. Else a third payment is granted. */
function abandonedClaims({ reference, paidBy, paidBefore = [] }: Order, shop: Shop): readonly Finding[] {
  if (paidBy === undefined || shop.payment(paidBy).grant.state !== 'revoked') return [];
  return paidBefore
    .filter((key) => shop.payment(key).grant.state === 'granted')
    .map((key) => `the claim of ${reference} is with a revoked payment, and ${key} has its goods`);
}

/** The names of the broken invariants of orders: the holds of claims, and the order that events state. */
export function orderFindings(shop: Shop): readonly Finding[] {
  return [
    ...[...shop.payments.values()].flatMap((payment) => [
      ...wrongClaimHolds(payment, shop),
      ...unannounced(payment, shop),
    ]),
    ...[...shop.orders.values()].flatMap((order) => abandonedClaims(order, shop)),
    ...shop.misstated.map((id) => `an event states the present order: ${id}`),
  ];
}
