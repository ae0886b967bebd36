import type { Connection } from '../../cli/connect.ts';
import { envelopeKeysOf } from '../../cli/deps.ts';
import type { ContentDeps } from '../../shared/app/operator/kept-notifications.ts';
import { providers } from '../../shared/providers/index.ts';

/** Opens what is sealed, where copies contradict each other. The keys are read anew when those that are known do not fit. */
export function contentsOf(connection: Connection): ContentDeps {
  let keys = envelopeKeysOf(connection);
  return {
    ...{ providers, accounts: connection.config.accounts },
    envelopeKeys: (fresh) => {
      if (fresh) keys = envelopeKeysOf(connection);
      return keys(fresh);
    },
  };
}
