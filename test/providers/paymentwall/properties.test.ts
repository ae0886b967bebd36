/** Properties of generated messages and histories. The other files have examples. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/index.ts';
import type { Facts, Reading } from '../../../shared/payment/types.ts';
import type { PaymentwallAccount } from '../../../shared/providers/paymentwall/account.ts';
import { paymentwallApi } from '../../../shared/providers/paymentwall/api.ts';
import { paymentwall, REASONS } from '../../../shared/providers/paymentwall/index.ts';
import { QuarantinedError, readNotification } from '../../../shared/providers/paymentwall/notification.ts';
import { parseQuery, splitName } from '../../../shared/providers/paymentwall/query.ts';
import { captureMessage } from '../../../shared/providers/paymentwall/shipping.ts';
import { VERSION_1_FIELDS } from '../../../shared/providers/paymentwall/signature.ts';
import { account, encode, flatBase, goods, type Pairs } from './support.ts';

const nameOf = ([name]: readonly [string, string]) => name;
const read = (facts: Facts): Reading => paymentwall.readFacts(facts, { orderKind: undefined });

/** The facts of pingbacks "0", "200", "2/9": a type, and for a negative type the reason. */
function factsOf(...names: readonly string[]): Facts {
  const of = (name: string): Facts => {
    const [type = '', reason] = name.split('/');
    const pairs = goods({ sign_version: '2', type, ...(reason === undefined ? {} : { reason }) });
    return paymentwall.normalize(paymentwall.parse(encode(pairs), account()), account()).facts;
  };
  return names.map(of).reduce(joinFacts, {});
}

