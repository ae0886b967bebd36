/**
 * Going back one version, with the workers and the sweeper of an earlier commit (previous.ts): the old code gets new
 * messages and rows, the new code gets old messages and rows, and each finishes the effects that the other began. The
 * tests run on the built-in engine.
 */
import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, startNamed } from '../../local/aws/engines/dynamodb.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signNotification as signAmericas } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification as signEurope } from '../../local/demo/senders/trustly-europe.ts';
import { createIntake } from '../../shared/app/http/intake.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import type { Store } from '../../shared/app/ports.ts';
import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { bundleWorker, Fleet, type Kind, type Received } from '../engines/fleet.ts';
import { problems, type Story } from '../engines/invariants.ts';
import { ACCOUNTS, envelopeOf, europe, paymentwall } from '../engines/messages.ts';
import { type EventFields, httpEvent } from '../support/http-event.ts';
import { MemoryQueue } from '../support/memory-queue.ts';
import { createIdempotencyTable, createMainTable, engineClient } from '../support/table.ts';
import { TRUSTLY } from '../support/trustly-signature.ts';
import { git, readManifest, unpack } from './previous.ts';

type Previous = ReturnType<typeof unpack>;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const metrics = { emit: () => {} };

let engine: Engine;
let client: DynamoDBClient;
let today: Awaited<ReturnType<typeof bundleWorker>>;
/** The earlier version to which the stack goes back. */
let earlier: Previous;
/** An older version, which cannot read the rows of effects that today's version writes. */
let tooOld: Previous;
let store: Store;
let names: { table: string; idempotencyTable: string };
let tables = 0;

beforeAll(async () => {
  [engine, today] = await Promise.all([startNamed('built-in'), bundleWorker()]);
  client = engineClient(engine.endpoint);
  earlier = unpack('before-shared-messages');
  tooOld = unpack('before-short-rows');
});
afterAll(async () => {
  client?.destroy();
  for (const each of [today, earlier, tooOld]) each?.remove();
  await engine?.stop();
});
beforeEach(async () => {
  const table = `going-back-${++tables}`;
  names = { table, idempotencyTable: `${table}-idempotency` };
  await createMainTable(client, names.table);
  await createIdempotencyTable(client, names.idempotencyTable);
  store = dynamoStore({ client, table });
});

const fleets: Fleet[] = [];
beforeEach(() => void fleets.splice(0));

/** Starts the workers of these versions, and stops them after `body`. */
async function withWorkers(
  scripts: Readonly<Record<Kind, string>>,
  body: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const options = { endpoint: engine.endpoint, ...names, workers: { transition: 1, fulfilment: 1 } };
  const fleet = new Fleet(scripts, { ...options, kills: 0, random: () => 0.5 });
  fleets.push(fleet);
  try {
    await body(fleet);
  } finally {
    await fleet.stop();
  }
}
const both = (script: string): Readonly<Record<Kind, string>> => ({ transition: script, fulfilment: script });

const at = () => new Date().toISOString();
const STORIES: readonly Story[] = [1, 2].flatMap((n): readonly Story[] => {
  const [credit, ref] = [`900000${n}`, `b90000${n}`];
  return [
    {
      id: credit,
      reference: `europe-${n}`,
      messages: ['pending', 'credit', 'account', 'debit'].map((method, step) =>
        europe(credit, `europe-${n}`, method, '5.00', step),
      ),
    },
    {
      id: ref,
      reference: `wall-${n}`,
      messages: [['200'], ['0'], ['2', '1']].map(([type = '', reason]) =>
        paymentwall(ref, `wall-${n}`, type, reason),
      ),
    },
  ];
});

async function registerAll(fleet: Fleet): Promise<void> {
  const queue = { send: async (body: string) => fleet.send('transition', body) };
  for (const { reference } of STORIES) {
    const order = { reference, amounts: [{ currency: 'EUR', exact: '5' }] };
    await registerOrder(store, queue, parseOrder(order, at()));
  }
}

/** Sends the messages of every story from one step to another. */
function send(fleet: Fleet, from: number, to: number): void {
  for (const { messages } of STORIES)
    for (const message of messages.slice(from, to)) fleet.send('transition', envelopeOf(message, at()));
}

