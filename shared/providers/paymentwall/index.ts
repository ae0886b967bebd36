/** Paymentwall (Terminal3): pingbacks in the query string, signed with MD5 or SHA-256, answered with OK. */
import { NOT_BUNDLED, type ProviderFolder } from '../provider.ts';
import type { PaymentwallAccount } from './account.ts';
import { config } from './config.ts';
import { explain } from './explain.ts';
import { normalize, readFacts } from './facts.ts';
import { type PaymentwallKeys, parseKeys } from './keys.ts';
import { type PaymentwallNotification, parse } from './notification.ts';
import { probe } from './probe.ts';
import { accept } from './reply.ts';
import { rules } from './rules.ts';
import { otherProduct, verify } from './verify.ts';

declare const PAYHOOKS_BUNDLED: true | undefined;

export const paymentwall: ProviderFolder<PaymentwallNotification, PaymentwallKeys, PaymentwallAccount> = {
  name: 'paymentwall',
  method: 'GET',
  config: typeof PAYHOOKS_BUNDLED === 'undefined' ? config : NOT_BUNDLED,
  parseKeys,
  verify,
  explain,
  otherProduct,
  accept,
  probe,
  parse,
  normalize,
  readFacts,
  rules,
  importKey: { form: /^[^/]{1,64}\/(?:0|[1-9][0-9]{0,2})$/, example: 'b1493096790/0' },
};

export type { PaymentwallNotification } from './notification.ts';
export { REASONS, TYPES } from './tables.ts';
