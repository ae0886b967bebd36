/**
 * Tests the public URL as the provider would: a forged request must be refused, a signed one accepted, and the accepted
 * one must arrive behind the queue. The signed one has an unknown type: it is counted, and changes nothing.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { intakePath } from '../../infra/names.ts';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signNotification } from '../../local/demo/senders/trustly-americas.ts';
import { eventKey } from '../../shared/app/table/keys.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Account } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import type { ReceivedRequest } from '../../shared/providers/received.ts';
import { mappingsOf } from '../commands/pause.ts';
import { checkSecret } from '../commands/secrets-check.ts';
import type { Connection } from '../connect.ts';
import { accountName, commandFor } from '../names.ts';
import { connectionError } from '../problem.ts';
import { fieldsOf, findSecret, readSecret } from '../secret-store.ts';
import { type Area, attempt, type Examined, type Found, finding } from './finding.ts';

interface Message {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The clock of the test. */
export interface Time {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Returns a signal that ends an unanswered request after this time, with a TimeoutError. */
  readonly limit: (ms: number) => AbortSignal;
}

const ANSWER_TIMEOUT_MS = 5_000;
/** A provider repeats a request without an answer or with a 503; a function that has just started may need it. */
const MOST_TRIES = 3;
const PAUSE_MS = 500;
const LOOK_EVERY_MS = 500;
const MAX_LOOKS = 40;
/** Accounts that are tested in parallel. */
const AT_ONCE = 10;

export const selfTest = selfTestIn({ sleep, limit: (ms) => AbortSignal.timeout(ms) });

export function selfTestIn(time: Time): Area {
  return { name: 'self-test', examine: (examined) => examineAccounts(examined, time) };
}

async function* examineAccounts(examined: Examined, time: Time): AsyncGenerator<Found> {
  const { connection, quiet } = examined;
  const { accounts } = connection.config;
  if (quiet) return yield* accounts.map((account) => addressOnly(account, examined));
  const isPaused = await pausedNow(connection);
  let looks = MAX_LOOKS;
  let anyVerified = false;
  for (let from = 0; from < accounts.length; from += AT_ONCE) {
    const tried = await Promise.all(
      accounts.slice(from, from + AT_ONCE).map((account) => tryAccount(account, examined, time)),
    );
    const sent = tried.flatMap(({ signed }) => (signed === undefined || 'verdict' in signed ? [] : [signed]));
    // All accounts share one queue: if it does not move, only the first group waits for it.
    const recorded = await findRecorded(sent, connection, isPaused ? 1 : looks, time);
    if (recorded === undefined || recorded.size < sent.length) looks = 1;
    anyVerified ||= (recorded?.size ?? 0) > 0;
    for (const { forged: refused, signed } of tried) {
      yield refused;
      if (signed === undefined) continue;
      if ('verdict' in signed) yield signed;
      else yield judgeSigned(signed, recorded?.has(signed), isPaused, connection);
    }
  }
  // The test proves the path, not the key: it signs and verifies with the same stored key.
  if (anyVerified) {
    const detail =
      'the tests above sign with the stored keys; only a notification from the provider shows that it uses the same keys';
    yield finding('keys', 'unknown', detail);
  }
}

/** Names the address without sending anything. */
function addressOnly(account: Account, examined: Examined): Found {
  const url = urlOf(account, examined);
  const check = accountName(account);
  return url === undefined
    ? withoutUrl(check)
    : finding(check, 'unknown', `nothing was sent (--quiet) to ${url}`);
}

const urlOf = (account: Account, { connection, url }: Examined): string | undefined =>
  url === undefined ? connection.intakeUrl(account) : url + intakePath(account);

const withoutUrl = (check: string): Found =>
  finding(
    check,
    'unknown',
    'its public URL is not in the outputs of the stack',
    'Name it: payhooks doctor --url https://…',
  );

/**
 * Whether the worker is paused: then nothing arrives behind the queue. False if not known; another area checks the
 * queues.
 */
async function pausedNow(connection: Connection): Promise<boolean> {
  try {
    return !(await mappingsOf(connection, 'notifications')).every(({ State }) => State === 'Enabled');
  } catch {
    return false;
  }
}

/** The address for notifications, with the clock that limits their answers. */
interface Address {
  readonly url: string;
  readonly time: Time;
}

/** Accepted, and expected behind the queue. */
interface Sent {
  readonly account: Account;
  readonly check: string;
  readonly key: string;
}

interface Tried {
  readonly forged: Found;
  readonly signed?: Found | Sent;
}

