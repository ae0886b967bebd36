import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signNotification } from '../../../local/demo/senders/trustly-europe.ts';
import { UnusableSecretError } from '../../../shared/providers/provider.ts';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import {
  TRUSTLY_KEY_FINGERPRINTS,
  TRUSTLY_PUBLIC_KEYS,
  type TrustlyEuropeKeys,
} from '../../../shared/providers/trustly-europe/keys.ts';
import { account, body, G1, merchant, request, trustly, vectors } from './support.ts';

const fingerprint = (pem: string) =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex');
const current = { privateKey: merchant.privateKey };
const g1 = request(body(G1));

it('a key with a small public exponent is refused: signatures under such a key are easy to forge', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicExponent: 3,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const ours = { privateKey: merchant.privateKey };
  expect(() =>
    trustlyEurope.parseKeys({ current: ours, trustly: { current: publicKey } }, account()),
  ).toThrow('trustly.current has the public exponent 3');
  expect(() => trustlyEurope.parseKeys({ current: { privateKey } }, account())).toThrow(
    'current.privateKey has the public exponent 3',
  );
});

it('a previous key of Trustly verifies no incoming notification: 401 wrong_signature', () => {
  const of = account();
  const configured = { current: merchant.publicKey, previous: [trustly.publicKey] };
  const keys = trustlyEurope.parseKeys({ current, trustly: configured }, of);
  expect(keys.trustly).toHaveLength(1);
  const signed = signNotification(
    { method: 'credit', uuid: G1.uuid, data: G1.data },
    trustly.privateKey,
  ).body;
  expect(trustlyEurope.verify(request(signed), of, keys)).toMatchObject({ reason: 'wrong_signature' });
});

describe('the published keys', () => {
  it('the published keys and their fingerprints equal the vectors', () => {
    expect(fingerprint(TRUSTLY_PUBLIC_KEYS.sandbox)).toBe(TRUSTLY_KEY_FINGERPRINTS.sandbox);
    expect(fingerprint(TRUSTLY_PUBLIC_KEYS.live)).toBe(TRUSTLY_KEY_FINGERPRINTS.live);
    expect(fingerprint(vectors.trustly_test_public_key)).toBe(TRUSTLY_KEY_FINGERPRINTS.sandbox);
    expect(fingerprint(vectors.trustly_live_public_key)).toBe(TRUSTLY_KEY_FINGERPRINTS.live);
  });

  it('a genuine TEST notification verifies with the published key in sandbox, and never in live', () => {
    const verdict = (environment: 'sandbox' | 'live') => {
      const of = account({}, environment);
      return trustlyEurope.verify(g1, of, trustlyEurope.parseKeys({ current }, of));
    };
    expect(verdict('sandbox')).toMatchObject({ authentic: true, keyId: 'current' });
    expect(verdict('live')).toEqual({ authentic: false, status: 401, reason: 'wrong_signature' });
  });

  it.each([
    ['live', { current: TRUSTLY_PUBLIC_KEYS.sandbox }, "trustly.current is Trustly's TEST key"],
    [
      'live',
      { current: trustly.publicKey, next: TRUSTLY_PUBLIC_KEYS.sandbox },
      "trustly.next is Trustly's TEST key",
    ],
    ['sandbox', { current: TRUSTLY_PUBLIC_KEYS.live }, "trustly.current is Trustly's LIVE key"],
  ] as const)(
    'the published key of the other environment is refused as a configured key (%s)',
    (environment, keys, message) => {
      expect(() => trustlyEurope.parseKeys({ current, trustly: keys }, account({}, environment))).toThrow(
        message,
      );
    },
  );

  it('a published key is recognised whatever the form of the PEM', () => {
    const pkcs1 = createPublicKey(TRUSTLY_PUBLIC_KEYS.sandbox).export({ type: 'pkcs1', format: 'pem' });
    const spaced = `\n${TRUSTLY_PUBLIC_KEYS.sandbox.replaceAll('\n', '\r\n')}\n\n`;
    for (const pem of [pkcs1, spaced]) {
      const parse = () =>
        trustlyEurope.parseKeys({ current, trustly: { current: pem } }, account({}, 'live'));
      expect(parse).toThrow('TEST key');
    }
  });
});