/** Runs a version's sweeper two hours later, when all effects are due. */
async function sweptBy({ sweeper }: Previous, fleet: Fleet): Promise<void> {
  const code = await import(sweeper);
  const later = Date.now() + 2 * 3_600_000;
  await code.sweep(
    {
      ...{ log: silent, metrics, clock: () => later },
      store: code.dynamoStore({ client, table: names.table }),
      fulfilment: { send: async (body: string) => fleet.send('fulfilment', body) },
      notifications: { send: async (body: string) => fleet.send('transition', body) },
    },
    () => 60_000,
  );
}

/** The events that the shop received from all fleets. */
function shop(): Fleet {
  const received = new Map<string, Received>();
  for (const fleet of fleets)
    for (const [id, { event, copies }] of fleet.received)
      received.set(id, { event, copies: copies + (received.get(id)?.copies ?? 0) });
  const altered = fleets.flatMap((fleet) => fleet.altered);
  return { received, altered, uncertain: new Set(), interrupted: new Set() } as unknown as Fleet;
}

const undelivered = async (): Promise<readonly string[]> => {
  const all = await Promise.all(
    STORIES.map(({ id }) =>
      readEffects(store, `${id.startsWith('b') ? 'paymentwall' : 'trustly-europe'}:shop:${id}`),
    ),
  );
  return all.flat().flatMap(({ effect }) => (effect.state === 'delivered' ? [] : [effect.id]));
};

const expectNoProblems = async () => {
  const found = await problems(STORIES, store, shop());
  expect(found).toEqual([]);
  const types = [...shop().received.values()].map(({ event }) => event.type);
  expect(types.filter((type) => type === 'fulfil')).toHaveLength(STORIES.length);
  expect(types.filter((type) => type === 'revoke')).toHaveLength(STORIES.length);
};

describe('going back one version', () => {
  it('notifications accepted by today’s intake are applied and delivered by the workers of the earlier version', async () => {
    await withWorkers(both(earlier.worker), async (fleet) => {
      for (const reference of ['order-1', 'order-2', 'gold']) {
        const order = { reference, amounts: ['EUR', 'USD'].map((currency) => ({ currency, open: true })) };
        await registerOrder(store, new MemoryQueue(), parseOrder(order, at()));
      }
      for (const body of await acceptedToday()) fleet.send('transition', body);
      await fleet.drain();
      for (const key of [
        'trustly-americas:shop:1000000001',
        'trustly-europe:shop:2000000001',
        'paymentwall:shop:b1',
      ]) {
        const row = await store.get(paymentKeyOf(key));
        expect(row && paymentOf(row).status, key).toBe('paid');
        expect(fleet.received.get(`${key}#1#fulfil`)?.copies, key).toBe(1);
      }
    });
  });

  it('the effects of today’s worker are delivered by the earlier version, the second of a message by the sweeper', async () => {
    await withWorkers({ transition: today.path, fulfilment: earlier.worker }, async (fleet) => {
      await registerAll(fleet);
      send(fleet, 0, 2);
      await fleet.drain();
      // The earlier version does not know the field that names a second effect, and no other message names that effect.
      expect((await undelivered()).length).toBeGreaterThan(0);
      await sweptBy(earlier, fleet);
      await fleet.drain();
      expect(await undelivered()).toEqual([]);
      send(fleet, 2, 4);
      await fleet.drain();
      await sweptBy(earlier, fleet);
      await fleet.drain();
    });
    await expectNoProblems();
  });

  it('going back and forward again in the middle of every payment loses nothing and delivers nothing twice', async () => {
    await withWorkers(both(today.path), async (fleet) => {
      await registerAll(fleet);
      send(fleet, 0, 1);
      await fleet.drain();
    });
    await withWorkers(both(earlier.worker), async (fleet) => {
      send(fleet, 0, 2);
      await fleet.drain();
    });
    await withWorkers(both(today.path), async (fleet) => {
      send(fleet, 0, 4);
      await fleet.drain();
    });
    await expectNoProblems();
  });

  it('the effects of the earlier version’s worker are delivered by today’s worker', async () => {
    await withWorkers({ transition: earlier.worker, fulfilment: today.path }, async (fleet) => {
      await registerAll(fleet);
      send(fleet, 0, 2);
      await fleet.drain();
      send(fleet, 2, 4);
      await fleet.drain();
    });
    await expectNoProblems();
  });
});

