/**
 * Every class of altered messages that may keep a genuine signature, with one example each: the rows of
 * docs/signatures.md. The provider signed `from`; a forger sends `to` with the same signature.
 */
import type { ProviderName } from '../../shared/providers/index.ts';
import { targetOf } from './targets.ts';
import { contentOf, type Message, withContent } from './wire.ts';

export interface AlteredClass {
  readonly provider: ProviderName;
  /** The first cell of the row in the documents. */
  readonly name: string;
  /** A quarantine's reason, "same message", "open", or the status of a refusal. */
  readonly gets: string;
  readonly genuine: Message;
  readonly altered: Message;
}

function signed(provider: ProviderName, account: string, content: string): Message {
  const target = targetOf(provider);
  const to = target.accounts.find((each) => each.account === account);
  const message = to && target.sign(content, to);
  if (message === undefined) throw new Error(`cannot sign for ${account}`);
  return message;
}

const EVENT = 'eventId=7&eventType=Update&transactionType=3&objectId=5&status=5';

const americas = (name: string, gets: string, from: string, to: string): AlteredClass => {
  const genuine = signed('trustly-americas', 'shop', from);
  return {
    provider: 'trustly-americas',
    name,
    gets,
    genuine,
    altered: withContent(genuine, Buffer.from(to)),
  };
};

type Data = Readonly<Record<string, unknown>>;
const CREDIT = {
  ...{
    amount: '20.00',
    currency: 'SEK',
    enduserid: 'leecS',
    messageid: '5001',
    notificationid: '3653956920',
  },
  ...{ orderid: '3931155141', timestamp: '2015-03-12 15:14:18.61671+00' },
};
const IDS = { messageid: 'M-1', notificationid: '61', orderid: '51' };

const europe = (
  name: string,
  gets: string,
  from: Data,
  to: Data | ((text: string) => string),
  method = 'credit',
) => {
  const genuine = signed('trustly-europe', 'own', JSON.stringify({ method, data: from }));
  const text = contentOf(genuine).toString();
  const root = JSON.parse(text) as { readonly params: object };
  const changed =
    typeof to === 'function' ? to(text) : JSON.stringify({ ...root, params: { ...root.params, data: to } });
  const altered = withContent(genuine, Buffer.from(changed));
  return { provider: 'trustly-europe', name, gets, genuine, altered } as const;
};

const omit = (data: Data, ...names: readonly string[]): Data =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)));

const GOODS = { uid: 'pwuser', goodsid: 'gold', slength: '', speriod: '', type: '0', ref: 'b1493096790' };
type Fields = Readonly<Record<string, string>>;

const pingback = (
  name: string,
  gets: string,
  from: Fields,
  to: Fields | ((query: string) => string),
  account = 'digital-goods-v3',
): AlteredClass => {
  const genuine = signed('paymentwall', account, new URLSearchParams(from).toString());
  const sig = /sig=[0-9a-f]+$/.exec(genuine.query)?.[0] ?? '';
  const version = account.endsWith('v1') ? {} : { sign_version: account.slice(-1) };
  const query =
    typeof to === 'function' ? to(genuine.query) : `${new URLSearchParams({ ...to, ...version })}&${sig}`;
  return { provider: 'paymentwall', name, gets, genuine, altered: { ...genuine, query } };
};

const V1 = 'digital-goods-v1';
const FAILED = { details: 'BACS ARUDD_1', reason: 'FAILED' };