describe('configured keys', () => {
  it('configured keys replace the published key, and the verdict names the key that matched', () => {
    const of = account();
    const keyOf = (keys: unknown) => {
      const verdict = trustlyEurope.verify(g1, of, trustlyEurope.parseKeys({ current, trustly: keys }, of));
      return verdict.authentic ? verdict.keyId : verdict.reason;
    };
    expect(keyOf({ current: trustly.publicKey })).toBe('wrong_signature');
    expect(keyOf({ current: trustly.publicKey, next: TRUSTLY_PUBLIC_KEYS.sandbox })).toBe('next');
    expect(keyOf({ current: TRUSTLY_PUBLIC_KEYS.sandbox, next: trustly.publicKey })).toBe('current');
  });

  // Only the length of the modulus is checked, so any odd number is good.
  const publicOf = (bits: number) => {
    const modulus = Buffer.alloc(Math.ceil(bits / 8), 0xff);
    modulus[0] = 0xff >> ((8 - (bits % 8)) % 8);
    const key = createPublicKey({
      key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' },
      format: 'jwk',
    });
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(bits);
    return String(key.export({ type: 'spki', format: 'pem' }));
  };
  it.each([2048, 3072, 8192])('a configured key may have %i bits', (bits) => {
    const secret = { current, trustly: { current: publicOf(bits) } };
    const { trustly: keys } = trustlyEurope.parseKeys(secret, account()) as TrustlyEuropeKeys;
    expect(keys).toMatchObject([{ id: 'current', signatureBytes: bits / 8 }]);
  });
  it.each([1024, 2040, 2049, 8200])('a configured key cannot have %i bits', (bits) => {
    const secret = { current, trustly: { current: publicOf(bits) } };
    expect(() => trustlyEurope.parseKeys(secret, account())).toThrow(`trustly.current has ${bits} bits`);
  });

  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  // A key for PSS signs with another padding than Trustly.
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = (key: { export: (options: { type: 'pkcs8'; format: 'pem' }) => string | Buffer }) =>
    String(key.export({ type: 'pkcs8', format: 'pem' }));
  it.each([
    [undefined, 'the secret is missing'],
    [null, 'the secret is missing'],
    ['text', 'the secret is missing or not an object'],
    [[], 'the secret is missing or not an object'],
    [{}, 'current is missing'],
    [{ current: {} }, 'current.privateKey is missing'],
    [{ current: { privateKey: '' } }, 'current.privateKey is missing'],
    [{ current: { privateKey: ' \n' } }, 'current.privateKey is missing'],
    [
      { current: { privateKey: 'SECRETVALUE' } },
      'current.privateKey cannot be read as an unencrypted private key',
    ],
    [{ current: { privateKey: trustly.publicKey } }, 'current.privateKey cannot be read'],
    [{ current: { privateKey: pem(small.privateKey) } }, 'current.privateKey has 1024 bits'],
    [{ current: { privateKey: pem(ec.privateKey) } }, 'current.privateKey is not an RSA key'],
    [{ current: { privateKey: pem(pss.privateKey) } }, 'current.privateKey is not an RSA key'],
    [{ current, next: 'text' }, 'next is missing or not an object'],
    [{ current, next: {} }, 'next.privateKey is missing'],
    [{ current, next: { privateKey: 'SECRETVALUE' } }, 'next.privateKey cannot be read'],
    [{ current, trustly: {} }, 'trustly.current is missing'],
    [{ current, trustly: trustly.publicKey }, 'trustly is missing or not an object'],
    [{ current, trustly: { current: merchant.privateKey } }, 'trustly.current is not a public key'],
    [
      { current, trustly: { current: merchant.privateKey + merchant.publicKey } },
      'trustly.current is not a public key',
    ],
    [
      { current, trustly: { current: '-----BEGIN PUBLIC KEY-----\nSECRETVALUE\n-----END PUBLIC KEY-----' } },
      'trustly.current cannot be read as a public key',
    ],
  ])('an unusable secret is refused with the faulty key named and no key shown: $1', (secret, message) => {
    try {
      trustlyEurope.parseKeys(secret, account());
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableSecretError);
      expect(String(error)).toContain(message);
      expect(String(error)).not.toMatch(/SECRETVALUE|BEGIN/);
    }
  });
});
