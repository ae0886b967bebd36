/** What the library calls of shared/aws need, made from a connection. */
import { createLog } from '../../shared/aws/log.ts';
import type { OperateDeps } from '../../shared/aws/operate.ts';
import { sqsQueue } from '../../shared/aws/queue.ts';
import type { RederiveDeps } from '../../shared/aws/rederive.ts';
import { type EnvelopeKeys, parseEnvelopeKeys } from '../../shared/aws/seal.ts';
import { envelopeSecretName } from '../../shared/aws/secrets.ts';
import { jitteredPause } from '../../shared/aws/transact.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Connection } from './connect.ts';
import { readSecret } from './secret-store.ts';

/** The report says what was done; log lines of the library would stand in its way. */
const silent = createLog({
  service: 'payhooks',
  functionName: 'command-line',
  clock: () => Date.now(),
  sink: () => {},
});

export async function operateDeps(connection: Connection): Promise<OperateDeps> {
  const { store, clients, config } = connection;
  return {
    store,
    clock: () => Date.now(),
    pause: jitteredPause,
    fulfilment: sqsQueue(clients.sqs, await connection.queueUrl('fulfilment')),
    providers,
    accounts: config.accounts,
    log: silent,
  };
}

export async function rederiveDeps(connection: Connection): Promise<RederiveDeps> {
  return { ...(await operateDeps(connection)), envelopeKeys: envelopeKeysOf(connection) };
}

/** Read once per command. They open what is sealed; nothing of it is shown. */
export function envelopeKeysOf(connection: Connection): (fresh: boolean) => Promise<EnvelopeKeys> {
  let keys: Promise<EnvelopeKeys> | undefined;
  return () => {
    keys ??= readSecret(connection, envelopeSecretName(connection.environment)).then(parseEnvelopeKeys);
    return keys;
  };
}
