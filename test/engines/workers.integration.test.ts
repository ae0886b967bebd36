/**
 * Worker processes on real engines: several writers to one payment and one order, and workers that are killed (SIGKILL)
 * at any moment. After a kill the effect can be delivered again, because the invocation's time limit bounds its lease
 * and its idempotency record.
 */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../local/aws/engines/dynamodb.ts';
import type { Store } from '../../shared/app/ports.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { dynamoStore } from '../../shared/aws/dynamodb-store.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import { describeOnEngines } from '../support/engines.ts';
import { createIdempotencyTable, createMainTable, engineClient } from '../support/table.ts';
import { bundleWorker, Fleet, type FleetOptions } from './fleet.ts';
import { paymentOfStory, problems, type Story } from './invariants.ts';
import { americas, envelopeOf, europe, type Message, paymentwall } from './messages.ts';

/** A seeded random generator (mulberry32). The order of the processes' work is not repeated. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const AMERICAS_STEPS = [
  ['Establish', '0'],
  ['Update', '1'],
  ['Authorize', '2'],
  ['Hold', '14'],
  ['Approve', '2'],
  ['Process', '3'],
  ['Complete', '4'],
  ['Dispute', '9'],
  ['Reconcile', '4'],
] as const;

/** The messages of one payment that is paid. @param reversed whether the payment is then reversed */
function storyOf(n: number, reversed: boolean): Story {
  const reference = `order-${n}`;
  const id = String(7_000_000 + n);
  const of = (messages: Message[]): Story => ({ id, reference, messages });
  if (n % 3 === 0) {
    const steps = reversed ? [...AMERICAS_STEPS, ['Reverse', '10'] as const] : AMERICAS_STEPS;
    return of(steps.map(([event, status], step) => americas(id, reference, event, status, step)));
  }
  if (n % 3 === 1) {
    const methods = ['pending', 'account', 'credit', ...(reversed ? ['debit'] : [])];
    return of(methods.map((method, step) => europe(id, reference, method, '5.00', step)));
  }
  const types = [['200'], ['201'], ['0'], ...(reversed ? [['2', '1']] : [])] as const;
  return of(types.map(([type = '', reason]) => paymentwall(id, reference, type, reason)));
}

describeOnEngines('workers as processes', (start) => {
  let engine: Engine;
  let client: DynamoDBClient;
  let store: Store;
  let script: Awaited<ReturnType<typeof bundleWorker>>;
  let names: { table: string; idempotencyTable: string };
  let tables = 0;

  beforeAll(async () => {
    [engine, script] = await Promise.all([start(), bundleWorker()]);
    client = engineClient(engine.endpoint);
  });
  afterAll(async () => {
    client?.destroy();
    script?.remove();
    await engine?.stop();
  });
  beforeEach(async () => {
    const table = `engines-${++tables}`;
    names = { table, idempotencyTable: `${table}-idempotency` };
    await createMainTable(client, names.table);
    await createIdempotencyTable(client, names.idempotencyTable);
    store = dynamoStore({ client, table });
  });

  interface Run {
    readonly stories: readonly Story[];
    readonly copies: number;
    readonly random: () => number;
    readonly orders: readonly unknown[];
  }

  /** Sends all messages in random order, registers the orders meanwhile, and waits until both queues are empty. */
  async function play(run: Run, fleet: Fleet): Promise<void> {
    const { stories, copies, random, orders } = run;
    const at = () => new Date().toISOString();
    const all = stories
      .flatMap(({ messages }) => Array.from({ length: copies }, () => messages).flat())
      .map((message) => ({ message, place: random() }))
      .sort((a, b) => a.place - b.place);
    const queue = { send: async (body: string) => fleet.send('transition', body) };
    const merchant = (async () => {
      for (const order of orders) await registerOrder(store, queue, parseOrder(order, at()));
    })();
    for (const { message } of all) fleet.send('transition', envelopeOf(message, at()));
    await fleet.drain(merchant);
    await merchant;
  }

  async function withFleet(
    options: Omit<FleetOptions, 'endpoint' | 'table' | 'idempotencyTable'>,
    body: (fleet: Fleet) => Promise<void>,
  ): Promise<void> {
    const fleet = new Fleet(script.path, { endpoint: engine.endpoint, ...names, ...options });
    try {
      await body(fleet);
    } finally {
      await fleet.stop();
    }
  }

  const orderOf = (reference: string) => ({ reference, amounts: [{ currency: 'EUR', exact: '5' }] });

  it('four workers write to one payment and one order at once: facts are joined, and one fulfil is delivered', async () => {
    const random = randomOf(tables);
    await withFleet({ workers: { transition: 4, fulfilment: 2 }, kills: 0, random }, async (fleet) => {
      const story = storyOf(3, false);
      await play({ stories: [story], copies: 3, random, orders: [orderOf(story.reference)] }, fleet);
      expect(await problems([story], store, fleet)).toEqual([]);
      const payment = await paymentOfStory(story, store);
      expect(payment).toMatchObject({ status: 'paid', grant: { epoch: 1, state: 'granted' } });
      // Each message changes the payment once. The registration of the order and some copies may change it too, but
      // not every copy of every message.
      expect(payment.version).toBeLessThanOrEqual(2 * story.messages.length);
      expect(fleet.received.get(`${payment.key}#1#fulfil`)?.copies).toBe(1);
    });
  });

  it('four payments for one order at once: one gets fulfil, three are held and get payment.duplicate', async () => {
    const random = randomOf(tables);
    await withFleet({ workers: { transition: 4, fulfilment: 2 }, kills: 0, random }, async (fleet) => {
      const stories = [1, 2, 3, 4].map((n): Story => {
        const id = `800${n}`;
        const names = ['pending', 'credit'] as const;
        return {
          id,
          reference: 'order-1',
          messages: names.map((name, step) => europe(id, 'order-1', name, '5.00', step)),
        };
      });
      await play({ stories, copies: 2, random, orders: [orderOf('order-1')] }, fleet);
      expect(await problems(stories, store, fleet)).toEqual([]);
      const types = [...fleet.received.values()].map(({ event }) => event.type);
      expect(types.filter((type) => type === 'fulfil')).toHaveLength(1);
      expect(types.filter((type) => type === 'payment.duplicate')).toHaveLength(3);
    });
  });

  it('killed workers lose no notification: every payment is paid or reversed with at most one fulfil', async () => {
    const random = randomOf(41 + tables);
    const kills = 5;
    await withFleet({ workers: { transition: 3, fulfilment: 3 }, kills, random }, async (fleet) => {
      const stories = Array.from({ length: 12 }, (_, n) => storyOf(n, n % 4 === 0));
      const orders = stories.map(({ reference }) => orderOf(reference));
      await play({ stories, copies: 2, random, orders }, fleet);
      expect(await problems(stories, store, fleet)).toEqual([]);
      for (const [n, story] of stories.entries()) {
        expect((await paymentOfStory(story, store)).status, story.id).toBe(n % 4 === 0 ? 'reversed' : 'paid');
      }
      // A kill is left out when its worker has no more messages.
      expect(Math.min(fleet.kills.transition, fleet.kills.fulfilment)).toBeGreaterThanOrEqual(kills - 2);
      // At least one kill came after the shop got the event and before the worker wrote that.
      expect(fleet.uncertain.size).toBeGreaterThan(0);
    });
    // On a busy computer, processes start slowly.
  }, 180_000);
});
