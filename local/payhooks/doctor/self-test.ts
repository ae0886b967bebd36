/**
 * Through the public URL, as the provider would: something forged must be refused, something signed accepted, and
 * what was accepted must come out behind the queue. The signed one is of a type that nobody knows: it is counted,
 * and moves nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { intakePath } from '../../../infra/names.ts';
import { eventKey } from '../../../shared/aws/keys.ts';
import { providers } from '../../../shared/providers/index.ts';
import type { Account, ReceivedRequest } from '../../../shared/providers/provider.ts';
import { signPingback } from '../../senders/paymentwall.ts';
import { signNotification } from '../../senders/trustly-americas.ts';
import type { Connection } from '../connect.ts';
import { fieldsOf, findSecret, readSecret } from '../secret-store.ts';
import type { Area, Finding, Patient } from './finding.ts';

interface Message {
  readonly method: 'GET' | 'POST';
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Found = Omit<Finding, 'area'>;

const ANSWER_TIMEOUT_MS = 5_000;
const LOOK_EVERY_MS = 500;
const MAX_LOOKS = 40;

export const selfTest: Area = {
  name: 'self-test',
  async *examine(patient) {
    let looks = MAX_LOOKS;
    for (const account of patient.connection.config.accounts) {
      for await (const finding of examineAccount(account, patient, looks)) {
        // One queue for all of them: when it stands still, whoever types this in the night learns it once.
        if (finding.verdict === 'warn') looks = 1;
        yield finding;
      }
    }
  },
};

async function* examineAccount(account: Account, patient: Patient, looks: number): AsyncIterable<Found> {
  const name = `${account.provider}/${account.account}`;
  const { connection, quiet } = patient;
  const url = patient.url === undefined ? connection.intakeUrl(account) : patient.url + intakePath(account);
  if (quiet) return yield { check: name, verdict: 'unknown', detail: 'nothing was sent (--quiet)' };
  if (url === undefined) {
    const detail = 'its public URL is not in the outputs of the stack';
    return yield {
      check: name,
      verdict: 'unknown',
      detail,
      next: 'Name it: payhooks doctor --url https://…',
    };
  }
  yield await sendForged(account, url);
  const { provider } = account;
  if (provider === 'trustly-europe') {
    const detail = 'only Trustly can sign for it: the signed test needs a notification of theirs';
    return yield {
      check: `${name} signed`,
      verdict: 'unknown',
      detail,
      next: 'Make a test deposit, or ask Trustly to resend one.',
    };
  }
  if (provider === 'paymentwall' && account.sourceAddresses === 'check') {
    const detail = "only Paymentwall's own addresses are let in, and this computer has none of them";
    return yield { check: `${name} signed`, verdict: 'unknown', detail };
  }
  yield await sendSigned(account, url, connection, looks);
}

async function sendForged(account: Account, url: string): Promise<Found> {
  const check = `${account.provider}/${account.account} forged`;
  const status = await send(url, forged(account));
  if (typeof status === 'string') return unreachable(check, url, status);
  if (status === 401) return { check, verdict: 'ok', detail: 'refused with 401' };
  if (status >= 200 && status < 300) {
    const detail = `a forged notification was answered ${status}`;
    return { check, verdict: 'fail', detail, next: `Is this address Payhooks' own? ${url}` };
  }
  return { check, ...unexpected(status, account) };
}

async function sendSigned(
  account: Account,
  url: string,
  connection: Connection,
  looks: number,
): Promise<Found> {
  const check = `${account.provider}/${account.account} signed`;
  const kind = findSecret(connection.config, `${account.provider}/${account.account}`);
  const secret = await readSecret(connection, kind.name);
  const message = signed(account, fieldsOf(fieldsOf(secret).current));
  const provider = providers[account.provider];
  const verdict = provider.verify(received(message), account, provider.parseKeys(secret, account));
  if (!verdict.authentic || verdict.notification === undefined) {
    return { check, verdict: 'unknown', detail: 'the test message of this command does not verify here' };
  }
  const status = await send(url, message);
  if (typeof status === 'string') return unreachable(check, url, status);
  if (status !== 200) return { check, ...unexpected(status, account) };
  const { key } = provider.told(verdict.notification, account);
  if (await arrived(account, key, connection, looks)) {
    return { check, verdict: 'ok', detail: 'answered 200, queued, verified and recorded' };
  }
  const waited = (LOOK_EVERY_MS * looks) / 1_000;
  return {
    check,
    verdict: 'warn',
    detail: `answered 200, and not behind the queue after ${waited} s`,
    next: 'Is it paused, or behind? See queues below, then payhooks dlq list.',
  };
}

async function arrived(
  { provider, account }: Account,
  key: string,
  { store }: Connection,
  looks: number,
): Promise<boolean> {
  for (let look = 0; look < looks; look++) {
    if ((await store.get(eventKey({ provider, account }, key))) !== undefined) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

function unexpected(status: number, { provider, account }: Account): Omit<Found, 'check'> {
  const secret = `${provider}/${account}`;
  const next =
    status === 503
      ? `Its secret, or the queue: payhooks secrets check ${secret}`
      : status === 404
        ? 'Is the account deployed? npx cdk deploy'
        : status === 401
          ? `Does the secret hold what the provider signs with? payhooks secrets check ${secret}`
          : 'See the log of the intake function.';
  return { verdict: 'fail', detail: `answered ${status}`, next };
}

const unreachable = (check: string, url: string, why: string): Found => ({
  check,
  verdict: 'fail',
  detail: `no answer from ${url}: ${why}`,
  next: 'Check DNS and certificate of the address; the provider sees the same.',
});

/** The status, or why there is none. */
async function send(url: string, { method, query, headers, body }: Message): Promise<number | string> {
  try {
    const response = await fetch(query === '' ? url : `${url}?${query}`, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
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

/** Digits only: an id that every provider's form allows. */
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

/** Well formed, and signed by nobody. */
function forged(account: Account): Message {
  switch (account.provider) {
    case 'paymentwall': {
      const query = signPingback(pingback(account.api, 'payhooks-doctor-forged'), {
        secretKey: 'forged-by-the-doctor',
        api: account.api,
        version: account.signatureVersion,
      });
      return { method: 'GET', query, headers: {} };
    }
    case 'trustly-americas': {
      const credentials = { accessId: 'payhooks-doctor', accessKey: 'forged-by-the-doctor' };
      return {
        method: 'POST',
        query: '',
        ...signNotification({ eventId: '0', eventType: 'Forged' }, credentials),
      };
    }
    case 'trustly-europe': {
      const data = { messageid: '0', orderid: '0', enduserid: '0', notificationid: '0' };
      const params = { signature: Buffer.alloc(256).toString('base64'), uuid: FORGED_UUID, data };
      const body = JSON.stringify({ method: 'pending', version: '1.1', params });
      return { method: 'POST', query: '', headers: { 'content-type': 'application/json' }, body };
    }
  }
}

const FORGED_UUID = '00000000-0000-4000-8000-000000000000';
