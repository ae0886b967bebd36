import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Json, plainText, signNotification } from '../../../local/demo/senders/trustly-europe.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { QuarantinedError } from '../../../shared/providers/trustly-europe/notification.ts';
import { MAX_BODY_BYTES } from '../../../shared/providers/trustly-europe/verify.ts';
import {
  account,
  body,
  G1,
  G2,
  type Keys,
  merchant,
  ownKeys,
  publishedKeys,
  request,
  SAMPLES,
  signed,
  trustly,
  UUID,
  verifyOwn,
  verifyPublished,
} from './support.ts';

const refused = (status: number, reason: string) => ({ authentic: false, status, reason });
const accepted = {
  authentic: true,
  keyId: 'current',
  keyFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
  variant: 'sha1',
  remarks: [],
};

describe('genuine notifications', () => {
  it.each([G1, G2])('the genuine $method verifies under the TEST key and is read unchanged', (genuine) => {
    const text = body(genuine);
    const verdict = verifyPublished(text);
    expect(verdict).toMatchObject({ ...accepted, message: text });
    expect(verdict).not.toHaveProperty('quarantine');
    const { method, uuid, data } = genuine;
    expect(verdict).toMatchObject({ notification: { method, uuid, content: { fields: data } } });
    expect(trustlyEurope.parse(text, account())).toEqual(verdict.authentic && verdict.notification);
  });

  it('G2 verifies with empty attributes of any form as the variant sha1-without-attributes', () => {
    for (const attributes of [{}, [], null]) {
      const verdict = verifyPublished(body({ ...G2, data: { ...G2.data, attributes } }));
      expect(verdict).toMatchObject({ authentic: true, variant: 'sha1-without-attributes' });
      expect(verdict).not.toHaveProperty('quarantine');
    }
    expect(verifyPublished(body({ ...G2, data: { ...G2.data, attributes: '' } }))).toMatchObject({
      status: 401,
    });
    for (const attributes of [{ reason: 'FAILED' }, ['FAILED'], [null]]) {
      const filled = { ...G2.data, attributes };
      expect(verifyPublished(body({ ...G2, data: filled })), JSON.stringify(attributes)).toMatchObject({
        status: 401,
      });
    }
    expect(verifyPublished(body({ ...G2, data: { ...G2.data, extra: {} } }))).toMatchObject({ status: 401 });
  });

  it.each(['SHA1', 'RS256', 'RS384', 'RS512'] as const)(
    'a notification signed with %s is accepted',
    (algorithm) => {
      const verdict = verifyOwn(signed('credit', SAMPLES.credit, algorithm));
      expect(verdict).toMatchObject({ ...accepted, variant: algorithm.toLowerCase() });
    },
  );

  it.each(Object.entries(SAMPLES))(
    'the documented sample of %s is accepted and not quarantined',
    (method, data) => {
      const verdict = verifyOwn(signed(method, data));
      expect(verdict).toMatchObject(accepted);
      expect(verdict).not.toHaveProperty('quarantine');
    },
  );

  const { enduserid: _, ...withoutEndUser } = SAMPLES.pending;
  it.each([
    ['Å, Ä, Ö and an emoji', 'credit', { ...SAMPLES.credit, enduserid: 'Åsa Öberg-Ähnström 😀' }],
    [
      'an unknown new field',
      'credit',
      { ...SAMPLES.credit, newfield: 'x', zone: 'y', aaa: 'z', merchantref: '1' },
    ],
    ['an unknown new object', 'credit', { ...SAMPLES.credit, newfield: { list: ['a', { b: null }], n: 1 } }],
    [
      'unknown attributes',
      'credit',
      { ...SAMPLES.credit, attributes: { payerAlias: '467', statement: 'X' } },
    ],
    [
      'attributes with an array',
      'account',
      { ...SAMPLES.account, attributes: { accountholders: ['A B', 'C'] } },
    ],
    ['null attributes', 'credit', { ...SAMPLES.credit, attributes: null }],
    [
      'no end user, as with mandates',
      'pending',
      { ...withoutEndUser, accountid: '1', paymentdate: '2024-01-05' },
    ],
    ['a null and an empty optional field', 'cancel', { ...SAMPLES.cancel, enduserid: null, timestamp: '' }],
    [
      'numbers in place of strings',
      'credit',
      { ...SAMPLES.credit, orderid: 87654567, enduserid: 5, amount: 11 },
    ],
    ['a refund flag', 'debit', { ...SAMPLES.debit, refund: '1' }],
    [
      'a time without fraction, with minutes of offset',
      'credit',
      {
        ...SAMPLES.credit,
        timestamp: '2024-01-05 14:42:04+05:30',
      },
    ],
    ['a messageid of 512 characters', 'credit', { ...SAMPLES.credit, messageid: 'x'.repeat(512) }],
    [
      'a messageid that contains field names',
      'credit',
      { ...SAMPLES.credit, messageid: 'orderid123amount5' },
    ],
    ['the end user paramount1', 'credit', { ...SAMPLES.credit, enduserid: 'paramount1' }],
    [
      'a mandate cancel',
      'cancel',
      {
        ...SAMPLES.cancel,
        attributes: { accountid: '123', merchantreference: 'm', reason: 'CANCELLED', details: '' },
      },
    ],
  ])('a genuine notification with %s passes', (_name, method, data) => {
    const verdict = verifyOwn(signed(method, data));
    expect(verdict).toMatchObject(accepted);
    expect(verdict).not.toHaveProperty('quarantine');
  });

  it('a notification verifies in any order of members, with any white space and escapes', () => {
    const data = JSON.stringify(Object.fromEntries(Object.entries(G1.data).reverse())).replaceAll(
      ',',
      ' ,\n',
    );
    const escaped = data.replace('leecS', '\\u006ceecS');
    const { uuid, signature } = G1;
    const text = `{"version":"1.1","extra":[1],"params":{"more":null,"data":${escaped},"uuid":"${uuid}","signature":"${signature.replaceAll('/', '\\/')}"},"method":"credit"}\n`;
    expect(verifyPublished(text)).toMatchObject(accepted);
  });

  it.each([
    [undefined, false],
    ['', false],
    ['text/plain', false],
    ['text/plain; application/json', false],
    ['application/jsonp', false],
    ['application/json', true],
    ['Application/JSON; charset=utf-8', true],
    ['application/json ;charset=utf-8', true],
  ])('a notification with content type %j is accepted; without remark: %s', (contentType, expected) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType };
    const verdict = trustlyEurope.verify(request(body(G1), { headers }), account(), publishedKeys);
    expect(verdict).toEqual({
      ...accepted,
      message: body(G1),
      notification: expect.anything(),
      remarks: expected ? [] : ['unexpected_content_type'],
    });
  });

  it('an unknown method is recorded with a key and the remark unknown_method, without subject and facts', () => {
    const verdict = verifyOwn(signed('payoutdelayed', SAMPLES.credit));
    expect(verdict).not.toHaveProperty('quarantine');
    if (!verdict.authentic || verdict.notification === undefined) return expect.unreachable();
    const normalized = trustlyEurope.normalize(verdict.notification, account());
    expect(normalized).toMatchObject({ key: '9876543456', facts: {}, remark: 'unknown_method' });
    expect(normalized.aliases.map(({ value }) => value)).toEqual(['87654567', '98348932']);
    expect(normalized).not.toHaveProperty('subject');
  });

  it('an unknown method needs no ids but notificationid', () => {
    const notification = trustlyEurope.parse(signed('payoutdelayed', { notificationid: '7' }), account());
    expect(trustlyEurope.normalize(notification, account())).toMatchObject({ key: '7', aliases: [] });
  });
});