async function tryAccount(account: Account, examined: Examined, time: Time): Promise<Tried> {
  const { connection } = examined;
  const name = accountName(account);
  const url = urlOf(account, examined);
  if (url === undefined) return { forged: withoutUrl(name) };
  const isUsable = await usable(account, connection);
  const address = { url, time };
  const forgery = providers[account.provider].probe?.forged(account, newId());
  if (forgery === undefined)
    return { forged: finding(name, 'unknown', 'its provider defines no request that must be refused') };
  const status = await send(address, forgery);
  const keys = { isUsable, isRefused: status === 401 };
  const signed =
    unsignable(account, connection) ??
    (await attempt(`${name} signed`, () => sendSigned(account, address, connection, keys)));
  return { forged: judgeForged(account, url, status, isUsable), signed };
}

/** Whether the secret is usable; undefined when it could not be read here, which the secret's own line reports. */
async function usable(account: Account, connection: Connection): Promise<boolean | undefined> {
  try {
    return (await checkSecret(connection, findSecret(connection.config, accountName(account)))).ok;
  } catch {
    return undefined;
  }
}

function judgeForged(account: Account, url: string, status: number | string, isUsable?: boolean): Found {
  const check = `${accountName(account)} forged`;
  if (typeof status === 'string') return withoutAnswer(check, url, status);
  if (status === 401) return finding(check, 'ok', 'refused with 401');
  if (status >= 200 && status < 300) {
    const next = `Check that this is an address of Payhooks: ${url}`;
    return finding(check, 'fail', `a forged notification was answered ${status}`, next);
  }
  return unexpected(check, status, account, { isUsable, isRefused: false });
}

/** Why no request can be signed for the account; undefined when one can. */
function unsignable(account: Account, { kind }: Connection): Found | undefined {
  const check = `${accountName(account)} signed`;
  const { publicKeySignature, config } = providers[account.provider];
  if (publicKeySignature !== undefined) {
    const next =
      kind === 'local'
        ? `The demo has a test key: payhooks trigger ${account.provider}/credit --account ${account.account}`
        : 'Make a test deposit, or ask Trustly to send a notification again.';
    return finding(
      check,
      'unknown',
      `not sent, because only ${config.title} can sign for this account`,
      next,
    );
  }
  if (account.provider !== 'paymentwall' || account.sourceAddresses !== 'check') return undefined;
  const detail = 'not sent: the account accepts Paymentwall’s own addresses only, and this computer has none';
  return finding(check, 'unknown', detail);
}

/** What is known about the keys: usable when read here, and just used by intake to refuse a forgery. */
interface Keys {
  readonly isUsable: boolean | undefined;
  readonly isRefused: boolean;
}

async function sendSigned(
  account: Account,
  address: Address,
  connection: Connection,
  keys: Keys,
): Promise<Found | Sent> {
  const check = `${accountName(account)} signed`;
  if (keys.isUsable === undefined)
    return finding(check, 'unknown', 'not sent: its secret cannot be read from this computer');
  const secret = await readSecret(connection, findSecret(connection.config, accountName(account)).name);
  const message = signed(account, fieldsOf(fieldsOf(secret).current));
  const provider = providers[account.provider];
  const verdict = provider.verify(received(message), account, provider.parseKeys(secret, account));
  if (!verdict.authentic || verdict.notification === undefined)
    return finding(check, 'unknown', 'not sent: the test request does not verify with the stored secret');
  const status = await send(address, message);
  if (typeof status === 'string') return withoutAnswer(check, address.url, status);
  if (status !== 200) return unexpected(check, status, account, keys);
  return { account, check, key: provider.normalize(verdict.notification, account).key };
}

/** @param isRecorded undefined when the table could not be read */
function judgeSigned(
  { check }: Sent,
  isRecorded: boolean | undefined,
  isPaused: boolean,
  connection: Connection,
): Found {
  if (isRecorded === true)
    return finding(check, 'ok', 'answered 200, queued, verified with the stored key and recorded');
  if (isRecorded === undefined)
    return finding(check, 'unknown', 'answered 200; the table cannot be read, so it may not be recorded');
  if (isPaused) {
    const detail = 'answered 200; not recorded, because the queue is paused';
    return finding(check, 'warn', detail, commandFor(connection, 'resume'));
  }
  const detail = `answered 200; not recorded after ${(LOOK_EVERY_MS * MAX_LOOKS) / 1_000} s`;
  return finding(check, 'warn', detail, 'Look at the findings of the queues, then: payhooks dlq list');
}

