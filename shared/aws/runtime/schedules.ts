/** The dependencies of the confirmer, the reconciler and the probe in AWS. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ANSWERS } from '../../app/http/intake-http.ts';
import { config } from '../../app/platform/config.ts';
import type { ConfirmDeps } from '../../app/schedules/confirm.ts';
import type { ProbeDeps } from '../../app/schedules/probe.ts';
import { createProviderClient } from '../../app/schedules/provider-client.ts';
import type { ReconcileDeps } from '../../app/schedules/reconcile.ts';
import { providers } from '../../providers/index.ts';
import { dynamoClient, sqsClient } from '../clients.ts';
import { dynamoStore } from '../dynamodb-store.ts';
import { WORKER_PATIENCE } from '../patience.ts';
import { sqsQueue } from '../sqs-queue.ts';
import { envelopeKeysFrom, targetFrom, workerSecrets, workerTelemetry } from './workers.ts';

function polling() {
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

export const confirmRuntime = (): ConfirmDeps => polling().deps;

export function reconcileRuntime(): ReconcileDeps {
  const { deps, secrets } = polling();
  return { ...deps, providers, target: targetFrom(secrets, deps.clock) };
}

export function probeRuntime(): ProbeDeps {
  const base = workerTelemetry();
  const { accounts, environment, publicUrl } = config;
  return {
    ...base,
    accounts,
    environment,
    publicUrl,
    providers,
    ownAnswers: ANSWERS,
    secrets: workerSecrets(base),
  };
}
