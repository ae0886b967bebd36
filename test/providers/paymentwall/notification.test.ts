/** The allowed content of an authentic pingback. Any other content is quarantined with a reason of a closed set. */
import { describe, expect, test } from 'vitest';
import { account, encode, fate, GOODS, goods, type Pairs, sign, signed } from './support.ts';

describe('duplicates, lists and names', () => {
  test.each<[string, Pairs, string]>([
    ['a signed duplicate', [...goods({}), ['uid', 'other']], 'duplicate_name'],
    ['a duplicate of an unknown name', [...goods({ x: '1' }), ['x', '2']], 'duplicate_name'],
    ['a list where one value belongs', goods({ 'reason[0]': '1' }), 'nested_field'],
    ['a list beside the value', goods({ 'ref[a]': 'x' }), 'duplicate_name'],
    ['a list of an absent field', goods({ 'is_test[0]': '1' }), 'nested_field'],
    [
      'goods as a list outside cart',
      [...GOODS.filter(([name]) => name !== 'goodsid'), ['goodsid[0]', 'gold']],
      'nested_field',
    ],
    ['a deeper list under a known name', goods({ 'uid[a][b]': 'x' }), 'nested_field'],
    ['an equals sign in a name', goods({ 'x=1': '2' }), 'malformed_name'],
  ])('a pingback with %s is quarantined as $2', (_name, pairs, reason) => {
    const all: Pairs = [...pairs, ['sign_version', '2']];
    const bySort = [...all].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const base = bySort.map(([name, value]) => `${name}=${value}`).join('');
    expect(fate(`${encode(all)}&sig=${sign(base)}`)).toBe(reason);
  });

  test.each(['a', '00', '-1', '', '12345'])(
    'a cart item with the index %j is quarantined as malformed_goodsid',
    (index) => {
      const base = `goodsid[${index}]=aref=b1sign_version=2type=0uid=u1`;
      const pairs: Pairs = [
        ['uid', 'u1'],
        [`goodsid[${index}]`, 'a'],
        ['type', '0'],
        ['ref', 'b1'],
        ['sign_version', '2'],
      ];
      expect(fate(`${encode(pairs)}&sig=${sign(base)}`, account({ api: 'cart' }))).toBe('malformed_goodsid');
    },
  );
});

describe('the schema of a pingback', () => {
  test.each<[string, string, string]>([
    ['type', '', 'malformed_type'],
    ['type', '0abc', 'malformed_type'],
    ['type', '00', 'malformed_type'],
    ['type', '2.9', 'malformed_type'],
    ['type', '-0', 'malformed_type'],
    ['type', '1000', 'malformed_type'],
    ['type', '٠', 'malformed_type'],
    ['type', '0\n', 'malformed_type'],
    ['ref', '', 'malformed_ref'],
    ['ref', 'b1=2', 'malformed_ref'],
    ['ref', 'a:b', 'malformed_ref'],
    ['ref', 'a b', 'malformed_ref'],
    ['ref', '../x', 'malformed_ref'],
    ['ref', 'b'.repeat(65), 'malformed_ref'],
    ['uid', '', 'missing_uid'],
    ['uid', 'a\u0000', 'malformed_uid'],
    ['uid', 'x'.repeat(513), 'malformed_uid'],
    ['goodsid', 'a\nb', 'malformed_goodsid'],
    ['slength', '3.5', 'malformed_slength'],
    ['slength', '1e3', 'malformed_slength'],
    ['speriod', 'Month', 'malformed_speriod'],
    ['is_test', 'true', 'malformed_is_test'],
    ['is_test', '', 'malformed_is_test'],
    ['is_test', '01', 'malformed_is_test'],
    ['is_test', '10', 'malformed_is_test'],
    ['reason', 'x', 'malformed_reason'],
    ['refund_amount', '-5', 'malformed_refund_amount'],
    ['refund_amount', '5,00', 'malformed_refund_amount'],
    ['merchant_refund_id', 'a/b', 'malformed_merchant_refund_id'],
    ['initial_ref', 'b 1', 'malformed_initial_ref'],
  ])('a pingback with %s = %j is quarantined as %s', (name, value, reason) => {
    expect(fate(signed(goods({ [name]: value })))).toBe(reason);
  });

  test('an order parameter over 512 characters is quarantined as malformed_order_parameter, without its name', () => {
    const custom = account({ orderParameter: 'my_order' });
    expect(fate(signed(goods({ my_order: 'x'.repeat(513) })), custom)).toBe('malformed_order_parameter');
  });

  test.each([
    ['uid', 'missing_uid'],
    ['type', 'refused: not_a_notification'],
    ['ref', 'refused: not_a_notification'],
  ])('a pingback without %s gets the result %s', (name, gets) => {
    expect(fate(signed(goods({}).filter(([each]) => each !== name)))).toBe(gets);
  });

  test.each([
    { slength: '365', speriod: 'day' },
    { refund_amount: '1234.50', merchant_refund_id: 'R-1' },
    { refund_amount: '', merchant_refund_id: '', initial_ref: '' },
  ])('a pingback with %j is accepted', (changes) => {
    expect(fate(signed(goods(changes)))).toBe('passes');
  });

  test('a list of lists in the goods of a cart is quarantined as nested_field', () => {
    const pairs: Pairs = [
      ['goodsid[0]', 'a'],
      ['goodsid[0][1]', 'b'],
      ['ref', 'b1'],
      ['type', '0'],
      ['uid', 'u1'],
    ];
    expect(fate(signed(pairs), account({ api: 'cart', orderParameter: 'my_order' }))).toBe('nested_field');
  });

  test('a uid of 512 characters is accepted', () => {
    expect(fate(signed(goods({ uid: 'x'.repeat(512) })))).toBe('passes');
  });

  test.each(['goldextra=1', 'a\u0000', 'x'.repeat(513)])(
    'a cart item is limited like every text: %j is quarantined as malformed_goodsid',
    (item) => {
      const pairs: Pairs = [
        ['goodsid[0]', item],
        ['ref', 'b1'],
        ['type', '0'],
        ['uid', 'u1'],
      ];
      expect(fate(signed(pairs), account({ api: 'cart' }))).toBe('malformed_goodsid');
    },
  );

  test('a cart without goodsid and a virtual currency pingback without currency are quarantined', () => {
    const base: Pairs = [
      ['uid', 'u1'],
      ['type', '0'],
      ['ref', 'b1'],
    ];
    expect(fate(signed(base), account({ api: 'cart' }))).toBe('missing_goodsid');
    expect(fate(signed(base), account({ api: 'virtual_currency' }))).toBe('missing_currency');
  });

  test.each([
    ['0', '200', 'passes'],
    ['2', '-200', 'passes'],
    ['2', '200', 'passes'],
    ['0', '-200', 'malformed_currency'],
    ['1', '-1', 'malformed_currency'],
    ['201', '0', 'malformed_currency'],
    ['0', '1.5', 'malformed_currency'],
    ['0', 'EUR', 'malformed_currency'],
  ])(
    'a virtual currency pingback of type %s with %s coins gets the result %s',
    (type, currency, expected) => {
      const pairs: Pairs = [
        ['uid', 'u1'],
        ['currency', currency],
        ['type', type],
        ['ref', 'b1'],
      ];
      expect(fate(signed(pairs), account({ api: 'virtual_currency' }))).toBe(expected);
    },
  );
});
