import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { joinFacts, materialHash } from '../../../shared/payment/index.ts';
import type { Status } from '../../../shared/payment/types.ts';
import { CAPTURED } from '../../../shared/providers/paymentwall/facts.ts';
import { paymentwall, REASONS, TYPES } from '../../../shared/providers/paymentwall/index.ts';
import {
  account,
  encode,
  factsOf,
  flatBase,
  goods,
  normalize,
  type Pairs,
  pingback,
  REF,
  read,
} from './support.ts';

describe('the tables of Paymentwall', () => {
  test('TYPES has exactly the documented types', () => {
    const documented = '0 1 2 12 13 14 200 201 202 203 220'.split(' ');
    expect(Object.keys(TYPES).sort()).toEqual(documented.sort());
  });

  test('REASONS has exactly the documented reasons', () => {
    const documented = '1 2 3 4 5 6 7 8 9 10 11'.split(' ');
    expect(Object.keys(REASONS).sort()).toEqual(documented.sort());
  });

  test('every type and every reason has a name of its own and a meaning', () => {
    for (const table of [TYPES, REASONS]) {
      const rows = Object.values(table);
      expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
      for (const { meaning } of rows) expect(meaning).toMatch(/\.$/);
    }
  });
});

describe('the status of a payment', () => {
  test.each<[string, readonly string[], Status]>([
    ['no pingback', [], 'pending'],
    ['paid', ['0'], 'paid'],
    ['goodwill', ['1'], 'paid'],
    ['in review', ['200'], 'in_review'],
    ['accepted after review', ['200', '201'], 'paid'],
    ['accepted, without the review', ['201'], 'paid'],
    ['accepted, and paid as well', ['200', '201', '0'], 'paid'],
    ['declined after review', ['200', '202'], 'denied'],
    ['declined after it was paid', ['0', '202'], 'denied'],
    ['voided', ['203'], 'voided'],
    ['voided after it was paid', ['0', '203'], 'voided'],
    ['voided after acceptance', ['200', '201', '203'], 'voided'],
    ['chargeback', ['0', '2/1'], 'reversed'],
    ['card fraud', ['0', '2/2'], 'reversed'],
    ['other fraud', ['0', '2/3'], 'reversed'],
    ['bad data', ['0', '2/4'], 'reversed'],
    ['fake user', ['0', '2/5'], 'reversed'],
    ['rejected by the advertiser', ['0', '2/6'], 'reversed'],
    ['duplicate conversions', ['0', '2/7'], 'reversed'],
    ['refund', ['0', '2/9'], 'refunded'],
    ['partially reversed', ['0', '2/10'], 'partially_refunded'],
    ['eCheck failed', ['0', '2/11'], 'reversed'],
    ['a type 2 without reason', ['0', '2'], 'reversed'],
    ['a type 2 with an unknown reason', ['0', '2/99'], 'reversed'],
    ['partial refund', ['0', '220'], 'partially_refunded'],
    ['partial refund with a chargeback reason', ['0', '220/1'], 'partially_refunded'],
    ['partial, then whole refund', ['0', '220', '2/9'], 'refunded'],
    ['chargeback after refund', ['0', '2/9', '2/1'], 'reversed'],
    ['refund after decline', ['0', '202', '2/9'], 'refunded'],
    ['a refund alone', ['2/9'], 'refunded'],
    ['a chargeback alone', ['2/1'], 'reversed'],
    ['a partial refund alone', ['220'], 'pending'],
    ['a partial refund under review', ['200', '220'], 'in_review'],
    ['a partial refund, and its subscription cancelled', ['12', '220'], 'pending'],
    ['a chargeback, and its subscription cancelled', ['12', '2/1'], 'reversed'],
    ['goodwill taken back', ['1', '2/8'], 'reversed'],
    ['goodwill taken back, alone', ['2/8'], 'reversed'],
    ['goodwill taken back beside a payment', ['0', '1', '2/8'], 'paid'],
    ['goodwill and a chargeback', ['0', '1', '2/1'], 'reversed'],
    ['a payment whose subscription was cancelled', ['0', '12'], 'paid'],
  ])('the pingbacks of a payment decide its status: %s %j: %s', (_name, names, status) => {
    expect(read(factsOf(...names))).toMatchObject({
      kind: 'payment',
      direction: 'in',
      orderKind: 'payment',
      status,
    });
  });

  test('a payment that waits for a further pingback has no doubts', () => {
    for (const names of [[], ['200'], ['0'], ['201'], ['1']])
      expect(read(factsOf(...names)).doubts).toEqual([]);
  });

  test('every pair of types and reasons gives the same reading in both orders', () => {
    const names = [...Object.keys(TYPES), ...Object.keys(REASONS).map((reason) => `2/${reason}`)];
    for (const a of names) {
      for (const b of names) expect(read(factsOf(a, b))).toEqual(read(factsOf(b, a)));
    }
  });

  test('a payment with a chargeback or refund reason that takes all is never paid', () => {
    for (const [reason, { takes }] of Object.entries(REASONS)) {
      const { status } = read(factsOf('0', '201', `2/${reason}`));
      if (takes === 'all') expect(['reversed', 'refunded']).toContain(status);
      expect(read(factsOf(`2/${reason}`)).status).not.toMatch(/^(paid|partially_refunded|authorized)$/);
    }
  });
});

