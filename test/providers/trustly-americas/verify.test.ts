import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signBody, signNotification } from '../../../local/demo/senders/trustly-americas.ts';
import { keyFingerprint } from '../../../shared/providers/keys.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { trustlyAmericas } from '../../../shared/providers/trustly-americas/index.ts';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';
import { parseAuthorization } from '../../../shared/providers/trustly-americas/verify.ts';
import { account, authentic, basic, check, credentials, keys, replay, request, vector } from './support.ts';

describe('the vectors', () => {
  test('the SHA-1 vector verifies with its published header', () => {
    const verdict = authentic(check(request(vector.body, { authorization: vector.header })));
    expect(verdict).toMatchObject({ keyId: 'current', variant: 'sha1', remarks: [] });
    expect(verdict.notification).toMatchObject({ event: 'Authorize', eventId: '1028606616' });
    expect(signBody(vector.body, credentials).headers.authorization).toBe(vector.header);
  });

  test.each([
    ['before the signature', basic(`${vector.accessId}:HmacSHA512:${vector.sha512}`)],
    [
      'before the base64 text',
      `Basic HmacSHA512:${Buffer.from(`${vector.accessId}:${vector.sha512}`).toString('base64')}`,
    ],
  ])('the SHA-512 vector verifies with the label %s', (_place, authorization) => {
    expect(check(request(vector.body, { authorization }))).toMatchObject({ variant: 'sha512' });
  });

  test('the SHA-1 vector verifies with the label HmacSHA1', () => {
    const authorization = basic(`${vector.accessId}:HmacSHA1:${vector.sha1}`);
    expect(check(request(vector.body, { authorization }))).toMatchObject({
      authentic: true,
      variant: 'sha1',
    });
  });

  test.each(Object.entries(vector.mustReject))(
    'an event with a signature %s is answered 401 wrong_signature',
    (_how, signature) => {
      const verdict = check(
        request(vector.body, { authorization: basic(`${vector.accessId}:${signature}`) }),
      );
      expect(verdict).toEqual({ authentic: false, status: 401, reason: 'wrong_signature' });
    },
  );

  test('the header of the documented example (W1) splits into accessId and a 20-byte signature', () => {
    const credential = parseAuthorization(
      'Basic TThSYUhnRWpCRTU0enVGWU1SUXE6RVlOM0dYYXNyVlUxdlExdXlZejIyTk5RZHk0PQ==',
    );
    expect(credential).toEqual({
      accessId: 'M8RaHgEjBE54zuFYMRQq',
      hash: 'sha1',
      signature: Buffer.from('EYN3GXasrVU1vQ1uyYz22NNQdy4=', 'base64'),
    });
  });
});

