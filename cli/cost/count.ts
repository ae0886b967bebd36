/**
 * Sends one notification through the deployed handlers with their own AWS clients, which call a counting substitute on
 * this computer: intake, transition worker, fulfilment worker. The numbers are counted, not assumed.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { parseConfig } from '../../infra/config.ts';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import { accountSecretName, createSecrets } from '../../shared/app/platform/secrets.ts';
import type { BatchHandler } from '../../shared/app/platform/worker.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { clientOptions } from '../../shared/aws/clients.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { eventBridgeTarget } from '../../shared/aws/eventbridge-target.ts';
import { jsonClient } from '../../shared/aws/json/client.ts';
import { jsonQueue, jsonSecrets } from '../../shared/aws/json/services.ts';
import { REQUEST_PATIENCE, WORKER_PATIENCE } from '../../shared/aws/patience.ts';
import { sqsPutOff, sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { type Account, type ProviderName, providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { type CountingAws, IDEMPOTENCY_TABLE, startCountingAws, TABLE } from './counting-aws.ts';
import { type Notification, newNotification, sampleAccount } from './samples.ts';
import { type Counted, nothingCounted } from './units.ts';

export const CASES = ['normal', 'duplicate', 'held', 'forged'] as const;
export type Case = (typeof CASES)[number];

export interface Counts {
  readonly intake: Counted;
  readonly transition: Counted;
  readonly fulfilment: Counted;
  readonly effects: number;
  /** Bytes that the functions logged, including metrics, and that Lambda logs about their invocations. */
  readonly logBytes: number;
}

/** Counts for a successful payment of a registered order. */
export const countOne = async (provider: ProviderName): Promise<Counts> =>
  (await countAll(provider, ['normal'])).normal;

/** Counts for each case separately, with an empty table. */
export const countCases = (provider: ProviderName): Promise<Readonly<Record<Case, Counts>>> =>
  countAll(provider, CASES);

async function countAll(provider: ProviderName, names: readonly Case[]): Promise<Record<Case, Counts>> {
  const config = parseConfig({
    environment: ENVIRONMENT,
    target: { type: 'eventbridge' },
    policy: { amountCheck: 'when-present', unknownOrder: 'hold' },
    accounts: [sampleAccount(provider)],
  });
  const [account] = config.accounts as readonly [Account];
  const [genuine, forged] = [await newNotification(account), await newNotification(account)];
  const envelopeSecret = { current: randomBytes(32).toString('hex') };
  const counted: Partial<Record<Case, Counts>> = {};
  for (const name of names) {
    const aws = await startCountingAws((secret) =>
      secret.endsWith('/envelope-key') ? JSON.stringify(envelopeSecret) : genuine.secret,
    );
    try {
      counted[name] = await countCase(name, deployedOn(aws, account, envelopeSecret), { genuine, forged });
    } finally {
      await aws.stop();
    }
  }
  return counted as Record<Case, Counts>;
}

async function countCase(
  name: Case,
  stack: Deployed,
  { genuine, forged }: Readonly<Record<'genuine' | 'forged', Notification>>,
): Promise<Counts> {
  // The first request of an environment also reads secrets, so it is not counted.
  await stack.run(forged, nothing());
  if (name !== 'held') await stack.register(genuine.order);
  if (name === 'duplicate') await stack.run(genuine, nothing());
  const counts = nothing();
  const before = stack.logged();
  const status = await stack.run(name === 'forged' ? forged : genuine, counts);
  if ((status === 200) === (name === 'forged')) throw new Error(`the ${name} sample was answered ${status}`);
  return { ...counts, effects: counts.fulfilment.events, logBytes: stack.logged() - before };
}

const nothing = () => ({
  intake: nothingCounted(),
  transition: nothingCounted(),
  fulfilment: nothingCounted(),
});

interface Deployed {
  /** Runs one request and everything that follows from it; returns the status of its answer. */
  run(notification: Notification, counts: ReturnType<typeof nothing>): Promise<number>;
  register(order: object): Promise<void>;
  /** Bytes logged so far. */
  logged(): number;
}

const ENVIRONMENT = 'sandbox';
const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'cost', secretAccessKey: 'cost' };
const BUS = 'payhooks-cost';

