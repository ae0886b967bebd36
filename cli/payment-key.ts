/** The name of a payment, as a person types it. */
import { paymentKeyOf } from '../shared/app/table/keys.ts';
import { parsePaymentKey, paymentKey } from '../shared/payment/index.ts';
import type { Connection } from './connect.ts';
import { Problem } from './problem.ts';
import { shortened } from './shortened.ts';

/** Ids of providers have at most 64 characters; a partition key of the table holds 2,048 bytes. */
const MAX_BYTES = 1_024;

type Place = Pick<Connection, 'store' | 'config' | 'label'>;

export const unknownPayment = (key: string, label: string): Problem =>
  Problem.notFound(
    `There is no payment "${shortened(key)}" in ${label}.`,
    'The name of a payment is <provider>:<account>:<id>; `payhooks payments list --all` lists all payments.',
  );

/** Whether the text can be a payment's name. */
export function isPaymentName(key: string): boolean {
  try {
    parsePaymentKey(key);
    return Buffer.byteLength(key) <= MAX_BYTES;
  } catch {
    return false;
  }
}

/** @throws Problem when the text cannot be a payment's name */
export function assertPaymentName(key: string, label: string): void {
  if (!isPaymentName(key)) throw unknownPayment(key, label);
}

/**
 * The full name of a payment: typed in full, or the provider's id alone when only one account has that payment. @throws
 * Problem when there is none, or several
 */
export async function paymentNamed({ store, config, label }: Place, typed: string): Promise<string> {
  if (isPaymentName(typed)) return typed;
  if (typed === '' || Buffer.byteLength(typed) > MAX_BYTES) throw unknownPayment(typed, label);
  const names = config.accounts.map(({ provider, account }) => paymentKey({ provider, account, id: typed }));
  const rows = await Promise.all(names.map((name) => store.get(paymentKeyOf(name))));
  const found = names.filter((_, index) => rows[index] !== undefined);
  const [first, ...others] = found;
  if (first === undefined) throw unknownPayment(typed, label);
  if (others.length === 0) return first;
  throw Problem.usage(
    `"${shortened(typed)}" names ${found.length} payments in ${label}.`,
    `Name one: ${found.join(', ')}.`,
  );
}
