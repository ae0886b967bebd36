/**
 * The rig on a real stack, local or deployed: HTTP through the public address, everything else with the operator's
 * credentials.
 */

import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { CHECKOUT_ROUTE } from '../../infra/names.ts';
import { type Moment, showPayment } from '../../shared/app/operator/views.ts';
import { CONFIRMATION } from '../../shared/app/platform/message-schema.ts';
import { eventKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import { defined } from '../../shared/payment/defined.ts';
import { paymentKey } from '../../shared/payment/index.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { Connection } from '../connect.ts';
import { queueOf } from '../deps.ts';
import { depthOf } from '../dlq/dead-letters.ts';
import { sharedKeysFinding } from '../doctor/secrets.ts';
import { hangUp } from '../hang-up.ts';
import { onFileOf, storesOf } from '../on-file.ts';
import { connectionError } from '../problem.ts';
import type { Answer, Known, Message, OnFile, Rig, Tls } from './rig.ts';

const ANSWER_TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const AGAIN_AFTER_MS = 1_000;
const CHECK_EVERY_MS = 250;
/** 480 checks are two minutes; after the first failure later waits are shorter. */
const CHECKS = 480;
const CHECKS_AFTER_FAILURE = 20;
const MAX_ROWS = 500;

interface Options {
  readonly connection: Connection;
  readonly account: Account;
  /** The account's secret as stored. */
  readonly secret: unknown;
  readonly now: () => number;
  /** Collects the duration of each 200 answer, in milliseconds. */
  readonly times: number[];
  /** Default: a real pause. */
  readonly sleep?: Sleep;
}

export function connectedRig(options: Options): Rig {
  const { connection, account, now, sleep = wait, times } = options;
  const { store } = connection;
  const keyOf = (id: string) => paymentKey({ provider: account.provider, account: account.account, id });
  const waitUntil = waiter(sleep);
  return {
    send: (message) => send(message, times, sleep),
    sendAndHangUp: (message) => hangUp(message, 'answered'),
    register: async (order) => {
      const queue = await queueOf(connection, 'notifications');
      await registerOrder(store, queue, parseOrder(order, new Date(now()).toISOString()));
    },
    checkout: (body) => checkout(body, options),
    payment: (id) => storedPayment(keyOf(id), connection),
    onFile: (id) => onFileIn(keyOf(id), connection),
    isRecorded: async (message) =>
      (await store.get(eventKey(account, notificationKey(message, options)))) !== undefined,
    storedText: async (id) => {
      const rows = await store.query(paymentKeyOf(keyOf(id)).pk, { limit: MAX_ROWS });
      return rows.length === 0 ? '' : JSON.stringify(rows);
    },
    waitUntil,
    emptiesQueue: async () => {
      let empty = 0;
      // SQS counts approximately, so the count must be zero twice in a row.
      return waitUntil(async () => {
        empty = (await depthOf(connection, 'notifications')) === 0 ? empty + 1 : 0;
        return empty >= 2;
      });
    },
    tls: tlsOf,
    sharedKeys: async () => {
      const { verdict, detail } = await sharedKeysFinding(connection);
      return verdict === 'unknown' ? undefined : verdict === 'ok' ? [] : [detail];
    },
  };
}

type Sleep = (ms: number) => Promise<unknown>;

function waiter(sleep: Sleep): Rig['waitUntil'] {
  let checks = CHECKS;
  return async (isTrue) => {
    for (let count = 0; count < checks; count++) {
      if (await isTrue()) return true;
      await sleep(CHECK_EVERY_MS);
    }
    checks = CHECKS_AFTER_FAILURE;
    return false;
  };
}

/** Repeats after a 503, as every provider does; a busy computer may answer the first attempt with one. */
async function send(message: Message, times: number[], sleep: Sleep): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await sendOnce(message, times);
    if (answer.status !== 503 || attempt === ATTEMPTS) return answer;
    await sleep(AGAIN_AFTER_MS);
  }
}

async function sendOnce({ method, url, headers, body }: Message, times: number[]): Promise<Answer> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      ...defined({ body }),
    });
    const text = await response.text();
    if (response.status === 200) times.push(performance.now() - startedAt);
    const location = response.headers.get('location');
    return { status: response.status, body: text, ...(location === null ? {} : { location }) };
  } catch (error) {
    return { status: 0, body: connectionError(error) };
  }
}

