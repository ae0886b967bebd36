/** The writes of one change of a payment, for one transaction. */
import { concernsOrder, isRejected } from '../../payment/index.ts';
import type { AccountPolicy, Alias, Order, Payment, Transition } from '../../payment/types.ts';
import { isPolled } from '../../providers/account.ts';
import type { Account } from '../../providers/index.ts';
import type { Rules } from '../../providers/provider.ts';
import type { Key, Write } from '../ports.ts';
import { aliasKeyOf, followsKey, orderKey, paymentKeyOf, type Scope, waitingKey } from '../table/keys.ts';
import { effectItem, markItem, orderItem, paymentItem, renewItem } from '../table/rows.ts';
import type { OrderSearch } from './order-search.ts';

export interface DerivedChange {
  readonly payment: Payment | undefined;
  /** Whether the payment's stored row has a place in the sparse index. */
  readonly isIndexed: boolean;
  /** Whether the payment's aliases have waiting marks. */
  readonly marked: boolean;
  readonly search: OrderSearch;
  /** The payment that claimed the order, if it is not this one. */
  readonly claimant: Payment | undefined;
  /** The payment that takes over the claim if this payment loses its goods. */
  readonly successor?: Payment | undefined;
  /** The order that the payment followed before, if it follows another one now. */
  readonly formerOrder?: Order | undefined;
  readonly done: Transition;
}

/**
 * Whether the reconciler polls each granted payment of the account. Where it does not, a place in the sparse index
 * would be written for nothing.
 */
export const isEachPolled = (account: Account, { pollsEachPayment }: Rules): boolean =>
  pollsEachPayment === true && isPolled(account);

/** The payment, its order, its marks and its effects: each with the condition under which it was derived. */
export function stateWrites(
  account: Account,
  rules: Rules,
  derivedChange: DerivedChange,
  now: string,
): readonly Write[] {
  const { payment: before, done } = derivedChange;
  const { payment, effects } = done;
  const marks = markWrites(account, rules, derivedChange);
  const orders = orderWrites(derivedChange, now);
  return [
    {
      put: paymentItem(payment, { marked: marks.keep, isPolled: isEachPolled(account, rules) }),
      when: before === undefined ? 'absent' : { versionIs: before.version },
    },
    ...orders.writes,
    ...followWrites(derivedChange, account.policy, orders.isCompared),
    ...marks.writes,
    ...(done.hasMoreRefunds === true ? [announceRestLater(payment, now)] : []),
    ...effects.map((effect): Write => ({ put: effectItem({ effect, version: 1 }, now), when: 'absent' })),
  ];
}

/** A row for the sweeper, which derives the payment anew. Each time, some more refunds are announced, until all are. */
const announceRestLater = ({ key }: Payment, now: string): Write => ({
  put: renewItem({ payment: key, cause: `refunds of ${key}`, evenGranted: true }, now),
  when: 'always',
});

/**
 * Whether a change of the order can affect the payment although no message arrives. It can if the payment is held or
 * waits for its amount. It also can if its money is compared with the order and it has no goods: a capture that pays
 * only a part, or a disputed payment.
 */
function dependsOnOrder(payment: Payment, policy: AccountPolicy): boolean {
  const { holds, status, reading, grant } = payment;
  if (holds.length > 0 || status === 'awaiting_confirmation') return true;
  const isCompared = reading.direction === 'in' && concernsOrder(reading, policy);
  return isCompared && grant.state !== 'granted' && !isRejected(payment);
}

/**
 * A payment that a change of its order may affect (`dependsOnOrder`) leaves a mark in the order's partition. Its
 * transaction requires the order version it was compared with. So either it sees the change, or the change finds the
 * mark.
 * @param isCompared the order's row is already in the same transaction, with its own condition
 */
function followWrites(
  { payment: before, search, done: { payment: after } }: DerivedChange,
  policy: AccountPolicy,
  isCompared: boolean,
): readonly Write[] {
  const compared = isCompared ? undefined : search.order;
  const keyOf = (payment: Payment | undefined): Key | undefined =>
    payment?.orderReference !== undefined && dependsOnOrder(payment, policy)
      ? followsKey(payment.orderReference, payment.key)
      : undefined;
  const [was, is] = [keyOf(before), keyOf(after)];
  return [
    ...(is !== undefined && compared !== undefined
      ? [{ check: orderKey(compared.reference), when: { versionIs: compared.version } } satisfies Write]
      : []),
    ...(is === undefined ? [] : [{ put: markItem(is, after.key), when: 'always' } satisfies Write]),
    ...(was === undefined || was.pk === is?.pk ? [] : [{ remove: was, when: 'always' } satisfies Write]),
  ];
}