describe('the Authorization header', () => {
  const id = vector.accessId;
  const longer = `${Buffer.from(vector.sha1, 'base64').toString('hex')}`;
  test.each([
    ['that is missing', undefined, 'missing_authorization'],
    ['that is blank', '   ', 'missing_authorization'],
    ['that is too long', `Basic ${'A'.repeat(1_019)}`, 'authorization_too_long'],
    ['of the maximum length', `Basic ${'A'.repeat(1_018)}`, 'malformed_authorization'],
    ['of another scheme', 'Bearer abc', 'malformed_authorization'],
    ['that a proxy joined twice', `${vector.header},${vector.header}`, 'malformed_authorization'],
    ['behind other characters', `x${vector.header}`, 'malformed_authorization'],
    ['before other characters', `${vector.header} x`, 'malformed_authorization'],
    ['without a space', vector.header.replace(' ', ''), 'malformed_authorization'],
    ['with too much padding', `${vector.header}===`, 'malformed_authorization'],
    [
      'with a label of other characters',
      vector.header.replace(' ', ' Hmac-SHA1:'),
      'malformed_authorization',
    ],
    ['with the label SHA1', vector.header.replace(' ', ' SHA1:'), 'malformed_authorization'],
    ['that is not base64', 'Basic a*b', 'malformed_authorization'],
    ['without a colon', basic('abc'), 'malformed_authorization'],
    ['without an accessId', basic(`:${vector.sha1}`), 'malformed_authorization'],
    ['with an unknown label', basic(`${id}:HmacMD5:${vector.sha1}`), 'unknown_algorithm'],
    ['with a label in other case', basic(`${id}:hmacsha1:${vector.sha1}`), 'unknown_algorithm'],
    ['with an empty label', basic(`${id}::${vector.sha1}`), 'unknown_algorithm'],
    [
      'with two labels',
      `Basic HmacSHA1:${Buffer.from(`${id}:HmacSHA1:${vector.sha1}`).toString('base64')}`,
      'malformed_authorization',
    ],
    [
      'with a label and an empty label',
      `Basic HmacSHA1:${Buffer.from(`${id}::${vector.sha1}`).toString('base64')}`,
      'malformed_authorization',
    ],
    ['with an empty signature', basic(`${id}:`), 'malformed_signature'],
    ['with a hex signature', basic(`${id}:${longer}`), 'malformed_signature'],
    ['with SHA-512 bytes but no label', basic(`${id}:${vector.sha512}`), 'malformed_signature'],
    [
      'with SHA-1 bytes under the SHA-512 label',
      basic(`${id}:HmacSHA512:${vector.sha1}`),
      'malformed_signature',
    ],
    ['with junk before the signature', basic(`${id}: ${vector.sha1}`), 'malformed_signature'],
    ['with padding to spare', basic(`${id}:${vector.sha1}==`), 'malformed_signature'],
    ['with junk in the signature', basic(`${id}:${vector.sha1} `), 'malformed_signature'],
    ['of another accessId', basic(`${id}x:${vector.sha1}`), 'unknown_access_id'],
    ['with the accessKey as a password', basic(`${id}:${vector.key}`), 'malformed_signature'],
    ['with a prototype name as label', basic(`${id}:constructor:${vector.sha1}`), 'unknown_algorithm'],
  ])('an Authorization header %s is answered 401 $2', (_name, authorization, reason) => {
    const verdict = check(request(vector.body, authorization === undefined ? {} : { authorization }));
    expect(verdict).toEqual({ authentic: false, status: 401, reason });
  });

  test('an accessId of one character is accepted', () => {
    expect(parseAuthorization(basic(`a:${vector.sha1}`))).toMatchObject({ accessId: 'a' });
  });

  test.each(['basic', 'BASIC', ' Basic  '])('the Authorization scheme %j is accepted', (scheme) => {
    const authorization = `${scheme} ${vector.header.slice(6)} `;
    expect(check(request(vector.body, { authorization }))).toMatchObject({ authentic: true });
  });
});

