import type { Connection } from '../../cli/connect.ts';
import { envelopeKeysOf } from '../../cli/deps.ts';
import type { ContentDeps } from '../../shared/app/operator/kept-notifications.ts';
import { providers } from '../../shared/providers/index.ts';

/** Opens sealed notifications that contradict each other. It reads the keys again when the known ones do not fit. */
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
