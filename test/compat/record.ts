/**
 * Records the messages and rows that this version writes: `node test/compat/record.ts > test/compat/v1.json`. Run it
 * once for each released version that changes an envelope or the layout of a row. A recording is never edited.
 */

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { type EventFields, httpEvent } from '../support/http-event.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { type Recording, workers } from './worker.ts';

const policy = { amountCheck: 'when-present', unknownOrder: 'trust' };
const settings = {
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    { provider: 'trustly-americas', account: 'shop', policy },
    { provider: 'trustly-europe', account: 'shop', policy: { ...policy, unknownOrder: 'hold' } },
    { provider: 'paymentwall', account: 'shop', api: 'digital_goods', signatureVersion: 3, policy },
  ],
};

const rsa = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
const [merchant, trustly] = [rsa(), rsa()];
const americasKey = { accessId: 'recorded', accessKey: randomUUID() };
const secretKey = randomUUID().replaceAll('-', '');
const envelopeKey = { current: `${randomUUID()}${randomUUID()}`.replaceAll('-', '') };
const secretTexts: Readonly<Record<string, object>> = {
  'payhooks/sandbox/trustly-americas/shop': { current: americasKey },
  'payhooks/sandbox/trustly-europe/shop': {
    current: { privateKey: merchant.privateKey },
    trustly: { current: trustly.publicKey },
  },
  'payhooks/sandbox/paymentwall/shop': { current: { secretKey } },
  'payhooks/sandbox/envelope-key': envelopeKey,
};

const americas: Omit<EventFields, 'timeEpoch'> = {
  method: 'POST',
  ...signAmericas(
    {
      merchantId: '1002463580',
      merchantReference: 'order-1',
      paymentType: '2',
      transactionType: '3',
      eventId: '9000000001',
      eventType: 'Complete',
      objectId: '1000000001',
      objectType: 'Transaction',
      parentObjectId: '1000000000',
      message: '',
      timeZone: 'Etc/UTC',
      createdAt: '1701986450000',
      fiName: 'Demo Bank',
      status: '4',
      statusMessage: 'Completed',
    },
    americasKey,
  ),
};
const europe: Omit<EventFields, 'timeEpoch'> = {
  method: 'POST',
  ...signEurope(
    {
      method: 'credit',
      uuid: '258a2184-2842-4485-85ca-293525152425',
      data: {
        amount: '902.50',
        currency: 'EUR',
        messageid: 'order-2',
        orderid: '2000000001',
        enduserid: 'shopper-7',
        notificationid: '9000000002',
        timestamp: '2010-01-20 14:42:04.675645+01',
        attributes: {},
      },
    },
    trustly.privateKey,
  ),
};
const params = [
  ['uid', 'shopper-7'],
  ['goodsid', 'gold'],
  ['slength', ''],
  ['speriod', ''],
  ['type', '0'],
  ['ref', 'b1'],
] as const;
const paymentwall: Omit<EventFields, 'timeEpoch'> = {
  rawQueryString: signPingback(params, { secretKey, api: 'digital_goods', version: 3 }),
};

const trustlyKey = trustly.publicKey;
const bench = workers({ settings, envelopeKey, trustlyKey });
const { clock, log, metrics, accounts } = bench.deps;
const queue = new MemoryQueue();
const secrets = createSecrets({
  fetch: async (name) => JSON.stringify(secretTexts[name]),
  clock,
  report: (sentence) => process.stderr.write(`${sentence}\n`),
});
for (const [name, request] of Object.entries({
  'trustly-americas': americas,
  'trustly-europe': europe,
  paymentwall,
})) {
  const provider = providers[name as keyof typeof providers];
  const intake = createIntake(provider, {
    accounts,
    environment: 'sandbox',
    queue,
    secrets,
    clock,
    log,
    metrics,
  });
  const event = httpEvent({ ...request, account: 'shop', timeEpoch: Date.now(), requestId: randomUUID() });
  const { statusCode } = await intake(event);
  if (statusCode !== 200) throw new Error(`${name}: ${statusCode}`);
}
const notifications = queue.bodies;
await bench.apply(...notifications);

// The payment of Trustly Europe waits for this order.
const waiting = new MemoryQueue();
const order = { reference: 'order-2', amounts: [{ currency: 'EUR', exact: '902.50' }] };
await registerOrder(bench.store, waiting, parseOrder(order, new Date().toISOString()));

const recording: Recording = {
  version: 1,
  recordedAt: new Date().toISOString(),
  settings,
  envelopeKey,
  trustlyKey,
  notifications,
  reevaluations: waiting.bodies,
  effects: bench.fulfilment.bodies,
  rows: bench.store.all(),
};
process.stdout.write(`${JSON.stringify(recording, null, 1)}\n`);
