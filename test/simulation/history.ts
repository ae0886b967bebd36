/** Every state of orders and payments, and the transaction in which each effect and each event row was created. */
import type { Item } from '../../shared/app/ports.ts';
import { EFFECT_PREFIX } from '../../shared/app/table/keys.ts';
import { effectOf } from '../../shared/app/table/rows.ts';
import type { Order, Payment, PaymentKey } from '../../shared/payment/types.ts';

export interface Moment {
  /** Number of the transaction. */
  readonly transaction: number;
  /** Virtual time in milliseconds. */
  readonly at: number;
}

export type Dated<T> = Moment & { readonly state: T };

export class History {
  readonly orders = new Map<string, Dated<Order>[]>();
  readonly payments = new Map<PaymentKey, Dated<Pick<Payment, 'grant' | 'status' | 'decisions'>>[]>();
  /** By effect id: when the effect was created. */
  readonly decided = new Map<string, Moment>();
  /** By key of an event row: when the facts of the event were joined. */
  readonly joined = new Map<string, Moment>();

  wrote(item: Item, moment: Moment): void {
    const { pk, sk, data } = item;
    if (sk === 'order') {
      const order = data as Order;
      push(this.orders, order.reference, { ...moment, state: order });
    } else if (sk === 'payment') {
      const { key, grant, status, decisions } = data as Payment;
      push(this.payments, key, { ...moment, state: { grant, status, decisions } });
    } else if (sk === 'event') {
      if (!this.joined.has(pk)) this.joined.set(pk, moment);
    } else if (sk.startsWith(EFFECT_PREFIX)) {
      const { id } = effectOf(item).effect;
      if (!this.decided.has(id)) this.decided.set(id, moment);
    }
  }
}

function push<K, T>(lists: Map<K, T[]>, key: K, entry: T): void {
  lists.set(key, [...(lists.get(key) ?? []), entry]);
}

/** The states that were valid at some time between `since` (milliseconds) and the transaction. */
export function inForce<T>(
  states: readonly Dated<T>[] = [],
  { transaction, since }: { readonly transaction: number; readonly since: number },
): readonly T[] {
  const past = states.filter((each) => each.transaction <= transaction);
  const before = past.findLastIndex(({ at }) => at <= since);
  return past.slice(Math.max(0, before)).map(({ state }) => state);
}
