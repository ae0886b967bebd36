/**
 * Pingbacks that were altered without a change of the signed text, so that the signature stays valid: each class is
 * quarantined. Unusual genuine pingbacks of the same form pass.
 */
import { describe, expect, test } from 'vitest';
import { account, encode, fate, flatBase, GOODS, goods, type Pairs, sign, signed } from './support.ts';

const nameOf = ([name]: readonly [string, string]) => name;

/** The altered message with the genuine signature. Both messages must have the same signed text. */
function altered(genuine: Pairs, changed: Pairs): string {
  const version: Pairs = [['sign_version', '2']];
  const all = [...genuine, ...version];
  const changedAll = changed.map(nameOf).includes('sign_version') ? changed : [...changed, ...version];
  expect(flatBase(changedAll), 'the alteration must keep the signed text').toBe(flatBase(all));
  return `${encode(changedAll)}&sig=${sign(flatBase(all))}`;
}

describe('versions 2 and 3: altered copies of a genuine pingback', () => {
  const genuine = goods({ is_test: '1', reason: '9', type: '2', my_custom: 'x' });
  const without = (...names: readonly string[]): Pairs => genuine.filter(([name]) => !names.includes(name));

  test.each<[string, Pairs]>([
    ['goodsid swallows is_test', [...without('goodsid', 'is_test'), ['goodsid', 'goldis_test=1']]],
    [
      'goodsid swallows is_test and the unknown parameter after it',
      [...without('goodsid', 'is_test', 'my_custom'), ['goodsid', 'goldis_test=1my_custom=x']],
    ],
    ['an unknown parameter swallows reason', [...without('my_custom', 'reason'), ['my_custom', 'xreason=9']]],
    [
      'a name swallows its own value and the next name',
      [...without('is_test', 'my_custom'), ['is_test=1my_custom', 'x']],
    ],
    [
      'a letter of a name moves into the value before',
      [...without('my_custom', 'reason'), ['my_custom', 'xr'], ['eason', '9']],
    ],
  ])('an altered copy with the same signed text is never accepted: %s', (_name, changed) => {
    const base = flatBase([...changed, ['sign_version', '2']]);
    const query = `${encode([...changed, ['sign_version', '2']])}&sig=${sign(flatBase([...genuine, ['sign_version', '2']]))}`;
    const isSameText = base === flatBase([...genuine, ['sign_version', '2']]);
    expect(fate(query)).toMatch(isSameText ? /^(ambiguous|malformed_name)$/ : /^refused: wrong_signature$/);
  });

  test('the genuine pingback is accepted', () => {
    expect(fate(signed(genuine))).toBe('passes');
  });

  test('two readings of one signed text of which neither splits the other are both quarantined as ambiguous', () => {
    const app = account();
    const one = goods({ app: 'agoodsid=b', extra: 'c', goodsid: 'd' });
    const other: Pairs = [
      ...one.filter(([name]) => !['app', 'extra', 'goodsid'].includes(name)),
      ['app', 'a'],
      ['goodsid', 'bextra=cgoodsid=d'],
    ];
    expect(fate(signed(one), app)).toBe('ambiguous');
    expect(fate(altered(one, other), app)).toBe('ambiguous');
  });

  test('a goodsid that swallows all other fields is answered 401 wrong_signature', () => {
    const all = goods({});
    const base = flatBase([...all, ['sign_version', '2']]);
    const query = `${encode([
      ['goodsid', base.slice('goodsid='.length)],
      ['sign_version', '2'],
    ])}&sig=${sign(base)}`;
    expect(fate(query)).toBe('refused: wrong_signature');
  });

  test('a name that takes the whole value before it is quarantined as ambiguous', () => {
    const test1 = goods({ goodsid: 'hold', is_test: '1' });
    const taken = goods({ goodsid: '', holdis_test: '1' });
    expect(fate(signed(test1))).toBe('passes');
    expect(fate(altered(test1, taken))).toBe('ambiguous');
    const cart = account({ api: 'cart' });
    const rest: Pairs = [
      ['ref', 'b1'],
      ['sign_version', '2'],
      ['type', '0'],
      ['uid', 'u1'],
    ];
    const sig = `&sig=${sign('goodsid[0]=item-0goodsid[1]=item-1ref=b1sign_version=2type=0uid=u1')}`;
    const both: Pairs = [['goodsid[0]', 'item-0'], ['goodsid[1]', 'item-1'], ...rest];
    const lost: Pairs = [['goodsid[0]', ''], ['item-0goodsid[1]', 'item-1'], ...rest];
    expect(fate(encode(both) + sig, cart)).toBe('passes');
    expect(fate(encode(lost) + sig, cart)).toBe('ambiguous');
  });

  test('a cart item that swallows the next item is quarantined as ambiguous', () => {
    const cart = account({ api: 'cart' });
    const base = 'goodsid[0]=agoodsid[1]=bref=b1sign_version=2type=0uid=u1';
    const rest: Pairs = [
      ['ref', 'b1'],
      ['sign_version', '2'],
      ['type', '0'],
      ['uid', 'u1'],
    ];
    const sig = `&sig=${sign(base)}`;
    expect(fate(encode([['goodsid[0]', 'a'], ['goodsid[1]', 'b'], ...rest]) + sig, cart)).toBe('passes');
    expect(fate(encode([['goodsid[0]', 'agoodsid[1]=b'], ...rest]) + sig, cart)).toBe('ambiguous');
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[], Pairs]>([
    ['behind a word end', { my_custom: 'x_', reason: '9' }, ['reason'], [['my_custom', 'x_reason=9']]],
    [
      'a part of the name',
      { my_custom: 'x', reason: '9' },
      ['reason'],
      [
        ['my_custom', 'xreaso'],
        ['n', '9'],
      ],
    ],
    [
      'a part of the name, behind a word end',
      { my_custom: 'x_', reason: '9' },
      ['reason'],
      [
        ['my_custom', 'x_reaso'],
        ['n', '9'],
      ],
    ],
    [
      'the parameter has the name of another API’s field',
      { currency: 'EUR' },
      ['goodsid'],
      [['currency', 'EURgoodsid=gold']],
    ],
    [
      'behind a name that another reading has not',
      { ref: 'b1rx', refa: '', refund_amount: '5' },
      ['refa', 'refund_amount'],
      [
        ['ref', 'b1'],
        ['rxrefa', 'refund_amount=5'],
      ],
    ],
    [
      'behind a name that another reading has not, with known names in the text',
      { ref: 'b1rx', refa: 'my type=5 ', refund_amount: '5' },
      ['refa', 'refund_amount'],
      [
        ['ref', 'b1'],
        ['rxrefa', 'my type=5 refund_amount=5'],
      ],
    ],
  ])(
    'an unknown parameter that swallows a known field is quarantined as ambiguous: %s',
    (_name, fields, lost, changes) => {
      const whole = goods(fields);
      const names = [...lost, ...changes.map(nameOf)];
      const changed = [...whole.filter((pair) => !names.includes(nameOf(pair))), ...changes];
      expect(fate(altered(whole, changed))).toBe('ambiguous');
    },
  );

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
    ['the ref of another payment', { reseller: 'x' }, { ref: 'b1493096790re', seller: 'x' }, 'reseller'],
    [
      'the ref before a list',
      { 'reseller[a]': 'x' },
      { ref: 'b1493096790re', 'seller[a]': 'x' },
      'reseller[a]',
    ],
    [
      'the merchant_refund_id of another refund',
      { type: '220', merchant_refund_id: 'R1', my_order: 'A' },
      { type: '220', merchant_refund_id: 'R1my_', order: 'A' },
      'my_order',
    ],
  ])(
    'a strict value that takes the beginning of an unknown name is quarantined as ambiguous: %s',
    (_name, whole, changed, lost) => {
      expect(fate(signed(goods(whole)))).toBe('passes');
      expect(Object.keys(changed)).not.toContain(lost);
      expect(fate(altered(goods(whole), goods(changed)))).toBe('ambiguous');
    },
  );

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['the test mark', { ign: 'zork_', is_test: '1' }, { ign: 'zor', k_is_test: '1' }],
    ['the test mark, behind a dot', { ign: 'zork.', is_test: '1' }, { ign: 'zor', 'k.is_test': '1' }],
    ['the test mark, behind a hyphen', { ign: 'zork-', is_test: '1' }, { ign: 'zor', 'k-is_test': '1' }],
    [
      'the reason',
      { type: '2', note: 'x_order_', reason: '10' },
      { type: '2', note: 'x_', order_reason: '10' },
    ],
    [
      'the refund’s number',
      { type: '220', hint: 'm_', merchant_refund_id: '7' },
      { type: '220', hint: '', m_merchant_refund_id: '7' },
    ],
    [
      'the refund’s amount',
      { type: '220', reft: 'x_rt_', refund_amount: '5.00' },
      { type: '220', reft: 'x_', rt_refund_amount: '5.00' },
    ],
  ])(
    'a name that takes the end of the value before and hides a field is quarantined as ambiguous: %s',
    (_name, whole, changed) => {
      expect(fate(signed(goods(whole)))).toBe('passes');
      expect(fate(altered(goods(whole), goods(changed)))).toBe('ambiguous');
    },
  );

  test('a virtual currency pingback whose note swallows the reason is quarantined as ambiguous', () => {
    const coins = account({ api: 'virtual_currency' });
    const base: Pairs = [
      ['currency', '-50'],
      ['ref', 'b1'],
      ['type', '2'],
      ['uid', 'u1'],
    ];
    const whole: Pairs = [...base, ['note', 'x'], ['reason', '8']];
    expect(fate(signed(whole), coins)).toBe('passes');
    expect(fate(altered(whole, [...base, ['note', 'xreason=8']]), coins)).toBe('ambiguous');
  });

  test('a cart item that swallows a later item of another list order is quarantined as ambiguous', () => {
    const rest: Pairs = [
      ['ref', 'b1'],
      ['type', '0'],
      ['uid', 'u1'],
    ];
    const changed: Pairs = [['goodsid[1]', 'xgoodsid[10]=y'], ['goodsid[2]', 'z'], ...rest];
    expect(fate(signed(changed), account({ api: 'cart' }))).toBe('ambiguous');
  });

  test('an order parameter swallowed by a neighbour is quarantined: ambiguous, malformed_goodsid or malformed_uid', () => {
    const custom = account({ orderParameter: 'my_order' });
    const genuineOrder = goods({ my_order: 'A-1' });
    const swallowed: Pairs = [
      ...genuineOrder.filter(([name]) => !['goodsid', 'my_order'].includes(name)),
      ['goodsid', 'goldmy_order=A-1'],
    ];
    expect(fate(signed(genuineOrder), custom)).toBe('passes');
    expect(fate(altered(genuineOrder, swallowed), custom)).toBe('ambiguous');
    // A field that decides may not have another parameter in its value, whatever the parameter means.
    expect(fate(altered(genuineOrder, swallowed), account())).toBe('malformed_goodsid');
    // A parameter of the message itself is not read as the end of an unknown name.
    const named = goods({ ref: 'b1refa', rzz: 'refund_amount=5' });
    expect(fate(signed(named), account({ orderParameter: 'rzz' }))).toBe('malformed_order_parameter');
    const user: Pairs = [...genuineOrder.filter(([name]) => name !== 'uid'), ['uid', 'bobxtra=1']];
    expect(fate(signed(user), account())).toBe('malformed_uid');
  });
});

