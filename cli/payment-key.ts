/** The name of a payment, as a person types it. */
import { parsePaymentKey } from '../shared/payment/index.ts';
import { EXIT, Problem } from './problem.ts';
import { shortened } from './shortened.ts';

/** Ids of providers have at most 64 characters; a partition key of the table holds 2,048 bytes. */
const MAX_BYTES = 1_024;

export const unknownPayment = (key: string, label: string): Problem =>
  new Problem(
    EXIT.notFound,
    `There is no payment "${shortened(key)}" in ${label}.`,
    'A payment is named <provider>:<account>:<id>; `payhooks payments list --all` shows those that are there.',
  );

/** Whether a payment can be called so. */
export function isPaymentName(key: string): boolean {
  try {
    parsePaymentKey(key);
    return Buffer.byteLength(key) <= MAX_BYTES;
  } catch {
    return false;
  }
}

/** @throws Problem when no payment can be called so */
export function assertPaymentName(key: string, label: string): void {
  if (!isPaymentName(key)) throw unknownPayment(key, label);
}