describe('goodwill', () => {
  test('goodwill is a grant without money, and the reading has goodwill true', () => {
    expect(read(factsOf('1')).goodwill).toBe(true);
    expect(read(factsOf('1', '200')).goodwill).toBe(true);
    // A refund or a capture alone does not show that money came.
    expect(read(factsOf('1', '220')).goodwill).toBe(true);
    expect(read(joinFacts(factsOf('1'), { [CAPTURED]: { codes: [], amounts: [] } })).goodwill).toBe(true);
  });

  test('a payment is no goodwill where money came or the goodwill was taken back', () => {
    for (const names of [['0'], ['0', '1'], ['201', '1'], ['1', '2/8'], ['1', '2/1'], []]) {
      expect(read(factsOf(...names)).goodwill).toBe(false);
    }
  });

  test('goodwill taken back beside money is contradictory_evidence until the goodwill itself arrives', () => {
    const facts = factsOf('0', '2/8');
    expect(read(facts).doubts).toEqual([
      { reason: 'contradictory_evidence', evidence: ['type/0', 'negative/2/8///'] },
    ]);
    expect(Object.keys(facts)).toContain('negative/2/8///');
    expect(read(factsOf('0', '2/8', '1')).doubts).toEqual([]);
  });
});

describe('physical goods', () => {
  const physical = account({ goods: 'physical' });
  const facts = (...names: readonly string[]) =>
    names.map((name) => pingback(name, physical).facts).reduce(joinFacts, {});

  test('physical goods with type 0 or 201 are authorized until the capture is confirmed', () => {
    for (const names of [['0'], ['200', '201'], ['0', '201']]) {
      expect(read(facts(...names)).status).toBe('authorized');
      const captured = joinFacts(facts(...names), { [CAPTURED]: { codes: [], amounts: [] } });
      expect(read(captured)).toMatchObject({ status: 'paid', goodwill: false });
    }
  });

  test('physical goods with type 203 are voided, and with type 220 partially_refunded', () => {
    expect(read(facts('0', '203')).status).toBe('voided');
    expect(read(facts('0', '220')).status).toBe('partially_refunded');
    expect(read(facts('0', '1', '220')).goodwill).toBe(false);
  });

  test('goodwill for physical goods is paid, and a sale recorded as digital is paid too', () => {
    expect(facts('1')).toEqual({ 'type/1': { codes: [], amounts: [] } });
    expect(read(facts('1'))).toMatchObject({ status: 'paid', goodwill: true });
    expect(read({ ...facts('201'), ...factsOf('0') }).status).toBe('paid');
  });

  test('a confirmed capture alone is pending', () => {
    expect(read({ [CAPTURED]: { codes: [], amounts: [] } }).status).toBe('pending');
  });
});