describe('an empty parameter swallowed by a deciding field', () => {
  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
    ['goodsid', { order_id: '' }, { goodsid: 'goldorder_id=' }, 'malformed_goodsid'],
    ['uid', { xtra: '' }, { uid: 'pwuserxtra=' }, 'malformed_uid'],
    ['goodsid, and a value with "="', { order_id: '=' }, { goodsid: 'goldorder_id==' }, 'malformed_goodsid'],
  ])('an empty parameter swallowed by %s is quarantined as $3', (_name, whole, changed, reason) => {
    expect(fate(signed(goods(whole)))).toBe('passes');
    expect(fate(altered(goods(whole), goods(changed)))).toBe(reason);
  });

  test('an empty parameter swallowed by the order reference or by a cart item is quarantined as malformed', () => {
    const custom = account({ orderParameter: 'my_order' });
    expect(fate(altered(goods({ my_order: 'A', note: '' }), goods({ my_order: 'Anote=' })), custom)).toBe(
      'malformed_order_parameter',
    );
    const cart = account({ api: 'cart' });
    const items = (changes: Readonly<Record<string, string>>): Pairs =>
      Object.entries({ 'goodsid[0]': 'a', ref: 'b1', type: '0', uid: 'u1', ...changes });
    expect(fate(altered(items({ order: '' }), items({ 'goodsid[0]': 'aorder=' })), cart)).toBe(
      'malformed_goodsid',
    );
  });
});

