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
import { fieldsOf, findSecret, readSecret } from '../secret-store.ts';
import { type Area, attempt, type Found, type Patient } from './finding.ts';

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
  return { name: 'self-test', examine: (patient) => examineAccounts(patient, time) };
}

async function* examineAccounts(patient: Patient, time: Time): AsyncGenerator<Found> {
  const { accounts } = patient.connection.config;
  if (patient.quiet) return yield* accounts.map((account) => quietly(account, patient));
  const isPaused = await pausedNow(patient.connection);
  let looks = MAX_LOOKS;
  let anyVerified = false;
  for (let from = 0; from < accounts.length; from += AT_ONCE) {
    const tried = await Promise.all(
      accounts.slice(from, from + AT_ONCE).map((account) => tryAccount(account, patient, time)),
    );
    const sent = tried.flatMap(({ signed }) => (signed === undefined || 'verdict' in signed ? [] : [signed]));
    // All accounts share one queue: if it does not move, only the first group waits for it.
    const seen = await whatArrived(sent, patient.connection, isPaused ? 1 : looks, time);
    if (seen === undefined || seen.size < sent.length) looks = 1;
    anyVerified ||= (seen?.size ?? 0) > 0;
    for (const { forged: refused, signed } of tried) {
      yield refused;
      if (signed === undefined) continue;
      if ('verdict' in signed) yield signed;
      else
        yield behind(signed, seen === undefined ? undefined : seen.has(signed), isPaused, patient.connection);
    }
  }
  // The test proves the path, not the key: it signs and verifies with the same stored key.
  if (anyVerified) {
    const detail =
      "whether they are the provider's is not known: the tests above sign with our own, only a notification of theirs shows it";
    yield { check: 'keys', verdict: 'unknown', detail };
  }
}

/** Names the address without sending anything. */
function quietly(account: Account, patient: Patient): Found {
  const url = urlOf(account, patient);
  const check = nameOf(account);
  if (url === undefined) return withoutUrl(check);
  return { check, verdict: 'unknown', detail: `nothing was sent (--quiet) to ${url}` };
}

const nameOf = ({ provider, account }: Account): string => `${provider}/${account}`;

const urlOf = (account: Account, { connection, url }: Patient): string | undefined =>
  url === undefined ? connection.intakeUrl(account) : url + intakePath(account);

const withoutUrl = (check: string): Found => ({
  check,
  verdict: 'unknown',
  detail: 'its public URL is not in the outputs of the stack',
  next: 'Name it: payhooks doctor --url https://…',
});

const withoutForgery = (check: string): Found => ({
  check,
  verdict: 'unknown',
  detail: 'its provider says no request that must be refused',
});

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

async function tryAccount(account: Account, patient: Patient, time: Time): Promise<Tried> {
  const { connection } = patient;
  const url = urlOf(account, patient);
  if (url === undefined) return { forged: withoutUrl(nameOf(account)) };
  const check = `${nameOf(account)} signed`;
  const isUsable = await usable(account, connection);
  const address = { url, time };
  const forgery = forged(account);
  if (forgery === undefined) return { forged: withoutForgery(nameOf(account)) };
  const status = await send(address, forgery);
  const refused = judgeForged(account, url, status, isUsable);
  const unsignable = whyUnsigned(account, connection);
  const signed =
    unsignable === undefined
      ? await attempt(check, () =>
          sendSigned(account, address, connection, { isUsable, isRefused: status === 401 }),
        )
      : { check, ...unsignable };
  return { forged: refused, signed };
}

/** Whether the secret is usable; undefined when it could not be read here, which the secret's own line reports. */
async function usable(account: Account, connection: Connection): Promise<boolean | undefined> {
  try {
    return (await checkSecret(connection, findSecret(connection.config, nameOf(account)))).ok;
  } catch {
    return undefined;
  }
}

function judgeForged(account: Account, url: string, status: number | string, isUsable?: boolean): Found {
  const check = `${nameOf(account)} forged`;
  if (status === SLOW) return slow(check);
  if (typeof status === 'string') return unreachable(check, url, status);
  if (status === 401) return { check, verdict: 'ok', detail: 'refused with 401' };
  if (status >= 200 && status < 300) {
    const detail = `a forged notification was answered ${status}`;
    return { check, verdict: 'fail', detail, next: `Is this address Payhooks' own? ${url}` };
  }
  return { check, ...unexpected(status, account, { isUsable, isRefused: false }) };
}

function whyUnsigned(account: Account, { kind }: Connection): Omit<Found, 'check'> | undefined {
  const { publicKeySignature, config } = providers[account.provider];
  if (publicKeySignature !== undefined) {
    return {
      verdict: 'unknown',
      detail: `only ${config.title} can sign for it: the signed test needs a notification of theirs`,
      next:
        kind === 'local'
          ? `The demo's own Trustly signs here: payhooks trigger ${account.provider}/credit --account ${account.account}`
          : 'Make a test deposit, or ask Trustly to resend one.',
    };
  }
  if (account.provider === 'paymentwall' && account.sourceAddresses === 'check') {
    return {
      verdict: 'unknown',
      detail: "only Paymentwall's own addresses are let in, and this computer has none of them",
    };
  }
  return undefined;
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
  const check = `${nameOf(account)} signed`;
  const kind = findSecret(connection.config, nameOf(account));
  if (keys.isUsable === undefined) {
    return { check, verdict: 'unknown', detail: 'its secret can’t be read from here, so nothing was signed' };
  }
  const secret = await readSecret(connection, kind.name);
  const message = signed(account, fieldsOf(fieldsOf(secret).current));
  const provider = providers[account.provider];
  const verdict = provider.verify(received(message), account, provider.parseKeys(secret, account));
  if (!verdict.authentic || verdict.notification === undefined) {
    return { check, verdict: 'unknown', detail: 'the test message of this command does not verify here' };
  }
  const status = await send(address, message);
  if (status === SLOW) return slow(check);
  if (typeof status === 'string') return unreachable(check, address.url, status);
  if (status !== 200) return { check, ...unexpected(status, account, keys) };
  return { account, check, key: provider.normalize(verdict.notification, account).key };
}

