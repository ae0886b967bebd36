/** Trustly Europe: both genuine vectors, the documented sample of every method, and an independent RSA verification. */

import { verify } from 'node:crypto';
import { type Algorithm, type Json, signNotification } from '../../local/demo/senders/trustly-europe.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { SAMPLES } from '../providers/trustly-europe/support.ts';
import { europeAccount } from '../support/accounts.ts';
import vectors from '../vectors/trustly-europe.json' with { type: 'json' };
import { rsaFromSeed } from './keys.ts';
import { differences, type Target } from './target.ts';
import { keepNumbers, type Message, numberText } from './wire.ts';

const trustly = rsaFromSeed(1);
const trustlyNext = rsaFromSeed(2);
const merchant = rsaFromSeed(3);

const account = (name: string): TrustlyEuropeAccount => europeAccount({ account: name });

/** By account: the public keys whose signatures it accepts. */
const PUBLIC: Readonly<Record<string, readonly string[]>> = {
  published: [vectors.trustly_test_public_key],
  own: [trustly.publicKey, trustlyNext.publicKey],
};

const message = (body: string, name: string): Message => ({
  provider: 'trustly-europe',
  account: name,
  method: 'POST',
  query: '',
  sourceIp: '192.0.2.1',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(body, 'utf8'),
});

const UUID = '258a2184-2842-b485-25ca-293525152425';
type Data = Readonly<Record<string, Json>>;
const own = (method: string, data: Data, algorithm: Algorithm = 'SHA1', key = trustly): Message =>
  message(signNotification({ method, uuid: UUID, data }, key.privateKey, algorithm).body, 'own');

const published = vectors.genuine.map(({ method, uuid, data, signature }) =>
  message(JSON.stringify({ method, params: { signature, uuid, data }, version: '1.1' }), 'published'),
);

const ALGORITHMS: readonly Algorithm[] = ['SHA1', 'RS256', 'RS384', 'RS512'];
const MORE: readonly (readonly [string, Data])[] = [
  [
    'credit',
    { ...SAMPLES.credit, enduserid: 'Åsa Öberg', newfield: null, attributes: { payerAlias: '46700' } },
  ],
  ['credit', { messageid: 'M-1', orderid: '77', notificationid: '78' }],
  ['cancel', { ...SAMPLES.cancel, attributes: { details: 'BACS ARUDD_1(INSTRUCTION)', reason: 'FAILED' } }],
  [
    'debit',
    { ...SAMPLES.debit, amount: 11, attributes: { reason: 'CANCELLED', reference: '', statement: 'x' } },
  ],
  ['pending', { ...SAMPLES.pending, refund: '1', paymentdate: '2024-01-05', enduserid: null }],
  ['account', { ...SAMPLES.account, attributes: { accountholders: ['A B', 'C D'], directdebitmandate: 1 } }],
  ['brandnew', { messageid: 'M-2', notificationid: '79', anything: { deep: ['x', null, {}] } }],
];
/** Notifications whose `enduserid` spells out fields. */
const HOSTILE: readonly (readonly [string, Data])[] = [
  [
    'credit',
    { ...SAMPLES.credit, enduserid: 'bobmessageid7notificationid8orderid9timestamp2015-03-12 15:14:18+00z' },
  ],
  ['cancel', { ...SAMPLES.cancel, enduserid: 'bobmessageid7notificationid8orderid9os' }],
];

/** Independent of shared/: uses JSON.parse, keeps numbers as written, and reads the last of equal keys. */
function flatten(value: unknown): string {
  if (value === null || value === undefined) return '';
  const number = numberText(value);
  if (number !== undefined) return number;
  if (Array.isArray(value)) return value.map(flatten).join('');
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return members.map(([key, each]) => key + flatten(each)).join('');
}

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0);

interface Envelope {
  readonly method: string;
  readonly params: {
    readonly signature: string;
    readonly uuid: string;
    readonly data: Record<string, unknown>;
  };
}

const TEXTS = ['accountid', 'enduserid', 'errorcode', 'kycentityid', 'messageid'];

/** The facts without error codes, because an error code is a free text. */
const moneyOf = ({ facts }: NormalizedEvent): string =>
  JSON.stringify(facts, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('error:') ? undefined : value,
  ).replaceAll('null', '');

export const europe: Target = {
  provider: trustlyEurope as unknown as RegisteredProvider,
  accounts: [account('published'), account('own')],
  secrets: {
    published: { current: { privateKey: merchant.privateKey } },
    own: {
      current: { privateKey: merchant.privateKey },
      trustly: { current: trustly.publicKey, next: trustlyNext.publicKey },
    },
  },
  corpus: [
    ...published,
    ...Object.entries(SAMPLES).map(([method, data], index) => own(method, data, ALGORITHMS[index % 4])),
    ...MORE.map(([method, data], index) =>
      own(method, data, ALGORITHMS[index % 4], index % 2 ? trustlyNext : trustly),
    ),
  ],
  hostile: HOSTILE.map(([method, data]) => ({ message: own(method, data) })),
  sign(content) {
    try {
      const { method, data } = JSON.parse(content) as { readonly method: string; readonly data: Data };
      return own(method, data);
    } catch {
      return undefined;
    }
  },
  isSigned({ body }, { account: name }) {
    const { method, params } = JSON.parse(body.toString('utf8'), keepNumbers) as Envelope;
    const [, alg = '', base64 = ''] = /^(?:alg=RS(256|384|512);)?(.*)$/s.exec(params.signature) ?? [];
    const { attributes, ...rest } = params.data;
    return [params.data, ...(isEmpty(attributes) ? [rest] : [])].some((data) =>
      (PUBLIC[name] ?? []).some((key) =>
        verify(
          `sha${alg || '1'}`,
          Buffer.from(method + params.uuid + flatten(data)),
          key,
          Buffer.from(base64, 'base64'),
        ),
      ),
    );
  },
  /** A free text before an unknown field: the text of one reading is the beginning of the other. */
  openClass(genuine, accepted) {
    const allowed = new Set([
      'aliases',
      'endUser',
      'facts',
      'details.code',
      ...TEXTS.map((name) => `material.${name}`),
    ]);
    if (!differences(genuine, accepted).every((name) => allowed.has(name))) return undefined;
    if (moneyOf(genuine) !== moneyOf(accepted)) return undefined;
    const text = (normalized: NormalizedEvent, name: string): string => normalized.material[name] ?? '';
    const isCut = TEXTS.every(
      (name) =>
        text(genuine, name).startsWith(text(accepted, name)) ||
        text(accepted, name).startsWith(text(genuine, name)),
    );
    return isCut ? 'end of a free text before an unknown field' : undefined;
  },
};