/**
 * Invokes the function behind the route with the operator's own permission, because the route needs the shop's role.
 */
async function checkout(body: object, { connection }: Options): Promise<{ status: number; body: string }> {
  const { clients, resource } = connection;
  const event = {
    version: '2.0',
    routeKey: `POST ${CHECKOUT_ROUTE}`,
    rawPath: CHECKOUT_ROUTE,
    headers: { 'content-type': 'application/json' },
    requestContext: {
      requestId: `certify-${randomInt(1_000_000_000)}`,
      http: { method: 'POST', path: CHECKOUT_ROUTE },
    },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
  const Payload = new TextEncoder().encode(JSON.stringify(event));
  const answer = await clients.lambda.send(
    new InvokeCommand({ FunctionName: resource('checkout'), Payload }),
  );
  const text = new TextDecoder().decode(answer.Payload);
  if (answer.FunctionError !== undefined)
    throw new Error(`the checkout function failed: ${answer.FunctionError}`);
  const result = JSON.parse(text) as { readonly statusCode: number; readonly body?: string };
  return { status: result.statusCode, body: result.body ?? '' };
}

async function storedPayment(key: PaymentKey, connection: Connection): Promise<Known | undefined> {
  const view = await showPayment(connection.store, key);
  if (view === undefined) return undefined;
  const effects = await readEffects(connection.store, key);
  const { payment, order, questions, timeline } = view;
  return {
    status: payment.status,
    holds: payment.holds.map(({ reason }) => reason),
    effects: effects.map(({ effect: { id, type, state, event } }) => ({
      id,
      type,
      state,
      details: { ...event.details },
    })),
    ...defined({ order: order?.reference }),
    isPolled: questions !== undefined || timeline.some(isProvidersAnswer),
  };
}

const isProvidersAnswer = (moment: Moment): boolean =>
  moment.what === 'notification' && moment.variant === CONFIRMATION;

async function onFileIn(key: PaymentKey, connection: Connection): Promise<OnFile> {
  const { wayBack, bankAccount, splitToken } = (await onFileOf(storesOf(connection), key)) ?? {};
  return {
    redirect: wayBack !== undefined,
    bankAccount: bankAccount !== undefined,
    ...defined({ splitToken: splitToken?.state }),
  };
}

/** The provider's identity of the notification, as the product reads it. @throws Error */
function notificationKey(message: Message, { account, secret }: Options): string {
  const provider = providers[account.provider];
  const { method, url, headers, body = '' } = message;
  const received = {
    ...{ method, rawQuery: url.split('?')[1] ?? '', body: Buffer.from(body) },
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    sourceIp: headers['x-payhooks-local-source-ip'] ?? '192.0.2.1',
  };
  const verdict = provider.verify(received, account, provider.parseKeys(secret, account));
  if (!verdict.authentic || verdict.notification === undefined)
    throw new Error('the message of this command does not verify with the stored secret');
  return provider.normalize(verdict.notification, account).key;
}

const tlsOf = async (url: URL): Promise<Tls> => {
  const newest = await handshake(url, {});
  if ('failed' in newest) return { protocol: `no TLS (${newest.failed})`, acceptsOld: undefined };
  const old = await handshake(url, {
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  // Without an alert or reset from the server, this computer refused.
  const isTheirs = 'failed' in old && /ALERT|ECONNRESET|EPROTO/i.test(old.failed);
  return { protocol: newest.protocol, acceptsOld: 'protocol' in old ? true : isTheirs ? false : undefined };
};

function handshake(
  { hostname, port }: URL,
  options: object,
): Promise<{ readonly protocol: string } | { readonly failed: string }> {
  return new Promise((done) => {
    const socket = tlsConnect(
      {
        host: hostname,
        port: Number(port || 443),
        servername: hostname,
        timeout: ANSWER_TIMEOUT_MS,
        ...options,
      },
      () => {
        done({ protocol: socket.getProtocol() ?? 'unknown' });
        socket.destroy();
      },
    );
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done({ failed: `${error.code ?? ''} ${error.message}` }),
    );
    socket.once('timeout', () => {
      done({ failed: 'no answer' });
      socket.destroy();
    });
  });
}