/** @param arrived undefined when the table could not be read */
function behind(
  { check }: Sent,
  arrived: boolean | undefined,
  isPaused: boolean,
  { selector }: Connection,
): Found {
  if (arrived === true) {
    return { check, verdict: 'ok', detail: 'answered 200, queued, verified with our own key and recorded' };
  }
  if (arrived === undefined) {
    const detail = 'answered 200; whether it was recorded is not known: the table can’t be read from here';
    return { check, verdict: 'unknown', detail };
  }
  if (isPaused) {
    const detail = 'answered 200; what becomes of it was not waited for: the queue is paused';
    return { check, verdict: 'warn', detail, next: `payhooks resume ${selector}`.trimEnd() };
  }
  return {
    check,
    verdict: 'warn',
    detail: `answered 200, and not behind the queue after ${(LOOK_EVERY_MS * MAX_LOOKS) / 1_000} s`,
    next: 'Is it behind? See queues below, then payhooks dlq list.',
  };
}

/** The messages that are recorded, looked up together. Undefined when the table cannot be read. */
async function whatArrived(
  sent: readonly Sent[],
  { store }: Connection,
  looks: number,
  { sleep: pause }: Time,
): Promise<ReadonlySet<Sent> | undefined> {
  const arrived = new Set<Sent>();
  for (let look = 1; ; look++) {
    const missing = sent.filter((each) => !arrived.has(each));
    try {
      const rows = await Promise.all(missing.map(({ account, key }) => store.get(eventKey(account, key))));
      for (const [index, each] of missing.entries()) if (rows[index] !== undefined) arrived.add(each);
    } catch {
      // The queues' own area reports the reason.
      return undefined;
    }
    if (arrived.size === sent.length || look > looks) return arrived;
    await pause(LOOK_EVERY_MS);
  }
}

function unexpected(status: number, account: Account, { isUsable, isRefused }: Keys): Omit<Found, 'check'> {
  const secret = nameOf(account);
  const next =
    status === 503
      ? isRefused
        ? 'Its key works there, a forgery was just refused: the queue, or the envelope key. docs/runbooks/own-5xx.md'
        : isUsable === true
          ? 'Its secret is well from here, and intake can’t read it: docs/runbooks/secret-failures.md'
          : `Its secret, or the queue: payhooks secrets check ${secret}`
      : status === 404
        ? 'Is the account deployed? npx cdk deploy'
        : status === 401
          ? `Does intake hold another secret than the stored one? It reads it again within 30 seconds. payhooks secrets check ${secret}`
          : status === 403
            ? 'What stands in front refuses it (WAF), or its secret header is wrong: docs/runbooks/edge-header.md'
            : 'See the log of the intake function.';
  const detail = status === 503 ? `answered 503, ${MOST_TRIES} times` : `answered ${status}`;
  return { verdict: 'fail', detail, next };
}

/** The service exists, but takes longer than a provider waits, so nothing is known about the key. */
const slow = (check: string): Found => ({
  check,
  verdict: 'warn',
  detail: `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s, ${MOST_TRIES} times: slow, which says nothing of the secret`,
  next: 'Try again in a minute. When it lasts, notifications come late: docs/runbooks/own-5xx.md',
});

const unreachable = (check: string, url: string, why: string): Found => ({
  check,
  verdict: 'fail',
  detail: `no answer from ${url}: ${why}`,
  next: 'Check DNS and certificate of the address; the provider sees the same.',
});

const SLOW = 'slow';

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
    if (error instanceof Error && error.name === 'TimeoutError') return SLOW;
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    return cause?.code ?? (error instanceof Error ? error.name : 'no connection');
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
    const query = signPingback(pingback(account.api, `payhooks-doctor-${newId()}`), {
      secretKey: String(key.secretKey),
      api,
      version,
    });
    return { method: 'GET', query, headers: {} };
  }
  const fields = {
    merchantId: '0',
    eventId: newId(),
    eventType: 'PayhooksDoctor',
    objectId: '0',
    objectType: 'Transaction',
    createdAt: newId(),
  };
  const credentials = { accessId: String(key.accessId), accessKey: String(key.accessKey) };
  return { method: 'POST', query: '', ...signNotification(fields, credentials) };
}

/** A type that Paymentwall does not have. */
const UNKNOWN_TYPE = '999';

function pingback(api: 'digital_goods' | 'virtual_currency' | 'cart', ref: string) {
  const bought =
    api === 'virtual_currency'
      ? [['currency', '0'] as const]
      : api === 'cart'
        ? [['goodsid[0]', 'payhooks-doctor'] as const]
        : [['goodsid', 'payhooks-doctor'] as const, ['slength', ''] as const, ['speriod', ''] as const];
  return [
    ['uid', 'payhooks-doctor'] as const,
    ...bought,
    ['type', UNKNOWN_TYPE] as const,
    ['ref', ref] as const,
  ];
}

/**
 * A well-formed request without a valid signature: the stack's own probe, which intake names in its log and does not
 * count.
 */
const forged = (account: Account): Message | undefined =>
  providers[account.provider].probe?.forged(account, newId());