describe('the request of an event', () => {
  const { headers } = signBody(vector.body, credentials);
  test('a GET request is answered 405 method_not_allowed', () => {
    expect(check(request(vector.body, headers, 'GET'))).toEqual({
      authentic: false,
      status: 405,
      reason: 'method_not_allowed',
    });
  });
  test('an event of 64 KiB is accepted, and a further byte is answered 413 body_too_large', () => {
    const body = `eventId=1&eventType=Tokenize&message=${'a'.repeat(65_536 - 37)}`;
    expect(new TextEncoder().encode(body)).toHaveLength(65_536);
    expect(replay(body)).toMatchObject({ authentic: true });
    expect(replay(`${body}a`)).toEqual({ authentic: false, status: 413, reason: 'body_too_large' });
  });
  test.each([
    ['a broken escape', 'eventId=1&message=%G1'],
    ['a cut escape', 'eventId=1&message=%4'],
    ['a broken escape behind bytes that are not UTF-8', 'eventId=1&message=%C3%4'],
  ])('a body with %s is answered 400 unreadable_body before the signature is checked', (_name, body) => {
    expect(check(request(body, headers))).toEqual({
      authentic: false,
      status: 400,
      reason: 'unreadable_body',
    });
  });
  test.each([
    ['Latin-1', 'fiName=Caf%E9', 'Caf\ufffd'],
    ['a character cut in two', 'fiName=%C3%85%C3', 'Å\ufffd'],
    ['overlong UTF-8', 'fiName=x%C0%AF', 'x\ufffd\ufffd'],
    ['an encoded surrogate', 'fiName=x%ED%A0%80', 'x\ufffd\ufffd\ufffd'],
    ['a name that nobody knows', '%E9=1', undefined],
    ['an unknown field', 'new=%A3', undefined],
  ])(
    'an event with bytes that are not UTF-8 in a field that decides nothing is read: %s',
    (_name, field, text) => {
      const event = 'eventId=7&eventType=Update&transactionType=3&objectId=5&status=5';
      const verdict = authentic(replay(`${event}&${field}`));
      expect(verdict).toMatchObject({ message: `${event}&${field}` });
      expect(verdict.quarantine).toBeUndefined();
      expect(verdict.notification?.fields.fiName).toBe(text);
      expect(trustlyAmericas.parse(verdict.message, account)).toEqual(verdict.notification);
      expect(replay(`${event}&${field}`, `${event}&fiName=other`)).toMatchObject({ status: 401 });
    },
  );
  test('unescaped bytes that are not UTF-8 are kept as escapes', () => {
    const body = 'eventId=7&eventType=Tokenize&fiName=Caf';
    const { headers } = signBody(`${body}%E9`, credentials);
    const raw = Buffer.concat([Buffer.from(body), Buffer.of(0xe9)]);
    const verdict = authentic(check(request(raw, headers)));
    expect(verdict).toMatchObject({ message: `${body}%E9`, remarks: [] });
    expect(verdict.notification?.fields.fiName).toBe('Caf\ufffd');
  });
  test.each(['merchantReference', 'status', 'objectId', 'customer.externalId', 'splitToken'])(
    'an event with bytes that are not UTF-8 in %s is quarantined as invalid_field',
    (name) => {
      const verdict = authentic(replay(`eventId=7&eventType=Tokenize&${name}=5%E9`));
      expect(verdict).toMatchObject({ quarantine: `invalid_field.${name}` });
    },
  );
  test('a byte order mark is signed like any other character', () => {
    const body = '\uFEFFnew=1&eventId=1&eventType=Tokenize';
    expect(replay(body)).toMatchObject({ authentic: true });
    expect(replay(body, body.slice(1))).toMatchObject({ status: 401 });
  });
  test.each([
    ['application/json', ['unexpected_content_type']],
    ['', ['unexpected_content_type']],
    ['application/x-www-form-urlencodedx', ['unexpected_content_type']],
    ['x-application/x-www-form-urlencoded', ['unexpected_content_type']],
    ['Application/X-WWW-Form-Urlencoded; charset=UTF-8', []],
  ])('a signed event with the content type %j is accepted', (type, remarks) => {
    expect(check(request(vector.body, { ...headers, 'content-type': type }))).toMatchObject({
      authentic: true,
      remarks,
    });
  });
  test('an event with any changed character of the decoded text is refused', () => {
    for (let at = 0; at < vector.body.length; at += 7) {
      const changed = `${vector.body.slice(0, at)}~${vector.body.slice(at + 1)}`;
      expect(check(request(changed, headers))).toMatchObject({ authentic: false });
    }
  });
  test('an event with reordered or dropped fields is answered 401', () => {
    expect(replay('status=2&eventId=1', 'eventId=1&status=2')).toMatchObject({ status: 401 });
    expect(replay('eventId=1&status=2', 'eventId=1&message=&status=2')).toMatchObject({ status: 401 });
  });
  test('an event is decoded only once: %2541 stays %41', () => {
    const signed = signBody('eventId=1&eventType=Tokenize&message=%2541', credentials);
    expect(check(request(signed.body, signed.headers))).toMatchObject({ authentic: true });
    const twice = createHmac('sha1', vector.key)
      .update('eventId=1&eventType=Tokenize&message=A')
      .digest('base64');
    expect(
      check(request(signed.body, { authorization: basic(`${vector.accessId}:${twice}`) })),
    ).toMatchObject({
      status: 401,
    });
  });
});