describe('going back too far', () => {
  it('a version too old delivers no effect of a newer version, and today’s version then delivers every effect', async () => {
    await withWorkers({ transition: today.path, fulfilment: tooOld.worker }, async (fleet) => {
      await registerAll(fleet);
      send(fleet, 0, 2);
      // Each message returns to the queue after each receive: on AWS it becomes a dead letter after the last receive.
      await expect(fleet.drain()).rejects.toThrow('was received more than 200 times');
      expect(fleet.received.size).toBe(0);
    });
    await withWorkers(both(today.path), async (fleet) => {
      send(fleet, 0, 2);
      await fleet.drain();
      send(fleet, 2, 4);
      await fleet.drain();
    });
    await expectNoProblems();
  });
});

describe('the kept code of a version', () => {
  it.each(Object.entries(readManifest()))(
    'the kept code %s has the tree of the commit in the manifest',
    (name, { commit, sharedTree }) => {
      unpack(name).remove();
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      // A shallow checkout does not have the commit: its tree cannot be compared.
      const tree = treeOf(commit);
      if (tree !== undefined) expect(tree).toBe(sharedTree);
    },
  );
});

function treeOf(commit: string): string | undefined {
  try {
    return git('rev-parse', '--verify', '--quiet', `${commit}:shared`);
  } catch {
    return undefined;
  }
}

/** The messages of today's intake for one payment of each provider. */
async function acceptedToday(): Promise<readonly string[]> {
  const americasKey = { accessId: 'compat', accessKey: randomUUID() };
  const secretKey = randomUUID().replaceAll('-', '');
  const texts: Readonly<Record<string, object>> = {
    'payhooks/sandbox/trustly-americas/shop': { current: americasKey },
    'payhooks/sandbox/trustly-europe/shop': {
      current: { privateKey: TRUSTLY.privateKey },
      trustly: { current: TRUSTLY.publicKey },
    },
    'payhooks/sandbox/paymentwall/shop': { current: { secretKey } },
    'payhooks/sandbox/envelope-key': { current: 'e'.repeat(64) },
  };
  const requests: Readonly<Record<string, Omit<EventFields, 'timeEpoch'>>> = {
    'trustly-americas': {
      method: 'POST',
      ...signAmericas(
        {
          ...{
            merchantId: '1002463580',
            merchantReference: 'order-1',
            paymentType: '2',
            transactionType: '3',
          },
          ...{
            eventId: '9000000001',
            eventType: 'Complete',
            objectId: '1000000001',
            objectType: 'Transaction',
          },
          ...{ createdAt: '1701986450000', status: '4', statusMessage: 'Completed' },
        },
        americasKey,
      ),
    },
    'trustly-europe': {
      method: 'POST',
      ...signEurope(
        {
          method: 'credit',
          uuid: '258a2184-2842-4485-85ca-293525152425',
          data: {
            ...{ amount: '902.50', currency: 'EUR', messageid: 'order-2', orderid: '2000000001' },
            ...{ enduserid: 'shopper-7', notificationid: '9000000002' },
            ...{ timestamp: '2010-01-20 14:42:04.675645+01', attributes: {} },
          },
        },
        TRUSTLY.privateKey,
      ),
    },
    paymentwall: {
      rawQueryString: signPingback(
        [
          ...([
            ['uid', 'shopper-7'],
            ['goodsid', 'gold'],
            ['slength', ''],
            ['speriod', ''],
          ] as const),
          ...([
            ['type', '0'],
            ['ref', 'b1'],
          ] as const),
        ],
        { secretKey, api: 'digital_goods', version: 3 },
      ),
    },
  };
  const queue = new MemoryQueue();
  const clock = Date.now;
  const secrets = createSecrets({
    fetch: async (name) => JSON.stringify(texts[name]),
    clock,
    report: () => {},
  });
  for (const [name, request] of Object.entries(requests)) {
    const provider = providers[name as keyof typeof providers];
    const deps = {
      accounts: ACCOUNTS,
      environment: 'sandbox',
      queue,
      secrets,
      clock,
      log: silent,
      metrics,
    } as const;
    const event = httpEvent({ ...request, account: 'shop', timeEpoch: Date.now(), requestId: randomUUID() });
    expect((await createIntake(provider, deps)(event)).statusCode, name).toBe(200);
  }
  return queue.bodies;
}
