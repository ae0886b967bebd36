/** Paymentwall (Terminal3): pingbacks in the query string, signed with MD5 or SHA-256, answered with OK. */
import { NOT_BUNDLED, type PaymentwallAccount, type ProviderFolder } from '../provider.ts';
import { config } from './config.ts';
import { normalize, readFacts } from './facts.ts';
import { type PaymentwallKeys, parseKeys } from './keys.ts';
import { type PaymentwallNotification, parse } from './notification.ts';
import { accept } from './reply.ts';
import { otherProduct, verify } from './verify.ts';

declare const PAYHOOKS_BUNDLED: true | undefined;

export const paymentwall: ProviderFolder<PaymentwallNotification, PaymentwallKeys, PaymentwallAccount> = {
  name: 'paymentwall',
  config: typeof PAYHOOKS_BUNDLED === 'undefined' ? config : NOT_BUNDLED,
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
