/** Makes the dependencies of shared/app from a connection. */

import type { QueueName } from '../infra/functions.ts';
import type { OperateDeps } from '../shared/app/operator/holds.ts';
import type { RederiveDeps } from '../shared/app/operator/rederive.ts';
import { createLog } from '../shared/app/platform/log.ts';
import { type EnvelopeKeys, parseEnvelopeKeys } from '../shared/app/platform/seal.ts';
import { envelopeSecretName } from '../shared/app/platform/secrets.ts';
import type { Queue } from '../shared/app/ports.ts';
import { jitteredPause } from '../shared/app/table/attempts.ts';
import { sqsQueue } from '../shared/aws/sqs-queue.ts';
import { providers } from '../shared/providers/index.ts';
import type { Connection } from './connect.ts';
import { readSecret } from './secret-store.ts';

export async function queueOf(connection: Connection, name: QueueName): Promise<Queue> {
  return sqsQueue(connection.clients.sqs, await connection.queueUrl(name));
}

/** The report says what was done; log lines of the library would disturb it. */
const silent = createLog({
  service: 'payhooks',
  functionName: 'command-line',
  clock: () => Date.now(),
  sink: () => {},
});

export async function operateDeps(connection: Connection): Promise<OperateDeps> {
  const { store, config } = connection;
  return {
    store,
    clock: () => Date.now(),
    pause: jitteredPause,
    fulfilment: await queueOf(connection, 'fulfilment'),
    providers,
    accounts: config.accounts,
    log: silent,
  };
}

export async function rederiveDeps(connection: Connection): Promise<RederiveDeps> {
  return { ...(await operateDeps(connection)), envelopeKeys: envelopeKeysOf(connection) };
}

/** The keys, read once per command. They open sealed data, of which nothing is printed. */
export function envelopeKeysOf(connection: Connection): (fresh: boolean) => Promise<EnvelopeKeys> {
  let keys: Promise<EnvelopeKeys> | undefined;
  return () => {
    keys ??= readSecret(connection, envelopeSecretName(connection.environment)).then(parseEnvelopeKeys);
    return keys;
  };
}