describe('version 1: altered copies of a genuine pingback', () => {
  const v1 = account({ signatureVersion: 1 });
  const of = (base: string, pairs: Pairs) => fate(`${encode(pairs)}&sig=${sign(base)}`, v1);
  const tail: Pairs = [
    ['slength', ''],
    ['speriod', ''],
    ['type', '0'],
    ['ref', 'b1'],
  ];

  test('a moved boundary of uid and goodsid is quarantined as ambiguous in both readings', () => {
    const base = 'uid=agoodsid=bgoodsid=cslength=speriod=type=0ref=b1';
    expect(of(base, [['uid', 'a'], ['goodsid', 'bgoodsid=c'], ...tail])).toBe('ambiguous');
    expect(of(base, [['uid', 'agoodsid=b'], ['goodsid', 'c'], ...tail])).toBe('ambiguous');
  });

  test('a goodsid that swallows slength and speriod is answered 401 wrong_signature', () => {
    const base = 'uid=agoodsid=goldslength=3speriod=daytype=0ref=b1';
    expect(
      of(base, [
        ['uid', 'a'],
        ['goodsid', 'gold'],
        ['slength', '3'],
        ['speriod', 'day'],
        ['type', '0'],
        ['ref', 'b1'],
      ]),
    ).toBe('passes');
    const swallowed = [
      ['uid', 'a'],
      ['goodsid', 'goldslength=3speriod=day'],
      ['slength', ''],
      ['speriod', ''],
    ] as const;
    expect(of(base, [...swallowed, ['type', '0'], ['ref', 'b1']])).toBe('refused: wrong_signature');
  });

  test('a goodsid that holds a whole message is quarantined as malformed_goodsid', () => {
    const inside = 'gslength=speriod=type=0ref=q';
    const base = `uid=agoodsid=${inside}slength=speriod=type=0ref=b1`;
    expect(of(base, [['uid', 'a'], ['goodsid', inside], ...tail])).toBe('malformed_goodsid');
  });

  test('a value that names a field without another valid reading is accepted', () => {
    const base = 'uid=type 5 fangoodsid=ref b==slength=speriod=type=0ref=b1';
    expect(of(base, [['uid', 'type 5 fan'], ['goodsid', 'ref b=='], ...tail])).toBe('passes');
  });

  test('an unsigned parameter of version 1 is not read, and a duplicate uid is quarantined or refused', () => {
    const base = 'uid=agoodsid=bslength=speriod=type=0ref=b1';
    const pairs: Pairs = [['uid', 'a'], ['goodsid', 'b'], ...tail];
    expect(of(base, [...pairs, ['anything', 'at all = type=2']])).toBe('passes');
    expect(of(base, [['uid', 'thief'], ...pairs])).toBe('duplicate_name');
    expect(of(base, [...pairs, ['uid', 'thief']])).toBe('refused: wrong_signature');
  });
});