describe('a subscription', () => {
  test.each<[readonly string[], Status, readonly string[]]>([
    [['12'], 'canceled', ['subscription.canceled']],
    [['13'], 'expired', ['subscription.expired']],
    [['14'], 'failed', ['subscription.payment_failed']],
    [['13', '12'], 'expired', ['subscription.canceled', 'subscription.expired']],
    [['14', '12'], 'failed', ['subscription.canceled', 'subscription.payment_failed']],
  ])('a subscription with the types %j is %s', (names, status, announcements) => {
    const reading = read(factsOf(...names));
    expect(reading).toMatchObject({ kind: 'subscription', status, announcements, goodwill: false });
    expect(reading).not.toHaveProperty('direction');
    expect(pingback(names[0] ?? '').subject).toEqual({ kind: 'subscription', id: REF });
  });

  test('subscription.canceled is announced on the payment of a subscription, and the payment stays paid', () => {
    expect(read(factsOf('0', '12'))).toMatchObject({
      kind: 'payment',
      status: 'paid',
      announcements: ['subscription.canceled'],
    });
  });

  test('a renewal is a payment of its own with the initial_ref as parent', () => {
    const renewal = normalize({ ref: 'b2', initial_ref: REF, slength: '1', speriod: 'month' });
    expect(renewal.subject).toEqual({ kind: 'payment', id: 'b2' });
    expect(renewal.aliases).toEqual([
      { type: 'id', value: 'b2' },
      { type: 'parent', value: REF },
      { type: 'reference', value: 'gold' },
    ]);
    expect(renewal.details).toMatchObject({ parentId: REF, subscription: { length: '1', period: 'month' } });
    expect(normalize({ initial_ref: REF }).aliases.map(({ type }) => type)).toEqual(['id', 'reference']);
  });
});

