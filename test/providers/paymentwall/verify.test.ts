import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signPingback } from '../../../local/demo/senders/paymentwall.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import { signedTexts, VERSION_1_FIELDS } from '../../../shared/providers/paymentwall/signature.ts';
import type { ReceivedRequest } from '../../../shared/providers/received.ts';
import vectors from '../../vectors/paymentwall.json' with { type: 'json' };
import {
  account,
  encode,
  fate,
  flatBase,
  GOODS,
  goods,
  type Pairs,
  request,
  SECRET,
  sign,
  signed,
} from './support.ts';

const keys = paymentwall.parseKeys({ current: { secretKey: SECRET } }, account());

function verify(
  rawQuery: string,
  to: PaymentwallAccount = account(),
  overrides: Partial<ReceivedRequest> = {},
) {
  return paymentwall.verify(request(rawQuery, overrides), to, keys);
}

const refusal = (status: number, reason: string) => ({ authentic: false, status, reason });

describe('the published vectors', () => {
  const run = (vector: (typeof vectors.cases)[number], query = vector.query) => {
    const version = Number(new URLSearchParams(query).get('sign_version') ?? '1') as 1 | 2 | 3;
    const api = vector.api as PaymentwallAccount['api'];
    const to = account({ api, signatureVersion: version, sourceAddresses: 'check' });
    const secret = paymentwall.parseKeys({ current: { secretKey: vector.secret } }, to);
    return paymentwall.verify(request(query, { sourceIp: vector.source_ip }), to, secret);
  };

  test.each(vectors.cases.map((vector) => [vector.name, vector] as const))(
    'the published vector %s verifies exactly if valid',
    (_name, vector) => {
      const verdict = run(vector);
      expect(verdict.authentic).toBe(vector.valid);
      if (verdict.authentic) {
        expect(verdict).toMatchObject({ keyId: 'current', message: vector.query });
        expect(verdict.quarantine).toBeUndefined();
        expect(verdict.notification).toBeDefined();
      }
    },
  );

  test.each(vectors.cases.map((vector) => [vector.name, vector] as const))(
    'the published vector %s is refused with foo appended or with any part changed',
    (_name, vector) => {
      expect(run(vector, `${vector.query}foo`).authentic).toBe(false);
      expect(
        run(vector, vector.query.replace('ref=t', 'ref=x').replace('ref=testref', 'ref=x')).authentic,
      ).toBe(false);
      expect(run(vector, vector.query.slice(0, -1)).authentic).toBe(false);
    },
  );

  test('the published vectors are nine valid and two invalid cases', () => {
    expect(vectors.cases.filter(({ valid }) => valid)).toHaveLength(9);
    expect(vectors.cases.filter(({ valid }) => !valid)).toHaveLength(2);
  });
});

