/** A local stack with an account that holds what it can't match, and what the end-to-end tests send to it. */
import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { SOURCE_IP_HEADER } from '../../local/aws/gateway.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import { accountOf, isWorkedOff, paymentOf, type Reply, send } from '../local/client.ts';

/** A busy computer must not decide a test: the limit only ends what hangs. */
export const WAIT = { timeout: 120_000, interval: 50 };

/** `goods` trusts what comes; `strict` holds what no order was registered for. */
/** @param settings beside those of every stack here */
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
  /** Instead of the account's own. */
  readonly secretKey?: string;
}

/**
 * A pingback as Paymentwall sends it, and again after a 503.
 * @param from the address that it seems to come from · how `sendOnce`, where 503 is the answer that is expected
 */
export function pingback(
  stack: LocalStack,
  pingbackOf: Pingback,
  { from, how = send }: { readonly from?: string; readonly how?: typeof send } = {},
): Promise<Reply> {
  const { ref, account = 'goods', uid = 'shopper-7', goods = 'gold', type = '0' } = pingbackOf;
  const { url, method, credentials } = accountOf(stack, `paymentwall/${account}`);
  const current = credentials.current as { readonly secretKey: string };
  const { secretKey = current.secretKey } = pingbackOf;
  const params = [
    ['uid', uid],
    ['goodsid', goods],
    ['slength', ''],
    ['speriod', ''],
    ['type', type],
    ['ref', ref],
  ] as const;
  const query = signPingback(params, { secretKey, api: 'digital_goods', version: 3 });
  const headers = from === undefined ? {} : { [SOURCE_IP_HEADER]: from };
  return how({ method, url: `${url}?${query}`, headers });
}

/** Sends it and waits until everything that followed is final. */
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

/** How often the shop was told this. */
export const copies = (stack: LocalStack, id: string): number =>
  stack.shop.list().find((fulfilment) => fulfilment.id === id)?.copies ?? 0;
