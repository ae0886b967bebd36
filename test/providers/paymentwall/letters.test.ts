/**
 * Every way to move, add or remove boundaries of parameters in a genuine pingback. The signed text and the signature
 * stay valid. So each accepted pingback must have the content of the genuine pingback, or differ only in a way that
 * docs/signatures.md lists as open.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import {
  type PaymentwallNotification,
  QuarantinedError,
  readNotification,
} from '../../../shared/providers/paymentwall/notification.ts';
import { splitName } from '../../../shared/providers/paymentwall/query.ts';
import { account, flatBase, type Pairs } from './support.ts';

const sorted = (pairs: Pairs): Pairs =>
  [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const isBefore = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

/** Every list of at most `maxPairs` pairs with ascending names between two names that makes up `text`. */
function* cuts(
  text: string,
  after: string | undefined,
  before: string | undefined,
  maxPairs: number,
): Generator<Pairs> {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals);
  // A name ends at the first "=": a name that contains "=" is refused anyway.
  if (equals < 1 || !isBefore(after, name)) return;
  if (isBefore(name, before)) yield [[name, text.slice(equals + 1)]];
  for (let end = equals + 1; maxPairs > 1 && end < text.length; end += 1) {
    for (const rest of cuts(text.slice(end), name, before, maxPairs - 1)) {
      yield [[name, text.slice(equals + 1, end)], ...rest];
    }
  }
}

/** Moves the boundaries before sign_version, and those behind. The version is pinned, so its own boundaries stay. */
function* moved(genuine: Pairs): Generator<Pairs> {
  const all = sorted(genuine);
  const middle = all.findIndex(([name]) => name === 'sign_version');
  const [before, behind] = [all.slice(0, middle), all.slice(middle + 1)];
  const maxPairsOf = (pairs: Pairs): number => pairs.length + 2;
  for (const cut of cuts(flatBase(before), undefined, 'sign_version', maxPairsOf(before)))
    yield [...cut, ...all.slice(middle)];
  for (const cut of cuts(flatBase(behind), 'sign_version', undefined, maxPairsOf(behind)))
    yield [...all.slice(0, middle + 1), ...cut];
}

function read(pairs: Pairs, to: PaymentwallAccount): PaymentwallNotification | undefined {
  try {
    return readNotification(
      pairs.map(([name, value]) => ({ ...splitName(name), value })),
      to,
    );
  } catch (error) {
    if (error instanceof QuarantinedError) return undefined;
    throw error;
  }
}

/** The fields that decide, without texts: the end of a text before an unknown name is open. */
const decided = ({
  type,
  ref,
  test: isTest,
  reason,
  coins,
  subscription,
  merchantRefundId,
  refundAmount,
}: PaymentwallNotification) =>
  JSON.stringify({ type, ref, isTest, reason, coins, subscription, merchantRefundId, refundAmount });
const texts = ({ uid, goods, orderReference = '' }: PaymentwallNotification): readonly string[] => [
  uid,
  goods.join('\n'),
  orderReference,
];
/** Whether only the end of a text differs: the open case, in which the unknown name behind has the other letters. */
const isMoved = (text: string, genuine: string): boolean =>
  !text.includes('=') && (text.startsWith(genuine) || genuine.startsWith(text));

const COMMON: Pairs = [
  ['ref', 'b1493096790'],
  ['sign_version', '3'],
  ['type', '0'],
  ['uid', 'pwuser'],
];
const GOODS: Pairs = [['goodsid', 'gold'], ['slength', ''], ['speriod', ''], ...COMMON];
const of = (pairs: Pairs, changes: Readonly<Record<string, string>>): Pairs =>
  Object.entries({ ...Object.fromEntries(pairs), ...changes });

const digital = account({ signatureVersion: 3 });
const ordered = account({ signatureVersion: 3, orderParameter: 'order_id' });
const coins = account({ signatureVersion: 3, api: 'virtual_currency' });
const cart = account({ signatureVersion: 3, api: 'cart' });
const NEGATIVE = { type: '2', reason: '10', merchant_refund_id: 'r1', refund_amount: '5.00' };