describe('requests refused before the signature is checked', () => {
  it.each(['GET', 'PUT', 'HEAD', 'OPTIONS', 'post'])(
    'the HTTP method %s is answered 405 method_not_allowed',
    (method) => {
      const verdict = trustlyEurope.verify(request(body(G1), { method }), account(), publishedKeys);
      expect(verdict).toEqual(refused(405, 'method_not_allowed'));
    },
  );

  it('a body over 64 KB is answered 413 too_large', () => {
    const padded = (bytes: number) => body(G1).padEnd(bytes, ' ');
    expect(verifyPublished(padded(MAX_BODY_BYTES))).toMatchObject(accepted);
    expect(verifyPublished(padded(MAX_BODY_BYTES + 1))).toEqual(refused(413, 'too_large'));
  });

  const { uuid } = G1;
  it.each([
    ['no content', '', 'json'],
    ['a text that is no JSON', 'method=credit', 'json'],
    ['half of the JSON', body(G1).slice(0, -40), 'json'],
    ['a byte order mark', `\ufeff${body(G1)}`, 'json'],
    ['a lone surrogate', body(G1).replace('leecS', '\\ud800'), 'json'],
    ['JSON nested too deeply', `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`, 'json'],
    ['an array', '[]', 'envelope'],
    ['null', 'null', 'envelope'],
    ['no version', JSON.stringify({ method: 'credit', params: {} }), 'version'],
    ['version 1.0', body({ ...G1, version: '1.0' }), 'version'],
    ['a numeric version', body({ ...G1, version: 1.1 }), 'version'],
    ['no method', body({ ...G1, method: undefined }), 'method'],
    ['a numeric method', body({ ...G1, method: 5 }), 'method'],
    ['a method with hex digits', body({ ...G1, method: 'creditf1' }), 'method'],
    ['a method of 33 letters', body({ ...G1, method: 'a'.repeat(33) }), 'method'],
    ['no params', JSON.stringify({ method: 'credit', version: '1.1' }), 'envelope'],
    ['params as array', JSON.stringify({ method: 'credit', params: [], version: '1.1' }), 'envelope'],
    ['no uuid', body({ ...G1, uuid: undefined }), 'uuid'],
    ['a method in an array', body({ ...G1, method: ['credit'] }), 'method'],
    ['a uuid in an array, which would join to the same text', body({ ...G1, uuid: [uuid] }), 'uuid'],
    ['a capital uuid', body({ ...G1, uuid: uuid.toUpperCase() }), 'uuid'],
    ['a uuid with a line break', body({ ...G1, uuid: `${uuid}\n` }), 'uuid'],
    ['a short uuid', body({ ...G1, uuid: uuid.slice(1) }), 'uuid'],
    ['no data', body({ ...G1, data: undefined }), 'envelope'],
    ['data as array', body({ ...G1, data: [] }), 'envelope'],
    ['data as text', body({ ...G1, data: 'x' }), 'envelope'],
  ])('a body with %s is answered 400 $2', (_name, text, reason) => {
    expect(verifyPublished(text)).toEqual(refused(400, reason));
  });

  it('broken UTF-8 outside of texts is answered 400, and the next request is read normally', () => {
    const bytes = Buffer.from(body(G1));
    for (const broken of [
      Buffer.concat([bytes.subarray(0, -1), Buffer.from([0xc3])]),
      Buffer.from([0xff, 0xfe]),
    ]) {
      expect(verifyPublished(broken)).toEqual(refused(400, 'json'));
      expect(verifyPublished(bytes)).toMatchObject(accepted);
    }
  });
});

