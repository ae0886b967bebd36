/** Paymentwall: the published vectors, each API with each signature version, and an independent hash. */

import { createHash } from 'node:crypto';
import { signPingback } from '../../local/demo/senders/paymentwall.ts';
import type { NormalizedEvent } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { paymentwallAccount } from '../support/accounts.ts';
import vectors from '../vectors/paymentwall.json' with { type: 'json' };
import { differences, type Target } from './target.ts';
import { type Message, readForm } from './wire.ts';

const APIS = ['digital_goods', 'virtual_currency', 'cart'] as const;
const VERSIONS = [1, 2, 3] as const;
type Api = (typeof APIS)[number];

const SECRETS: Readonly<Record<Api, string>> = {
  digital_goods: 'a7408723eaf4bfa2e3ac49b3cb695046',
  virtual_currency: '6274def95b105f1c92d341a8d3bc2e77',
  cart: '51909b7b8b333e0f9de3c2cbad496a3c',
};
const NEXT = 'next-secret-key-0001';
const BRICK = 't_brick-test-key-01';

const nameOf = (api: Api, version: number): string => `${api.replaceAll('_', '-')}-v${version}`;

const accounts: readonly PaymentwallAccount[] = APIS.flatMap((api) =>
  VERSIONS.filter((version) => api !== 'cart' || version > 1).map((signatureVersion) =>
    paymentwallAccount({
      ...{ account: nameOf(api, signatureVersion), api, signatureVersion },
      sourceAddresses: signatureVersion === 2 ? 'check' : 'any',
      goods: api === 'cart' ? 'physical' : 'digital',
      orderParameter: api === 'digital_goods' && signatureVersion === 3 ? 'my_order' : 'goodsid',
    }),
  ),
);

const message = (query: string, account: string, sourceIp = '216.127.71.25'): Message => ({
  provider: 'paymentwall',
  account,
  method: 'GET',
  query,
  headers: { host: 'shop.example', 'user-agent': 'Paymentwall API' },
  body: Buffer.alloc(0),
  sourceIp,
});

type Pairs = readonly (readonly [string, string])[];
const of = (api: Api, version: 1 | 2 | 3, pairs: Pairs, secretKey = SECRETS[api]): Message =>
  message(signPingback(pairs, { api, version, secretKey }), nameOf(api, version));

const goods: Pairs = [
  ...([
    ['uid', 'pwuser'],
    ['goodsid', 'gold_membership'],
    ['slength', ''],
    ['speriod', ''],
  ] as const),
  ...([
    ['type', '0'],
    ['ref', 'b1493096790'],
  ] as const),
];
const coins: Pairs = [
  ['uid', '7'],
  ['currency', '200'],
  ['type', '0'],
  ['ref', 'b1493096791'],
];
const items: Pairs = Array.from(
  { length: 12 },
  (_, index) => [`goodsid[${index}]`, `item-${index}`] as const,
);
const cart: Pairs = [
  ['uid', 'u'],
  ...items,
  ['type', '0'],
  ['ref', 'b1493096792'],
  ['custom[note]', 'a=b & c'],
];
const refund: Pairs = [
  ...goods.filter(([name]) => name !== 'type'),
  ['type', '2'],
  ['reason', '10'],
  ['merchant_refund_id', 'r1'],
  ['refund_amount', '5.00'],
];
const odd: Pairs = [
  ...goods,
  ['my_order', 'A-7 Åsa & co'],
  ['my_custom_param', 'my custom value'],
  ['is_test', '1'],
  ['old_goodsid', 'x'],
];

/** Pingbacks with names and texts that end like known names: no field that is hidden in them may be read. */
const zork: Pairs = [...goods, ['ign', 'zork_'], ['is_test', '1'], ['old_goodsid', 'x'], ['order_type', '2']];
const named: Pairs = [...goods, ['ha', 'xi_'], ['is_test', '1'], ['k_is_test', '0'], ['order_id', '']];
const promo: Pairs = [...refund, ['promo', 'x_order_'], ['chargeback_reason', 'fraud']];

/** Pingbacks with Latin-1 bytes in texts that decide nothing. */
const LATIN_1 = [
  {
    version: 3,
    base: 'ref=b71sign_version=3type=0uid=u',
    query: 'ref=b71&sign_version=3&type=0&uid=u',
    extra: 'app_name',
  },
  {
    version: 2,
    base: 'ref=b72sign_version=2type=0uid=u',
    query: 'ref=b72&sign_version=2&type=0&uid=u',
    extra: 'app_name',
  },
] as const;

/** Pingbacks with texts that spell out parameters in the signed order: they are quarantined. */
const HOSTILE: readonly {
  readonly version: 1 | 2 | 3;
  readonly changes: Readonly<Record<string, string>>;
  readonly spelled?: Readonly<Record<string, string>>;
}[] = [
  { version: 1, changes: { uid: 'agoodsid=b', goodsid: 'c' } },
  { version: 2, changes: { goodsid: 'goldis_test=1' }, spelled: { goodsid: 'gold', is_test: '1' } },
  { version: 3, changes: { goodsid: 'goldreason=9' }, spelled: { goodsid: 'gold', reason: '9' } },
  { version: 3, changes: { app: 'agoodsid=b', extra: 'c' } },
];

/** Hashes of texts whose characters are bytes. */
const md5 = (text: string): string => createHash('md5').update(text, 'latin1').digest('hex');
const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');
const bytewise = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1'));
const byteText = (text: string): string =>
  Buffer.from(text.replaceAll('+', ' '))
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
const parts = (name: string): readonly [string, string] => {
  const [, root, key] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
  return root === undefined || key === undefined ? [name, ''] : [root, key];
};
const number = (key: string): number =>
  /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY;
