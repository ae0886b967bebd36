/** Trustly Americas (formerly PayWithMyBank): form-encoded events, HMAC in the Authorization header. */
import { type IntakeProvider, NOT_BUNDLED, type ProviderFolder } from '../provider.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { config } from './config.ts';
import { explain } from './explain.ts';
import { readFacts } from './facts.ts';
import { normalize } from './normalize.ts';
import { type AmericasNotification, parseNotification } from './notification.ts';
import { probe } from './probe.ts';
import { ACCEPTED } from './reply.ts';
import { rules } from './rules.ts';
import { statedAt } from './stated-at.ts';
import { type AmericasKeys, parseKeys, UNCHECKABLE_REASONS, verify } from './verify.ts';

/** Only for intake: what only the worker needs is not in its bundle. */
declare const PAYHOOKS_BUNDLED: true | undefined;

export const trustlyAmericasIntake: IntakeProvider<
  AmericasNotification,
  AmericasKeys,
  TrustlyAmericasAccount
> = {
  name: 'trustly-americas',
  method: 'POST',
  parseKeys,
  verify,
  explain,
  accept: () => ACCEPTED,
  probe,
};

export const trustlyAmericas: ProviderFolder<AmericasNotification, AmericasKeys, TrustlyAmericasAccount> = {
  name: 'trustly-americas',
  method: 'POST',
  config: typeof PAYHOOKS_BUNDLED === 'undefined' ? config : NOT_BUNDLED,
  parseKeys,
  verify,
  explain,
  accept: () => ACCEPTED,
  probe,
  parse: (message) => parseNotification(message),
  uncheckableReasons: UNCHECKABLE_REASONS,
  statedAt,
  normalize,
  readFacts,
  rules,
  importKey: { form: /^[0-9]{1,32}$/, example: '1028606616' },
};
