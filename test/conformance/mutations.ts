/**
 * The byte mutations of a published catalogue for webhook receivers (docs/conformance.md), for each provider. A
 * mutation before signing has a signature of the provider's key; a mutation after signing keeps the signature of the
 * original.
 */
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification } from '../../local/demo/senders/trustly-europe.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { SECRETS } from '../canary/scenes.ts';
import { rsaFromSeed } from '../fuzz/keys.ts';
import { contentOf, type Message, withContent } from '../fuzz/wire.ts';

type Fields = Readonly<Record<string, string>>;

interface Sender {
  readonly provider: ProviderName;
  readonly fields: Fields;
  /** Name of the field that identifies the payment or the shopper. */
  readonly subject: string;
  /** Name of the field with the notification's id. */
  readonly id: string;
  readonly type: string;
  sign(fields: Fields, how?: { readonly otherKey?: boolean }): Message;
  /** Signs exactly these bytes; absent: the provider's signature covers values and not bytes. */
  signText?(text: string): Message;
}

const secretOf = (name: string) => JSON.parse(SECRETS[`payhooks/sandbox/${name}`] ?? '{}').current;
const post = (provider: ProviderName, { headers, body }: { headers: Fields; body: string }): Message => ({
  ...{ provider, account: 'shop', method: 'POST', query: '', sourceIp: '192.0.2.1' },
  ...{ headers, body: Buffer.from(body) },
});

const americasKey = (otherKey: boolean) => ({
  ...secretOf('trustly-americas/shop'),
  ...(otherKey ? { accessKey: 'another-access-key-0002' } : {}),
});
const americas: Sender = {
  provider: 'trustly-americas',
  fields: {
    ...{ merchantId: '1002463580', merchantReference: 'ref-1', eventId: '31', eventType: 'Completed' },
    ...{ objectId: '41', objectType: 'Transaction', transactionType: '3', status: '4' },
  },
  ...{ subject: 'objectId', id: 'eventId', type: 'eventType' },
  sign: (fields, { otherKey = false } = {}) =>
    post('trustly-americas', signBody(new URLSearchParams(fields).toString(), americasKey(otherKey))),
  signText: (text) => post('trustly-americas', signBody(text, americasKey(false))),
};

const UUID = '258a2184-2842-b485-25ca-293525152425';
const europe: Sender = {
  provider: 'trustly-europe',
  fields: {
    ...{ amount: '11.00', currency: 'EUR', messageid: 'M-1', orderid: '51', notificationid: '61' },
    ...{ enduserid: 'shopper-7', timestamp: '2010-01-20 14:42:04.675645+01', method: 'credit' },
  },
  ...{ subject: 'orderid', id: 'notificationid', type: 'method' },
  sign: ({ method = '', ...data }, { otherKey = false } = {}) => {
    const { privateKey } = rsaFromSeed(otherKey ? 13 : 11);
    return post('trustly-europe', signNotification({ method, uuid: UUID, data }, privateKey, 'RS256'));
  },
};

const paymentwall: Sender = {
  provider: 'paymentwall',
  fields: { uid: 'shopper-7', goodsid: 'gold', slength: '', speriod: '', type: '0', ref: 'b71' },
  ...{ subject: 'uid', id: 'ref', type: 'type' },
  sign: (fields, { otherKey = false } = {}) => {
    const secretKey = otherKey ? 'another-secret-key-0002' : secretOf('paymentwall/shop').secretKey;
    const query = signPingback(Object.entries(fields), { secretKey, version: 3, api: 'digital_goods' });
    return {
      ...{ provider: 'paymentwall', account: 'shop', method: 'GET', query, sourceIp: '192.0.2.1' },
      ...{ headers: {}, body: Buffer.alloc(0) },
    };
  },
};

export const SENDERS: readonly Sender[] = [americas, europe, paymentwall];

const without = (fields: Fields, gone: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== gone));

/** Changes the bytes of the content. */
const bytes = (message: Message, change: (content: Buffer) => Buffer): Message =>
  withContent(message, change(contentOf(message)));