describe('a normalized pingback', () => {
  test('a payment pingback is normalized with key, subject, facts, aliases, end user and details', () => {
    expect(normalize()).toEqual({
      source: 'notification',
      key: `${REF}/0`,
      material: expect.any(Object),
      subject: { kind: 'payment', id: REF },
      precedence: { side: 'for', rank: 0, describes: 'all' },
      facts: { 'type/0': { codes: [], amounts: [] } },
      aliases: [
        { type: 'id', value: REF },
        { type: 'reference', value: 'gold' },
      ],
      test: false,
      endUser: 'pwuser',
      details: { eventType: 'regular', code: '0', goods: ['gold'] },
    });
  });

  test('a chargeback pingback has its reason in key, facts and details', () => {
    const { key, facts, details } = pingback('2/1');
    expect(key).toBe(`${REF}/2/1///`);
    expect(facts).toEqual({ 'negative/2/1///': { codes: ['chargeback'], amounts: [] } });
    expect(details).toMatchObject({ eventType: 'negative', reason: 'chargeback', reasonCode: '1' });
  });

  test('an unknown type is recorded with the remark unknown_type, without facts and subject', () => {
    const unknown = normalize({ type: '3' });
    expect(unknown).toMatchObject({ key: `${REF}/3`, facts: {}, remark: 'unknown_type' });
    expect(unknown).not.toHaveProperty('subject');
    expect(unknown.details.eventType).toBe('unknown');
  });

  test('the uid appears only in endUser and material, and a uid in another case has equal material fields', () => {
    const mail = 'Some.One@example.com';
    const { endUser, material, ...rest } = normalize({ uid: mail });
    expect(endUser).toBe(mail);
    expect(JSON.stringify(rest).toLowerCase()).not.toContain('some.one');
    expect(normalize({ uid: mail.toUpperCase() }).material).toEqual(material);
  });

  test('a virtual currency pingback has its number of coins as received', () => {
    const coins = account({ api: 'virtual_currency', orderParameter: 'order' });
    const about = (query: string) =>
      paymentwall.normalize(paymentwall.parse(`${query}&sign_version=2`, coins), coins);
    expect(about('uid=u&currency=200&type=0&ref=b1&order=A').details.coins).toBe('200');
    expect(about('uid=u&currency=-200&type=2&ref=b1&order=A').details).toMatchObject({ coins: '-200' });
    expect(about('uid=u&currency=200&type=0&ref=b1&order=A').aliases).toContainEqual({
      type: 'reference',
      value: 'A',
    });
  });

  test('a virtual currency pingback has no goods and no subscription: goodsid is a custom parameter there', () => {
    const coins = account({ api: 'virtual_currency' });
    const query = 'uid=u&currency=200&type=0&ref=b1&sign_version=2&goodsid=A&slength=3';
    const { aliases, details } = paymentwall.normalize(paymentwall.parse(query, coins), coins);
    expect(aliases).toContainEqual({ type: 'reference', value: 'A' });
    expect(details).toEqual({ eventType: 'regular', code: '0', coins: '200' });
  });

  test('a charge without a plan has no goods and no reference', () => {
    const charge = normalize({ goodsid: '' });
    expect(charge.details).toStrictEqual({ eventType: 'regular', code: '0' });
    expect(charge.aliases).toEqual([{ type: 'id', value: REF }]);
  });

  test('a cart has its goods by index; one item names the order, several items need the order parameter', () => {
    const cart = account({ api: 'cart' });
    const about = (query: string, to = cart) => paymentwall.normalize(paymentwall.parse(query, to), to);
    const several = 'goodsid[10]=c&goodsid[2]=b&goodsid[0]=b&uid=u&type=0&ref=b1&sign_version=2&order=A';
    expect(about(several).details.goods).toEqual(['b', 'b', 'c']);
    expect(about(several).aliases).toEqual([{ type: 'id', value: 'b1' }]);
    expect(about('goodsid[0]=b&uid=u&type=0&ref=b1').aliases).toContainEqual({
      type: 'reference',
      value: 'b',
    });
    const named = account({ api: 'cart', orderParameter: 'order' });
    expect(about(several, named).aliases).toContainEqual({ type: 'reference', value: 'A' });
  });
});

