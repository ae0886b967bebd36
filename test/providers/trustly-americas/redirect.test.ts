/** Redirects: each documented form of the signature is accepted and tampering is refused; only signed text is read. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyRedirect } from '../../../shared/providers/trustly-americas/redirect.ts';
import { parseKeys } from '../../../shared/providers/trustly-americas/verify.ts';
import { BOOLEAN, type Cases, CODE, ID, NUMBER, POSITIVE, REFERENCE, text } from './patterns.ts';
import { credentials } from './support.ts';

const KEY = 'test-access-key-0001';
const keys = parseKeys({
  current: { accessId: 'a', accessKey: KEY },
  next: { accessId: 'a', accessKey: 'next-key' },
});
const URL = 'https://merchant.example/trustly/return';
const QUERY =
  'transactionId=1002655801&transactionType=1&merchantReference=123123&status=2&payment.paymentType=2&payment.paymentProvider.type=1&payment.account.verified=false&panel=1';
const hmac = (text: string, key = KEY, hash = 'sha1') => createHmac(hash, key).update(text).digest('base64');
const withSignature = (query: string, signature: string, trailing = '') =>
  `${query}&requestSignature=${encodeURIComponent(signature)}${trailing}`;

const expected = {
  transactionId: '1002655801',
  transactionType: '1',
  merchantReference: '123123',
  status: '2',
  paymentType: '2',
  providerType: '1',
  accountVerified: false,
  panel: '1',
};

describe('a signed redirect', () => {
  it('a redirect verifies with the regression vectors over the full URL and over the query', () => {
    const full = verifyRedirect(withSignature(QUERY, 'ANvvhmfspjsFUpj45pK1TifRx3I='), URL, {}, keys);
    expect(full).toStrictEqual({
      authentic: true,
      keyId: 'current',
      variant: 'url-truncated-received-sha1',
      redirect: expected,
      signed: QUERY,
    });
    const query = verifyRedirect(withSignature(QUERY, 'SY7HyqAIKD5redEG0BT9O6JVv/U='), URL, {}, keys);
    expect(query).toMatchObject({
      authentic: true,
      variant: 'query-truncated-received-sha1',
      redirect: expected,
    });
  });

  const ENCODED = QUERY.replace('123123', 'g%3Acac+73');
  const DECODED = QUERY.replace('123123', 'g:cac 73');
  const TRAILING = '&instantPayoutAvail=true';
  for (const [base, prefix] of [
    ['url', `${URL}?`],
    ['query', ''],
  ] as const) {
    for (const [cut, text] of [
      ['truncated', ''],
      ['removed', TRAILING],
    ] as const) {
      for (const [form, query] of [
        ['received', ENCODED],
        ['decoded', DECODED],
      ] as const) {
        for (const hash of ['sha1', 'sha512'] as const) {
          const name = `${base}-${cut}-${form}-${hash}`;
          // A SHA-1 signature may have a label or none.
          const label = { sha512: 'HmacSHA512:', sha1: form === 'decoded' ? 'HmacSHA1:' : '' }[hash];
          const signature = label + hmac(prefix + query + text, KEY, hash);
          it(`a redirect signed as ${name} is accepted`, () => {
            const verdict = verifyRedirect(withSignature(ENCODED, signature, TRAILING), URL, {}, keys);
            expect(verdict).toMatchObject({ authentic: true, variant: name });
            expect(verdict.authentic && verdict.redirect.merchantReference).toBe('g:cac 73');
          });
          it(`a redirect signed as ${name} is refused as wrong_signature when one character changes`, () => {
            const tampered = withSignature(ENCODED, signature, TRAILING).replace('status=2', 'status=4');
            expect(verifyRedirect(tampered, URL, {}, keys)).toEqual({
              authentic: false,
              reason: 'wrong_signature',
            });
          });
        }
      }
    }
  }

  it('a redirect gives every field that is present, and no empty or unknown field', () => {
    const read = (query: string) => {
      const verdict = verifyRedirect(withSignature(query, hmac(query)), URL, {}, keys);
      return verdict.authentic ? verdict.redirect : verdict.reason;
    };
    const minimal = 'transactionId=1&merchantReference=r&status=8';
    const minimalRedirect = { transactionId: '1', merchantReference: 'r', status: '8' };
    expect(read(minimal)).toStrictEqual(minimalRedirect);
    expect(read(`${minimal}&panel=&errorCode&unknown`)).toStrictEqual(minimalRedirect);
    const complete = `${minimal}&payment.account.verified=TRUE&payment.paymentProviderTransaction.status=SW021&errorCode=331&suggestedRetryAmount=25.00`;
    expect(read(complete)).toStrictEqual({
      ...minimalRedirect,
      accountVerified: true,
      code: 'SW021',
      errorCode: '331',
      suggestedRetryAmount: '25.00',
    });
  });

  it('a redirect of 8,192 characters is checked, and a longer redirect is refused as too_long', () => {
    const signature = `${'A'.repeat(27)}=`;
    const room = 8_192 - withSignature(`${QUERY}&note=`, signature).length;
    const query = withSignature(`${QUERY}&note=${'a'.repeat(room)}`, signature);
    expect(verifyRedirect(query, URL, {}, keys)).toMatchObject({ reason: 'wrong_signature' });
    expect(verifyRedirect(`${query}&`, URL, {}, keys)).toMatchObject({ reason: 'too_long' });
  });

  it('a redirect signed with the next key is accepted with keyId next', () => {
    const verdict = verifyRedirect(withSignature(QUERY, hmac(`${URL}?${QUERY}`, 'next-key')), URL, {}, keys);
    expect(verdict).toMatchObject({ authentic: true, keyId: 'next' });
  });

  it('a redirect whose signature has an unescaped + is accepted', () => {
    let panel = 0;
    let query = '';
    do query = QUERY.replace('panel=1', `panel=${++panel}`);
    while (!hmac(query).includes('+'));
    expect(verifyRedirect(`${query}&requestSignature=${hmac(query)}`, URL, {}, keys)).toMatchObject({
      authentic: true,
    });
  });
});

describe('parameters after the signature', () => {
  it('parameters after requestSignature are not read', () => {
    const query = withSignature(QUERY, hmac(`${URL}?${QUERY}`), '&status=4&transactionId=9&errorCode=326');
    const verdict = verifyRedirect(query, URL, {}, keys);
    expect(verdict).toMatchObject({ authentic: true, redirect: expected, signed: QUERY });
  });
});

describe('a refused redirect', () => {
  const good = hmac(`${URL}?${QUERY}`);
  const cases: readonly [why: string, reason: string, query: string][] = [
    ['an empty query', 'missing_signature', ''],
    ['no signature', 'missing_signature', QUERY],
    ['an empty signature', 'malformed_signature', `${QUERY}&requestSignature=`],
    ['a signature without =', 'malformed_signature', `${QUERY}&requestSignature`],
    ['junk before the signature', 'malformed_signature', withSignature(QUERY, ` ${good}`)],
    ['junk after the signature', 'malformed_signature', withSignature(QUERY, `${good} `)],
    ['a label after junk', 'malformed_signature', withSignature(QUERY, `x:HmacSHA1:${good}`)],
    ['a label and a line break', 'malformed_signature', withSignature(QUERY, `HmacSHA1:\n${good}`)],
    ['a short signature', 'malformed_signature', `${QUERY}&requestSignature=AAAA`],
    ['a broken escape in the signature', 'malformed_signature', `${QUERY}&requestSignature=%E0%A4%A`],
    ['an unknown label', 'malformed_signature', withSignature(QUERY, `HmacMD5:${good}`)],
    [
      'two signatures',
      'missing_signature',
      `${withSignature(QUERY, good)}&requestSignature=${encodeURIComponent(good)}`,
    ],
    [
      'an escaped second signature',
      'missing_signature',
      `${withSignature(QUERY, good)}&request%53ignature=x`,
    ],
    ['a parameter before the signed text', 'wrong_signature', `status=4&${withSignature(QUERY, good)}`],
    [
      'a signature over another URL',
      'wrong_signature',
      withSignature(QUERY, hmac(`https://other.example/return?${QUERY}`)),
    ],
    ['a signature of another key', 'wrong_signature', withSignature(QUERY, hmac(QUERY, 'other'))],
    ['more than 8,192 characters', 'too_long', `${withSignature(QUERY, good)}&x=${'a'.repeat(9_000)}`],
  ];
  it.each(cases)('a redirect with %s is refused as %s', (_, reason, query) => {
    expect(verifyRedirect(query, URL, {}, keys)).toEqual({ authentic: false, reason });
  });

  const unreadable: readonly [why: string, query: string][] = [
    ['a field twice', `${QUERY}&status=4`],
    ['a field twice, once escaped', `${QUERY}&%73tatus=4`],
    ['a nameless value twice', `${QUERY}&=1&=2`],
    ['a broken escape in a name', `${QUERY}&n%4=1`],
    ['no transactionId', QUERY.replace('transactionId=1002655801&', '')],
    ['no merchantReference', QUERY.replace('merchantReference=123123&', '')],
    ['no status', QUERY.replace('status=2&', '')],
    ['a malformed transactionId', QUERY.replace('1002655801', '../9')],
    ['a reference with an ampersand', QUERY.replace('123123', '1%26status%3D4')],
    ['a known name inside an unknown value', `${QUERY}&note=x%26status%3D4`],
    ['a broken escape in a value', `${QUERY}&note=%E0%A4%A`],
  ];
  it.each(unreadable)('a signed redirect with %s is refused as unreadable', (_, query) => {
    expect(verifyRedirect(withSignature(query, hmac(query)), URL, {}, keys)).toEqual({
      authentic: false,
      reason: 'unreadable',
    });
  });
});

describe('a field of a redirect', () => {
  const REDIRECT: Cases = {
    transactionId: ID,
    merchantReference: REFERENCE,
    status: NUMBER,
    transactionType: NUMBER,
    'payment.paymentType': NUMBER,
    'payment.paymentProvider.type': {
      good: ['1', '0001'],
      bad: ['12345', 'x', '1x', 'x1', '-1'],
    },
    'payment.account.verified': BOOLEAN,
    panel: { good: ['1', 'a_b-C', text(32)], bad: [text(33), 'a b', 'a.b', 'a&b'] },
    'payment.paymentProviderTransaction.status': CODE,
    errorCode: CODE,
    suggestedRetryAmount: POSITIVE,
  };
  const verdictOf = (fields: Record<string, string>) => {
    const all = { transactionId: '1', merchantReference: 'r', status: '8', ...fields };
    const query = new URLSearchParams(all).toString();
    const signature = createHmac('sha1', credentials.accessKey).update(query).digest('base64');
    return verifyRedirect(
      `${query}&requestSignature=${encodeURIComponent(signature)}`,
      'https://x',
      {},
      keys,
    );
  };
  it.each(Object.keys(REDIRECT))('the field %s of a redirect accepts its allowed values', (name) => {
    for (const value of REDIRECT[name]?.good ?? []) {
      const verdict = verdictOf({ [name]: value });
      const values: unknown[] = verdict.authentic ? Object.values(verdict.redirect) : [];
      expect(values).toContain(name.endsWith('verified') ? value.toLowerCase() === 'true' : value);
    }
  });
  it.each(Object.keys(REDIRECT))('a redirect with another value in %s is refused as unreadable', (name) => {
    for (const value of REDIRECT[name]?.bad ?? []) {
      expect(verdictOf({ [name]: value }), value).toEqual({ authentic: false, reason: 'unreadable' });
    }
  });
  it.each(Object.keys(REDIRECT))(
    'a redirect with %s spelled out inside another field is refused as unreadable',
    (name) => {
      expect(verdictOf({ other: `x&${name}=1` })).toEqual({ authentic: false, reason: 'unreadable' });
    },
  );
});