describe('version 1', () => {
  const v1 = account({ signatureVersion: 1 });

  test('version 1 signs the fixed fields of digital goods in their order', () => {
    const sig = sign('uid=pwusergoodsid=goldslength=speriod=type=0ref=b1493096790');
    expect(verify(`${encode(GOODS)}&sig=${sig}`, v1)).toMatchObject({
      authentic: true,
      variant: 'fixed-fields',
    });
    expect(verify(`sig=${sig}&${encode([...GOODS].reverse())}`, v1)).toMatchObject({ authentic: true });
  });

  test('version 1 signs the fixed fields of virtual currency in their order', () => {
    const coins = account({ signatureVersion: 1, api: 'virtual_currency' });
    const sig = sign('uid=u1currency=50type=0ref=b1');
    expect(verify(`ref=b1&type=0&currency=50&uid=u1&sig=${sig}`, coins)).toMatchObject({ authentic: true });
  });

  test('version 1 takes an absent field as empty', () => {
    const sig = sign('uid=u1goodsid=goldslength=speriod=type=0ref=b1');
    expect(verify(`uid=u1&goodsid=gold&type=0&ref=b1&sig=${sig}`, v1)).toMatchObject({ authentic: true });
    expect(verify(`uid=u1&goodsid=gold&speriod=&type=0&ref=b1&sig=${sig}`, v1)).toMatchObject({
      authentic: true,
    });
  });

  test('version 1 may be named: sign_version absent, empty and 1 are the same', () => {
    const sig = sign('uid=pwusergoodsid=goldslength=speriod=type=0ref=b1493096790');
    for (const named of ['', '&sign_version=', '&sign_version=1']) {
      expect(verify(`${encode(GOODS)}${named}&sig=${sig}`, v1)).toMatchObject({
        authentic: true,
        remarks: [],
      });
    }
  });

  test('version 1 does not sign is_test: an is_test gives the remark unsigned_is_test', () => {
    const sig = sign('uid=pwusergoodsid=goldslength=speriod=type=0ref=b1493096790');
    expect(verify(`${encode(goods({ is_test: '1' }))}&sig=${sig}`, v1)).toMatchObject({
      remarks: ['unsigned_is_test'],
    });
    expect(verify(`${encode(goods({ my_test: '1' }))}&sig=${sig}`, v1)).toMatchObject({ remarks: [] });
    expect(verify(signed(goods({ is_test: '1' })))).toMatchObject({ remarks: [] });
  });

  test('version 1 of a cart is answered 401 version_not_pinned', () => {
    expect(Object.keys(VERSION_1_FIELDS)).toEqual(['digital_goods', 'virtual_currency']);
    const cart = account({ signatureVersion: 1, api: 'cart' });
    const query = signPingback([['goodsid', 'a'], ...GOODS.filter(([name]) => name !== 'goodsid')], {
      secretKey: SECRET,
      version: 1,
      api: 'cart',
    });
    expect(verify(query, cart)).toEqual(refusal(401, 'version_not_pinned'));
    expect(verify(`${query}&sign_version=1`, cart)).toEqual(refusal(401, 'version_not_pinned'));
    expect(signedTexts([], 'cart', 1)).toEqual([]);
  });
});

describe('versions 2 and 3', () => {
  const base = 'goodsid=goldref=b1493096790sign_version=2slength=speriod=type=0uid=pwuser';

  test('versions 2 and 3 sign every received parameter but sig, empty ones too, sorted by the bytes of the name', () => {
    expect(verify(`${encode(GOODS)}&sign_version=2&sig=${sign(base)}`)).toMatchObject({
      authentic: true,
      variant: 'sorted',
      remarks: [],
    });
    const sha = sign(base.replace('sign_version=2', 'sign_version=3'), 'sha256');
    const v3 = account({ signatureVersion: 3 });
    expect(verify(`${encode(GOODS)}&sign_version=3&sig=${sha}`, v3)).toMatchObject({
      authentic: true,
      remarks: [],
    });
  });

  test('version 2 sorts upper case before underscore before lower case, and bytes beyond ASCII by their UTF-8', () => {
    const extra: Pairs = [
      ['b', '1'],
      ['_b', '2'],
      ['B', '3'],
      ['\uffee', '4'],
      ['\u{1f600}', '5'],
    ];
    const tail =
      'b=1goodsid=goldref=b1493096790sign_version=2slength=speriod=type=0uid=pwuser\uffee=4\u{1f600}=5';
    const query = `${encode([...GOODS, ...extra])}&sign_version=2&sig=${sign(`B=3_b=2${tail}`)}`;
    expect(verify(query)).toMatchObject({ authentic: true });
  });

  test('a parameter more or less in version 2 is answered 401 wrong_signature', () => {
    const query = `${encode(GOODS)}&sign_version=2&sig=${sign(base)}`;
    expect(verify(`${query}&is_test=1`)).toEqual(refusal(401, 'wrong_signature'));
    expect(verify(`${query}&empty=`)).toEqual(refusal(401, 'wrong_signature'));
    expect(verify(query.replace('&slength=', ''))).toEqual(refusal(401, 'wrong_signature'));
  });

  test('version 2 signs decoded text: plus, space and the escape of space are the same', () => {
    const own = goods({ goodsid: 'gold member' });
    const query = signed(own);
    expect(query).toContain('gold%20member');
    expect(verify(query)).toMatchObject({ authentic: true });
    expect(verify(query.replace('gold%20member', 'gold+member'))).toMatchObject({ authentic: true });
    expect(verify(query.replace('gold%20member', 'gold%2Bmember'))).toEqual(refusal(401, 'wrong_signature'));
  });

  test('version 2 signs the parameters of the pingback URL itself', () => {
    expect(verify(signed([['dispatch', 'paymentwall.pingback'], ['a.b', 'c d'], ...GOODS]))).toMatchObject({
      authentic: true,
    });
  });
});