describe('keys', () => {
  const next = { accessId: vector.accessId, accessKey: 'test-access-key-0002' };
  test('the current and the next key may share an accessId, and the verdict names the key that matched', () => {
    const both = trustlyAmericas.parseKeys({ current: credentials, next }, account);
    const old = signBody(vector.body, credentials);
    const fresh = signBody(vector.body, next);
    expect(check(request(old.body, old.headers), both)).toMatchObject({ keyId: 'current' });
    expect(check(request(fresh.body, fresh.headers), both)).toMatchObject({ keyId: 'next' });
    expect(check(request(fresh.body, fresh.headers))).toMatchObject({ reason: 'wrong_signature' });
  });
  test('a key verifies only under its own accessId', () => {
    const other = { accessId: 'other-id', accessKey: 'test-access-key-0002' };
    const both = trustlyAmericas.parseKeys({ current: credentials, next: other }, account);
    const crossed = signBody('eventId=1&eventType=Tokenize', { ...credentials, accessId: 'other-id' });
    expect(check(request(crossed.body, crossed.headers), both)).toMatchObject({ reason: 'wrong_signature' });
    const right = signBody('eventId=1&eventType=Tokenize', other);
    expect(check(request(right.body, right.headers), both)).toMatchObject({ keyId: 'next' });
  });
  test('parseKeys gives exactly the keys of the secret, each with its fingerprint', () => {
    const key = { id: 'current', ...credentials, fingerprint: keyFingerprint(credentials.accessKey) };
    expect(trustlyAmericas.parseKeys({ current: credentials }, account)).toEqual([key]);
    expect(trustlyAmericas.parseKeys({ current: credentials, next }, account)).toEqual([
      key,
      { id: 'next', ...next, fingerprint: keyFingerprint(next.accessKey) },
    ]);
  });
  test.each([
    [undefined, 'no "current"'],
    [null, 'no "current"'],
    ['text', 'no "current"'],
    [{}, 'no "current"'],
    [{ current: null }, 'no "current"'],
    [{ current: { accessId: 'a' } }, '"current.accessKey"'],
    [{ current: { accessId: '', accessKey: 'k' } }, '"current.accessId"'],
    [{ current: { accessId: 1, accessKey: 'k' } }, '"current.accessId"'],
    [{ current: { accessId: 'a:b', accessKey: 'k' } }, 'colon'],
    [{ current: { accessId: 'a', accessKey: 'hidden\nkey' } }, '"current.accessKey" holds a control'],
    [{ current: { accessId: 'a', accessKey: 'hidden-key\n' } }, '"current.accessKey" begins or ends'],
    [{ current: credentials, next: {} }, '"next.accessId"'],
    [Object.create({ current: credentials }), 'no "current"'],
  ])('an unusable secret is refused with the faulty field named and no key shown: $1', (secret, message) => {
    const parse = () => trustlyAmericas.parseKeys(secret, account);
    expect(parse).toThrow(UnusableSecretError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow('hidden-key');
  });
});

/** Altered field boundaries with the same decoded text, so that the signature stays valid. */
describe('altered events that keep a genuine signature', () => {
  const event = 'eventId=7&eventType=Update&transactionType=3&objectId=5&status=5';
  test.each([
    ['a value that spells out another field', `${event}&message=x%26objectType%3DFoo`, 'ambiguous_text'],
    ['a value that repeats a field', `${event}&message=x%26status%3D4`, 'ambiguous_text'],
    ['a repeated field split out of a value', `${event}&message=x&status=4`, 'duplicate_key'],
    ['a field swallowed by its neighbour', 'eventId=7&eventType=Update%26status%3D5', 'ambiguous_text'],
    ['a field hidden by an encoded =', 'eventId=7&eventType=Update&status%3D5', 'ambiguous_text'],
    ['a field hidden in an unknown one', 'eventId=7&eventType=Update&new=%26status%3D5', 'ambiguous_text'],
    ['a field hidden in a key', 'eventId=7&eventType=Update&a%26status=5', 'ambiguous_text'],
    ['a known field without =', 'eventId=7&eventType=Update&message=a%26status', 'ambiguous_text'],
    ['a nameless value twice', `${event}&=1&=2`, 'duplicate_key'],
    ['an unknown key twice', `${event}&new=1&new=2`, 'duplicate_key'],
    ['a key twice in two spellings', `${event}&stat%75s=4`, 'duplicate_key'],
    ['a reference that could be cut', `${event}&merchantReference=A%26B`, 'invalid_field.merchantReference'],
  ])('an event with %s is authentic and quarantined as $2', (_name, body, quarantine) => {
    const verdict = authentic(replay(body));
    expect(verdict.quarantine).toBe(quarantine);
    expect(verdict.notification).toBeUndefined();
    expect(() => trustlyAmericas.parse(verdict.message, account)).toThrow();
  });

  test('an event with a moved field boundary keeps its signature and is quarantined', () => {
    const genuine = `${event}&message=x%26status%3D4`;
    for (const altered of [`${event}&message=x&status=4`, `${event}%26message=x%26status%3D4`]) {
      expect(replay(altered, genuine)).toMatchObject({ authentic: true, quarantine: expect.any(String) });
    }
  });

  test('a status split out of another value into a DataReady event is not read', () => {
    const genuine = 'eventId=7&eventType=DataReady&transactionType=3&objectId=5&fiName=B%26status%3D4';
    const altered = genuine.replace('%26status%3D4', '&status=4');
    const { notification } = authentic(replay(altered, genuine));
    if (!notification) throw new Error('expected a notification');
    const normalized = trustlyAmericas.normalize(notification, account);
    expect(normalized.facts['own/5']?.codes).toEqual(['DataReady:-', 'type:3']);
  });

  test.each([
    ['M&T Bank', 'fiName=M%26T+Bank'],
    ['M&T Bank cut in two by an attacker', 'fiName=M&T Bank'],
    ['AT&T=fun', 'statusMessage=AT%26T%3Dfun'],
    ['unknown fields', 'brandNew=1&another.one=%C3%A5'],
    ['prototype names', '__proto__=1&constructor=2&toString=3&hasOwnProperty=4'],
    ['Å, Ä and Ö', 'fiName=%C3%85%C3%84+%C3%96'],
    ['raw UTF-8', 'fiName=Å Ä Ö'],
    ['plus and space', 'message=a%2Bb+c%20d'],
    ['empty values', 'message=&parentObjectId=&status='],
    ['empty segments', '&&message=a&&'],
    ['a value with =', 'message=a=b=c'],
    ['a reference with = and spaces', 'merchantReference=order=7%20b'],
    ['leading zeros', 'merchantId=000123'],
  ])('a genuine event with an unusual text is accepted: %s', (_name, extra) => {
    const verdict = authentic(replay(`eventId=7&eventType=Update&transactionType=3&objectId=5&${extra}`));
    expect(verdict.quarantine).toBeUndefined();
    expect(verdict).not.toHaveProperty('signatureDigest');
    expect(verdict.notification?.event).toBe('Update');
    expect(trustlyAmericas.parse(verdict.message, account)).toEqual(verdict.notification);
  });

  test('a field of an event without = or without a value is absent', () => {
    const { notification } = authentic(replay(`${event}&merchantReference&errorCode=`));
    expect(Object.keys(notification?.fields ?? {})).not.toContain('merchantReference');
    expect(Object.keys(notification?.fields ?? {})).not.toContain('errorCode');
  });

  test('an unknown field of an event gives the remark unknown_field', () => {
    expect(authentic(replay('eventId=7&eventType=Tokenize&new=1')).remarks).toEqual(['unknown_field']);
  });

  test('an event whose accessId field differs from the signing accessId is quarantined as access_id_differs', () => {
    const body = (accessId: string) => `eventId=7&eventType=Tokenize&accessId=${accessId}`;
    expect(replay(body('someone-else'))).toMatchObject({ quarantine: 'access_id_differs' });
    expect(authentic(replay(body(vector.accessId))).quarantine).toBeUndefined();
  });
});

describe('splitToken', () => {
  const event = 'eventId=7&eventType=Authorize&objectId=5&status=2';
  test('a splitToken is cut out of the message and given beside the message', () => {
    const verdict = authentic(check(request(vector.body, { authorization: vector.header })));
    expect(verdict.splitToken).toBe('CK71+aCs/LR=');
    expect(verdict.message).toBe(vector.body.slice(0, -'CK71%2BaCs%2FLR%3D'.length));
    expect(JSON.stringify(verdict.notification)).not.toContain('CK71');
    expect(trustlyAmericas.parse(verdict.message, account)).toEqual(verdict.notification);
  });
  test('an unescaped + in a splitToken is restored with the remark split_token_plus_restored', () => {
    expect(replay(`${event}&splitToken=CK71+aCs/LR=`)).toMatchObject({
      splitToken: 'CK71+aCs/LR=',
      remarks: ['split_token_plus_restored'],
    });
  });
  test('an empty splitToken counts as no splitToken', () => {
    expect(authentic(replay(`${event}&splitToken=`)).splitToken).toBeUndefined();
  });
  test.each([
    ['hidden in a value', 'message=x%26splitToken%3DSECRET', 'message='],
    ['hidden by an encoded =', 'splitToken%3DSECRET', ''],
    ['in an encoded key', 'split%54oken=SECRET', 'split%54oken='],
    ['twice', 'splitToken=SECRET&splitToken=SECRET2', 'splitToken=&splitToken='],
    ['as text in a value', 'message=splitToken%3DSECRET', 'message='],
    ['in an unknown name with =', 'splitToken=&a%3DsplitToken=SECRET', 'splitToken=&'],
    ['under another name', 'oldSplitToken=SECRET', 'oldSplitToken='],
    ['hidden in a key', 'a%26splitToken=SECRET', 'a%26splitToken='],
  ])('a splitToken never stays in the message: %s', (_name, extra, kept) => {
    const verdict = authentic(replay(`${event}&${extra}`));
    expect(verdict.message).toBe(`${event}&${kept}`);
    expect(JSON.stringify(verdict.notification ?? '')).not.toContain('SECRET');
    if (verdict.notification) {
      expect(trustlyAmericas.parse(verdict.message, account)).toEqual(verdict.notification);
    }
  });
});

describe('a foreign splitToken', () => {
  const event = 'eventId=7&eventType=Authorize&objectId=5&status=2';
  // Anybody may write free texts and unknown fields: read as the splitToken, they would replace the genuine one.
  test.each([
    ['as text in a value', 'message=splitToken%3DEVIL'],
    ['as text before the genuine splitToken', 'message=splitToken%3DEVIL&splitToken=GENUINE%3D', 'GENUINE='],
    ['under another name', 'oldSplitToken=EVIL'],
    ['in other letters', 'splittoken=EVIL'],
  ])(
    'a text that only resembles the splitToken field is never given as the splitToken: %s',
    (_name, extra, token?: string) => {
      const verdict = authentic(replay(`${event}&${extra}`));
      expect(verdict.quarantine).toBeUndefined();
      expect(verdict.splitToken).toBe(token);
    },
  );
  // Ambiguity is checked before the splitToken is cut out: the cut would remove the ambiguous text.
  test.each([
    ['spelled out beside the genuine splitToken', 'message=x%26splitToken%3DEVIL&splitToken=GENUINE'],
    ['split off, the genuine splitToken hidden', 'message=x&splitToken=EVIL&splitToken%3DGENUINE'],
    ['swallowed together with a status', 'message=x%26status%3D5%26splitToken%3DGENUINE'],
  ])(
    'an event with a splitToken in ambiguous text is quarantined and gives no splitToken: %s',
    (_name, extra) => {
      const verdict = authentic(replay(`eventId=7&eventType=Authorize&objectId=5&${extra}`));
      expect(verdict).toMatchObject({ quarantine: 'ambiguous_text' });
      expect(verdict.splitToken).toBeUndefined();
    },
  );
  test('a text that only mentions the word splitToken is kept', () => {
    const body = `${event}&message=the+splitToken+expired`;
    expect(authentic(replay(body)).message).toBe(body);
  });
  test('parseNotification leaves out a splitToken that a message still contains', () => {
    expect(parseNotification(`${event}&splitToken=SECRET`).fields).toEqual({
      eventId: '7',
      eventType: 'Authorize',
      objectId: '5',
      status: '2',
    });
  });
});

describe('events outside the schema', () => {
  test.each([
    ['eventId=&eventType=Update&objectId=5', 'missing_event_id'],
    ['eventId=7&objectId=5', 'missing_event_type'],
    ['eventId=7&eventType=Update', 'missing_object_id'],
    ['eventId=7&eventType=Dispute', 'missing_object_id'],
    ['eventId=7&eventType=Dispute&objectId=5&objectType=Case', 'missing_object_id'],
    ['eventId=7x&eventType=Update&objectId=5', 'invalid_field.eventId'],
    ['eventId=7&eventType=Update&objectId=5:6', 'invalid_field.objectId'],
    ['eventId=7&eventType=Update&objectId=5&status=04', 'invalid_field.status'],
    ['eventId=7&eventType=Update&objectId=5&status=Completed', 'invalid_field.status'],
    ['eventId=7&eventType=Update&objectId=5&transactionType=3%204', 'invalid_field.transactionType'],
    ['eventId=7&eventType=Update&objectId=5&merchantReference=a%00b', 'invalid_field.merchantReference'],
    ['eventId=7&eventType=Update&objectId=5&suggestedRetryAmount=1e3', 'invalid_field.suggestedRetryAmount'],
  ])('an event outside the schema is quarantined as $1: %j', (body, quarantine) => {
    expect(replay(body)).toMatchObject({ authentic: true, quarantine });
  });
  test.each([
    [
      'the documented Refresh',
      'eventId=9363508270&status=1&hardRefresh=false&refreshPurpose=Capture&success=true',
    ],
    ['an unknown event type', 'eventId=7&eventType=Something_New'],
    ['an event without objectId', 'eventId=7&eventType=SendChallenge'],
    [
      'a Dispute with a transactionId and no objectId',
      'eventId=7&eventType=Dispute&transactionId=5&objectType=Case',
    ],
  ])('%s is read and not quarantined', (_name, body) => {
    expect(authentic(replay(body)).quarantine).toBeUndefined();
  });
  test.each(['hardRefresh=true', 'refreshPurpose=Capture'])(
    'an event without eventType but with %s is read as a Refresh',
    (field) => {
      expect(authentic(replay(`eventId=7&${field}`)).notification).toMatchObject({
        event: 'Refresh',
        eventType: 'Refresh',
      });
    },
  );
});

test('an event of signNotification verifies with sha1 and sha512', () => {
  const fields = { eventId: '1', eventType: 'Tokenize', message: 'a+b & c=d é', fiName: 'M&T Bank' };
  for (const algorithm of ['sha1', 'sha512'] as const) {
    const { headers, body } = signNotification(fields, { ...credentials, algorithm });
    expect(check(request(body, headers))).toMatchObject({ authentic: true, variant: algorithm });
  }
});

test('accept answers an event with 200 and the text OK', () => {
  expect(trustlyAmericas.accept(undefined, account, keys)).toEqual({
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: 'OK',
  });
});