describe('the readings of one signed text', { timeout: 300_000 }, () => {
  const known = ['goodsid', 'is_test', 'reason', 'ref', 'sign_version', 'slength', 'speriod', 'type', 'uid'];

  const REQUIRED = ['ref', 'sign_version', 'type', 'uid'];

  /** Every way to cut the text into pairs with these names in this order. */
  function readings(text: string, names: readonly string[], from = 0, after = -1): Pairs[] {
    const found: Pairs[] = [];
    names.forEach((name, index) => {
      if (index <= after || !text.startsWith(`${name}=`, from)) return;
      if (names.slice(after + 1, index).some((skipped) => REQUIRED.includes(skipped))) return;
      const valueAt = from + name.length + 1;
      found.push([[name, text.slice(valueAt)]]);
      for (let next = valueAt; next < text.length; next += 1) {
        for (const rest of readings(text, names, next, index))
          found.push([[name, text.slice(valueAt, next)], ...rest]);
      }
    });
    return found;
  }

  const accepts = (pairs: Pairs, to: PaymentwallAccount): boolean => {
    try {
      readNotification(
        pairs.map(([name, value]) => ({ ...splitName(name), value })),
        to,
      );
      return true;
    } catch (error) {
      if (error instanceof QuarantinedError) return false;
      throw error;
    }
  };

  /** Parts of texts that could be read as parameters. */
  const fragment = fc.constantFrom(
    'a',
    'goodsid=',
    'is_test=1',
    'reason=',
    'ref=',
    'type=',
    'uid=',
    '0',
    'x=',
    'zz=',
  );
  const text = fc.array(fragment, { maxLength: 3 }).map((parts) => parts.join(''));
  const maybe = (name: string, value: fc.Arbitrary<string>) =>
    fc.option(
      value.map((each): Pairs => [[name, each]]),
      { nil: [] as Pairs },
    );

  test('versions 2 and 3 accept at most one reading of a signed text', () => {
    const message = fc
      .tuple(
        maybe('app', text),
        maybe('goodsid', text),
        maybe('is_test', fc.constantFrom('0', '1')),
        maybe('mid', text),
        maybe('zz', text),
        text,
      )
      .map(
        ([app, good, test, mid, zz, uid]): Pairs => [
          ...app,
          ...good,
          ...test,
          ...mid,
          ['ref', 'b1'],
          ['sign_version', '2'],
          ['type', '0'],
          ['uid', `u${uid}`],
          ...zz,
        ],
      );
    let accepted = 0;
    fc.assert(
      fc.property(message, (pairs) => {
        const names = [...new Set([...known, 'app', 'mid', 'zz'])].sort();
        // The readings depend on the unknown names: only readings with the same unknown names are compared.
        const passing = readings(flatBase(pairs), names).filter((each) => accepts(each, account()));
        accepted += passing.length;
        const ofSameNames = new Map<string, number>();
        for (const each of passing) {
          const unknown = each.map(nameOf).filter((name) => !known.includes(name));
          ofSameNames.set(unknown.join(), (ofSameNames.get(unknown.join()) ?? 0) + 1);
        }
        expect(Math.max(0, ...ofSameNames.values())).toBeLessThanOrEqual(1);
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('version 1 accepts at most one reading of a signed text', () => {
    const v1 = account({ signatureVersion: 1 });
    const message = fc.tuple(text, text).map(
      ([uid, good]): Pairs => [
        ['uid', `u${uid}`],
        ['goodsid', good],
        ['slength', ''],
        ['speriod', ''],
        ['type', '0'],
        ['ref', 'b1'],
      ],
    );
    let accepted = 0;
    fc.assert(
      fc.property(message, (pairs) => {
        const base = pairs.map(([name, value]) => `${name}=${value}`).join('');
        const passing = readings(base, VERSION_1_FIELDS.digital_goods)
          .filter((each) => each.length === 6)
          .filter((each) => accepts(each, v1));
        accepted += passing.length;
        expect(passing.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('a ref that takes letters of the unknown name behind it is never accepted', () => {
    // Names between "ref" and "sign_version" in the order of names: only there the signed text stays the same.
    const custom = fc
      .stringMatching(/^r(?:eg|[f-z])[a-z_]{1,8}s[a-i][a-f]$/)
      .filter((each) => !known.includes(each));
    let same = 0;
    fc.assert(
      fc.property(custom, fc.stringMatching(/^[btw][0-9]{3,12}$/), (name, ref) => {
        const genuine = goods({ ref, sign_version: '2', [name]: 'x' });
        expect(accepts(genuine, account())).toBe(true);
        for (let cut = 1; cut < name.length; cut += 1) {
          const other = goods({ ref: ref + name.slice(0, cut), sign_version: '2', [name.slice(cut)]: 'x' });
          if (flatBase(other) !== flatBase(genuine)) continue;
          same += 1;
          expect(accepts(other, account()), flatBase(other)).toBe(false);
        }
      }),
    );
    expect(same).toBeGreaterThan(50);
  });

  test('values without an equals sign never make a pingback ambiguous', () => {
    const plain = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((each) => !/[=\p{Cc}]/u.test(each));
    const name = fc.stringMatching(/^[a-zA-Z_]{1,12}$/).filter((each) => !known.includes(each));
    fc.assert(
      fc.property(plain, plain, fc.dictionary(name, plain, { maxKeys: 5 }), (uid, good, custom) => {
        const pairs = Object.entries({
          ...custom,
          uid: `u${uid}`,
          goodsid: good,
          type: '0',
          ref: 'b1',
          sign_version: '2',
        });
        expect(accepts(pairs, account())).toBe(true);
      }),
    );
  });
});

describe('facts as a join', () => {
  const names = fc.constantFrom(
    ...['0', '1', '12', '13', '14', '200', '201', '202', '203', '220', '2'],
    ...Object.keys(REASONS).map((reason) => `2/${reason}`),
  );
  const history = fc.array(names, { minLength: 1, maxLength: 12 });
  const shuffled = history.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc
        .shuffledSubarray(list, { minLength: list.length, maxLength: list.length })
        .chain((order) =>
          fc.array(fc.constantFrom(...list), { maxLength: 8 }).map((again) => [...order, ...again]),
        ),
    ),
  );

  test('any order and any repetition of the same pingbacks gives the same reading', () => {
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(factsOf(...other)).toEqual(factsOf(...list));
        expect(read(factsOf(...other))).toEqual(read(factsOf(...list)));
      }),
    );
  });

  test('goods are granted only with money or goodwill that nothing took back', () => {
    fc.assert(
      fc.property(history, (list) => {
        const { status, goodwill } = read(factsOf(...list));
        if (!['paid', 'partially_refunded', 'authorized'].includes(status)) {
          expect(goodwill).toBe(false);
          return;
        }
        const has = (...any: readonly string[]) => any.some((name) => list.includes(name));
        expect(has('0', '201') || (goodwill && has('1') && !has('2/8'))).toBe(true);
        expect(has('202', '203', '2', '2/1', '2/2', '2/3', '2/4', '2/5', '2/6', '2/7', '2/9', '2/11')).toBe(
          false,
        );
      }),
    );
  });
});

describe('a query', { timeout: 300_000 }, () => {
  test('parseQuery gives back every text that was encoded', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), (list) => {
        const raw = list.map(([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`).join('&');
        const query = parseQuery(raw);
        expect(query.ok && query.parameters.map(({ name, value }) => [name, value])).toEqual(list);
      }),
    );
  });
});

describe('pingbacks joined with Payment Status', () => {
  const confirmed = (fields: object = {}, to = account()): Facts => {
    const payment = { object: 'payment', id: 'b1', amount: '9.99', currency: 'USD', risk: 'approved' };
    return paymentwallApi.normalize(JSON.stringify({ ...payment, ...fields }), to).facts;
  };
  const fact = (key: string, ...codes: readonly string[]): Facts => ({ [key]: { codes, amounts: [] } });
  const physical = account({ goods: 'physical' });

  test('any order and any repetition of pingbacks and Payment Status answers gives the same reading', () => {
    const parts = fc.array(
      fc.constantFrom(
        ...['type/0', 'type/1', 'type/200', 'type/201', 'type/202', 'type/203'].map((key) => fact(key)),
        ...['negative/2/8///', 'negative/2/9///', 'negative/220//m1/4.00/'].map((key) => fact(key)),
        fact('type/0', 'physical'),
        confirmed(),
        confirmed({ refunded: true }),
        confirmed({ risk: 'pending' }),
        confirmed({ risk: 'declined' }),
        confirmed({ amount: '5.00' }),
        confirmed({}, physical),
        paymentwallApi.normalize(captureMessage('b1', 'delivering'), physical).facts,
      ),
      { maxLength: 7 },
    );
    const twice = parts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    );
    fc.assert(
      fc.property(twice, ([all, again]) => {
        expect(read(again.reduce(joinFacts, {}))).toEqual(read(all.reduce(joinFacts, {})));
      }),
      { numRuns: 500 },
    );
  });
});