describe('bytes that are not UTF-8', () => {
  /** A notification with texts in Latin-1, signed over their bytes. */
  const latin1 = (method: string, data: Readonly<Record<string, Json>>): Buffer => {
    const text = Buffer.from(plainText(method, UUID, data).toString('utf8'), 'latin1');
    const signature = sign('sha1', text, trustly.privateKey).toString('base64');
    return Buffer.from(body({ method, uuid: UUID, data, signature }), 'latin1');
  };

  it.each([
    ['an attribute', 'account', { ...SAMPLES.account, attributes: { name: 'Caf\u00e9', bank: 'SEB' } }],
    ['an unknown field', 'credit', { ...SAMPLES.credit, newfield: 'POUND \u00a3' }],
    ['an unknown name', 'credit', { ...SAMPLES.credit, 'caf\u00e9': 'x' }],
    ['an error message', 'payoutfailed', { ...SAMPLES.payoutfailed, errormessage: 'ung\u00fcltig' }],
    ['an error code', 'payoutfailed', { ...SAMPLES.payoutfailed, errorcode: 'ung\u00fcltig' }],
    [
      'details of a reason',
      'cancel',
      { ...SAMPLES.cancel, attributes: { details: '\u00e9', reason: 'FAILED' } },
    ],
  ])('bytes that are not UTF-8 in a field that decides nothing are read: %s', (_name, method, data) => {
    const verdict = verifyOwn(latin1(method, data));
    expect(verdict).toMatchObject(accepted);
    if (!verdict.authentic) throw new Error(verdict.reason);
    expect(verdict).not.toHaveProperty('quarantine');
    expect(verdict.message.isWellFormed()).toBe(true);
    expect(JSON.parse(verdict.message)).toBeTruthy();
    const parsed = trustlyEurope.parse(verdict.message, account());
    expect(parsed).toEqual(verdict.notification);
    expect(JSON.stringify(parsed)).not.toMatch(/\\ud/);
  });

  it.each(['enduserid', 'messageid'] as const)(
    'bytes that are not UTF-8 in %s, which decides whose money it is, are quarantined as malformed_field',
    (name) => {
      const verdict = verifyOwn(latin1('credit', { ...SAMPLES.credit, [name]: 'caf\u00e9' }));
      expect(verdict).toMatchObject({ authentic: true, quarantine: 'malformed_field' });
    },
  );

  it('a changed byte among bytes that are not UTF-8 is answered 401 wrong_signature', () => {
    const bytes = latin1('credit', { ...SAMPLES.credit, newfield: 'caf\u00e9' });
    bytes[bytes.indexOf(0xe9)] = 0xea;
    expect(verifyOwn(bytes)).toEqual(refused(401, 'wrong_signature'));
  });
});

