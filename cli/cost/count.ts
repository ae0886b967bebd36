/**
 * One notification of a payment that succeeded, with its order registered before, through the deployed code on counting ports: intake, transition
 * worker, fulfilment worker. The numbers are counted, not assumed.
 */

import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { parseConfig } from '../../infra/config.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { createDeliver } from '../../shared/app/fulfilment/deliver.ts';
import { onceWith } from '../../shared/app/fulfilment/idempotency.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { parseEnvelopeKeys } from '../../shared/app/platform/seal.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { type Counted, CountingPersistence, CountingQueue, CountingStore, nothingCounted } from './ports.ts';

export interface Counts {
  readonly intake: Counted;
  readonly transition: Counted;
  readonly fulfilment: Counted;
  readonly effects: number;
  /** Bytes that the functions logged, metrics included. */
  readonly logBytes: number;
}

const clock = () => Date.now();

export async function countOne(): Promise<Counts> {
  const counts = { intake: nothingCounted(), transition: nothingCounted(), fulfilment: nothingCounted() };
  let logBytes = 0;
  const sink = (line: string) => {
    logBytes += Buffer.byteLength(line) + LOG_EVENT_BYTES;
  };
  const log = createLog({ service: 'payhooks', functionName: 'cost', clock, sink });
  const metrics = createMetrics({ namespace: 'Payhooks', service: 'payhooks', clock, sink });
  const base = { clock, log, metrics };
  const { accounts, environment } = parseConfig({
    environment: 'sandbox',
    target: { type: 'eventbridge' },
    policy: { amountCheck: 'when-present', unknownOrder: 'trust' },
    accounts: [{ provider: 'paymentwall', account: 'cost', api: 'digital_goods', signatureVersion: 3 }],
  });
  const secretKey = randomBytes(16).toString('hex');
  const envelopeSecret = { current: randomBytes(32).toString('hex') };

  const accepted = new CountingQueue(counts.intake);
  const secretText = (name: string): string =>
    JSON.stringify(name.endsWith('/envelope-key') ? envelopeSecret : { current: { secretKey } });
  const intake = createIntake(paymentwall, {
    ...{ ...base, accounts, environment, queue: accepted },
    secrets: createSecrets({ fetch: async (name) => secretText(name), clock, report: () => {} }),
  });
  const { statusCode } = await intake(pingback(secretKey));
  if (statusCode !== 200) throw new Error(`the sample notification was answered ${statusCode}`);

  // Both workers see the same rows, each under its own counters; the order is the merchant's and not counted.
  const rows = new CountingStore(counts.transition);
  await registerOrder(
    rows.countedBy(nothingCounted()),
    new CountingQueue(nothingCounted()),
    parseOrder(ORDER, new Date(clock()).toISOString()),
  );
  const published = new CountingQueue(counts.transition);
  const envelopeKeys = async () => parseEnvelopeKeys(envelopeSecret);
  const apply = createApply({
    ...{ ...base, store: rows, fulfilment: published, providers, accounts, envelopeKeys },
    // Paymentwall has none.
    publicKeys: async () => undefined,
    evidenceDays: 400,
    pause: async () => {},
  });
  for (const body of accepted.bodies) await apply(body);

  let effects = 0;
  const deliver = createDeliver({
    ...base,
    store: rows.countedBy(counts.fulfilment),
    target: { name: 'eventbridge', deliver: async () => void effects++ },
  });
  const onceIn = onceWith(new CountingPersistence(counts.fulfilment));
  for (const body of published.bodies) {
    await deliver(body, { once: onceIn(invocation), remainingMs: () => 30_000 });
  }
  return { ...counts, effects, logBytes };
}

const ORDER = {
  reference: 'gold_membership',
  kind: 'payment',
  amounts: [{ currency: 'EUR', exact: '9.90' }],
  use: 'once',
};

/** CloudWatch Logs adds so much to every event. */
const LOG_EVENT_BYTES = 26;

const invocation = {
  functionName: 'payhooks-cost',
  awsRequestId: 'cost',
  getRemainingTimeInMillis: () => 30_000,
} as Context;

/** As long as API Gateway's own. */
const REQUEST_ID = 'JKJaXmPLvHcESHA=';

/** As the gateway hands it over; what isn't read is left out. */
function pingback(secretKey: string): APIGatewayProxyEventV2 {
  const params = [
    ['uid', 'shopper-7'],
    ['goodsid', 'gold_membership'],
    ['slength', ''],
    ['speriod', ''],
    ['type', '0'],
    ['ref', 'b1493096790'],
  ] as const;
  const timeEpoch = clock();
  return {
    version: '2.0',
    routeKey: 'ANY /paymentwall/{account}/pingback',
    rawPath: '/paymentwall/cost/pingback',
    rawQueryString: signPingback(params, { secretKey, version: 3, api: 'digital_goods' }),
    headers: {},
    pathParameters: { account: 'cost' },
    isBase64Encoded: false,
    requestContext: {
      ...{ accountId: '', apiId: '', domainName: '', domainPrefix: '', routeKey: '', stage: '', time: '' },
      requestId: REQUEST_ID,
      timeEpoch,
      http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
    },
  };
}
