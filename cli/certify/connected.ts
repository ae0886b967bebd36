/**
 * The rig on a real stack, local or deployed: HTTP through the public address, everything else with the operator's
 * credentials.
 */
import { randomInt } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { CHECKOUT_ROUTE } from '../../infra/names.ts';
import { type Moment, showPayment } from '../../shared/app/operator/views.ts';
import { CONFIRMATION } from '../../shared/app/platform/message-schema.ts';
import { eventKey, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { effectsOf } from '../../shared/app/transition/outbox.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import { paymentKey } from '../../shared/payment/index.ts';
import type { PaymentKey } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { Connection } from '../connect.ts';
import { depthOf } from '../dlq/dead-letters.ts';
import { keysApart } from '../doctor/secrets.ts';
import { onFileOf, storesOf } from '../on-file.ts';
import type { Answer, Known, Message, OnFile, Rig, Tls } from './rig.ts';

const ANSWER_TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
const AGAIN_AFTER_MS = 1_000;
const LOOK_EVERY_MS = 250;
/** 480 checks are two minutes; after the first failure later waits are shorter. */
const LOOKS = 480;
const IMPATIENT_LOOKS = 20;
const MAX_ROWS = 500;

interface Options {
  readonly connection: Connection;
  readonly account: Account;
  /** The account's secret as stored. */
  readonly secret: unknown;
  readonly now: () => number;
  /** Collects the duration of each 200 answer, in milliseconds. */
  readonly times: number[];
}

export function connectedRig(options: Options): Rig {
  const { connection, account, now } = options;
  const { store } = connection;
  const keyOf = (id: string) => paymentKey({ provider: account.provider, account: account.account, id });
  const until = patient();
  return {
    send: (message) => send(message, options.times),
    drop,
    register: async (order) => {
      const queue = sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications'));
      await registerOrder(store, queue, parseOrder(order, new Date(now()).toISOString()));
    },
    checkout: (body) => checkout(body, options),
    payment: (id) => knownOf(keyOf(id), connection),
    onFile: (id) => fileOf(keyOf(id), connection),
    isRecorded: async (message) =>
      (await store.get(eventKey(account, notificationKey(message, options)))) !== undefined,
    stored: async (id) => {
      const rows = await store.query(paymentKeyOf(keyOf(id)).pk, { limit: MAX_ROWS });
      return rows.length === 0 ? '' : JSON.stringify(rows);
    },
    until,
    workedOff: async () => {
      let empty = 0;
      // SQS counts approximately, so the count must be zero twice in a row.
      return until(async () => {
        empty = (await depthOf(connection, 'notifications')) === 0 ? empty + 1 : 0;
        return empty >= 2;
      });
    },
    tls: tlsOf,
    keysApart: async () => {
      const { verdict, detail } = await keysApart(connection);
      return verdict === 'unknown' ? undefined : verdict === 'ok' ? [] : [detail];
    },
  };
}

function patient(): Rig['until'] {
  let looks = LOOKS;
  return async (look) => {
    for (let count = 0; count < looks; count++) {
      if (await look()) return true;
      await sleep(LOOK_EVERY_MS);
    }
    looks = IMPATIENT_LOOKS;
    return false;
  };
}

/** Repeats after a 503, as every provider does; a busy computer may answer the first attempt with one. */
async function send(message: Message, times: number[]): Promise<Answer> {
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
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.status === 200) times.push(performance.now() - startedAt);
    const location = response.headers.get('location');
    return { status: response.status, body: text, ...(location === null ? {} : { location }) };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return { status: 0, body: cause?.code ?? (error instanceof Error ? error.name : 'no connection') };
  }
}

/**
 * Sends the whole request and cuts the connection at the first bytes of the answer, so the sender never gets the
 * status.
 */
const drop = ({ method, url, headers, body }: Message): Promise<void> =>
  new Promise((done) => {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = start(url, { method, headers, timeout: ANSWER_TIMEOUT_MS }, (response) =>
      response.destroy(),
    );
    request.once('close', () => done());
    request.once('timeout', () => request.destroy());
    // The cut connection is intended.
    request.once('error', () => done());
    request.end(body);
  });

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

async function knownOf(key: PaymentKey, connection: Connection): Promise<Known | undefined> {
  const view = await showPayment(connection.store, key);
  if (view === undefined) return undefined;
  const effects = await effectsOf(connection.store, key);
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
    ...(order === undefined ? {} : { order: order.reference }),
    asked: questions !== undefined || timeline.some(isProvidersAnswer),
  };
}

const isProvidersAnswer = (moment: Moment): boolean =>
  moment.what === 'notification' && moment.variant === CONFIRMATION;

async function fileOf(key: PaymentKey, connection: Connection): Promise<OnFile> {
  const { wayBack, bankAccount, splitToken } = (await onFileOf(storesOf(connection), key)) ?? {};
  return {
    wayBack: wayBack !== undefined,
    bankAccount: bankAccount !== undefined,
    ...(splitToken === undefined ? {} : { splitToken: splitToken.state }),
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
