/** Helpers of the end-to-end tests: they send requests and wait for the results. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalAccount } from '../../local/account.ts';
import type { SignedRequest } from '../../local/demo/samples.ts';
import type { Fulfilment } from '../../local/demo/shop.ts';
import type { LocalStack } from '../../local/stack.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly milliseconds: number;
}

/** The least number of tries of any provider: while a function starts on a busy computer, the answer is 503. */
const MOST_TRIES = 20;
const PAUSE_MS = 200;

/**
 * Sends as a provider does, and again after a 503. A number of tries is the limit, so that no test depends on the speed
 * of a computer.
 */
export async function send(signed: SignedRequest): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await sendOnce(signed);
    if (reply.status !== 503 || tries >= MOST_TRIES) return reply;
    await sleep(PAUSE_MS);
  }
}

/** Sends once, for tests that expect 503. node:http sends also the malformed requests that fetch would correct. */
export function sendOnce({ method, url, headers, body }: SignedRequest): Promise<Reply> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
          milliseconds: performance.now() - startedAt,
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

export function accountOf(stack: LocalStack, name: string): LocalAccount {
  const found = stack.accounts.find(({ provider, account }) => `${provider}/${account}` === name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

/** A payment in the form of /_local/api. */
export interface PaymentView {
  readonly key: string;
  readonly status: string;
  readonly holds: readonly { readonly reason: string }[];
  readonly grant: { readonly state: string; readonly epoch: number };
  readonly orderReference: string | null;
  readonly effects: readonly { readonly id: string; readonly type: string; readonly state: string }[];
  readonly timeline: readonly { readonly what: string; readonly name: string }[];
  readonly facts: object;
}

export async function read<T>(stack: LocalStack, path: string): Promise<T | undefined> {
  const response = await fetch(`${stack.baseUrl}/_local/api/${path}`);
  return response.ok ? ((await response.json()) as T) : undefined;
}

export const paymentOf = (stack: LocalStack, key: string): Promise<PaymentView | undefined> =>
  read(stack, `payments/${encodeURIComponent(key)}`);

/** The events of one type that the shop received about a payment. */
export const received = (stack: LocalStack, payment: string, type: string): readonly Fulfilment[] =>
  stack.shop.list().filter((fulfilment) => fulfilment.payment === payment && fulfilment.type === type);

/**
 * Whether the worker has handled every notification. The fulfilment queue may still hold copies of a message about a
 * delivered effect, which end when a lease is over.
 */
export async function isWorkedOff(stack: LocalStack): Promise<boolean> {
  const depths = Object.entries(await stack.queues());
  return depths
    .filter(([name]) => name.includes('notifications'))
    .every(([, { visible, inFlight, delayed }]) => visible + inFlight + delayed === 0);
}
