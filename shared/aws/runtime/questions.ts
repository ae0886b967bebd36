/** The additional dependencies of an intake whose accounts have questions. */

import { parseSigningKeys, type SigningKeys } from '../../app/fulfilment/targets/https.ts';
import { httpsAsk } from '../../app/http/decision-hook.ts';
import type { IntakeDeps } from '../../app/http/intake.ts';
import type { AnswerDeps } from '../../app/http/withdrawal-kyc-answers.ts';
import { config } from '../../app/platform/config.ts';
import { decisionSecretName, type SecretOf } from '../../app/platform/secrets.ts';
import type { Account } from '../../providers/index.ts';
import { dynamoClient } from '../clients.ts';
import { dynamoStore } from '../dynamodb-store.ts';
import { DECISION_PATIENCE } from '../patience.ts';

/** @param intake its secrets' cache, log, metrics and clock are shared */
export function questionRuntime({ secrets, clock, log, metrics }: IntakeDeps): AnswerDeps {
  const secretOf = ({ account }: Account): SecretOf<SigningKeys> => ({
    name: decisionSecretName(config.environment, account),
    parse: (secret) => parseSigningKeys(secret, 'decision'),
  });
  return {
    ...{ clock, log, metrics },
    store: dynamoStore({ client: dynamoClient(DECISION_PATIENCE), table: config.table }),
    ask: httpsAsk(config.decisionUrls, clock),
    keys: (account, signal) => secrets.read(secretOf(account), signal),
  };
}
