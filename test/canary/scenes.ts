/** Messages of every provider that contain marks, and the list of marks. */
import { createPrivateKey } from 'node:crypto';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import { type Json, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import { decisionSecretName } from '../../shared/app/platform/secrets.ts';
import type { Account } from '../../shared/providers/index.ts';
import { rsaFromSeed } from '../fuzz/keys.ts';
import type { Message } from '../fuzz/wire.ts';
import { americasAccount, europeAccount, LENIENT, paymentwallAccount } from '../support/accounts.ts';
import type { Mark } from './marks.ts';

const NAME = 'Åsa "Cänary" Öberg & Söner';
const EMAIL = 'canary.person+mark@mail.example';
const BANK = 'SE45-CANARY-0058398257466';
const BANK_NAME = 'Canary & Thrift Bank';
const QUERY = 'canary query=value/1 ?';
const TOKEN = 'CANARYsplit+Token/0123456789==';
const HEADER = 'canary-header-1234';
const ROUTE = 'canary-account-path';
/** The decision hook: its address, the secrets that sign its questions, and a text in its answers. */
export const DECISION_URL = 'https://canary-hook.example/canary-hook-path?key=canary-hook-key';
const HOOK_SECRET = `whsec_${Buffer.from('canary-hook-secret-current-00001').toString('base64')}`;
const HOOK_NEXT = `whsec_${Buffer.from('canary-hook-secret-next-00000001').toString('base64')}`;
export const HOOK_NOTE = 'canary-note-of-the-hook';
const MESSAGE_ID = 'canary-withdrawal-9';
const PERSON_ID = 'CANARY-SE196512171957';

const ACCESS_KEY = 'canary-access-key-0001';
const SECRET_KEY = 'canary-secret-key-0001';
const NEXT_KEY = 'canary-secret-key-next';
const ENVELOPE_KEY = 'canary-envelope-key-'.repeat(3);
const trustly = rsaFromSeed(11);
const merchant = rsaFromSeed(12);

/** One line from the middle of a PEM. */
const lineOf = (pem: string): string => pem.split('\n')[4] ?? '';

export const ACCOUNTS: readonly Account[] = [
  americasAccount({}, LENIENT),
  europeAccount({ replyAlgorithm: 'RS256' }, LENIENT),
  europeAccount(
    {
      account: 'asks',
      replyAlgorithm: 'RS256',
      withdrawals: true,
      kyc: true,
      decision: { url: DECISION_URL },
    },
    { amountCheck: 'when-present' },
  ),
  paymentwallAccount({}, LENIENT),
];

export const SECRETS: Readonly<Record<string, string>> = {
  'payhooks/sandbox/trustly-americas/shop': JSON.stringify({
    current: { accessId: 'access-id-1', accessKey: ACCESS_KEY },
  }),
  'payhooks/sandbox/trustly-europe/shop': JSON.stringify({
    current: { privateKey: merchant.privateKey },
    trustly: { current: trustly.publicKey },
  }),
  'payhooks/sandbox/trustly-europe/asks': JSON.stringify({
    current: { privateKey: merchant.privateKey },
    trustly: { current: trustly.publicKey },
  }),
  [decisionSecretName('sandbox', 'asks')]: JSON.stringify({ current: HOOK_SECRET, next: HOOK_NEXT }),
  'payhooks/sandbox/paymentwall/shop': JSON.stringify({
    current: { secretKey: SECRET_KEY },
    next: { secretKey: NEXT_KEY },
  }),
  'payhooks/sandbox/envelope-key': JSON.stringify({ current: ENVELOPE_KEY }),
};

const HEADERS = {
  'user-agent': HEADER,
  'x-forwarded-for': HEADER,
  cookie: `session=${HEADER}`,
  referer: HEADER,
};
const message = (
  provider: Account['provider'],
  parts: Partial<Message> & Pick<Message, 'method'>,
): Message => ({
  provider,
  account: 'shop',
  query: '',
  body: Buffer.alloc(0),
  sourceIp: '192.0.2.1',
  ...parts,
  headers: { ...HEADERS, ...parts.headers },
});

export function americas(changes: Readonly<Record<string, string>> = {}): Message {
  const fields = {
    ...{ merchantId: '1002463580', merchantReference: 'ref-1', eventId: '31', eventType: 'Completed' },
    ...{ objectId: '41', objectType: 'Transaction', transactionType: '3', status: '4' },
    ...{
      'customer.name': NAME,
      'customer.externalId': EMAIL,
      fiName: BANK_NAME,
      message: BANK,
      splitToken: TOKEN,
    },
    ...{ newField: QUERY },
    ...changes,
  };
  const { headers, body } = signBody(new URLSearchParams(fields).toString(), {
    accessId: 'access-id-1',
    accessKey: ACCESS_KEY,
  });
  return message('trustly-americas', { method: 'POST', headers, body: Buffer.from(body) });
}

export function europe(changes: Readonly<Record<string, string>> = {}): Message {
  const data = {
    ...{ amount: '11.00', currency: 'EUR', messageid: 'M-1', orderid: '51', notificationid: '61' },
    ...{ enduserid: EMAIL, timestamp: '2010-01-20 14:42:04.675645+01', newfield: QUERY },
    attributes: { name: NAME, personid: BANK, bank: BANK_NAME },
    ...changes,
  };
  const uuid = '258a2184-2842-b485-25ca-293525152425';
  const { headers, body } = signNotification({ method: 'credit', uuid, data }, trustly.privateKey, 'RS256');
  return message('trustly-europe', { method: 'POST', headers, body: Buffer.from(body) });
}

const asks = (method: string, data: Readonly<Record<string, Json>>): Message => {
  const uuid = '258a2184-2842-b485-25ca-293525152425';
  const { headers, body } = signNotification({ method, uuid, data }, trustly.privateKey, 'RS256');
  return {
    ...message('trustly-europe', { method: 'POST', headers, body: Buffer.from(body) }),
    account: 'asks',
  };
};

/** The order of the `debit` question. */
export const WITHDRAWAL = {
  ...{ reference: MESSAGE_ID, kind: 'withdrawal', endUser: EMAIL },
  amounts: [{ currency: 'EUR', exact: '902.50' }],
};

export const debit = (changes: Readonly<Record<string, string>> = {}): Message =>
  asks('debit', {
    ...{ amount: '902.50', currency: 'EUR', messageid: MESSAGE_ID, orderid: '127', enduserid: EMAIL },
    ...{ notificationid: '456', timestamp: '2010-01-20 14:42:04.675645+01', newfield: QUERY },
    attributes: { name: NAME, bank: BANK_NAME, account: BANK },
    ...changes,
  });

export const kyc = (changes: Readonly<Record<string, string>> = {}): Message =>
  asks('kyc', {
    ...{ messageid: 'deposit-1', orderid: '128', notificationid: '457', kycentityid: '29a750aa' },
    attributes: { personid: PERSON_ID, firstname: NAME, street: BANK, city: BANK_NAME, dob: QUERY },
    ...changes,
  });

export function pingback(changes: Readonly<Record<string, string>> = {}): Message {
  const fields = {
    ...{ uid: EMAIL, goodsid: 'gold', slength: '', speriod: '', type: '0', ref: 'b71' },
    ...{ a_name: NAME, a_bank: BANK, a_bank_name: BANK_NAME, a_query: QUERY },
    ...changes,
  };
  const query = signPingback(Object.entries(fields), {
    secretKey: SECRET_KEY,
    version: 3,
    api: 'digital_goods',
  });
  return message('paymentwall', { method: 'GET', query });
}

export const toUnknownAccount = (to: Message): Message => ({ ...to, account: ROUTE });

const signatureOf = {
  americas: (from: Message) =>
    Buffer.from(from.headers.authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':')[1],
  europe: (from: Message) =>
    (JSON.parse(from.body.toString()).params.signature as string).slice('alg=RS256;'.length, 120),
  pingback: (from: Message) => /sig=([0-9a-f]+)/.exec(from.query)?.[1],
};

export const MARKS: readonly Mark[] = [
  ...Object.entries({
    ...{
      'person id': PERSON_ID,
      'hook secret': HOOK_SECRET.slice(6, 46),
      'next hook secret': HOOK_NEXT.slice(6, 46),
    },
    ...{
      'hook secret, bytes': 'canary-hook-secret-current-00001',
      'decision host': 'canary-hook.example',
      'decision path': 'canary-hook-path',
      'decision key': 'canary-hook-key',
      'decision note': HOOK_NOTE,
    },
    ...{ name: NAME, 'e-mail': EMAIL, 'bank account': BANK, bank: BANK_NAME, 'free text': QUERY },
    ...{ splitToken: TOKEN, header: HEADER, 'unknown account': ROUTE },
    ...{
      accessKey: ACCESS_KEY,
      secretKey: SECRET_KEY,
      'next secretKey': NEXT_KEY,
      'envelope key': ENVELOPE_KEY,
    },
    'private key': lineOf(merchant.privateKey),
    'private key, DER': lineOf(
      createPrivateKey(merchant.privateKey).export({ type: 'pkcs1', format: 'pem' }).toString(),
    ),
    'signature (Americas)': signatureOf.americas(americas()) ?? '',
    'signature (Europe)': signatureOf.europe(europe()),
    'signature (Paymentwall)': signatureOf.pingback(pingback()) ?? '',
  }).map(([name, text]) => ({ name, text })),
];