describe('lists', () => {
  const cart = account({ api: 'cart' });
  const rest: Pairs = [
    ['uid', 'u1'],
    ['type', '0'],
    ['ref', 'b1'],
    ['sign_version', '2'],
  ];
  const items = Array.from({ length: 12 }, (_, index) => [`goodsid[${index}]`, `item${index}`] as const);
  const after = 'ref=b1sign_version=2type=0uid=u1';
  const withItems = (order: readonly number[]) =>
    `${encode([...rest, ...items])}&sig=${sign(`${order.map((i) => `goodsid[${i}]=item${i}`).join('')}${after}`)}`;

  test.each([
    ['nested-numeric', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    ['nested-lexical', [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['flat', [0, 10, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])(
    'a cart beyond ten items is accepted in %s order, with the variant named and the same goods',
    (variant, order) => {
      const verdict = verify(withItems(order), cart);
      expect(verdict).toMatchObject({ authentic: true, variant });
      expect(verdict).toMatchObject({ notification: { goods: items.map(([, item]) => item) } });
    },
  );

  test('a cart in any other order is answered 401 wrong_signature', () => {
    expect(verify(withItems([1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), cart)).toEqual(
      refusal(401, 'wrong_signature'),
    );
  });

  test('custom[a] beside customA is accepted sorted by root or flat', () => {
    const pairs: Pairs = [
      ...GOODS,
      ['sign_version', '2'],
      ['custom[a]', '1'],
      ['customA', '2'],
      ['custom[b]', '3'],
    ];
    const tail = 'goodsid=goldref=b1493096790sign_version=2slength=speriod=type=0uid=pwuser';
    const nested = `${encode(pairs)}&sig=${sign(`custom[a]=1custom[b]=3customA=2${tail}`)}`;
    const flat = `${encode(pairs)}&sig=${sign(`customA=2custom[a]=1custom[b]=3${tail}`)}`;
    expect(verify(nested)).toMatchObject({ authentic: true, variant: 'nested-numeric' });
    expect(verify(flat)).toMatchObject({ authentic: true, variant: 'flat' });
  });

  test('list keys that are no numbers stand behind numbers, sorted by their bytes', () => {
    const sent = ['a', '10', '-', '9', '009', 'B'].map((key) => [`custom[${key}]`, key] as const);
    const sorted = ['9', '10', '-', '009', 'B', 'a'].map((key) => `custom[${key}]=${key}`).join('');
    const tail = 'goodsid=goldref=b1493096790sign_version=2slength=speriod=type=0uid=pwuser';
    const pairs: Pairs = [...GOODS, ['sign_version', '2'], ...sent];
    for (const order of [pairs, [...pairs].reverse()]) {
      expect(verify(`${encode(order)}&sig=${sign(sorted + tail)}`)).toMatchObject({
        authentic: true,
        variant: 'nested-numeric',
      });
    }
  });

  test('a value beside a list of the same name is signed before the list and quarantined as duplicate_name', () => {
    const pairs: Pairs = [...GOODS, ['sign_version', '2'], ['custom[A]', '2'], ['custom', '1']];
    const base =
      'custom=1custom[A]=2goodsid=goldref=b1493096790sign_version=2slength=speriod=type=0uid=pwuser';
    for (const order of [pairs, [...pairs].reverse()]) {
      expect(verify(`${encode(order)}&sig=${sign(base)}`)).toMatchObject({
        variant: 'nested-numeric',
        quarantine: 'duplicate_name',
      });
    }
  });

  test('a cart of version 3 is signed over the received sign_version=3', () => {
    const v3 = account({ api: 'cart', signatureVersion: 3 });
    const pairs: Pairs = [...rest.slice(0, 3), ['sign_version', '3'], ['goodsid[0]', 'a']];
    const sha = sign('goodsid[0]=aref=b1sign_version=3type=0uid=u1', 'sha256');
    expect(verify(`${encode(pairs)}&sig=${sha}`, v3)).toMatchObject({ authentic: true });
    const forced = sign('goodsid[0]=aref=b1sign_version=2type=0uid=u1', 'sha256');
    expect(verify(`${encode(pairs)}&sig=${forced}`, v3)).toEqual(refusal(401, 'wrong_signature'));
  });

  test('a cart without sign_version is signed as version 2, and is accepted only where version 2 is pinned', () => {
    const sig = sign('goodsid[0]=aref=b1sign_version=2type=0uid=u1');
    const query = `${encode([...rest.slice(0, 3), ['goodsid[0]', 'a']])}&sig=${sig}`;
    const accepted = { authentic: true, remarks: ['implied_sign_version'] };
    expect(verify(query, cart)).toMatchObject(accepted);
    const empty = verify(`${query}&sign_version=`, cart);
    expect(empty).toMatchObject(accepted);
    expect(empty).not.toHaveProperty('quarantine');
    expect(verify(query, account({ api: 'cart', signatureVersion: 3 }))).toEqual(
      refusal(401, 'version_not_pinned'),
    );
    const unsaid = sign('goodsid[0]=aref=b1type=0uid=u1');
    expect(verify(query.replace(sig, unsaid), cart)).toEqual(refusal(401, 'wrong_signature'));
  });
});

describe('the pinned version', () => {
  const versions = [1, 2, 3] as const;

  test('a pingback signed with a version other than the pinned version is answered 401 version_not_pinned', () => {
    for (const sent of versions) {
      for (const pinned of versions) {
        const query = signPingback(GOODS, { secretKey: SECRET, version: sent, api: 'digital_goods' });
        const verdict = verify(query, account({ signatureVersion: pinned }));
        if (sent === pinned) expect(verdict).toMatchObject({ authentic: true });
        else expect(verdict).toEqual(refusal(401, 'version_not_pinned'));
      }
    }
  });

  test.each(['0', '4', '02', '2 ', '-2', '2.0', '٢', 'x'])(
    'the sign_version %j is answered 401 version_not_pinned',
    (value) => {
      const query = signed([...GOODS, ['sign_version', value]]);
      for (const pinned of versions) {
        expect(verify(query, account({ signatureVersion: pinned }))).toEqual(
          refusal(401, 'version_not_pinned'),
        );
      }
    },
  );

  test('a sign_version as a list or with two values is answered 401 version_not_pinned', () => {
    expect(verify(signed([...GOODS, ['sign_version', '2'], ['sign_version', '1']]))).toEqual(
      refusal(401, 'version_not_pinned'),
    );
    const sig = sign('uid=pwusergoodsid=goldslength=speriod=type=0ref=b1493096790');
    for (const pinned of versions) {
      expect(
        verify(`${encode(GOODS)}&sign_version[0]=1&sig=${sig}`, account({ signatureVersion: pinned })),
      ).toEqual(refusal(401, 'version_not_pinned'));
    }
  });
});

describe('the signature parameter', () => {
  const query = signed(GOODS);
  const sig = new URLSearchParams(query).get('sig') ?? '';
  const bare = query.slice(0, query.indexOf('&sig='));

  test.each([
    ['absent', bare, 'missing_signature'],
    ['empty', `${bare}&sig=`, 'missing_signature'],
    ['absent with the whole query', '', 'missing_signature'],
    ['named sign, as the documentation misprints', `${bare}&sign=${sig}`, 'missing_signature'],
    ['named SIG', `${bare}&SIG=${sig}`, 'missing_signature'],
    ['given twice', `${query}&sig=${sig}`, 'malformed_signature'],
    ['a list', `${bare}&sig[0]=${sig}`, 'malformed_signature'],
    ['a list beside the sig', `${query}&sig[0]=${sig}`, 'malformed_signature'],
    ['upper-case', `${bare}&sig=${sig.toUpperCase()}`, 'malformed_signature'],
    ['too short', query.slice(0, -1), 'malformed_signature'],
    ['too long', `${query}0`, 'malformed_signature'],
    ['of another version’s length', `${query}${sig}`, 'malformed_signature'],
    ['a text with a blank', `${bare}&sig=+${sig}`, 'malformed_signature'],
    ['another signature', `${bare}&sig=${'0'.repeat(32)}`, 'wrong_signature'],
    ['PHP’s equal zero', `${bare}&sig=0e${'1'.repeat(30)}`, 'wrong_signature'],
  ])('a pingback whose sig is %s is answered 401 $2', (_name, raw, reason) => {
    expect(verify(raw)).toEqual(refusal(401, reason));
  });

  test.each([1, 2, 3] as const)(
    'a sig longer or shorter than version %i needs is answered 401 malformed_signature',
    (version) => {
      const to = account({ signatureVersion: version });
      const right = signPingback(GOODS, { secretKey: SECRET, version, api: 'digital_goods' });
      expect(verify(right, to)).toMatchObject({ authentic: true });
      for (const wrong of [right.replace('sig=', 'sig=0'), `${right}0`, right.slice(0, -1)]) {
        expect(verify(wrong, to)).toEqual(refusal(401, 'malformed_signature'));
      }
    },
  );

  test('an escaped sig is decoded like every value', () => {
    expect(verify(`${bare}&sig=%${sig.charCodeAt(0).toString(16)}${sig.slice(1)}`)).toMatchObject({
      authentic: true,
    });
  });
});

describe('keys', () => {
  const next = 'f'.repeat(32);
  const both = paymentwall.parseKeys(
    { current: { secretKey: SECRET }, next: { secretKey: next } },
    account(),
  );

  test('the current and the next key verify and are named, and any other key is answered 401 wrong_signature', () => {
    expect(paymentwall.verify(request(signed(GOODS)), account(), both)).toMatchObject({ keyId: 'current' });
    expect(paymentwall.verify(request(signed(GOODS, next)), account(), both)).toMatchObject({
      keyId: 'next',
    });
    expect(verify(signed(GOODS, next))).toEqual(refusal(401, 'wrong_signature'));
  });

  test('the Brick test key verifies only test traffic, and only in the sandbox', () => {
    const testKey = 't_0123456789abcdef';
    const secret = { current: { secretKey: SECRET }, brickTestKey: testKey };
    const test = signed(goods({ is_test: '1' }), testKey);
    const run = (query: string, to: PaymentwallAccount) =>
      paymentwall.verify(request(query), to, paymentwall.parseKeys(secret, to));
    expect(run(test, account())).toMatchObject({
      authentic: true,
      keyId: 'current',
      remarks: ['brick_test_key'],
    });
    expect(run(test, account({ environment: 'live' }))).toEqual(refusal(401, 'wrong_signature'));
    expect(run(signed(GOODS, testKey), account())).toEqual(refusal(401, 'wrong_signature'));
    expect(run(signed(goods({ is_test: '0' }), testKey), account())).toEqual(refusal(401, 'wrong_signature'));
    expect(run(signed(goods({ slength: '1' }), testKey), account())).toEqual(refusal(401, 'wrong_signature'));
    expect(run(signed(goods({ is_test: '1' })), account())).toMatchObject({ authentic: true, remarks: [] });
  });

  test('an absent Brick test key verifies nothing: an empty, undefined or null key is answered 401 wrong_signature', () => {
    for (const nothing of ['', 'undefined', 'null', '[object Object]']) {
      expect(verify(signed(goods({ is_test: '1' }), nothing))).toEqual(refusal(401, 'wrong_signature'));
    }
  });
});

describe('the request of a pingback', () => {
  test.each(['POST', 'HEAD', 'PUT', 'get', ''])(
    'a pingback with the method %j is answered 405 wrong_method',
    (method) => {
      expect(verify(signed(GOODS), account(), { method })).toEqual(refusal(405, 'wrong_method'));
    },
  );

  test('a pingback from another address is answered 401 source_address where sourceAddresses is check', () => {
    const checked = account({ sourceAddresses: 'check' });
    expect(verify(signed(GOODS), checked, { sourceIp: '1.2.3.4' })).toEqual(refusal(401, 'source_address'));
    expect(verify(signed(GOODS), checked)).toMatchObject({ authentic: true });
    expect(verify(signed(GOODS), account(), { sourceIp: '1.2.3.4' })).toMatchObject({ authentic: true });
  });

  test('a pingback that cannot be read is answered 400, and a pingback that is too long 413', () => {
    expect(verify(`${signed(GOODS)}&a=%`)).toEqual(refusal(400, 'unreadable_query'));
    expect(verify('a&'.repeat(401))).toEqual(refusal(400, 'too_many_parameters'));
    expect(verify('a'.repeat(20_000))).toEqual(refusal(413, 'query_too_long'));
  });

  test('a pingback is kept as received, and the kept message reads the same', () => {
    const query = signed(goods({ goodsid: 'Ærlig guld' }));
    const verdict = verify(query);
    if (!verdict.authentic) throw new Error(verdict.reason);
    expect(verdict.message).toBe(query);
    expect(paymentwall.parse(verdict.message, account())).toEqual(verdict.notification);
  });
});

test('a quarantined pingback is identified by its signature, however the request is written', () => {
  const query = signed(goods({ type: '1000' }));
  const sig = new URLSearchParams(query).get('sig') ?? '';
  const rewritten = `&&${query.split('&').reverse().join('&')}&`;
  for (const sent of [query, rewritten]) {
    const verdict = verify(sent);
    expect(verdict).toMatchObject({
      quarantine: 'malformed_type',
      signatureDigest: createHash('sha256').update(sig).digest('hex'),
    });
    expect(verdict).not.toHaveProperty('notification');
  }
});

describe('the local sender', () => {
  test('signPingback signs the same text as the test, and its cart verifies in versions 2 and 3', () => {
    expect(signPingback(GOODS, { secretKey: SECRET, version: 2, api: 'digital_goods' })).toContain(
      `sig=${sign(flatBase([...GOODS, ['sign_version', '2']]))}`,
    );
    const items: Pairs = [...Array(11).keys()].map((index) => [`goodsid[${index}]`, `i${index}`] as const);
    const pairs: Pairs = [['uid', 'Åsa'], ['type', '0'], ['ref', 'b1'], ...items];
    for (const version of [2, 3] as const) {
      const query = signPingback(pairs, { secretKey: SECRET, version, api: 'cart' });
      expect(verify(query, account({ api: 'cart', signatureVersion: version }))).toMatchObject({
        authentic: true,
        variant: 'nested-numeric',
      });
    }
  });
});

test('accept answers a pingback with 200 and exactly OK as text/plain', () => {
  expect(paymentwall.accept(undefined, account(), keys)).toEqual({
    status: 200,
    contentType: 'text/plain',
    body: 'OK',
  });
});

describe('a POST', () => {
  const reason = (headers: Record<string, string>): unknown => {
    const verdict = verify('', account(), { method: 'POST', headers });
    return verdict.authentic || [verdict.status, verdict.reason];
  };

  test('a POST is answered 405: terminal3_shop_webhook with the headers of a Terminal3 Shop, else wrong_method', () => {
    expect(reason({ 'x-webhook-signature': 't=1,v1=ab' })).toEqual([405, 'terminal3_shop_webhook']);
    expect(reason({ 'x-terminal3-signature': 'ab' })).toEqual([405, 'terminal3_shop_webhook']);
    expect(reason({ 'content-type': 'application/json' })).toEqual([405, 'wrong_method']);
  });

  test('a GET pingback is accepted whatever headers the request has', () => {
    const headers = { 'x-webhook-signature': 't=1,v1=ab' };
    expect(verify(signed(GOODS), account(), { headers })).toMatchObject({ authentic: true });
  });
});

describe('bytes that are not UTF-8', () => {
  /** A query with escaped bytes, signed over these bytes: `base` is Latin-1. */
  const latin1 = (query: string, base: string): string =>
    `${query}&sig=${createHash('md5')
      .update(Buffer.from(base + SECRET, 'latin1'))
      .digest('hex')}`;
  const GOOD = 'goodsid=gold&ref=b1&sign_version=2&type=2&reason=1&uid=u1';
  const of = (extra: string, first: string, last = ''): string =>
    latin1(`${extra}&${GOOD}`, `${first}goodsid=goldreason=1ref=b1sign_version=2type=2uid=u1${last}`);

  test.each([
    ['a name cut inside a character', of('app_name=Caf%C3', 'app_name=Caf\u00c3')],
    ['a price in Latin-1', of('cost=POUND+%A3', 'cost=POUND \u00a3')],
    ['a chargeback\u2019s reason in Latin-1', of('cb_reason=ung%FCltig', 'cb_reason=ung\u00fcltig')],
    ['an unknown name', of('%A3=1', '', '\u00a3=1')],
    ['overlong UTF-8', of('a=%C0%AF', 'a=\u00c0\u00af')],
  ])(
    'a pingback with bytes that are not UTF-8 in a text that decides nothing is accepted: %s',
    (_name, query) => {
      expect(fate(query)).toBe('passes');
      expect(paymentwall.parse(query, account())).toMatchObject({ type: '2', reason: '1', ref: 'b1' });
      expect(fate(query.replace('goodsid=gold', 'goodsid=tin'))).toBe('refused: wrong_signature');
    },
  );

  test('a version 1 pingback with bytes that are not UTF-8 in an unsigned parameter is accepted', () => {
    const v1 = account({ signatureVersion: 1 });
    const query = latin1(
      'uid=u1&goodsid=gold&slength=&speriod=&type=0&ref=b1',
      'uid=u1goodsid=goldslength=speriod=type=0ref=b1',
    );
    expect(fate(`${query}&shop_name=Caf%E9`, v1)).toBe('passes');
  });

  test.each([
    [
      'uid',
      'malformed_uid',
      'goodsid=g&ref=b1&sign_version=2&type=0&uid=%E9',
      'goodsid=gref=b1sign_version=2type=0uid=\u00e9',
    ],
    [
      'goodsid',
      'malformed_goodsid',
      'goodsid=%E9&ref=b1&sign_version=2&type=0&uid=u',
      'goodsid=\u00e9ref=b1sign_version=2type=0uid=u',
    ],
    [
      'ref',
      'malformed_ref',
      'goodsid=g&ref=b1%E9&sign_version=2&type=0&uid=u',
      'goodsid=gref=b1\u00e9sign_version=2type=0uid=u',
    ],
  ])('a pingback with bytes that are not UTF-8 in %s is quarantined as $1', (_name, reason, query, base) => {
    expect(fate(latin1(query, base))).toBe(reason);
  });
});