/** Clock and log of a case. */
class Run {
  now = ACCEPTED_AT;
  bytes = 0;
  readonly clock = (): number => this.now;
  readonly #sink = (line: string): void => {
    this.bytes += Buffer.byteLength(line) + LOG_EVENT_BYTES;
  };
  readonly log = createLog({ ...SERVICE, functionName: 'cost', clock: this.clock, sink: this.#sink });
  readonly metrics = createMetrics({
    ...SERVICE,
    namespace: 'Payhooks',
    clock: this.clock,
    sink: this.#sink,
  });
}
const SERVICE = { service: 'payhooks' };

/** The three handlers with their deployed clients (shared/aws/runtime), at another endpoint. */
function deployedOn(
  aws: CountingAws,
  account: Account,
  envelopeSecret: { readonly current: string },
): Deployed {
  const run = new Run();
  const { intake, transition, fulfilment, register } = handlersOn(aws.endpoint, run, {
    account,
    envelopeSecret,
  });
  const work = async (queue: string, handler: BatchHandler, counted: Counted): Promise<void> => {
    aws.countInto(counted);
    run.now += STEP_MS;
    for (const body of aws.take(queue)) {
      run.bytes += INVOCATION_BYTES;
      const { batchItemFailures } = await handler(received(body), CONTEXT);
      if (batchItemFailures.length > 0) throw new Error(`a message of ${queue} was not worked off`);
    }
  };
  return {
    run: async (notification, counts) => {
      aws.countInto(counts.intake);
      run.now = ACCEPTED_AT + STEP_MS;
      run.bytes += INVOCATION_BYTES;
      const { statusCode } = await intake(notification.event(ACCEPTED_AT));
      await work('notifications', transition, counts.transition);
      await work('fulfilment', fulfilment, counts.fulfilment);
      return statusCode ?? 0;
    },
    register: async (order) => {
      aws.countInto(nothingCounted());
      await register(order);
    },
    logged: () => run.bytes,
  };
}

function handlersOn(
  endpoint: string,
  { clock, log, metrics }: Run,
  { account, envelopeSecret }: { readonly account: Account; readonly envelopeSecret: object },
) {
  const base = { clock, log, metrics };
  const accounts = [account];
  const provider = providers[account.provider];
  const own = { ...clientOptions(WORKER_PATIENCE), endpoint, region: REGION, credentials: CREDENTIALS };
  const [dynamo, sqs] = [new DynamoDBClient(own), new SQSClient(own)];
  const store = dynamoStore({ client: dynamo, table: TABLE });
  const queueUrl = (name: string): string => `${endpoint}/queue/${name}`;
  const call = jsonClient({
    endpoints: {
      ...{ region: REGION, fips: false, dualStack: false },
      urls: { sqs: endpoint, secretsmanager: endpoint, dynamodb: endpoint },
    },
    ...{ credentials: () => CREDENTIALS, patience: REQUEST_PATIENCE, clock: Date.now },
  });
  const secrets = createSecrets({ fetch: jsonSecrets(call), clock, report: () => {} });
  const envelopeKeys = async () => parseEnvelopeKeys(envelopeSecret);
  return {
    intake: createIntake(provider, {
      ...{ ...base, accounts, environment: ENVIRONMENT, queue: jsonQueue(call, queueUrl('notifications')) },
      secrets,
    }),
    transition: createTransitionHandler({
      ...{ ...base, store, fulfilment: sqsQueue(sqs, queueUrl('fulfilment')), providers, accounts },
      envelopeKeys,
      publicKeys: () => {
        const name = accountSecretName(ENVIRONMENT, account);
        const parse = (value: unknown) => provider.publicKeySignature?.parseKeys(value, account);
        return secrets.read({ name, parse }, AbortSignal.timeout(10_000));
      },
      evidenceDays: 400,
      pause: async () => {},
      putOff: sqsPutOff(sqs, queueUrl('notifications')),
    }),
    fulfilment: createFulfilmentHandler({
      ...{ ...base, store, envelopeKeys },
      target: eventBridgeTarget({ client: new EventBridgeClient(own), busName: BUS, clock }),
      persistence: new DynamoDBPersistenceLayer({ tableName: IDEMPOTENCY_TABLE, awsSdkV3Client: dynamo }),
      putOff: sqsPutOff(sqs, queueUrl('fulfilment')),
    }),
    register: (order: object) =>
      registerOrder(
        store,
        sqsQueue(sqs, queueUrl('notifications')),
        parseOrder(order, new Date(clock()).toISOString()),
      ),
  };
}

/**
 * Time of the gateway's time stamp; each function adds a fixed step. A real clock would change the length of log lines.
 */
const ACCEPTED_AT = Date.UTC(2026, 0, 1);
const STEP_MS = 100;

/** CloudWatch Logs adds this many bytes to every event. */
const LOG_EVENT_BYTES = 26;

const REQUEST_UUID = '8f507cfc-0000-4697-b07a-ac58fc914c95';
/** Lambda's own lines about an invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
const INVOCATION_BYTES = [
  `START RequestId: ${REQUEST_UUID} Version: $LATEST`,
  `END RequestId: ${REQUEST_UUID}`,
  `REPORT RequestId: ${REQUEST_UUID}\tDuration: 120.83 ms\tBilled Duration: 121 ms\tMemory Size: 512 MB\tMax Memory Used: 101 MB\t`,
].reduce((sum, line) => sum + Buffer.byteLength(line) + 1 + LOG_EVENT_BYTES, 0);

const CONTEXT = {
  functionName: 'payhooks-cost',
  awsRequestId: REQUEST_UUID,
  getRemainingTimeInMillis: () => 30_000,
} as Context;

const received = (body: string): SQSEvent => ({
  Records: [
    {
      ...{ messageId: randomUUID(), receiptHandle: 'cost', body, md5OfBody: '', messageAttributes: {} },
      ...{ eventSource: 'aws:sqs', eventSourceARN: '', awsRegion: REGION },
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(ACCEPTED_AT),
        SenderId: 'cost',
        ApproximateFirstReceiveTimestamp: String(ACCEPTED_AT),
      },
    },
  ],
});