const replace = (message: Message, from: RegExp | string, to: string): Message =>
  bytes(message, (content) => Buffer.from(content.toString('latin1').replace(from, to), 'latin1'));

function signature(message: Message, change: (text: string) => string): Message {
  const { authorization } = message.headers;
  if (authorization !== undefined) {
    const [id = '', text = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
    const changed = Buffer.from(`${id}:${change(text)}`).toString('base64');
    return { ...message, headers: { ...message.headers, authorization: `Basic ${changed}` } };
  }
  const [, text = ''] =
    /"signature":"([^"]*)"/.exec(message.body.toString()) ?? /sig=([0-9a-f]*)/.exec(message.query) ?? [];
  return replace(message, text, change(text));
}

/** Removes the signature: the header, the member or the parameter. */
function unsigned(message: Message): Message {
  if (message.headers.authorization !== undefined)
    return { ...message, headers: without(message.headers, 'authorization') };
  return replace(message, /"signature":"[^"]*",|&?sig=[0-9a-f]*/, '');
}

/** By id of the catalogue. A mutation that returns undefined does not exist for the provider (docs/conformance.md). */
export const MUTATIONS: Readonly<Record<string, (sender: Sender) => Message | undefined>> = {
  'MUT-remove-json-pointer-v1': ({ sign, fields, subject }) => sign(without(fields, subject)),
  'MUT-replace-json-value-v1': ({ sign, fields, subject }) => sign({ ...fields, [subject]: '999' }),
  'MUT-replace-json-type-v1': ({ sign, fields, type }) => sign({ ...fields, [type]: 'false' }),
  'MUT-add-json-field-v1': ({ sign, fields }) => sign({ ...fields, brandnewfield: 'x' }),
  'MUT-change-event-id-v1': ({ sign, fields, id }) => sign({ ...fields, [id]: '777' }),
  'MUT-change-event-type-v1': ({ sign, fields, type, provider }) =>
    sign({ ...fields, [type]: provider === 'paymentwall' ? '999' : 'SomethingNew' }),
  'MUT-truncate-bytes-v1': ({ sign, fields }) =>
    bytes(sign(fields), (content) => content.subarray(0, Math.floor(content.length / 2))),
  'MUT-invalid-json-v1': ({ sign, signText, fields }) =>
    signText?.('%%%not=a&form=%G1') ?? replace(sign(fields), /[{=]/, '}'),
  'MUT-invalid-utf8-v1': ({ sign, signText, fields, id }) =>
    signText?.(`${new URLSearchParams(fields)}&fiName=Caf%E9`) ??
    replace(sign(fields), fields[id] ?? '', '\xff'),
  'MUT-duplicate-json-key-v1': ({ sign, signText, fields, subject }) =>
    signText?.(`${new URLSearchParams(fields)}&${subject}=999`) ?? duplicated(sign(fields), subject),
  'MUT-content-type-mismatch-v1': ({ sign, fields }) => {
    const message = sign(fields);
    return { ...message, headers: { ...message.headers, 'content-type': 'image/png' } };
  },
  'MUT-alter-after-signing-v1': ({ sign, fields, subject }) =>
    replace(sign(fields), fields[subject] ?? '', `${(fields[subject] ?? '').slice(0, -1)}9`),
  'MUT-stale-signature-timestamp-v1': () => undefined,
  'MUT-wrong-signing-key-v1': ({ sign, fields }) => sign(fields, { otherKey: true }),
  'MUT-missing-signature-v1': ({ sign, fields }) => unsigned(sign(fields)),
  'MUT-malformed-signature-v1': ({ sign, fields }) =>
    signature(sign(fields), (text) => `${text.slice(0, -4)}!`),
  'MUT-oversized-body-v1': ({ sign, fields }) =>
    bytes(sign(fields), (content) => Buffer.concat([content, Buffer.alloc(70_000, '0')])),
};

/** Repeats a name with another value after signing, for the two providers whose signatures cover values. */
function duplicated(message: Message, name: string): Message {
  return message.method === 'GET'
    ? { ...message, query: `${message.query}&${name}=999` }
    : replace(message, `"${name}":`, `"${name}":"999","${name}":`);
}
