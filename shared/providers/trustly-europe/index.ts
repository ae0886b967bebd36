/** Trustly Europe (EMEA): JSON-RPC 1.1 notifications, RSA-signed, answered with a signed result. */
import type { Provider, TrustlyEuropeAccount } from '../provider.ts';
import { readFacts } from './facts.ts';
import { parseKeys, type TrustlyEuropeKeys } from './keys.ts';
import { normalize, parse, type TrustlyEuropeNotification } from './notification.ts';
import { accept } from './reply.ts';
import { verify } from './verify.ts';

export const trustlyEurope: Provider<TrustlyEuropeNotification, TrustlyEuropeKeys, TrustlyEuropeAccount> = {
  name: 'trustly-europe',
  parseKeys,
  verify,
  accept,
  parse: (message) => parse(message),
  normalize,
  readFacts,
};

export type { TrustlyEuropeKeys } from './keys.ts';
export type { TrustlyEuropeNotification } from './notification.ts';
export { type Question, questionOf, readAnswer } from './question.ts';
export { answer, type ReplyData, signResult } from './reply.ts';
