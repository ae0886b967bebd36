/** What the workers, the sweeper and checkout run on in AWS. */
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { providers } from '../../providers/index.ts';
import type { ApplyDeps } from '../apply.ts';
import type { CheckoutDeps } from '../checkout.ts';
import {
  dynamoClient,
  eventBridgeClient,
  type Patience,
  REQUEST_PATIENCE,
  secretsClient,
  sqsClient,
  WORKER_PATIENCE,
} from '../clients.ts';
import { config } from '../config.ts';
import type { FulfilmentDeps } from '../fulfilment-handler.ts';
import type { Clock } from '../ports.ts';
import { sqsPutOff, sqsQueue } from '../queue.ts';
import type { RedirectDeps } from '../redirect.ts';
import { parseEnvelopeKeys } from '../seal.ts';
import {
  createSecrets,
  envelopeSecretName,
  type SecretOf,
  type Secrets,
  secretsManager,
  targetSecretName,
} from '../secrets.ts';
import { dynamoStore } from '../store.ts';
import type { SweepDeps } from '../sweep.ts';
import { eventBridgeTarget } from '../targets/eventbridge.ts';
import { httpsTarget, parseSigningKeys } from '../targets/https.ts';
import type { Deliverable, Target } from '../targets/target.ts';
import { jitteredPause } from '../transact.ts';
import type { TransitionDeps } from '../transition-handler.ts';
import { powertoolsLog } from './powertools-log.ts';
import { powertoolsMetrics } from './powertools-metrics.ts';
import { secretProblem, type Telemetry } from './telemetry.ts';

const SECRET_TIMEOUT_MS = 5_000;

/** As `telemetry`, written by Powertools. */
export function workerTelemetry(): Telemetry {
  const clock: Clock = Date.now;
  const { service, metricsNamespace: namespace } = config;
  const log = powertoolsLog(service);
  return { clock, log, metrics: powertoolsMetrics({ namespace, service, clock, log }) };
}

export function transitionRuntime(): TransitionDeps {
  const base = workerTelemetry();
  const { table, vaultTable: vault } = config;
  const sqs = sqsClient(WORKER_PATIENCE);
  return {
    ...base,
    store: dynamoStore({ client: dynamoClient(WORKER_PATIENCE), table, vault }),
    fulfilment: sqsQueue(sqs, config.fulfilmentQueueUrl),
    providers,
    accounts: config.accounts,
    envelopeKeys: envelopeKeysFrom(workerSecrets(base)),
    evidenceDays: config.evidenceDays,
    pause: jitteredPause,
    putOff: sqsPutOff(sqs, config.notificationsQueueUrl),
  };
}

export function fulfilmentRuntime(): FulfilmentDeps {
  const base = workerTelemetry();
  const secrets = workerSecrets(base);
  const client = dynamoClient(WORKER_PATIENCE);
  return {
    ...base,
    store: dynamoStore({ client, table: config.table }),
    target: targetFrom(secrets, base.clock),
    envelopeKeys: envelopeKeysFrom(secrets),
    persistence: new DynamoDBPersistenceLayer({ tableName: config.idempotencyTable, awsSdkV3Client: client }),
    idempotencyDays: config.idempotencyDays,
    putOff: sqsPutOff(sqsClient(WORKER_PATIENCE), config.fulfilmentQueueUrl),
  };
}

export function sweepRuntime(): SweepDeps {
  const sqs = sqsClient(WORKER_PATIENCE);
  return {
    ...workerTelemetry(),
    store: dynamoStore({ client: dynamoClient(WORKER_PATIENCE), table: config.table }),
    fulfilment: sqsQueue(sqs, config.fulfilmentQueueUrl),
    notifications: sqsQueue(sqs, config.notificationsQueueUrl),
  };
}

export function checkoutRuntime(): CheckoutDeps {
  const base = workerTelemetry();
  return {
    ...base,
    store: dynamoStore({ client: dynamoClient(WORKER_PATIENCE), table: config.table }),
    notifications: sqsQueue(sqsClient(WORKER_PATIENCE), config.notificationsQueueUrl),
    secrets: workerSecrets(base),
    accounts: config.accounts,
    environment: config.environment,
    publicUrl: config.publicUrl,
  };
}

export function redirectRuntime(): RedirectDeps {
  const base = workerTelemetry();
  // A shopper waits.
  return {
    ...base,
    store: dynamoStore({ client: dynamoClient(REQUEST_PATIENCE), table: config.table }),
    secrets: workerSecrets(base, REQUEST_PATIENCE),
    accounts: config.accounts,
    environment: config.environment,
  };
}

export function workerSecrets(
  { clock, log, metrics }: Telemetry,
  patience: Patience = WORKER_PATIENCE,
): Secrets {
  return createSecrets({
    fetch: secretsManager(secretsClient(patience)),
    clock,
    report: secretProblem({ log, metrics }),
  });
}

/** The newest value when the cached one didn't fit, as often as the cache allows; else the cached one. */
function keptFresh<T>(secrets: Secrets, secret: SecretOf<T>): (fresh: boolean) => Promise<T> {
  return async (fresh) => {
    const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
    const reread = fresh ? await secrets.reread(secret, signal) : undefined;
    return reread ?? secrets.read(secret, signal);
  };
}

export const envelopeKeysFrom = (secrets: Secrets): ApplyDeps['envelopeKeys'] =>
  keptFresh(secrets, { name: envelopeSecretName(config.environment), parse: parseEnvelopeKeys });

export function targetFrom(secrets: Secrets, clock: Clock): Target<Deliverable> {
  const { target } = config;
  if (target.type === 'eventbridge') {
    return eventBridgeTarget(eventBridgeClient(WORKER_PATIENCE), target.busName);
  }
  const keys = keptFresh(secrets, {
    name: targetSecretName(config.environment),
    parse: parseSigningKeys,
  });
  return httpsTarget({ url: target.url, keys: () => keys(false), clock });
}
