/** Paymentwall (Terminal3): pingbacks in the query string, signed with MD5 or SHA-256, answered with OK. */
import type { PaymentwallAccount, Provider } from '../provider.ts';
import { normalize, readFacts } from './facts.ts';
import { type PaymentwallKeys, parseKeys } from './keys.ts';
import { type PaymentwallNotification, parse } from './notification.ts';
import { accept } from './reply.ts';
import { otherProduct, verify } from './verify.ts';

export const paymentwall: Provider<PaymentwallNotification, PaymentwallKeys, PaymentwallAccount> = {
  name: 'paymentwall',
  parseKeys,
  verify,
  otherProduct,
  accept,
  parse,
  normalize,
  readFacts,
};

export type { PaymentwallNotification } from './notification.ts';
export { REASONS, TYPES } from './tables.ts';
