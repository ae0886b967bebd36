/** What the confirmer and the reconciler run on in AWS. */
import { setTimeout as sleep } from 'node:timers/promises';
import { providers } from '../../providers/index.ts';
import { dynamoClient, sqsClient, WORKER_PATIENCE } from '../clients.ts';
import { config } from '../config.ts';
import type { ConfirmDeps } from '../confirm.ts';
import { createProviderClient } from '../provider-client.ts';
import { sqsQueue } from '../queue.ts';
import type { ReconcileDeps } from '../reconcile.ts';
import { dynamoStore } from '../store.ts';
import { envelopeKeysFrom, targetFrom, workerSecrets, workerTelemetry } from './workers.ts';

function asking() {
  const base = workerTelemetry();
  const secrets = workerSecrets(base);
  const { environment, accounts, table, notificationsQueueUrl } = config;
  const deps: ConfirmDeps = {
    ...base,
    accounts,
    store: dynamoStore({ client: dynamoClient(WORKER_PATIENCE), table }),
    notifications: sqsQueue(sqsClient(WORKER_PATIENCE), notificationsQueueUrl),
    envelopeKeys: envelopeKeysFrom(secrets),
    client: createProviderClient({
      ...base,
      secrets,
      environment,
      baseUrls: config.providerApis,
      wait: (ms) => sleep(ms),
    }),
  };
  return { deps, secrets };
}

export const confirmRuntime = (): ConfirmDeps => asking().deps;

export function reconcileRuntime(): ReconcileDeps {
  const { deps, secrets } = asking();
  return { ...deps, providers, target: targetFrom(secrets, deps.clock) };
}
