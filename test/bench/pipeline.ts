/**
 * The whole stack on this computer, in two phases: send notifications (one in five twice, one in twenty out of order,
 * and one forged notification for every fifty), then verify that every payment was applied and fulfilled once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAccount } from '../../local/account.ts';
import { type SignedRequest, sampleRequest } from '../../local/demo/samples.ts';
import { filled, scenarios } from '../../local/demo/scenarios/scenarios.ts';
import type { Fulfilment } from '../../local/demo/shop.ts';
import { signFor } from '../../local/demo/sign.ts';
import { demoConfig } from '../../local/project.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, isWorkedOff, type Reply, send } from '../local/client.ts';
import { emulatorsAlone } from './alone.ts';
import { cpuOf, memoryOf } from './processes.ts';
import { type Figure, measured } from './statistics.ts';

const AT_A_TIME = 16;
const DUPLICATE_EVERY = 5;
const FORGED_EVERY = 50;
const REORDERED_EVERY = 20;
const SAY_EVERY = 500;
const LOOK_MS = 200;
/** Reading the memory of many processes costs each process milliseconds, so it is read every five seconds. */
const LOOKS_PER_MEMORY = 25;
/** Ten minutes without progress: a message whose worker died is invisible for some minutes. */
const MOST_LOOKS = 3_000;
/** Their sample notifications report a paid payment; the demo has `unknownOrder: trust`. */
const ACCOUNTS = ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'];
/** The story of Trustly Europe that is sent out of order: `pending`, then `credit`. */
const REORDERED = 'trustly-europe/credit';

/** The notifications of the story in reverse order. */
function reordered(account: LocalAccount, index: number): readonly SignedRequest[] {
  const story = scenarios.find(({ name }) => name === REORDERED);
  if (story === undefined) throw new Error(`there is no story ${REORDERED}`);
  const now = Date.now();
  const id = String(now * 1_000_000 + index).slice(-10);
  return story.send
    .map((fields, step) => {
      const blanks = { id, order: `order-${id}`, notification: `${step + 1}${id}`, now: now + step };
      return signFor(account, filled(story.provider, fields, {}, blanks)).request;
    })
    .reverse();
}

/** Sends `count` payments, with AT_A_TIME senders at the same time. */
async function publish(accounts: readonly LocalAccount[], count: number, say: (line: string) => void) {
  const replies: Reply[] = [];
  let [next, duplicates, forged, outOfOrder] = [0, 0, 0, 0];
  const europe = accounts.find(({ provider }) => provider === 'trustly-europe');
  const sender = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const account = accounts[index % accounts.length];
      const sample = account === undefined ? undefined : sampleRequest(account);
      if (sample === undefined) throw new Error('no demo key to sign for an account');
      if (index % FORGED_EVERY === 0) {
        const { status } = await send({ ...sample, url: `${sample.url}x`, body: `${sample.body ?? ''}x` });
        if (status < 400) throw new Error(`a forged notification was answered ${status}`);
        forged += 1;
      }
      const isReordered = europe !== undefined && index % REORDERED_EVERY === REORDERED_EVERY - 1;
      const requests = isReordered ? reordered(europe, index) : [sample];
      if (isReordered) outOfOrder += 1;
      for (const request of requests) replies.push(await send(request));
      if (index % DUPLICATE_EVERY === 0) {
        replies.push(await send(sample));
        duplicates += 1;
      }
      if (index > 0 && index % SAY_EVERY === 0) say(`${index} of ${count} published`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sender));
  const refused = replies.filter(({ status }) => status !== 200);
  if (refused.length > 0) throw new Error(`${refused.length} genuine notifications were refused`);
  return { times: replies.map(({ milliseconds }) => milliseconds), forged, duplicates, outOfOrder };
}

const fulfilled = ({ shop }: LocalStack): readonly Fulfilment[] =>
  shop.list().filter(({ type }) => type === 'fulfil');

/** Observes the queues and the memory during the run. */
class Watch {
  /** By queue: the largest number of waiting messages, and when the queue last had a message (`performance.now`). */
  readonly queues = new Map<string, { most: number; lastAt: number }>();
  /** The largest memory in MB: `most` counts a shared page once, `mostApart` once in each process. */
  readonly memory = { most: 0, mostApart: 0, processes: 0 };
  readonly #stack: LocalStack;
  #isOver = false;
  #looks = 0;

  constructor(stack: LocalStack) {
    this.#stack = stack;
  }

