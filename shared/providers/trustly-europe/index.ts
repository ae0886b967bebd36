/** Trustly Europe (EMEA): JSON-RPC 1.1 notifications, RSA-signed, answered with a signed result. */
import { NOT_BUNDLED, type ProviderFolder } from '../provider.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { config } from './config.ts';
import { explain } from './explain.ts';
import { readFacts } from './facts.ts';
import { parseKeys, parsePublicKeys, type TrustlyEuropeKeys } from './keys.ts';
import { normalize, parse, type TrustlyEuropeNotification } from './notification.ts';
import { probe } from './probe.ts';
import { questions } from './question.ts';
import { accept } from './reply.ts';
import { evidenceDays } from './retention.ts';
import { rules } from './rules.ts';
import { statedAt } from './stated-at.ts';
import { verify, verifyKept } from './verify.ts';

declare const PAYHOOKS_BUNDLED: true | undefined;

export const trustlyEurope: ProviderFolder<
  TrustlyEuropeNotification,
  TrustlyEuropeKeys,
  TrustlyEuropeAccount
> = {
  name: 'trustly-europe',
  method: 'POST',
  config: typeof PAYHOOKS_BUNDLED === 'undefined' ? config : NOT_BUNDLED,
  parseKeys,
  verify,
  explain,
  accept,
  probe,
  parse,
  statedAt,
  normalize,
  readFacts,
  publicKeySignature: { parseKeys: parsePublicKeys, verify: verifyKept },
  rules,
  questions,
  evidenceDays,
  importKey: { form: /^[0-9]{1,20}$/, example: '9876543456' },
};

export type { TrustlyEuropeKeys } from './keys.ts';
export type { TrustlyEuropeNotification } from './notification.ts';
export { signResult } from './reply.ts';