const ORDERS: readonly ((a: string, b: string) => number)[] = [
  bytewise,
  (a, b) => bytewise(parts(a)[0], parts(b)[0]) || bytewise(parts(a)[1], parts(b)[1]),
  (a, b) => {
    const [[rootA, keyA], [rootB, keyB]] = [parts(a), parts(b)];
    const byNumber = number(keyA) === number(keyB) ? 0 : number(keyA) - number(keyB);
    return bytewise(rootA, rootB) || byNumber || bytewise(keyA, keyB);
  },
];

const text = ({ material }: NormalizedEvent, name: string): string =>
  (material[name.slice('material.'.length)] ?? '').replace(/^\["|"\]$/g, '');

/** Whether one text is the beginning of the other: the rest is in the name of an unknown parameter. */
const isContinued = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

export const pingbacks: Target = {
  provider: paymentwall as unknown as RegisteredProvider,
  accounts,
  secrets: Object.fromEntries(
    accounts.map(({ account, api }) => [
      account,
      { current: { secretKey: SECRETS[api] }, next: { secretKey: NEXT }, brickTestKey: BRICK },
    ]),
  ),
  corpus: [
    ...vectors.cases
      .filter(({ valid }) => valid)
      .map(({ api, query, source_ip }) => {
        const version = Number(/sign_version=(\d)/.exec(query)?.[1] ?? 1);
        return message(query, nameOf(api as Api, version), source_ip);
      }),
    ...VERSIONS.map((version) => of('digital_goods', version, goods)),
    ...VERSIONS.map((version) => of('virtual_currency', version, coins)),
    of('cart', 2, cart),
    of('cart', 3, cart, NEXT),
    of('digital_goods', 2, refund),
    of('digital_goods', 3, refund, NEXT),
    of('digital_goods', 3, odd),
    of('digital_goods', 3, [...goods, ['', ''], ['goodsid2[1]', 'x']]),
    of('digital_goods', 2, odd, BRICK),
    ...[zork, named, promo].map((pairs) => of('digital_goods', 3, pairs)),
    ...LATIN_1.map(({ version, base, query, extra }) => {
      const text = Buffer.from(`${extra}=POUND \u00a3${base}${SECRETS.digital_goods}`, 'latin1');
      const sig = createHash(version === 3 ? 'sha256' : 'md5')
        .update(text)
        .digest('hex');
      return message(`${query}&${extra}=POUND+%A3&sig=${sig}`, nameOf('digital_goods', version));
    }),
    message(`${of('digital_goods', 1, goods).query}&note=Caf%E9`, nameOf('digital_goods', 1)),
  ],
  hostile: HOSTILE.map(({ version, changes, spelled }) => {
    const changed = (others: Readonly<Record<string, string>>) =>
      of('digital_goods', version, Object.entries({ ...Object.fromEntries(goods), ...others }));
    return { message: changed(changes), ...(spelled === undefined ? {} : { spelled: changed(spelled) }) };
  }),
  sign(content, { account }) {
    const to = accounts.find((each) => each.account === account);
    if (to === undefined) return undefined;
    return of(to.api, to.signatureVersion, [...new URLSearchParams(content)]);
  },
  isSigned({ query }, { account: name }) {
    const to = accounts.find(({ account }) => account === name);
    if (to === undefined) return false;
    // An empty segment between two "&" is no parameter; a "=" alone is a parameter with an empty name.
    const all = readForm(query)
      .filter(({ key, value }) => key !== '' || value !== undefined)
      .map(({ key, value = '' }) => [byteText(key), byteText(value)] as const);
    const sig = all.find(([key]) => key === 'sig')?.[1];
    const rest = all.filter(([key]) => key !== 'sig');
    const secrets = [SECRETS[to.api], NEXT, BRICK];
    if (to.signatureVersion === 1) {
      const fields =
        to.api === 'virtual_currency' ? ['uid', 'currency'] : ['uid', 'goodsid', 'slength', 'speriod'];
      const values = new Map(rest);
      const base = [...fields, 'type', 'ref'].map((key) => `${key}=${values.get(key) ?? ''}`).join('');
      return secrets.some((secret) => md5(base + secret) === sig);
    }
    const isNamed = rest.some(([key, value]) => key === 'sign_version' && value !== '');
    const signed: Pairs = isNamed
      ? rest
      : [...rest.filter(([key]) => key !== 'sign_version'), ['sign_version', '2']];
    const hash = to.signatureVersion === 3 ? sha256 : md5;
    return ORDERS.some((order) => {
      const base = [...signed]
        .sort(([a], [b]) => order(a, b))
        .map(([key, value]) => `${key}=${value}`)
        .join('');
      return secrets.some((secret) => hash(base + secret) === sig);
    });
  },
  openClass(genuine, accepted) {
    const differ = differences(genuine, accepted);
    const only = (names: readonly string[]) => differ.every((name) => names.includes(name));
    // Version 1 signs neither `is_test` nor `reason`: `is_test` can only prevent a grant, and `reason` is for people.
    const isVersion1 = genuine.material.test === '' && accepted.material.test === '';
    if (isVersion1 && only(['test', 'details.reason', 'details.reasonCode', 'details.code'])) {
      return 'version 1: is_test and reason are not signed';
    }
    const texts = ['material.endUser', 'material.goods', 'material.orderReference'];
    if (!only([...texts, 'aliases', 'endUser', 'details.goods'])) return undefined;
    const isMoved = texts.every((name) => isContinued(text(genuine, name), text(accepted, name)));
    return isMoved ? 'letters shared by a free text and the name of an unknown parameter' : undefined;
  },
};