/**
 * The writes of the order. A payment that is held because another one paid the order is listed in the order and depends
 * on that payment's present version; when a claimant's goods are granted or revoked, the listed payments are derived
 * anew. Each side checks what the other writes, so that none is missed.
 */
function orderWrites(
  { payment: before, search, claimant, successor, formerOrder, done }: DerivedChange,
  now: string,
): OrderWrites {
  const { order: written, payment, rederive } = done;
  const { order } = search;
  if (order === undefined) return { writes: [], isCompared: false };
  const when = { versionIs: order.version };
  const hasFlipped =
    order.use === 'once' && before !== undefined && before.grant.state !== payment.grant.state;
  const [row]: readonly Write[] =
    written !== undefined
      ? [{ put: orderItem(written), when }]
      : hasFlipped
        ? [{ check: orderKey(order.reference), when }]
        : [];
  const writes: readonly Write[] = [
    ...(row === undefined ? [] : [row]),
    ...(formerOrder === undefined || done.formerOrder === undefined
      ? []
      : [{ put: orderItem(done.formerOrder), when: { versionIs: formerOrder.version } } satisfies Write]),
    ...[claimant, written?.paidBy === successor?.key ? successor : undefined]
      .filter((each) => each !== undefined)
      .map(({ key, version }): Write => ({ check: paymentKeyOf(key), when: { versionIs: version } })),
    ...rederive.map((key): Write => {
      const cause = `${payment.grant.state} ${payment.key}`;
      return { put: renewItem({ payment: key, cause, evenGranted: true }, now), when: 'always' };
    }),
  ];
  return { writes, isCompared: row !== undefined };
}

interface OrderWrites {
  readonly writes: readonly Write[];
  /** The order's row is among them, with the version that was read as condition. */
  readonly isCompared: boolean;
}

/**
 * A payment without an order checks that no order has one of its aliases, and leaves a mark on each alias for a later
 * registration. An alias that has a mark already needs neither. Marks stay until the payment is granted, because until
 * then an order under a more specific alias takes precedence. A new payment that found its order by another alias than
 * its own id leaves no mark under the id: it checks that no order is registered there, and a registration reads the
 * payment.
 */
function markWrites(
  scope: Scope,
  rules: Rules,
  { payment: before, marked, search, done: { payment, waitsFor } }: DerivedChange,
): { readonly writes: readonly Write[]; readonly keep: boolean } {
  const keysOf = (aliases: readonly Alias[]): readonly Key[] =>
    withAuthorizations(rules, aliases).map((alias) => aliasKeyOf(scope, alias));
  const known = new Set(marked ? keysOf(before?.aliases ?? []).map(({ pk }) => pk) : []);
  const markNew = (aliases: readonly Alias[]): readonly Write[] =>
    keysOf(aliases)
      .filter(({ pk }) => search.absent.has(pk) && !known.has(pk))
      .flatMap((key): Write[] => [
        { check: key, when: 'absent' },
        { put: markItem(waitingKey(key, payment.key), payment.key), when: 'always' },
      ]);
  if (payment.orderReference === undefined) {
    return { writes: [...markNew(waitsFor), ...authorizationCheck(search)], keep: false };
  }
  if (payment.grant.epoch > 0) {
    const gone = marked ? keysOf(before?.aliases ?? []) : [];
    return {
      writes: gone.map((key): Write => ({ remove: waitingKey(key, payment.key), when: 'always' })),
      keep: false,
    };
  }
  // Names that would have been tried first. Usually there is one reference, and it led to the order.
  const others = markNew(payment.aliases.filter(({ type }) => type === 'reference'));
  const own = aliasKeyOf(scope, { type: 'id', value: payment.id });
  const isOwnUnseen = before === undefined && search.absent.has(own.pk);
  return {
    writes: [...(isOwnUnseen ? [{ check: own, when: 'absent' } satisfies Write] : []), ...others],
    keep: marked || others.length > 0,
  };
}

/** An order that was registered with the authorization's own id is also the order of its captures. */
const withAuthorizations = ({ capturesShareOrder }: Rules, aliases: readonly Alias[]): readonly Alias[] =>
  capturesShareOrder
    ? [
        ...aliases,
        ...aliases
          .filter(({ type }) => type === 'parent')
          .map(({ value }) => ({ type: 'id' as const, value })),
      ]
    : aliases;

/**
 * The authorization must be unchanged. If it finds its order before this transaction, the transaction is refused; if
 * after it, the captures that wait are derived anew.
 */
const authorizationCheck = ({ authorization }: OrderSearch): readonly Write[] =>
  authorization === undefined || authorization.leads
    ? []
    : [
        {
          check: authorization.key,
          when: authorization.version === undefined ? 'absent' : { versionIs: authorization.version },
        },
      ];
