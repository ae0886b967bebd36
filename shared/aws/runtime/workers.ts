/** The dependencies of the workers, the sweeper, checkout and the redirect in AWS. */
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { FulfilmentDeps } from '../../app/fulfilment/handler.ts';
import { httpsTarget, parseSigningKeys } from '../../app/fulfilment/targets/https.ts';
import { parseBusKeys } from '../../app/fulfilment/targets/signed-detail.ts';
import type { Deliverable, Target } from '../../app/fulfilment/targets/target.ts';
import type { CheckoutDeps } from '../../app/http/checkout.ts';
import type { RedirectDeps } from '../../app/http/redirect.ts';
import { config } from '../../app/platform/config.ts';
import { parseEnvelopeKeys } from '../../app/platform/seal.ts';
import {
  accountSecretName,
  createSecrets,
  envelopeSecretName,
  type SecretOf,
  type Secrets,
  targetSecretName,
} from '../../app/platform/secrets.ts';
import type { Telemetry } from '../../app/platform/telemetry.ts';
import type { Clock } from '../../app/ports.ts';
import type { SweepDeps } from '../../app/schedules/sweep.ts';
import { jitteredPause } from '../../app/table/attempts.ts';
import type { TransitionDeps } from '../../app/transition/handler.ts';
import type { ApplyDeps } from '../../app/transition/receive.ts';
import type { Account } from '../../providers/index.ts';
import { providers } from '../../providers/index.ts';
import { dynamoClient, eventBridgeClient, secretsClient, sqsClient } from '../clients.ts';
import { dynamoStore } from '../dynamodb-store.ts';
import { eventBridgeTarget } from '../eventbridge-target.ts';
import { type Patience, REQUEST_PATIENCE, WORKER_PATIENCE } from '../patience.ts';
import { secretsManager } from '../secrets-manager.ts';
import { sqsPutOff, sqsQueue } from '../sqs-queue.ts';
import { powertoolsLog } from './powertools-log.ts';
import { secretProblem, telemetry } from './telemetry.ts';

const SECRET_TIMEOUT_MS = 5_000;

/** Like `telemetry`, with logs through Powertools. */
export const workerTelemetry = (): Telemetry => ({ ...telemetry(), log: powertoolsLog(config.service) });

export function transitionRuntime(): TransitionDeps {
  const base = workerTelemetry();
  const { table, vaultTable: vault } = config;
  const sqs = sqsClient(WORKER_PATIENCE);
  const secrets = workerSecrets(base);
  return {
    ...base,
    store: dynamoStore({ client: dynamoClient(WORKER_PATIENCE), table, vault }),
    fulfilment: sqsQueue(sqs, config.fulfilmentQueueUrl),
    providers,
    accounts: config.accounts,
    envelopeKeys: envelopeKeysFrom(secrets),
    publicKeys: publicKeysFrom(secrets),
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

export function sweepRuntime(): SweepDeps & { readonly accounts: readonly Account[] } {
  const sqs = sqsClient(WORKER_PATIENCE);
  return {
    ...workerTelemetry(),
    accounts: config.accounts,
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
  // A shopper waits for this function.
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

/**
 * Reads a secret. `fresh`, if the cached value did not fit: the newest value, as often as the cache allows; otherwise
 * the cached value.
 */
function keptFresh<T>(secrets: Secrets, secret: SecretOf<T>): (fresh: boolean) => Promise<T> {
  return async (fresh) => {
    const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
    const reread = fresh ? await secrets.reread(secret, signal) : undefined;
    return reread ?? secrets.read(secret, signal);
  };
}

export const envelopeKeysFrom = (secrets: Secrets): ApplyDeps['envelopeKeys'] =>
  keptFresh(secrets, { name: envelopeSecretName(config.environment), parse: parseEnvelopeKeys });

/**
 * The public keys of accounts whose provider signs with a private key; other accounts have none. A message that the
 * newest keys do not verify is parked, so `fresh` returns the store's answer or fails: the message is then received
 * again.
 */
export const publicKeysFrom =
  (secrets: Secrets): ApplyDeps['publicKeys'] =>
  (account, fresh) => {
    const secret: SecretOf<unknown> = {
      name: accountSecretName(config.environment, account),
      parse: (value) => providers[account.provider].publicKeySignature?.parseKeys(value, account),
    };
    const signal = AbortSignal.timeout(SECRET_TIMEOUT_MS);
    return fresh ? secrets.readNewest(secret, signal) : secrets.read(secret, signal);
  };

export function targetFrom(secrets: Secrets, clock: Clock): Target<Deliverable> {
  const { target } = config;
  const keys = keptFresh(secrets, {
    name: targetSecretName(config.environment),
    parse: target.type === 'eventbridge' ? parseBusKeys : parseSigningKeys,
  });
  if (target.type === 'eventbridge') {
    return eventBridgeTarget({
      client: eventBridgeClient(WORKER_PATIENCE),
      busName: target.busName,
      ...(target.sign ? { keys: () => keys(false) } : {}),
      clock,
    });
  }
  return httpsTarget({ url: target.url, keys: () => keys(false), clock });
}