  async look(): Promise<void> {
    for (const [name, { visible, inFlight, delayed }] of Object.entries(await this.#stack.queues())) {
      const waiting = visible + inFlight + delayed;
      const seen = this.queues.get(name) ?? { most: 0, lastAt: 0 };
      if (waiting > 0) seen.lastAt = performance.now();
      seen.most = Math.max(seen.most, waiting);
      this.queues.set(name, seen);
    }
    if (this.#looks++ % LOOKS_PER_MEMORY > 0) return;
    const { shared, apart, processes } = memoryOf(process.pid);
    this.memory.most = Math.max(this.memory.most, shared);
    this.memory.mostApart = Math.max(this.memory.mostApart, apart);
    this.memory.processes = Math.max(this.memory.processes, processes);
  }

  /** Observes until `stop`. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.look();
      await sleep(LOOK_MS);
    }
  }

  stop(): void {
    this.#isOver = true;
  }
}

/** Waits until every payment is fulfilled; throws when no further payment is fulfilled for a long time. */
async function settled(stack: LocalStack, count: number, say: (line: string) => void): Promise<void> {
  let [seen, looks, reported] = [-1, 0, 0];
  while (fulfilled(stack).length < count || !(await isWorkedOff(stack))) {
    const now = fulfilled(stack).length;
    looks = now === seen ? looks + 1 : 0;
    seen = now;
    if (now - reported >= SAY_EVERY) {
      say(`${now} of ${count} fulfilled`);
      reported = now;
    }
    if (looks > MOST_LOOKS)
      throw new Error(`${now} of ${count} payments were fulfilled, and no further payment for a long time`);
    await sleep(LOOK_MS);
  }
}

/**
 * Throws unless every payment has one `fulfil`. A delivery may be repeated under the same idempotency key, for example
 * when a function reaches its time limit on a busy computer: the shop takes it once.
 * @returns the number of repeated deliveries
 */
function verify(stack: LocalStack, count: number): number {
  const fulfils = fulfilled(stack);
  const payments = new Set(fulfils.map(({ payment }) => payment));
  const twice = fulfils.length - payments.size;
  if (twice > 0) throw new Error(`${twice} payments have a second fulfil`);
  if (payments.size !== count) throw new Error(`${payments.size} of ${count} payments were fulfilled`);
  return fulfils.reduce((sum, { copies }) => sum + copies - 1, 0);
}

/** The name of a queue without the name of the stack. */
const shortName = (name: string): string => /notifications|fulfilment/.exec(name)?.[0] ?? name;
/** Whether the queue is no dead-letter queue. */
const isOfWork = ([name]: readonly [string, unknown]): boolean => !/dead|dlq/i.test(name);
const MOST_ALONE = 1_000;
const MEMORY_BAR_MB = 1_200;

export async function measurePipeline(
  count: number,
  say: (line: string) => void,
): Promise<readonly Figure[]> {
  const stack = await startLocalStack({ config: demoConfig() });
  const watch = new Watch(stack);
  const watching = watch.run();
  try {
    const accounts = ACCOUNTS.map((name) => accountOf(stack, name));
    const cpuBefore = cpuOf(process.pid);
    const from = performance.now();
    const { times, forged, duplicates, outOfOrder } = await publish(accounts, count, say);
    const published = performance.now();
    say('published; waiting until everything is delivered');
    await settled(stack, count, say);
    const done = performance.now();
    const repeated = verify(stack, count);
    const cpuAfter = cpuOf(process.pid);
    const cpu = { all: cpuAfter.all - cpuBefore.all, own: cpuAfter.own - cpuBefore.own };
    const perSecond = (1_000 * count) / (done - from);
    say('everything was delivered once; now the same calls of table and queues alone');
    const alone = await emulatorsAlone(stack, Math.min(count, MOST_ALONE));
    const counted = (what: string, value: number, unit: Figure['unit'] = 'count'): Figure => ({
      what,
      value,
      unit,
    });
    return [
      counted('notifications', count),
      counted('duplicates beside them', duplicates),
      counted('forged beside them', forged),
      counted('sent out of order', outOfOrder),
      counted('fulfil delivered again under its idempotency key', repeated),
      measured('answer while publishing', 'ms', times),
      counted('published', (1_000 * times.length) / (published - from), 'each second'),
      counted('payments applied and fulfilled once, from the first request on', perSecond, 'each second'),
      counted('the same calls of table and queues alone', alone, 'each second'),
      counted('payments, against these calls alone (goal: at least 0.6)', perSecond / alone, 'ratio'),
      counted('until everything was delivered, after the last answer', (done - published) / 1_000, 's'),
      ...[...watch.queues]
        .filter(isOfWork)
        .flatMap(([name, { most, lastAt }]) => [
          counted(`${shortName(name)}: most that waited`, most),
          counted(
            `${shortName(name)}: empty, after the last answer`,
            Math.max(0, lastAt - published) / 1_000,
            's',
          ),
        ]),
      counted('CPU of all processes, per notification', cpu.all / count, 'ms'),
      counted('of it in this process: gateway, AWS endpoint, queues, shop, senders', cpu.own / count, 'ms'),
      counted('processes, at the most', watch.memory.processes),
      {
        ...counted('memory of all processes, at the most; a page they share once', watch.memory.most, 'MB'),
        bar: MEMORY_BAR_MB,
      },
      counted('the same, a shared page once for each process', watch.memory.mostApart, 'MB'),
    ];
  } finally {
    watch.stop();
    await watching;
    await stack.stop();
  }
}
