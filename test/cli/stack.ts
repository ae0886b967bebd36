/** A local stack with an account that holds payments without an order, and the functions that send to the stack. */
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import type { RequestsView } from '../../console/contract.ts';
import { parseConfig } from '../../infra/config.ts';
import { SOURCE_IP_HEADER } from '../../local/aws/gateway.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import type { Store } from '../../shared/app/ports.ts';
import { effectItem } from '../../shared/app/table/rows.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import type { Effect } from '../../shared/payment/types.ts';
import { accountOf, isWorkedOff, paymentOf, type Reply, send } from '../local/client.ts';

/** The speed of a computer must not decide a test: the limit only ends a test that hangs. */
export const WAIT = { timeout: 120_000, interval: 50 };

/**
 * `goods` has `unknownOrder: 'trust'`, `strict` has `unknownOrder: 'hold'`.
 * @param settings beside those of every stack here
 */
export const startStack = (settings: object = {}): Promise<LocalStack> =>
  startLocalStack({
    config: parseConfig({
      environment: 'sandbox',
      target: { type: 'eventbridge' },
      policy: { amountCheck: 'when-present', unknownOrder: 'trust' },
      accounts: [
        { provider: 'trustly-americas', account: 'demo' },
        { provider: 'trustly-europe', account: 'demo' },
        { provider: 'paymentwall', account: 'goods', api: 'digital_goods', signatureVersion: 3 },
        {
          ...{ provider: 'paymentwall', account: 'strict', api: 'digital_goods', signatureVersion: 3 },
          policy: { unknownOrder: 'hold' },
        },
      ],
      ...settings,
    }),
  });

export const newRef = (): string => `b${randomInt(1_000_000_000, 9_999_999_999)}`;

export interface Pingback {
  readonly ref: string;
  readonly account?: 'goods' | 'strict';
  readonly uid?: string;
  readonly goods?: string;
  readonly type?: string;
  /** A key in place of the account's own. */
  readonly secretKey?: string;
}

/** The signed query of a pingback, which is the message that rows keep. */
export function pingbackQuery(stack: LocalStack, pingbackOf: Pingback): string {
  const { ref, account = 'goods', uid = 'shopper-7', goods = 'gold', type = '0' } = pingbackOf;
  const current = accountOf(stack, `paymentwall/${account}`).credentials.current as {
    readonly secretKey: string;
  };
  const { secretKey = current.secretKey } = pingbackOf;
  const params = [
    ['uid', uid],
    ['goodsid', goods],
    ['slength', ''],
    ['speriod', ''],
    ['type', type],
    ['ref', ref],
  ] as const;
  return signPingback(params, { secretKey, api: 'digital_goods', version: 3 });
}

/**
 * Sends a pingback as Paymentwall does, and again after a 503.
 * @param from the source address of the request · @param how `sendOnce` where the test expects 503
 */
export function pingback(
  stack: LocalStack,
  pingbackOf: Pingback,
  { from, how = send }: { readonly from?: string; readonly how?: typeof send } = {},
): Promise<Reply> {
  const { url, method } = accountOf(stack, `paymentwall/${pingbackOf.account ?? 'goods'}`);
  const headers = from === undefined ? {} : { [SOURCE_IP_HEADER]: from };
  return how({ method, url: `${url}?${pingbackQuery(stack, pingbackOf)}`, headers });
}

/** Sends a pingback and waits until the payment and its effects are final. */
export async function paid(stack: LocalStack, sent: Pingback): Promise<string> {
  const key = `paymentwall:${sent.account ?? 'goods'}:${sent.ref}`;
  expect((await pingback(stack, sent)).status).toBe(200);
  await settled(stack, key);
  return key;
}

const FINAL = ['delivered', 'superseded', 'failed'];

export async function settled(stack: LocalStack, key: string): Promise<void> {
  const states = async () => (await paymentOf(stack, key))?.effects.map(({ state }) => state);
  await expect
    .poll(states, WAIT)
    .toSatisfy((found?: string[]) => found?.every((state) => FINAL.includes(state)) === true);
  await expect.poll(() => isWorkedOff(stack), WAIT).toBe(true);
}

/** Writes the state `failed`, as the worker does after its last attempt, into a payment's fulfil; returns its id. */
export async function failFulfil(store: Store, key: string): Promise<string> {
  const row = (await readEffects(store, key)).find(({ effect }) => effect.type === 'fulfil');
  if (row === undefined) throw new Error('no fulfil');
  const effect: Effect = { ...row.effect, state: 'failed', attempts: 56 };
  await store.write([
    { put: effectItem({ effect, version: row.version + 1 }, effect.updatedAt), when: 'always' },
  ]);
  return effect.id;
}

/** The newest requests as the console shows them, the newest first. */
export async function requestsOf(stack: LocalStack): Promise<RequestsView['requests']> {
  const answer = await fetch(`${stack.baseUrl}/_local/api/v1/requests`);
  return ((await answer.json()) as RequestsView).requests;
}

/** How often the shop received this event. */
export const copies = (stack: LocalStack, id: string): number =>
  stack.shop.list().find((fulfilment) => fulfilment.id === id)?.copies ?? 0;
