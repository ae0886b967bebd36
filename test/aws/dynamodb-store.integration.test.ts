/** The store on DynamoDB engines: conditions, transactions and contention, and the workers on this store. */

import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../local/aws/engines/dynamodb.ts';
import { onceWith } from '../../shared/app/fulfilment/idempotency.ts';
import type { Item, Store } from '../../shared/app/ports.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { jitteredPause } from '../../shared/app/table/attempts.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { describeOnEngines } from '../support/engines.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { createIdempotencyTable, createMainTable, engineClient } from '../support/table.ts';
import { START, workerBench } from '../support/worker-bench.ts';

const row = (pk: string, sk: string, version = 1, extra: Partial<Item> = {}): Item => ({
  pk,
  sk,
  version,
  schema: 1,
  data: { text: 'Å & =', empty: '', list: [], nested: { n: 1.5, gone: undefined } },
  ...extra,
});

describeOnEngines('dynamoStore', (start) => {
  let engine: Engine;
  let client: DynamoDBClient;
  let store: Store;
  let tables = 0;
  let idempotency: string;

  beforeAll(async () => {
    engine = await start();
    client = engineClient(engine.endpoint);
  });
  afterAll(async () => {
    client.destroy();
    await engine.stop();
  });
  beforeEach(async () => {
    const table = `payhooks-${++tables}`;
    idempotency = `${table}-idempotency`;
    await createMainTable(client, table);
    await createIdempotencyTable(client, idempotency);
    store = dynamoStore({ client, table });
  });

  it('dynamoStore accepts and refuses each condition of a write exactly as MemoryStore does', async () => {
    const model = new MemoryStore();
    const both = async (writes: Parameters<Store['write']>[0]) => {
      const results = [await store.write(writes), await model.write(writes)];
      expect(results[0]).toEqual(results[1]);
      return results[0];
    };
    const whens = ['always', 'absent', 'present', { versionIs: 1 }, { versionIs: 2 }] as const;
    for (const existing of [undefined, 1, 2]) {
      for (const [index, when] of whens.entries()) {
        const pk = `p${existing}-${index}`;
        if (existing !== undefined) await both([{ put: row(pk, 's', existing), when: 'always' }]);
        await both([{ put: row(pk, 's', 7), when }]);
        await both([{ remove: { pk, sk: 's' }, when }]);
        if (when !== 'always') await both([{ check: { pk, sk: 's' }, when }]);
        // The same condition in a transaction, beside a write whose condition holds.
        await both([
          { put: row(pk, 'other'), when: 'always' },
          { put: row(pk, 's', 8), when },
        ]);
        expect(await store.get({ pk, sk: 's' })).toEqual(await model.get({ pk, sk: 's' }));
        expect(await store.get({ pk, sk: 'other' })).toEqual(await model.get({ pk, sk: 'other' }));
      }
    }
  });

  it('a refused transaction names every refused write with the existing row', async () => {
    await store.write([{ put: row('a', 's', 3), when: 'absent' }]);
    const result = await store.write([
      { put: row('a', 's'), when: 'absent' },
      { check: { pk: 'b', sk: 's' }, when: 'absent' },
      { put: row('c', 's'), when: 'present' },
    ]);
    expect(result).toEqual({
      ok: false,
      refused: [{ index: 0, existing: await store.get({ pk: 'a', sk: 's' }) }, { index: 2 }],
    });
    expect(await store.get({ pk: 'c', sk: 's' })).toBeUndefined();
  });

  it('query returns the rows of a prefix in the order of their keys, page by page', async () => {
    for (const sk of ['a#3', 'a#1', 'b#1', 'a#2']) await store.write([{ put: row('p', sk), when: 'always' }]);
    const keys = async (options: Parameters<Store['query']>[1]) =>
      (await store.query('p', options)).map(({ sk }) => sk);
    expect(await keys({ prefix: 'a#', limit: 10 })).toEqual(['a#1', 'a#2', 'a#3']);
    expect(await keys({ prefix: 'a#', limit: 2 })).toEqual(['a#1', 'a#2']);
    expect(await keys({ prefix: 'a#', limit: 2, after: 'a#2' })).toEqual(['a#3']);
    expect(await keys({ limit: 10 })).toHaveLength(4);
  });

  it('query returns more rows than fit into a page of 1 MB', async () => {
    const data = { text: 'x'.repeat(300_000) };
    for (let n = 0; n < 5; n++) await store.write([{ put: row('p', `s${n}`, 1, { data }), when: 'always' }]);
    expect(await store.query('p', { limit: 10 })).toHaveLength(5);
  });

  it('open returns only the rows that are open and due', async () => {
    const open = (sk: string, openAt: string) => row('p', sk, 1, { openShard: 'effect#0', openAt });
    for (const item of [open('late', '2030'), open('due', '2020'), row('p', 'closed')]) {
      await store.write([{ put: item, when: 'always' }]);
    }
    expect(await store.open('effect#0', '2025', 10)).toEqual([{ pk: 'p', sk: 'due' }]);
    await store.write([{ put: row('p', 'due'), when: 'always' }]);
    expect(await store.open('effect#0', '2025', 10)).toEqual([]);
  });

  it('ten concurrent duplicates and ten concurrent messages keep every fact and send one fulfil', async () => {
    const bench = workerBench({ store });
    const apply = createApply({ ...bench.deps, pause: jitteredPause });
    const bodies = [
      ...Array.from({ length: 10 }, () => bench.envelope({ key: 'same' })),
      ...Array.from({ length: 10 }, (_, n) => bench.envelope({ key: `k${n}`, fact: `f${n}` })),
    ];
    const results = await Promise.allSettled(bodies.map((body) => apply(body)));
    // A message that failed by contention is received again, as from the queue.
    for (const [index, { status }] of results.entries())
      if (status === 'rejected') await apply(bodies[index] ?? '');
    const item = await store.get({ pk: 'payment#paymentwall:toy:p1', sk: 'payment' });
    const payment = paymentOf(item ?? row('', ''));
    expect(Object.keys(payment.facts)).toHaveLength(11);
    // One write for each event. A duplicate with an earlier receivedAt writes the payment, too.
    expect(payment.version).toBeGreaterThanOrEqual(11);
    expect(payment.version).toBeLessThanOrEqual(20);
    expect(payment.firstSeenAt).toBe(JSON.parse(bodies[0] ?? '').receivedAt);
    const effects = await readEffects(store, payment.key);
    expect(effects.filter(({ effect }) => effect.type === 'fulfil')).toHaveLength(1);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
  });

  it('one of three concurrent payments for one order is granted, two are held with order_already_paid', async () => {
    const bench = workerBench({ store, policy: { unknownOrder: 'hold' } });
    const apply = createApply({ ...bench.deps, pause: jitteredPause });
    const order = parseOrder(
      { reference: 'r1', amounts: [{ currency: 'EUR', exact: '5' }] },
      new Date(START).toISOString(),
    );
    await registerOrder(store, bench.notifications, order);
    await Promise.all(
      ['p1', 'p2', 'p3'].map((payment) => apply(bench.envelope({ key: payment, payment, reference: 'r1' }))),
    );
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(1);
    const states = await Promise.all(
      ['p1', 'p2', 'p3'].map(async (id) =>
        paymentOf((await store.get({ pk: `payment#paymentwall:toy:${id}`, sk: 'payment' })) ?? row('', '')),
      ),
    );
    expect(states.filter(({ grant }) => grant.state === 'granted')).toHaveLength(1);
    expect(states.flatMap(({ holds }) => holds.map(({ reason }) => reason))).toEqual([
      'order_already_paid',
      'order_already_paid',
    ]);
  });

  it('an order that is registered while its notifications arrive is found by every payment', async () => {
    const bench = workerBench({ store, policy: { unknownOrder: 'hold' } });
    const apply = createApply({ ...bench.deps, pause: jitteredPause });
    for (let n = 0; n < 10; n++) {
      const reference = `r${n}`;
      const at = new Date(START).toISOString();
      const order = parseOrder({ reference, amounts: [{ currency: 'EUR', exact: '5' }] }, at);
      await Promise.all([
        apply(bench.envelope({ key: reference, payment: reference, reference })),
        registerOrder(store, bench.notifications, order),
      ]);
    }
    for (const { body } of bench.notifications.sent.splice(0)) await apply(body);
    await bench.deliverAll();
    expect(bench.target.types.filter((type) => type === 'fulfil')).toHaveLength(10);
  });

  it('eight concurrent workers deliver each of the two effects of one message once', async () => {
    const bench = workerBench({ store });
    await bench.apply(bench.envelope());
    const persistence = new DynamoDBPersistenceLayer({ tableName: idempotency, awsSdkV3Client: client });
    const once = onceWith(persistence)({ getRemainingTimeInMillis: () => 30_000 } as Context);
    const body = bench.fulfilment.bodies.find((text) => text.includes('1#fulfil')) ?? '';
    const workers = Array.from({ length: 8 }, () => bench.deliver(body, { once, remainingMs: () => 30_000 }));
    await Promise.all(workers);
    expect([...bench.target.types].sort()).toEqual(['fulfil', 'payment.paid']);
    // The idempotency record alone prevents a second delivery, also if the effect's row were lost.
    await once('paymentwall:toy:p1#1#fulfil', async () => {
      throw new Error('delivered twice');
    });
  });

  it('the sweeper publishes again the effects that a failed queue left, and leaves final effects', async () => {
    const bench = workerBench({ store });
    bench.fulfilment.fails = () => {
      throw new Error('queue down');
    };
    await expect(bench.apply(bench.envelope())).rejects.toThrow('queue down');
    bench.fulfilment.fails = undefined;
    bench.time.now += 301_000;
    expect((await sweep(bench.deps, () => 60_000)).republished).toBeGreaterThan(0);
    await bench.deliverAll();
    expect(bench.target.types).toContain('fulfil');
    bench.time.now += 86_400_000;
    expect(await sweep(bench.deps, () => 60_000)).toEqual({ republished: 0, effects: 0, payments: 0 });
  });
});
