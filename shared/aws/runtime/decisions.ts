/** What the intake of accounts with questions runs on, beside what every intake does. */
import type { TrustlyEuropeAccount } from '../../providers/provider.ts';
import { httpsAsk } from '../ask.ts';
import { DECISION_PATIENCE, dynamoClient } from '../clients.ts';
import { config } from '../config.ts';
import type { DecideDeps } from '../decide.ts';
import type { IntakeDeps } from '../intake.ts';
import { decisionSecretName, type SecretOf } from '../secrets.ts';
import { dynamoStore } from '../store.ts';
import { parseSigningKeys, type SigningKeys } from '../targets/https.ts';

/** @param intake its secrets' cache, log, metrics and clock are shared */
export function decisionRuntime({ secrets, clock, log, metrics }: IntakeDeps): DecideDeps {
  const secretOf = ({ account }: TrustlyEuropeAccount): SecretOf<SigningKeys> => ({
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
