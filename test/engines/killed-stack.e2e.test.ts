/**
 * The whole local stack on each engine, its workers killed (SIGKILL) while notifications stream in. The transition
 * worker dies in the middle of its work; the fulfilment worker so often that it hardly ever gets to a delivery
 * (one that dies inside a delivery waits out its lease: workers.integration.test.ts has those).
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
    // A message whose receiver died is back after its visibility timeout: deployed three minutes, here two seconds.
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

  /** Ends the worker as often as KILLS says, each time while it holds messages of its queue. */
  async function killInFlight(worker: string, queue: string): Promise<number> {
    const name = Object.keys(await stack.queues()).find((each) => each.endsWith(queue)) ?? '';
    let kills = 0;
    // When everything is fulfilled before the last kill is due, that one falls on nobody.
    while (kills < KILLS && fulfils().length < PAYMENTS) {
      await sleep(20);
      const { inFlight = 0 } = (await stack.queues())[name] ?? {};
      if (inFlight > 0 && (await stack.functions.kill(worker)) > 0) kills += 1;
    }
    return kills;
  }

  it('a stack with killed workers loses no notification: every payment is paid and gets one fulfil', async () => {
    // Cold from here on: it is killed while it loads, with messages in flight, before it can take a lease.
    await stack.functions.kill('fulfilment-worker');
    const killing = Promise.all([
      killInFlight('transition-worker', 'notifications'),
      killInFlight('fulfilment-worker', 'fulfilment'),
    ]);
    const stream = requests().map(async (request, n) => {
      await sleep(n * 35);
      await sendUntilTaken(request);
      // The provider tries again, as it does when it is not sure.
      await sendUntilTaken(request);
    });
    await Promise.all(stream);
    for (const kills of await killing) expect(kills).toBeGreaterThan(0);

    const statuses = async () =>
      (await read<PaymentView[]>(stack, 'payments'))?.map(({ status, grant }) => `${status} ${grant.state}`);
    await expect.poll(statuses, WAIT).toEqual(Array(PAYMENTS).fill('paid granted'));
    await expect.poll(() => fulfils().length, WAIT).toBe(PAYMENTS);
    expect(new Set(fulfils().map(({ payment }) => payment)).size).toBe(PAYMENTS);
    // Copies of one event are not counted: a worker that dies between the delivery and its mark, killed here or by its
    // time limit on a busy computer, leaves a delivery that is made once more.

    // A worker that died before it counted left that to the next one: no kill makes the alarm `conservation` ring.
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
