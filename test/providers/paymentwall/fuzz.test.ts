/** Verification of arbitrary requests: it never throws, never accepts a changed pingback, and its work is bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signPingback } from '../../../local/demo/senders/paymentwall.ts';
import { paymentwall } from '../../../shared/providers/paymentwall/index.ts';
import { account, GOODS, goods, request, SECRET, signed } from './support.ts';

const keys = paymentwall.parseKeys(
  { current: { secretKey: SECRET }, brickTestKey: 't_0123456789' },
  account(),
);
const apis = ['digital_goods', 'virtual_currency', 'cart'] as const;
const accounts = apis.flatMap((api) =>
  ([1, 2, 3] as const).map((signatureVersion) => account({ api, signatureVersion })),
);

const piece = fc.oneof(
  fc.constantFrom(
    'uid=',
    '&',
    '=',
    '%',
    '%00',
    '%ff',
    '[',
    ']',
    '[0]',
    '[]',
    '+',
    'goodsid',
    'sig=',
    'sign_version=2',
  ),
  fc.constantFrom(
    'type=0',
    'ref=b1',
    '__proto__',
    'constructor',
    '[prototype]=',
    '%5B__proto__%5D=1',
    'is_test=1',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.stringMatching(/^[0-9a-f]{32}$/).map((sig) => `&sig=${sig}`),
);

test('no query of arbitrary bytes makes verify throw or accept', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      for (const each of accounts) {
        expect(paymentwall.verify(request(pieces.join('')), each, keys).authentic).toBe(false);
      }
    }),
  );
});

test('a signed query with a changed character is refused, quarantined, or read as the same notification', () => {
  const query = signed(goods({ goodsid: 'gold member', is_test: '1' }));
  const genuine = paymentwall.parse(query, account());
  const change = fc.record({
    at: fc.nat(query.length - 1),
    by: fc.constantFrom('', '&', '=', '%', '+', '0', 'a', 'A', '[', '%20', '&&', 'is_test=0'),
    remove: fc.nat(2),
  });
  fc.assert(
    fc.property(change, ({ at, by, remove }) => {
      const verdict = paymentwall.verify(
        request(query.slice(0, at) + by + query.slice(at + remove)),
        account(),
        keys,
      );
      if (verdict.authentic && verdict.quarantine === undefined)
        expect(verdict.notification).toEqual(genuine);
    }),
    { numRuns: 1000 },
  );
});

describe('arbitrary pingbacks signed by Paymentwall', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'uid',
      'type',
      'ref',
      'goodsid',
      'goodsid[0]',
      'currency',
      'reason',
      '__proto__',
      'a[b]',
      'sign_version',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  );
  const value = fc.oneof(
    fc.constantFrom('0', '2', 'b1', '', 'goodsid=', 'is_test=1', '__proto__', '3'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );

  test('a signed pingback with arbitrary parameters is read the same from the kept message, or is quarantined', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (extra) => {
        for (const { api, signatureVersion } of accounts) {
          const to = account({ api, signatureVersion });
          const query = signPingback([...GOODS, ...extra], {
            secretKey: SECRET,
            version: signatureVersion,
            api,
          });
          const verdict = paymentwall.verify(request(query), to, keys);
          if (!verdict.authentic || verdict.notification === undefined) continue;
          expect(paymentwall.parse(verdict.message, to)).toEqual(verdict.notification);
          expect(paymentwall.normalize(verdict.notification, to).key).toContain(verdict.notification.ref);
        }
      }),
    );
  });

  test('a text with 600 field names is quarantined as ambiguous', () => {
    const query = signed(goods({ app: 'is_test=1'.repeat(600) }));
    expect(paymentwall.verify(request(query), account(), keys)).toMatchObject({ quarantine: 'ambiguous' });
  });
});