describe('notifications that are not authentic', () => {
  const { signature } = G1;
  const flip = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  it.each([
    ['no signature', undefined, 'missing_signature'],
    ['an empty signature', '', 'missing_signature'],
    ['a number as signature', 5, 'missing_signature'],
    ['null as signature', null, 'missing_signature'],
    ['an array as signature', [signature], 'missing_signature'],
    ['an unknown algorithm', `alg=RS1;${signature}`, 'unknown_algorithm'],
    ['the algorithm none', `alg=none;${signature}`, 'unknown_algorithm'],
    ['an algorithm in small letters', `alg=rs256;${signature}`, 'unknown_algorithm'],
    ['a space behind the algorithm prefix', `alg=RS256; ${signature}`, 'malformed_signature'],
    ['an unterminated algorithm prefix', 'alg=RS256', 'unknown_algorithm'],
    ['the name of another algorithm', `alg=RS256;${signature}`, 'wrong_signature'],
    ['the algorithm prefix twice', `alg=RS256;alg=RS256;${signature}`, 'malformed_signature'],
    ['a signature that is no Base64', '!'.repeat(344), 'malformed_signature'],
    [
      'a signature in the URL alphabet',
      signature.replaceAll('+', '-').replaceAll('/', '_'),
      'malformed_signature',
    ],
    ['a signature of form-decoded Base64', signature.replaceAll('+', ' '), 'malformed_signature'],
    ['line breaks in the signature', signature.replace(/(.{76})/g, '$1\n'), 'malformed_signature'],
    ['a signature without padding', signature.replace('==', ''), 'malformed_signature'],
    [
      'a signature of one byte less',
      Buffer.from(signature, 'base64').subarray(1).toString('base64'),
      'malformed_signature',
    ],
    [
      'a signature of one byte more',
      Buffer.concat([Buffer.from([0]), Buffer.from(signature, 'base64')]).toString('base64'),
      'malformed_signature',
    ],
    ['a signature of 40,000 characters', 'A'.repeat(40_000), 'malformed_signature'],
    ['a signature of zeros', Buffer.alloc(256).toString('base64'), 'wrong_signature'],
    ['one changed character of the signature', flip(signature, 100), 'wrong_signature'],
    ['the signature of another notification', G2.signature, 'wrong_signature'],
  ])('a notification with %s is answered 401 $2', (_name, changed, reason) => {
    expect(verifyPublished(body({ ...G1, signature: changed }))).toEqual(refused(401, reason));
  });

  it('a change of any value, of a key, of the method or of the uuid is answered 401', () => {
    for (const [key, value] of Object.entries(G1.data)) {
      const { [key]: __, ...rest } = G1.data;
      for (const data of [{ ...G1.data, [key]: `${value}0` }, { ...G1.data, [key]: '' }, rest]) {
        expect(verifyPublished(body({ ...G1, data })), key).toEqual(refused(401, 'wrong_signature'));
      }
    }
    expect(verifyPublished(body({ ...G1, data: { ...G1.data, extra: 'x' } }))).toMatchObject({ status: 401 });
    expect(verifyPublished(body({ ...G1, method: 'debit' }))).toMatchObject({ status: 401 });
    expect(verifyPublished(body({ ...G1, uuid: UUID }))).toMatchObject({ status: 401 });
    // The published negative example: the message id differs in one digit.
    const twin = { ...G1.data, messageid: '5001_655549' };
    expect(verifyPublished(body({ ...G1, data: twin }))).toEqual(refused(401, 'wrong_signature'));
  });

  it('the merchant’s own signature and a replayed answer are answered 401 wrong_signature', () => {
    const mine = signNotification(
      { method: 'credit', uuid: UUID, data: SAMPLES.credit },
      merchant.privateKey,
    );
    expect(verifyOwn(mine.body)).toEqual(refused(401, 'wrong_signature'));
    const answer = trustlyEurope.accept({ method: 'credit', uuid: UUID }, account(), ownKeys);
    const { result } = JSON.parse(answer.body);
    const replayed = body({
      method: 'credit',
      uuid: UUID,
      data: { status: 'OK' },
      signature: result.signature,
    });
    expect(verifyOwn(replayed)).toEqual(refused(401, 'wrong_signature'));
  });

  it('only the key that fits the signature’s length is tried: next of 3,072 bits beside current of 2,048 bits', () => {
    const long = generateKeyPairSync('rsa', {
      modulusLength: 3072,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const keys = trustlyEurope.parseKeys(
      {
        current: { privateKey: merchant.privateKey },
        trustly: { current: trustly.publicKey, next: long.publicKey },
      },
      account(),
    );
    const { body: text } = signNotification(
      { method: 'credit', uuid: UUID, data: SAMPLES.credit },
      long.privateKey,
    );
    // A key without content throws when it is tried.
    const untried = (id: string): Keys => ({
      ...keys,
      trustly: keys.trustly.map((each) => (each.id === id ? { ...each, key: undefined as never } : each)),
    });
    const verdictOf = (message: string, tried: Keys) =>
      trustlyEurope.verify(request(message), account(), tried);
    for (const tried of [keys, untried('current')]) {
      expect(verdictOf(text, tried)).toMatchObject({ authentic: true, keyId: 'next' });
    }
    expect(() => verdictOf(text, untried('next'))).toThrow(TypeError);
    const other = signed('credit', { ...SAMPLES.credit, amount: '1.00' });
    const wrong = body({
      method: 'credit',
      uuid: UUID,
      data: SAMPLES.credit,
      signature: JSON.parse(other).params.signature,
    });
    expect(verdictOf(wrong, untried('next'))).toEqual(refused(401, 'wrong_signature'));
  });
});

describe('authentic notifications outside the schema', () => {
  const { orderid: _order, ...noOrder } = SAMPLES.credit;
  const { amount: _amount, ...noAmount } = SAMPLES.pending;
  const { currency: _currency, ...noCurrency } = SAMPLES.credit;
  it.each([
    ['credit', noOrder, 'missing_field'],
    ['credit', { ...SAMPLES.credit, notificationid: null }, 'missing_field'],
    ['credit', { ...SAMPLES.credit, messageid: '' }, 'missing_field'],
    ['pending', noAmount, 'missing_field'],
    ['credit', noCurrency, 'missing_field'],
    ['credit', { ...SAMPLES.credit, amount: '-902.50' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, amount: '902,50' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, amount: '1e3' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, amount: '902.50\n' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, currency: 'eur' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, currency: 'EURO' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, notificationid: 'abc' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, orderid: '123456789012345678901' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, timestamp: '2010-01-20T14:42:04Z' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, refund: '2' }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, messageid: 'x'.repeat(513) }, 'malformed_field'],
    ['credit', { ...SAMPLES.credit, enduserid: { a: '1' } }, 'wrong_type'],
    ['credit', { ...SAMPLES.credit, enduserid: true }, 'wrong_type'],
    ['credit', { ...SAMPLES.credit, amount: ['902.50'] }, 'wrong_type'],
    ['credit', { ...SAMPLES.credit, attributes: 'x' }, 'wrong_type'],
    ['credit', { ...SAMPLES.credit, attributes: ['x'] }, 'wrong_type'],
    ['account', { ...SAMPLES.account, verified: 'yes' }, 'malformed_field'],
    ['brandnew', { notificationid: '' }, 'missing_field'],
  ])('an authentic %s outside the schema is quarantined as $2 (case %#)', (method, data, quarantine) => {
    const text = signed(method, data);
    expect(verifyOwn(text)).toEqual({
      ...accepted,
      message: text,
      notification: { method, uuid: UUID },
      quarantine,
      // The id of the kept message is a digest of its signature.
      signatureDigest: createHash('sha256').update(JSON.parse(text).params.signature).digest('hex'),
    });
    expect(() => trustlyEurope.parse(text, account())).toThrow(quarantine);
    expect(() => trustlyEurope.normalize({ method, uuid: UUID }, account())).toThrow(QuarantinedError);
  });

  it('a repeated key anywhere is quarantined as duplicate_key, even with equal values', () => {
    const text = signed('credit', { ...SAMPLES.credit, attributes: { reason: 'x' } });
    const repeats = [
      text.replace('"currency":', '"amount":"902.50","currency":'),
      text.replace('"reason":"x"', '"reason":"y","reason":"x"'),
      text.replace('"method":', '"method":"debit","method":'),
      text.replace('"uuid":', '"uuid":"x","uuid":'),
    ];
    for (const repeat of repeats) {
      expect(repeat).not.toBe(text);
      expect(verifyOwn(repeat)).toMatchObject({ authentic: true, quarantine: 'duplicate_key' });
    }
  });

  it('the verdict of a quarantined notification shows no value outside the message', () => {
    const verdict = verifyOwn(signed('credit', { ...SAMPLES.credit, amount: 'SECRET' }));
    const { message: _message, ...rest } = verdict as { message: string };
    expect(JSON.stringify(rest)).not.toContain('SECRET');
  });
});