/** The messages that are recorded, looked up together. Undefined when the table cannot be read. */
async function findRecorded(
  sent: readonly Sent[],
  { store }: Connection,
  looks: number,
  { sleep: pause }: Time,
): Promise<ReadonlySet<Sent> | undefined> {
  const recorded = new Set<Sent>();
  for (let look = 1; ; look++) {
    const missing = sent.filter((each) => !recorded.has(each));
    try {
      const rows = await Promise.all(missing.map(({ account, key }) => store.get(eventKey(account, key))));
      for (const [index, each] of missing.entries()) if (rows[index] !== undefined) recorded.add(each);
    } catch {
      // The queues' own area reports the reason.
      return undefined;
    }
    if (recorded.size === sent.length || look > looks) return recorded;
    await pause(LOOK_EVERY_MS);
  }
}

function unexpected(check: string, status: number, account: Account, keys: Keys): Found {
  const secret = accountName(account);
  const steps: Readonly<Record<number, string>> = {
    503: nextAfter503(secret, keys),
    404: 'Check that the account is deployed: npx cdk deploy',
    401: `Intake reads the stored secret again within 30 seconds: repeat, then payhooks secrets check ${secret}`,
    403: 'WAF in front of the API refuses it, or its secret header is wrong: docs/runbooks/edge-header.md',
  };
  const detail = status === 503 ? `answered 503, ${MOST_TRIES} times` : `answered ${status}`;
  return finding(check, 'fail', detail, steps[status] ?? 'See the log of the intake function.');
}

function nextAfter503(secret: string, { isUsable, isRefused }: Keys): string {
  if (isRefused)
    return 'Intake has the key, because it refused a forged request. Check queue and envelope key: docs/runbooks/own-5xx.md';
  return isUsable === true
    ? 'The secret is usable, but intake cannot read it: docs/runbooks/secret-failures.md'
    : `Check the secret, then the queue: payhooks secrets check ${secret}`;
}

/** The service exists, but takes longer than a provider waits, so nothing is known about the key. */
const SLOW = 'slow';

/** @param why `SLOW`, or the connection's error */
function withoutAnswer(check: string, url: string, why: string): Found {
  if (why !== SLOW) {
    const next = 'Check DNS and certificate of the address; the provider gets the same error.';
    return finding(check, 'fail', `no answer from ${url}: ${why}`, next);
  }
  const detail = `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s, ${MOST_TRIES} times; the secret was not tested`;
  const next = 'Try again in a minute. If it stays, notifications arrive late: docs/runbooks/own-5xx.md';
  return finding(check, 'warn', detail, next);
}

/** The status, `SLOW`, or why there is no answer. 503 and slowness are retried first. */
async function send(address: Address, message: Message): Promise<number | string> {
  for (let tries = 1; ; tries++) {
    const answer = await sendOnce(address, message);
    if ((answer !== 503 && answer !== SLOW) || tries >= MOST_TRIES) return answer;
    await address.time.sleep(PAUSE_MS);
  }
}

async function sendOnce(
  { url, time }: Address,
  { method, query, headers, body }: Message,
): Promise<number | string> {
  try {
    const response = await fetch(query === '' ? url : `${url}?${query}`, {
      method,
      headers,
      redirect: 'manual',
      signal: time.limit(ANSWER_TIMEOUT_MS),
      ...defined({ body }),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? SLOW : connectionError(error);
  }
}

const received = ({ method, query, headers, body = '' }: Message): ReceivedRequest => ({
  method,
  rawQuery: query,
  headers,
  body: Buffer.from(body),
  sourceIp: '192.0.2.1',
});

/** Digits only: a form that every provider uses. */
const newId = (): string => String(Date.now());

function signed(account: Account, key: Readonly<Record<string, unknown>>): Message {
  if (account.provider === 'paymentwall') {
    const { api, signatureVersion: version } = account;
    const own = { secretKey: String(key.secretKey), api, version };
    const query = signPingback(pingback(api, `payhooks-doctor-${newId()}`), own);
    return { method: 'GET', query, headers: {} };
  }
  const fields = {
    ...{ merchantId: '0', eventId: newId(), eventType: 'PayhooksDoctor', createdAt: newId() },
    ...{ objectId: '0', objectType: 'Transaction' },
  };
  const credentials = { accessId: String(key.accessId), accessKey: String(key.accessKey) };
  return { method: 'POST', query: '', ...signNotification(fields, credentials) };
}

/** A type that Paymentwall does not have. */
const UNKNOWN_TYPE = '999';

function pingback(api: 'digital_goods' | 'virtual_currency' | 'cart', ref: string) {
  const bought = {
    digital_goods: [
      ['goodsid', 'payhooks-doctor'],
      ['slength', ''],
      ['speriod', ''],
    ],
    virtual_currency: [['currency', '0']],
    cart: [['goodsid[0]', 'payhooks-doctor']],
  } as const;
  return [['uid', 'payhooks-doctor'], ...bought[api], ['type', UNKNOWN_TYPE], ['ref', ref]] as const;
}
