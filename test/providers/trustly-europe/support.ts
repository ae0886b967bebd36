import { generateKeyPairSync } from 'node:crypto';
import { type Algorithm, type Json, signNotification } from '../../../local/demo/senders/trustly-europe.ts';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Environment, Facts } from '../../../shared/payment/types.ts';
import type { ReceivedRequest } from '../../../shared/providers/received.ts';
import type { TrustlyEuropeAccount } from '../../../shared/providers/trustly-europe/account.ts';
import type { readFacts } from '../../../shared/providers/trustly-europe/facts.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import {
  type Content,
  QuarantinedError,
  type QuarantineReason,
  readContent,
  readMessage,
} from '../../../shared/providers/trustly-europe/notification.ts';
import { europeAccount } from '../../support/accounts.ts';
import vectors from '../../vectors/trustly-europe.json' with { type: 'json' };

export { vectors };

interface Genuine {
  readonly method: string;
  readonly uuid: string;
  readonly data: Readonly<Record<string, string>>;
  readonly signature: string;
  readonly plain: string;
}
const [first, second] = vectors.genuine as readonly Genuine[];
if (first === undefined || second === undefined) throw new Error('the vectors hold G1 and G2');
export const G1 = first;
export const G2 = second;

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
/** A key pair in place of Trustly's, for new signatures. */
export const trustly = pair();
export const merchant = pair();

export const account = (
  change: Parameters<typeof europeAccount>[0] = {},
  environment: Environment = 'sandbox',
): TrustlyEuropeAccount => europeAccount(change, { environment });

/** The keys of an account that trusts Trustly's published key. `ownKeys`: of an account that trusts `trustly`. */
export const publishedKeys = trustlyEurope.parseKeys(
  { current: { privateKey: merchant.privateKey } },
  account(),
) as Keys;
export const ownKeys = trustlyEurope.parseKeys(
  { current: { privateKey: merchant.privateKey }, trustly: { current: trustly.publicKey } },
  account(),
) as Keys;
export type Keys = Parameters<typeof trustlyEurope.verify>[2];

export function request(body: string | Uint8Array, change: Partial<ReceivedRequest> = {}): ReceivedRequest {
  return {
    method: 'POST',
    rawQuery: '',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? Buffer.from(body, 'utf8') : body,
    sourceIp: '127.0.0.1',
    ...change,
  };
}

/** The body of a notification with the given parts. */
export function body(parts: {
  readonly method?: unknown;
  readonly uuid?: unknown;
  readonly data?: unknown;
  readonly signature?: unknown;
  readonly version?: unknown;
}): string {
  const { method, uuid, data, signature, version = '1.1' } = parts;
  return JSON.stringify({ method, params: { signature, uuid, data }, version });
}

export function verifyPublished(text: string | Uint8Array) {
  return trustlyEurope.verify(request(text), account(), publishedKeys);
}

export const UUID = '258a2184-2842-b485-25ca-293525152425';

/** A notification signed with the key of `trustly`. */
export function signed(
  method: string,
  data: Readonly<Record<string, Json>>,
  algorithm: Algorithm = 'SHA1',
): string {
  return signNotification({ method, uuid: UUID, data }, trustly.privateKey, algorithm).body;
}

export function verifyOwn(text: string | Uint8Array) {
  return trustlyEurope.verify(request(text), account(), ownKeys);
}

/** The content of an authentic message, or the reason of its quarantine. */
export function read(method: string, data: Readonly<Record<string, Json>>): Content | QuarantineReason {
  try {
    return readContent(readMessage(body({ method, uuid: UUID, data })));
  } catch (error) {
    if (error instanceof QuarantinedError) return error.reason;
    throw error;
  }
}

/** The documentation's sample of each method (docs/protocols/trustly-europe-fields.md#samples). */
export const SAMPLES = {
  credit: {
    amount: '902.50',
    currency: 'EUR',
    messageid: '98348932',
    orderid: '87654567',
    enduserid: '32123',
    notificationid: '9876543456',
    timestamp: '2010-01-20 14:42:04.675645+01',
    attributes: {},
  },
  debit: {
    amount: '902.50',
    currency: 'EUR',
    messageid: '77898765',
    orderid: '127675892',
    enduserid: '32123',
    notificationid: '456787654',
    timestamp: '2010-01-20 14:42:04.675645+01',
    attributes: {},
  },
  pending: {
    amount: '49.90',
    currency: 'EUR',
    messageid: '98348932',
    orderid: '87654567',
    enduserid: '32123',
    notificationid: '4876513450',
    timestamp: '2013-12-20 14:42:04.675645+01',
  },
  cancel: {
    messageid: '98348932',
    orderid: '87654567',
    enduserid: '32123',
    notificationid: '4876513450',
    timestamp: '2013-12-20 14:42:04.675645+01',
  },
  account: {
    notificationid: '35673567',
    messageid: '453455465',
    orderid: '3473567567',
    accountid: '1234567890',
    verified: '1',
    attributes: {
      clearinghouse: 'SWEDEN',
      bank: 'SEB',
      descriptor: '**** *084057',
      lastdigits: '084057',
    },
  },
  kyc: {
    orderid: '87654567',
    messageid: 'mytransaction-001',
    kycentityid: '29a750aa-0bad-4a28-a42d-ffb9a690d93a',
    notificationid: '9876543456',
    attributes: {
      personid: 'SE196512171957',
      firstname: 'Joe',
      lastname: 'Johnson',
      dob: '1965-12-17',
      street: 'Street 10',
      zipcode: '11253',
      city: 'STOCKHOLM',
      country: 'Sweden',
    },
  },
  payoutconfirmation: {
    currency: 'SEK',
    notificationid: '1716888077',
    orderid: '3236871181',
    enduserid: 'user_534412',
    messageid: '483212',
    amount: '11',
    timestamp: '2019-03-27 10:04:01.446937+01',
  },
  payoutfailed: {
    currency: 'SEK',
    notificationid: '1716888077',
    orderid: '3236871181',
    enduserid: 'user_534412',
    messageid: '483212',
    amount: '11',
    timestamp: '2019-03-27 10:04:01.446937+01',
    errorcode: 'incorrect_account_number',
    errormessage: 'Format of the account number specified is not correct',
  },
} as const satisfies Record<string, Readonly<Record<string, Json>>>;

/** The facts of lines such as "credit/1 100 EUR", "cancel/2 reason:FAILED" and "debit/3 100 EUR refund". */
export function facts(...lines: readonly string[]): Facts {
  return lines.reduce<Facts>((joined, line) => {
    const [key = '', ...words] = line.split(' ');
    const currency = words.findIndex((word) => /^[A-Z]{3}$/.test(word));
    const amounts = currency > 0 ? [`${Number(words[currency - 1]).toFixed(2)} ${words[currency]}`] : [];
    const codes = words.filter(
      (word) => word.includes(':') || ['refund', 'verified', 'restore'].includes(word),
    );
    return joinFacts(joined, { [key]: { codes: [...codes].sort(), amounts } });
  }, {});
}

export const EUR = (exact: string) => [{ currency: 'EUR', exact }];
export const money = (...texts: readonly string[]) =>
  texts.map((text) => ({ amount: text.split(' ')[0], currency: text.split(' ')[1] }));
export const reasonsOf = (reading: ReturnType<typeof readFacts>) =>
  reading.doubts.map(({ reason }) => reason);
