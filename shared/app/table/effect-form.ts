/**
 * The stored form of an effect. Every change of its state writes the whole row, and a row of more than 1 KB costs twice
 * as much in DynamoDB: values that the row's key or the row itself already contains are not stored a second time.
 */
import { defined } from '../../payment/defined.ts';
import { effectId, parsePaymentKey } from '../../payment/keys.ts';
import type { Effect, MerchantEvent } from '../../payment/types.ts';
import type { Key } from '../ports.ts';
import { EFFECT_PREFIX, paymentIn } from './keys.ts';

/** Layout of an effect's row. 1: all fields are stored. 2: fields that follow from the row are left out. */
export const EFFECT_SCHEMA = 2;

/**
 * An effect without the fields that follow from its key and from itself. A field with another value than expected is
 * stored.
 */
export type StoredEffect = Omit<Effect, 'id' | 'payment' | 'name' | 'event'> &
  Partial<Pick<Effect, 'id' | 'payment' | 'name'>> & { readonly event: Readonly<Record<string, unknown>> };

/** The expected fields of an effect's event, which follow from the effect or its payment. */
function expectedOf({ id, type, sequence, epoch, payment }: Effect): Partial<MerchantEvent> {
  const { provider, account } = parsePaymentKey(payment);
  return { schema: 1, id, type, sequence, epoch, payment, provider, account };
}

const without = <T extends object>(value: T, expected: Partial<T>): Partial<T> =>
  Object.fromEntries(
    Object.entries(value).filter(([name, each]) => expected[name as keyof T] !== each),
  ) as Partial<T>;

/** The form from which `effectFrom` restores the same effect. */
export function storedForm(effect: Effect): StoredEffect {
  const { payment, name, event } = effect;
  const { id: _, payment: __, name: ___, event: ____, ...rest } = effect;
  const id = effectId(payment, name);
  const { order, ...others } = without(event, expectedOf(effect));
  return {
    ...rest,
    ...(effect.id === id ? {} : { id: effect.id }),
    event: { ...others, ...(order === undefined ? {} : { order: storedOrder(order, event) }) },
  };
}

function storedOrder(order: NonNullable<MerchantEvent['order']>, event: MerchantEvent): unknown {
  const { reference, paidBy, ...rest } = order;
  return {
    ...rest,
    ...(reference === event.orderReference ? {} : { reference }),
    ...(paidBy === undefined ? {} : { paidBy: without(paidBy, { payment: event.payment }) }),
  };
}

/** The effect in a row, of this layout or an older one. */
export function effectFrom(key: Key, stored: StoredEffect | Effect): Effect {
  const { payment = paymentIn(key), name = key.sk.slice(EFFECT_PREFIX.length) } = stored;
  const { id = effectId(payment, name), event } = stored;
  const effect = { ...stored, id, payment, name } as Effect;
  const whole = { ...expectedOf(effect), ...event } as MerchantEvent;
  const order = whole.order as Partial<NonNullable<MerchantEvent['order']>> | undefined;
  return { ...effect, event: order === undefined ? whole : { ...whole, order: wholeOrder(order, whole) } };
}

function wholeOrder(
  order: Partial<NonNullable<MerchantEvent['order']>>,
  { orderReference, payment }: MerchantEvent,
): NonNullable<MerchantEvent['order']> {
  const { paidBy } = order;
  return {
    ...defined({ reference: orderReference }),
    ...order,
    ...(paidBy === undefined ? {} : { paidBy: { ...{ payment }, ...paidBy } }),
  } as NonNullable<MerchantEvent['order']>;
}