describe('genuine oddities', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['spaces and Å', { goodsid: 'Årskort 3 månader', uid: 'Åsa Öberg' }],
    ['an e-mail address as uid', { uid: 'Some.One+tag@example.com' }],
    ['ampersands in goods', { goodsid: 'M&T best; a&b' }],
    ['padding at the end of goods', { goodsid: 'Z29sZA==' }],
    ['padding that looks like a name out of sorted order', { uid: 'bobtag=', goodsid: 'GOLD-7=' }],
    ['a custom name that ends like a known field that is present', { order_type: '2', aa_ref: 'b7' }],
    [
      'a merchant_refund_id before a custom name',
      { type: '2', reason: '9', merchant_refund_id: 'ord-17', my_note: 'x', promo: 'y' },
    ],
    [
      'an empty merchant_refund_id before a custom name',
      { type: '220', merchant_refund_id: '', my_note: 'x' },
    ],
    [
      'a custom name that ends in reason, on a refund with a reason',
      { type: '2', reason: '1', chargeback_reason: 'fraud' },
    ],
    ['a name that ends in the first payment’s ref', { my_initial_ref: 'b1' }],
    ['a custom parameter with free text', { my_custom_param: 'my custom value = 5 & more' }],
    ['custom text that mentions known fields', { comment: 'the type=0 ref=b1 uid=7 reason=9' }],
    ['custom text that ends in a reference', { comment: 'my ref=b1' }],
    ['custom text that mentions a cart item, without a cart', { comment: 'my goodsid[0]=x' }],
    ['custom text behind the uid that mentions uid', { zz: 'uid=7' }],
    ['custom text that mentions its own name', { app: 'xapp=b' }],
    ['a custom name that ends in another custom name', { a: '1', mynote: 'y', note: 'x' }],
    ['a ref of the Test Tool, and a parameter behind it', { ref: 'HTEST500', reseller: 'x' }],
    ['a ref that could begin a name, but not end before the name', { ref: 's1', seller: 'x' }],
    ['base64 at the end', { zz: 'aGVsbG8=', uid: 'dXNlcg==' }],
    ['a Brick list', { 'custom[order]': '5', 'custom[note]': 'a=b' }],
    ['amounts and codes', { REVENUE_LOCAL: '9.99', currency: 'EUR', CURRENCY_CODE: 'EUR' }],
    [
      'custom names that end like known fields',
      { payment_type: 'card', unique_ref: 'b1493096790_0', old_goodsid: 'silver', app: '1' },
    ],
    [
      'custom names that end in an absent field that would decide nothing',
      { my_reason: '3', 'order.is_test': '0', 'x-speriod': 'day', zz_is_test: '1' },
    ],
    ['a renewal', { initial_ref: 'b1', is_test: '1', subscription_id: '77' }],
    ['an empty custom parameter', { empty: '' }],
    ['an unknown type and reason', { type: '3', reason: '99' }],
    ['a Brick charge without plan', { goodsid: '' }],
    ['prototype names', { __proto__x: '1', constructor: '2', toString: '3' }],
    ['a ref of the Test Tool', { ref: 'HTEST500', is_test: '1' }],
  ])('a genuine pingback with an oddity is accepted: %s', (_name, changes) => {
    expect(fate(signed(goods(changes)))).toBe('passes');
  });

  test('custom text that names the next parameter is accepted where nothing stands before that parameter', () => {
    const least: Pairs = [
      ['uid', 'u1'],
      ['type', '0'],
      ['ref', 'b1'],
    ];
    for (const inside of ['is_test=1', 'is_test=1merchant_refund_id=R']) {
      expect(fate(signed([...least, ['my_custom', `x${inside}`]]))).toBe('passes');
    }
    expect(fate(signed([...least, ['appis_test', '1']]))).toBe('passes');
    expect(fate(signed([...least, ['my_goodsid', 'xis_test=1']]))).toBe('passes');
    const coins = account({ api: 'virtual_currency', orderParameter: 'my_order' });
    const app: Pairs = [...least, ['currency', '50'], ['app', 'my_order=q']];
    expect(fate(signed(app), coins)).toBe('passes');
  });

  test('a cart with a list of the merchant’s and a goodsid without an index is accepted', () => {
    const pairs: Pairs = [
      ['custom[order]', '5'],
      ['goodsid', 'a'],
      ['ref', 'b1'],
      ['type', '0'],
      ['uid', 'u1'],
    ];
    expect(fate(signed(pairs), account({ api: 'cart' }))).toBe('passes');
  });

  test('a cart of 390 items is accepted', () => {
    const items = Array.from({ length: 390 }, (_, index) => [`goodsid[${index}]`, 'a'] as const);
    const pairs: Pairs = [...items, ['uid', 'u1'], ['type', '0'], ['ref', 'b1'], ['sign_version', '2']];
    const base = `${items.map(([name]) => `${name}=a`).join('')}ref=b1sign_version=2type=0uid=u1`;
    expect(fate(`${encode(pairs)}&sig=${sign(base)}`, account({ api: 'cart' }))).toBe('passes');
  });

  test('a pingback with up to 500 names, those in custom text included, is accepted; with 501 names: ambiguous', () => {
    const own = GOODS.length + 2;
    const text = (count: number) => goods({ comment: 'type='.repeat(count) });
    expect(fate(signed(text(500 - own)))).toBe('passes');
    expect(fate(signed(text(501 - own)))).toBe('ambiguous');
  });

  test('a pingback without the optional fields is accepted', () => {
    expect(
      fate(
        signed([
          ['uid', 'u1'],
          ['type', '0'],
          ['ref', 'b1'],
        ]),
      ),
    ).toBe('passes');
  });
});
