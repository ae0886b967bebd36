/** Generated messages: structured random content (fast-check), unsigned or signed, and raw bytes. */

import fc from 'fast-check';
import type { ProviderName } from '../../shared/providers/index.ts';
import type { Random } from '../simulation/random.ts';
import { INVALID_UTF8, TOKENS } from './operators-bytes.ts';
import { NAMES, NUMBERS } from './operators-form.ts';
import type { Target } from './target.ts';
import { type Message, withContent } from './wire.ts';

const FIELDS: Readonly<Record<ProviderName, readonly string[]>> = {
  'trustly-americas': [
    ...['eventId', 'eventType', 'objectId', 'objectType', 'parentObjectId', 'transactionType', 'paymentType'],
    ...['status', 'merchantReference', 'message', 'fiName', 'splitToken', 'accessId', 'errorCode', 'new'],
  ],
  'trustly-europe': [
    ...[
      'amount',
      'currency',
      'enduserid',
      'messageid',
      'notificationid',
      'orderid',
      'timestamp',
      'attributes',
    ],
    ...['refund', 'verified', 'accountid', 'errorcode', 'kycentityid', 'new'],
  ],
  paymentwall: [
    ...[
      'uid',
      'goodsid',
      'slength',
      'speriod',
      'type',
      'ref',
      'sign_version',
      'is_test',
      'reason',
      'currency',
    ],
    ...[
      'goodsid[0]',
      'goodsid[1]',
      'goodsid[10]',
      'custom[a]',
      'my_order',
      'refund_amount',
      'merchant_refund_id',
    ],
  ],
};
const VALUES = [
  ...[
    '',
    '0',
    '1',
    '2',
    '3',
    '4',
    '200',
    '201',
    '1028606616',
    '11.00',
    '902.50',
    'SEK',
    'EUR',
    'Authorize',
    'Complete',
  ],
  ...[
    'Dispute',
    'Refresh',
    'gold',
    'b1493096790',
    'day',
    'ref-7',
    'M&T Bank',
    'Å Ä Ö',
    'a=b',
    '2015-03-12 15:14:18+00',
  ],
];

const name = (provider: ProviderName) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...FIELDS[provider]) },
    { weight: 1, arbitrary: fc.constantFrom(...NAMES, ...TOKENS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  );
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.constantFrom(...NUMBERS, ...TOKENS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom('status=4', '&', '=', 'orderid1', 'ref='), maxLength: 30 }),
  },
);

const escaped = (text: string): string =>
  encodeURIComponent(text.isWellFormed() ? text : text.toWellFormed()).replaceAll('%20', '+');

const form = (provider: ProviderName): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(name(provider), value), { maxLength: 20 })
    .map((pairs) => pairs.map(([key, each]) => `${escaped(key)}=${escaped(each)}`).join('&'));

const METHODS = [
  'credit',
  'debit',
  'cancel',
  'pending',
  'account',
  'kyc',
  'payoutfailed',
  'payoutconfirmation',
  'x_y',
];

const { node: json } = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'json' },
    value.map((text) => text as unknown),
    fc.constantFrom<unknown>(null, true, 0, 11.5, -1, 1e21),
    fc.array(tie('node'), { maxLength: 3, depthIdentifier: 'json' }),
    fc.dictionary(name('trustly-europe'), tie('node'), { maxKeys: 4, depthIdentifier: 'json' }),
  ),
}));

const data = fc.oneof(
  { weight: 3, arbitrary: fc.dictionary(name('trustly-europe'), value, { maxKeys: 12 }) },
  { weight: 1, arbitrary: fc.dictionary(name('trustly-europe'), json, { maxKeys: 12 }) },
);
const call: fc.Arbitrary<string> = fc
  .record({ method: fc.constantFrom(...METHODS), data })
  .map((content) => JSON.stringify(content));

/** The fields that a message needs, so that some signed messages fit the schema. */
const BASES: Readonly<Record<ProviderName, Readonly<Record<string, string>>>> = {
  'trustly-americas': { eventId: '7', eventType: 'Update', objectId: '5' },
  'trustly-europe': { notificationid: '61', orderid: '51', messageid: 'M-1' },
  paymentwall: { uid: 'u1', goodsid: 'gold', type: '0', ref: 'b7' },
};

/** Generates the content of a message, without a signature. */
export const content = (provider: ProviderName): fc.Arbitrary<string> =>
  fc.tuple(provider === 'trustly-europe' ? call : form(provider), fc.boolean()).map(([text, isBased]) => {
    if (!isBased) return text;
    const base = BASES[provider];
    if (provider === 'trustly-europe') {
      const { method, data: members } = JSON.parse(text) as {
        readonly method: string;
        readonly data: object;
      };
      return JSON.stringify({ method, data: { ...members, ...base } });
    }
    const rest = [...new URLSearchParams(text)].filter(([key]) => !Object.hasOwn(base, key));
    return new URLSearchParams([...Object.entries(base), ...new Map(rest)]).toString();
  });

const one = <T>(arbitrary: fc.Arbitrary<T>, random: Random): T =>
  fc.sample(arbitrary, { seed: random.below(2 ** 31), numRuns: 1 })[0] as T;

/** Random content in the provider's form with an invalid signature: it must never be accepted. */
export function forged(like: Message, random: Random): Message {
  const text = one(content(like.provider), random);
  if (like.provider !== 'trustly-europe') {
    const sig =
      like.provider === 'paymentwall' ? `&sig=${(/sig=([^&]*)/.exec(like.query) ?? [])[1] ?? ''}` : '';
    return withContent(like, Buffer.from(text + sig));
  }
  const { params } = JSON.parse(like.body.toString()) as {
    readonly params: Readonly<Record<string, unknown>>;
  };
  const { method, data: members } = JSON.parse(text) as { readonly method: string; readonly data: unknown };
  return withContent(
    like,
    Buffer.from(JSON.stringify({ method, params: { ...params, data: members }, version: '1.1' })),
  );
}

/** Random content with a genuine signature: it is read or quarantined. */
export function signed(target: Target, random: Random): Message | undefined {
  return target.sign(one(content(target.provider.name), random), random.pick(target.accounts));
}

/** Random bytes, also more than the size limit. */
export function rawBytes(like: Message, random: Random): Message {
  const length = random.pick([0, 1, 2, 30, 300, 3_000, 65_536, 65_537, 70_000]);
  const kind = random.below(4);
  const pieces: Buffer[] = [];
  for (let size = 0; size < length; size += pieces.at(-1)?.length ?? 1) {
    if (kind === 0) pieces.push(Buffer.from(Array.from({ length: 64 }, () => random.below(256))));
    else if (kind === 1) pieces.push(Buffer.from(random.pick(TOKENS)));
    else if (kind === 2) pieces.push(Buffer.from(random.pick(INVALID_UTF8)));
    else pieces.push(Buffer.alloc(512, random.pick(['[', '{"a":', '9', '%', '&', '=', '\u0000', '"', 'a'])));
  }
  return withContent(like, Buffer.concat(pieces).subarray(0, length));
}