describe('duplicates of a pingback', () => {
  test('a pingback has the same digest of the signed text in every order of parameters', () => {
    const pairs = goods({ sign_version: '2' });
    const digest = createHash('sha256').update(flatBase(pairs)).digest('hex');
    for (const sent of [pairs, [...pairs].reverse()]) {
      expect(paymentwall.parse(encode(sent), account()).signedDigest).toBe(digest);
    }
  });

  const hash = (changes: Readonly<Record<string, string>>) => materialHash(normalize(changes));

  test('the material fields of a pingback are a fixed list, so kept hashes stay comparable', () => {
    const none = { coins: '', length: '', period: '', reason: '' };
    const least = { type: '0', ref: REF, endUser: 'pwuser', goods: '["gold"]', orderReference: 'gold' };
    expect(normalize().material).toEqual({ ...least, ...none, test: 'false' });
    const v1 = account({ signatureVersion: 1, orderParameter: 'order' });
    expect(normalize({ is_test: '1', reason: '9', order: 'A' }, v1).material).toEqual({
      ...{ ...least, ...none },
      orderReference: '',
      test: '',
    });
    const refund = { type: '2', reason: '9', slength: '-3', speriod: 'day', is_test: '1' };
    expect(normalize(refund).material).toEqual({
      ...{ ...least, ...none },
      ...{ type: '2', reason: '9', length: '-3', period: 'day', test: 'true' },
    });
    const coins = account({ api: 'virtual_currency' });
    const query = 'uid=u&currency=200&type=0&ref=b1&sign_version=2';
    expect(paymentwall.normalize(paymentwall.parse(query, coins), coins).material).toMatchObject({
      coins: '200',
      goods: '[]',
    });
  });

  test('pingbacks that differ in a material field have another hash, and in another parameter the same hash', () => {
    const same = hash({});
    for (const cosmetic of [{ extra: '1' }, { uid: 'PWUSER' }, { IP: '1.2.3.4' }])
      expect(hash(cosmetic)).toBe(same);
    for (const other of [
      { goodsid: 'silver' },
      { uid: 'thief' },
      { slength: '3' },
      { speriod: 'day' },
      { is_test: '1' },
    ]) {
      expect(hash(other)).not.toBe(same);
    }
  });

  test('the pingbacks of one payment have different keys by type and reason', () => {
    const keys = ['2/1', '2/9', '2/10', '2', '220', '0', '1', '201', '202', '203', '12'].map(
      (name) => pingback(name).key,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('version 1, which signs only its fixed fields', () => {
  const v1 = account({ signatureVersion: 1, orderParameter: 'order', environment: 'live' });
  const about = (changes: Readonly<Record<string, string>>) => normalize(changes, v1);

  test('an unsigned reason in version 1 changes no key, facts or material, and appears only in the details', () => {
    const plain = about({ type: '2' });
    for (const reason of ['1', '8', '9', '10']) {
      const named = about({ type: '2', reason });
      expect(named.key).toBe(plain.key);
      expect(named.facts).toEqual(plain.facts);
      expect(materialHash(named)).toBe(materialHash(plain));
      expect(read(named.facts).status).toBe('reversed');
      expect(named.details.reasonCode).toBe(reason);
    }
    expect(about({ type: '220', refund_amount: '5' }).key).toBe(
      about({ type: '220', merchant_refund_id: 'R' }).key,
    );
    expect(read(about({ type: '220' }).facts).status).toBe('pending');
  });

  test('a version 1 pingback is test traffic by is_test 1 or by a ref of the test method', () => {
    expect(about({ is_test: '1' }).test).toBe(true);
    expect(about({ is_test: '0' }).test).toBe(false);
    expect(about({}).test).toBe(false);
    expect(about({ ref: 't1493096790' }).test).toBe(true);
    for (const ref of ['t', 'at1493096790', 't1493096790a']) expect(about({ ref }).test).toBe(false);
  });

  test('a ref of the test method is test traffic in version 2 too, and has the same material fields', () => {
    expect(normalize({ ref: 't1493096790' }).test).toBe(true);
    expect(normalize({ ref: 'b1493096790' }).test).toBe(false);
    const withMark = normalize({ ref: 't1493096790', is_test: '1' });
    expect(materialHash(normalize({ ref: 't1493096790' }))).toBe(materialHash(withMark));
  });

  test('a reason is read only on type 2, and on type 0 changes nothing', () => {
    expect(normalize({ type: '2', reason: '9' }).details).toMatchObject({ reasonCode: '9' });
    expect(normalize({ type: '0', reason: '9' }).details).not.toHaveProperty('reasonCode');
    expect(materialHash(normalize({ type: '0', reason: '9' }))).toBe(materialHash(normalize({ type: '0' })));
  });

  test('adding or stripping is_test in version 1 makes no conflicting duplicate', () => {
    expect(about({ is_test: '1' }).key).toBe(about({}).key);
    expect(materialHash(about({ is_test: '1' }))).toBe(materialHash(about({})));
  });

  test('no unsigned parameter of version 1 names an order, a parent or an amount', () => {
    const about1 = about({ order: 'A', initial_ref: 'b0', refund_amount: '5', type: '2' });
    expect(about1.aliases).toEqual([{ type: 'id', value: REF }]);
    expect(about1.facts['negative/2']?.amounts).toEqual([]);
    expect(about1.details).not.toHaveProperty('parentId');
  });
});

test('parse refuses a message that intake never accepted', () => {
  const pairs: Pairs = goods({ sign_version: '2', goodsid: 'goldis_test=1' });
  expect(() => paymentwall.parse(encode(pairs), account())).toThrow('ambiguous');
  expect(() => paymentwall.parse('a=%', account())).toThrow('unreadable_query');
  expect(() => paymentwall.parse('sign_version=4', account())).toThrow('unknown_version');
});