export const CLASSES: readonly AlteredClass[] = [
  americas(
    'other escapes, `+` for `%20`, empty `&&`',
    'same message',
    `${EVENT}&message=a%20b`,
    `&${EVENT.replace('status', 'stat%75s')}&&message=a+b`.slice(1).replace('&&', '&'),
  ),
  americas(
    'an unknown field hidden in a free text, or split off it',
    'same message',
    `${EVENT}&fiName=M%26T+Bank`,
    `${EVENT}&fiName=M&T Bank`,
  ),
  americas(
    'a field swallowed by its neighbour',
    'ambiguous_text',
    `${EVENT}&message=x`,
    `${EVENT.replace('&status', '%26status')}&message=x`,
  ),
  americas(
    'a known field hidden by an encoded `=`',
    'ambiguous_text',
    `${EVENT}&message=x`,
    `${EVENT.replace('status=', 'status%3D')}&message=x`,
  ),
  americas(
    'a field hidden in a name or in an unknown field',
    'ambiguous_text',
    `${EVENT}&new=1`,
    `${EVENT.replace('&status=5', '')}&status%3D5%26new=1`,
  ),
  americas(
    'a free text that repeats a field',
    'ambiguous_text',
    `${EVENT}&message=x%26status%3D4`,
    `${EVENT}&message=x%26status%3D4`,
  ),
  americas(
    'the repeated field, split off',
    'duplicate_key',
    `${EVENT}&message=x%26status%3D4`,
    `${EVENT}&message=x&status=4`,
  ),
  americas(
    'a reference joined over `&`',
    'invalid_field.merchantReference',
    `${EVENT}&merchantReference=A&B`,
    `${EVENT}&merchantReference=A%26B`,
  ),
  americas(
    'a reference with `&`, cut there',
    'open',
    `${EVENT}&merchantReference=A%26B`,
    `${EVENT}&merchantReference=A&B`,
  ),
  americas(
    'a free text that spells out an absent field, split off',
    'open',
    `${EVENT}&message=x%26parentObjectId%3D8`,
    `${EVENT}&message=x&parentObjectId=8`,
  ),
  americas(
    'a splitToken, or a code of a bank, swallows an unknown field',
    'invalid_field.splitToken',
    `${EVENT}&splitToken=z9w&brand.new=1`,
    `${EVENT}&splitToken=z9w%26brand.new=1`,
  ),
  americas(
    'the name of a bank loses its end to an unknown field',
    'open',
    'eventId=7&eventType=Authorize&transactionType=1&objectId=5&status=2&fiName=M%26T+Bank',
    'eventId=7&eventType=Authorize&transactionType=1&objectId=5&status=2&fiName=M&T Bank',
  ),
  americas(
    'bytes that are not UTF-8 in a field that decides nothing, escaped or not',
    'same message',
    `${EVENT}&fiName=Caf%E9&new=%c3`,
    `${EVENT}&fiName=Caf%e9&new=%C3`,
  ),
  americas(
    'a reference whose bytes are not UTF-8',
    'invalid_field.merchantReference',
    `${EVENT}&merchantReference=Caf%E9`,
    `${EVENT}&merchantReference=Caf%E9`,
  ),
  americas(
    'fields in another order, left out, or added',
    '401',
    EVENT,
    `status=5&${EVENT.replace('&status=5', '')}`,
  ),

  europe('other order of members, white space, escapes', 'same message', CREDIT, (text) =>
    text.replace('"amount"', ' "\\u0061mount"'),
  ),
  europe('a number for a text', 'same message', CREDIT, (text) => text.replace('"3653956920"', '3653956920')),
  europe('empty `attributes` added or left out', 'same message', CREDIT, { ...CREDIT, attributes: {} }),
  europe('a value swallows its neighbours', 'malformed_field', CREDIT, {
    ...omit(CREDIT, 'orderid', 'timestamp'),
    orderid: `${CREDIT.orderid}timestamp${CREDIT.timestamp}`,
  }),
  europe('a required field swallowed', 'missing_field', CREDIT, {
    ...omit(CREDIT, 'messageid', 'enduserid'),
    enduserid: 'leecSmessageid5001',
  }),
  europe('a key renamed', 'missing_field', CREDIT, {
    ...omit(CREDIT, 'orderid'),
    orderid3: CREDIT.orderid.slice(1),
  }),
  europe('the id of the notification renamed', '401', CREDIT, {
    ...omit(CREDIT, 'notificationid'),
    notificationid3: '653956920',
  }),
  europe('an optional key renamed away', 'ambiguous', CREDIT, {
    ...omit(CREDIT, 'timestamp'),
    timestamp2: CREDIT.timestamp.slice(1),
  }),
  europe('an object or a list for a text', 'wrong_type', CREDIT, { ...CREDIT, amount: { '20.00': '' } }),
  europe('a key repeated, the forged one first', 'duplicate_key', CREDIT, (text) =>
    text.replace('"amount":', '"amount":"9000.00","amount":'),
  ),
  europe('a key repeated, the forged one last', '401', CREDIT, (text) =>
    text.replace('"amount":"20.00"', '"amount":"20.00","amount":"9000.00"'),
  ),
  europe('`method` and `uuid` share characters', '400', CREDIT, (text) =>
    text.replace('"credit"', '"credit2"').replace('"258a', '"58a'),
  ),
  europe(
    "a user's name that spells out fields",
    'ambiguous',
    { ...IDS, enduserid: 'bobmessageid7notificationid8orderid9os' },
    { ...IDS, enduserid: 'bobmessageid7notificationid8orderid9os' },
    'cancel',
  ),
  europe(
    'a reason renamed, swallowed or moved out of `attributes`',
    'ambiguous',
    { ...IDS, attributes: FAILED },
    { ...IDS, attributes: { details: 'BACS ARUDD_1reasonFAILED' } },
    'cancel',
  ),
  europe(
    'an `errorcode` swallows its message',
    'ambiguous',
    { ...CREDIT, errorcode: 'incorrect', errormessage: 'Format' },
    { ...CREDIT, errorcode: 'incorrecterrormessageFormat' },
    'payoutfailed',
  ),
  europe(
    'a free text loses its end to an unknown field, or swallows one',
    'open',
    { ...CREDIT, enduserid: 'bobhi' },
    { ...CREDIT, enduserid: 'bob', hi: '' },
  ),
  europe('a user loses all of its text to an unknown field', 'ambiguous', CREDIT, {
    ...CREDIT,
    enduserid: '',
    leecS: '',
  }),
  europe(
    'a reference swallows an empty unknown field',
    'open',
    { ...CREDIT, newfield: '' },
    { ...CREDIT, messageid: `${CREDIT.messageid}newfield` },
  ),

  pingback(
    'another order of parameters, `+` for `%20`, empty `&&`',
    'same message',
    { ...GOODS, my_order: 'a b' },
    (query) => query.replace('+', '%20').split('&').reverse().join('&&'),
  ),
  pingback(
    'a custom parameter swallows or loses an unknown neighbour',
    'same message',
    { ...GOODS, app: 'a', app2: 'b' },
    { ...GOODS, app: 'aapp2=b' },
  ),
  pingback(
    'a value swallows a known neighbour',
    'ambiguous',
    { ...GOODS, is_test: '1' },
    { ...GOODS, goodsid: 'goldis_test=1' },
  ),
  pingback(
    'a letter of a name moves into the value before',
    'ambiguous',
    { ...GOODS, initial_ref: 'b1' },
    { ...GOODS, goodsid: 'goldi', nitial_ref: 'b1' },
  ),
  pingback(
    'a name takes the value before it',
    'ambiguous',
    { ...GOODS, goodsid: 'hold', is_test: '1' },
    { ...GOODS, goodsid: '', holdis_test: '1' },
  ),
  pingback(
    'a name swallows its own value and the next name',
    'malformed_name',
    { ...GOODS, is_test: '1', my_custom: 'x' },
    { ...GOODS, 'is_test=1my_custom': 'x' },
  ),
  pingback(
    'a signed parameter added, left out or changed',
    '401',
    { ...GOODS, is_test: '1' },
    (query) => `${query}&type=2`,
  ),
  pingback(
    'version 1: a duplicate before the signed one',
    'duplicate_name',
    GOODS,
    (query) => `uid=thief&${query}`,
    V1,
  ),
  pingback(
    'version 1: a list beside or instead of a value',
    'nested_field',
    GOODS,
    (query) => `${query}&is_test[0]=1`,
    V1,
  ),
  pingback(
    'version 1: unknown parameters added or left out',
    'same message',
    GOODS,
    (query) => `${query}&anything=type%3D2`,
    V1,
  ),
  pingback(
    'version 1: `is_test` or `reason` added or left out',
    'open',
    GOODS,
    (query) => `${query}&is_test=1`,
    V1,
  ),
  pingback('another version than the pinned one', '401', GOODS, (query) =>
    query.replace('sign_version=3', 'sign_version=2'),
  ),
  pingback('the reference or the type swallowed', '401', GOODS, {
    ...Object.fromEntries(Object.entries(GOODS).filter(([name]) => name !== 'ref')),
    goodsid: 'goldref=b1493096790',
  }),
  pingback('a required parameter swallowed', 'ambiguous', GOODS, {
    ...Object.fromEntries(Object.entries(GOODS).filter(([name]) => name !== 'uid')),
    type: '0uid=pwuser',
  }),
  pingback(
    'a free text loses its end to an unknown parameter',
    'open',
    { ...GOODS, goodsid: 'gold hi=5' },
    { ...GOODS, goodsid: 'gold ', hi: '5' },
  ),
  pingback(
    'uid, goodsid or the order reference swallows an unknown parameter',
    'malformed_goodsid',
    { ...GOODS, goodsid: 'gold', hi: '5' },
    { ...GOODS, goodsid: 'goldhi=5' },
  ),
  pingback(
    'a free text takes the beginning of an unknown name',
    'open',
    { ...GOODS, order_id: '7' },
    { ...GOODS, goodsid: 'goldo', rder_id: '7' },
  ),
  pingback(
    'an empty unknown parameter swallowed by uid, goodsid or the order reference',
    'malformed_goodsid',
    { ...GOODS, order_id: '' },
    { ...GOODS, goodsid: 'goldorder_id=' },
  ),
  pingback(
    'a name takes the end of a value that ends in `_`, `.` or `-`',
    'ambiguous',
    { ...GOODS, goodsid: 'hold_', is_test: '1' },
    { ...GOODS, goodsid: '', hold_is_test: '1' },
  ),
  pingback(
    'a name that is also elsewhere takes the end of a value that ends in `_`',
    'ambiguous',
    { ...GOODS, ha: 'xi_', is_test: '1', k_is_test: '0' },
    { ...GOODS, ha: 'x', i_is_test: '1k_', is_test: '0' },
  ),
  pingback(
    '`initial_ref`, a free name, takes the end of a text',
    'open',
    { ...GOODS, goodsid: 'gold h_', initial_ref: 'b1' },
    { ...GOODS, goodsid: 'gold ', h_initial_ref: 'b1' },
  ),
  pingback(
    'the id of a refund lost to the name behind it',
    'ambiguous',
    { ...GOODS, type: '220', merchant_refund_id: 'r1', promo: 'x' },
    { ...GOODS, type: '220', merchant_refund_id: '', r1promo: 'x' },
  ),
  pingback(
    'a free text that spells out an absent parameter, split off',
    'open',
    { ...GOODS, goodsid: 'goldis_test=1' },
    { ...GOODS, goodsid: 'gold', is_test: '1' },
  ),
];