const CORPUS: readonly (readonly [string, PaymentwallAccount, Pairs])[] = [
  ['the required fields only', digital, GOODS],
  ['a subscription', digital, of(GOODS, { slength: '3', speriod: 'month', initial_ref: 'b1493096001' })],
  ['a test, behind a text that ends like a name', digital, of(GOODS, { ign: 'zork_', is_test: '1' })],
  ['a test, behind goods that end like a name', digital, of(GOODS, { goodsid: 'pack-', is_test: '1' })],
  [
    'a test beside a name that ends in is_test',
    digital,
    of(GOODS, { ha: 'xi_', is_test: '1', k_is_test: '0' }),
  ],
  [
    'a test beside a name that ends in reason',
    digital,
    of(GOODS, { ha: 'xi_', is_test: '1', k_reason: '9' }),
  ],
  ['a refund', digital, of(GOODS, NEGATIVE)],
  ['a refund behind a text that ends like a name', digital, of(GOODS, { ...NEGATIVE, promo: 'x_order_' })],
  ['a refund behind a text of letters', digital, of(GOODS, { ...NEGATIVE, promo: 'order' })],
  [
    'a refund with a name that ends in reason',
    digital,
    of(GOODS, { ...NEGATIVE, chargeback_reason: 'fraud' }),
  ],
  [
    'a merchant’s own names',
    digital,
    of(GOODS, { order_type: '2', old_goodsid: 'tin', my_ref: 'r7', x_uid: 'u' }),
  ],
  ['an empty parameter behind goods', digital, of(GOODS, { order_id: '' })],
  ['an empty parameter behind the user', digital, of(GOODS, { xtra: '' })],
  [
    'an order parameter of the merchant',
    ordered,
    of(GOODS, { order_id: 'A-7', my_note: 'pre_', old_order_id: 'A-6' }),
  ],
  ['an order behind letters', ordered, of(GOODS, { order_id: 'A-7', note: 'my_' })],
  ['a parameter that could begin a ref', digital, of(GOODS, { reseller: 'x', sid: '4' })],
  ['coins', coins, of(COMMON, { currency: '200', campaign: 'base_', deal: '5' })],
  ['coins taken back', coins, of(COMMON, { currency: '-50', type: '2', reason: '8', note: 'why_' })],
  ['a cart', cart, of(COMMON, { 'goodsid[0]': 'a_', 'goodsid[1]': 'b', goods_note: 'x-', is_test: '1' })],
];

/** The moves that are accepted and change the content of the pingback. */
function changes(to: PaymentwallAccount, genuine: Pairs, maxTries = Number.POSITIVE_INFINITY) {
  const reading = read(genuine, to);
  let tried = 0;
  const found: string[] = [];
  for (const pairs of reading === undefined ? [] : moved(genuine)) {
    tried += 1;
    if (tried > maxTries) break;
    const other = read(pairs, to);
    if (other === undefined || reading === undefined) continue;
    const isSame =
      decided(other) === decided(reading) &&
      texts(other).every((text, at) => isMoved(text, texts(reading)[at] ?? ''));
    if (!isSame) found.push(JSON.stringify(pairs));
  }
  return { isRead: reading !== undefined, tried, found };
}

describe('moved boundaries in a signed text', { timeout: 300_000 }, () => {
  test.each(CORPUS)(
    'every move of boundaries that is accepted says the same as the genuine pingback: %s',
    (_name, to, genuine) => {
      const { isRead, tried, found } = changes(to, genuine);
      expect(isRead, 'the genuine pingback is accepted').toBe(true);
      expect(tried).toBeGreaterThan(10);
      expect(found).toEqual([]);
    },
  );

  test('every move of boundaries in pingbacks with arbitrary custom names says the same as the genuine pingback', () => {
    const ours = [
      'is_test',
      'reason',
      'type',
      'ref',
      'uid',
      'goodsid',
      'refund_amount',
      'slength',
      'initial_ref',
    ];
    const start = fc.constantFrom('ha', 'i', 'k', 'old', 'pay', 'q', 'r', 'sa', 'u', 'x', 'A');
    const glue = fc.constantFrom('_', '.', '-', '');
    const name = fc.oneof(
      start,
      fc.tuple(start, glue, fc.constantFrom(...ours)).map((parts) => parts.join('')),
      fc.tuple(start, glue, fc.constantFrom('order', 'note', 'sid')).map((parts) => parts.join('')),
    );
    const value = fc.oneof(
      fc.constantFrom('', '0', '1', '10', '1k_', 'xi_', 'r7', 'card'),
      fc.tuple(start, glue).map((parts) => parts.join('')),
    );
    const custom = fc.dictionary(name, value, { maxKeys: 3 });
    const own = fc.record(
      {
        is_test: fc.constantFrom('0', '1'),
        reason: fc.constantFrom('1', '10'),
        refund_amount: fc.constant('5.00'),
      },
      { requiredKeys: [] },
    );
    const message = fc
      .tuple(
        custom,
        own,
        fc.constantFrom('0', '2'),
        value.map((end) => `go${end}`),
      )
      .map(([others, more, type, goodsid]) => of(GOODS, { ...others, ...more, type, goodsid }));
    let read = 0;
    fc.assert(
      fc.property(message, (genuine) => {
        const { isRead, found } = changes(digital, genuine, 1_500);
        if (isRead) read += 1;
        expect(found).toEqual([]);
      }),
      { numRuns: 200, seed: 20_261_129 },
    );
    expect(read).toBeGreaterThan(50);
  });

  test('every move of boundaries keeps the signed text, and the genuine pingback is among the moves', () => {
    const all = [...moved(GOODS)];
    expect(new Set(all.map(flatBase))).toEqual(new Set([flatBase(GOODS)]));
    expect(all.map((pairs) => JSON.stringify(pairs))).toContain(JSON.stringify(sorted(GOODS)));
  });
});
