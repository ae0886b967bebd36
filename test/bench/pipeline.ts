/**
 * The whole stack on this computer, in two phases: publish notifications (a fifth of them twice, one in fifty forged
 * beside them), then verify that every payment was applied once and every order fulfilled once.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAccount } from '../../local/account.ts';
import { sampleRequest } from '../../local/demo/samples.ts';
import type { Fulfilment } from '../../local/demo/shop.ts';
import { demoConfig } from '../../local/project.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, isWorkedOff, type Reply, send } from '../local/client.ts';
import { type Figure, measured } from './statistics.ts';

const AT_A_TIME = 16;
const DUPLICATE_EVERY = 5;
const FORGED_EVERY = 50;
const LOOK_MS = 200;
/** Ten minutes: a message whose worker died rests for some. */
const MOST_LOOKS = 3_000;
/** Their samples say that a payment succeeded; the demo trusts what no order was registered for. */
const ACCOUNTS = ['trustly-americas/demo', 'trustly-europe/demo', 'paymentwall/goods'];

/** Published in this order by so many senders beside each other. */
async function publish(accounts: readonly LocalAccount[], count: number, say: (line: string) => void) {
  const replies: Reply[] = [];
  let forged = 0;
  let [next, duplicates] = [0, 0];
  const sender = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const account = accounts[index % accounts.length];
      const sample = account === undefined ? undefined : sampleRequest(account);
      if (sample === undefined) throw new Error('nobody can sign for an account here');
      if (index % FORGED_EVERY === 0) {
        const { status } = await send({ ...sample, url: `${sample.url}x`, body: `${sample.body ?? ''}x` });
        if (status < 400) throw new Error(`a forged notification was answered ${status}`);
        forged += 1;
      }
      replies.push(await send(sample));
      if (index % DUPLICATE_EVERY === 0) {
        replies.push(await send(sample));
        duplicates += 1;
      }
      if (index > 0 && index % 500 === 0) say(`${index} of ${count} published`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, sender));
  const refused = replies.filter(({ status }) => status !== 200);
  if (refused.length > 0) throw new Error(`${refused.length} genuine notifications were refused`);
  return { times: replies.map(({ milliseconds }) => milliseconds), forged, duplicates };
}

const fulfilled = ({ shop }: LocalStack): readonly Fulfilment[] =>
  shop.list().filter(({ type }) => type === 'fulfil');

/** Until everything was delivered; throws when for a long time nothing more was. */
async function settled(stack: LocalStack, count: number): Promise<void> {
  let [seen, looks] = [-1, 0];
  while (fulfilled(stack).length < count || !(await isWorkedOff(stack))) {
    const now = fulfilled(stack).length;
    looks = now === seen ? looks + 1 : 0;
    seen = now;
    if (looks > MOST_LOOKS)
      throw new Error(`${now} of ${count} payments were fulfilled, and no more for a long time`);
    await sleep(LOOK_MS);
  }
}

/** Every payment was told to the shop once; throws when one was not. */
function verify(stack: LocalStack, count: number): void {
  const fulfils = new Map<string, number>();
  for (const { payment, copies } of fulfilled(stack))
    fulfils.set(payment, (fulfils.get(payment) ?? 0) + copies);
  const twice = [...fulfils].filter(([, times]) => times > 1);
  if (twice.length > 0) throw new Error(`${twice.length} payments were fulfilled more than once`);
  if (fulfils.size !== count) throw new Error(`${fulfils.size} of ${count} payments were fulfilled`);
}

export async function measurePipeline(
  count: number,
  say: (line: string) => void,
): Promise<readonly Figure[]> {
  const stack = await startLocalStack({ config: demoConfig() });
  try {
    const accounts = ACCOUNTS.map((name) => accountOf(stack, name));
    const from = performance.now();
    const { times, forged, duplicates } = await publish(accounts, count, say);
    const published = performance.now();
    say('published; waiting until everything is delivered');
    await settled(stack, count);
    const done = performance.now();
    verify(stack, count);
    const counted = (what: string, value: number, unit: Figure['unit'] = 'count'): Figure => ({
      what,
      value,
      unit,
    });
    return [
      counted('notifications', count),
      counted('duplicates beside them', duplicates),
      counted('forged beside them', forged),
      measured('answer while publishing', 'ms', times),
      counted('published', (1_000 * times.length) / (published - from), 'each second'),
      counted(
        'payments applied and fulfilled once, from the first request on',
        (1_000 * count) / (done - from),
        'each second',
      ),
      counted('until everything was delivered, after the last answer', (done - published) / 1_000, 's'),
      counted('memory of this process', process.memoryUsage.rss() / 1e6, 'MB'),
    ];
  } finally {
    await stack.stop();
  }
}
