/**
 * The whole local stack on each engine, with workers that are killed (SIGKILL) while notifications arrive. The
 * transition worker dies during its work. The fulfilment worker dies mostly before a delivery: after a kill during a
 * delivery the effect waits for the end of its lease, which workers.integration.test.ts tests.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../local/aws/engines/dynamodb.ts';
import { queueUrl } from '../../local/aws/sqs.ts';
import { type SignedRequest, sampleRequest } from '../../local/demo/samples.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, type PaymentView, read, send } from '../local/client.ts';
import { emfOf } from '../operations/watched.ts';
import { describeOnEngines } from '../support/engines.ts';

const ACCOUNTS = ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'];
const PAYMENTS = 12;
const KILLS = 3;
const WAIT = { timeout: 280_000, interval: 100 };

async function sendUntilTaken(request: SignedRequest): Promise<void> {
  const { status } = await send(request);
  if (status !== 200) throw new Error(`answered ${status}`);
}

describeOnEngines('a stack with killed workers', (start) => {
  let engine: Engine;
  let stack: LocalStack;
  beforeAll(async () => {
    engine = await start();
    stack = await startLocalStack({ engine: engine.endpoint });
    // A message whose receiver died becomes visible after two seconds; in the deployed stack after three minutes.
    for (const name of Object.keys(await stack.queues())) {
      await stack.sqs.call('SetQueueAttributes', {
        QueueUrl: queueUrl(name),
        Attributes: { VisibilityTimeout: '2' },
      });
    }
  });
  afterAll(async () => {
    await stack?.stop();
    await engine?.stop();
  });

  const fulfils = () => stack.shop.list().filter(({ type }) => type === 'fulfil');
  const requests = (): SignedRequest[] =>
    Array.from({ length: PAYMENTS }, (_, n) => {
      const request = sampleRequest(accountOf(stack, ACCOUNTS[n % ACCOUNTS.length] ?? ''));
      if (request === undefined) throw new Error('no sample');
      return request;
    });

  /** Kills the worker up to KILLS times, each time while it holds messages of its queue. */
  async function killInFlight(worker: string, queue: string): Promise<number> {
    const name = Object.keys(await stack.queues()).find((each) => each.endsWith(queue)) ?? '';
    let kills = 0;
    // When every payment is fulfilled, the remaining kills are left out.
    while (kills < KILLS && fulfils().length < PAYMENTS) {
      await sleep(20);
      const { inFlight = 0 } = (await stack.queues())[name] ?? {};
      if (inFlight > 0 && (await stack.functions.kill(worker)) > 0) kills += 1;
    }
    return kills;
  }

  it('a stack with killed workers loses no notification: every payment is paid and gets one fulfil', async () => {
    // The fulfilment worker starts cold, so that a kill comes while it loads and before it takes a lease.
    await stack.functions.kill('fulfilment-worker');
    const killing = Promise.all([
      killInFlight('transition-worker', 'notifications'),
      killInFlight('fulfilment-worker', 'fulfilment'),
    ]);
    const stream = requests().map(async (request, n) => {
      await sleep(n * 35);
      await sendUntilTaken(request);
      // The provider sends a copy.
      await sendUntilTaken(request);
    });
    await Promise.all(stream);
    for (const kills of await killing) expect(kills).toBeGreaterThan(0);

    const statuses = async () =>
      (await read<PaymentView[]>(stack, 'payments'))?.map(({ status, grant }) => `${status} ${grant.state}`);
    await expect.poll(statuses, WAIT).toEqual(Array(PAYMENTS).fill('paid granted'));
    await expect.poll(() => fulfils().length, WAIT).toBe(PAYMENTS);
    expect(new Set(fulfils().map(({ payment }) => payment)).size).toBe(PAYMENTS);
    // Copies of one event are not counted: when a worker dies after a delivery and before its write, the effect is
    // delivered again.

    // The next worker counts what a killed worker did not count, so no kill raises the alarm `conservation`.
    const unsettled = () => {
      const lines = emfOf(stack.functions.logs().map(({ line }) => line));
      const idsOf = (metric: string) =>
        lines.filter((line) => line[metric] === 1).map(({ correlationId }) => correlationId);
      const settled = new Set(idsOf('Settled'));
      expect(idsOf('Accepted').length).toBeGreaterThanOrEqual(2 * PAYMENTS);
      return idsOf('Accepted').filter((id) => !settled.has(id));
    };
    await expect.poll(unsettled, WAIT).toEqual([]);
  });
});
