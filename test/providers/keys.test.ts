/** Fingerprints of keys, and the check for keys that were not generated at random. */
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFingerprint, publicKeyFingerprint, weaknessOf } from '../../shared/providers/keys.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the fingerprint of a key', () => {
  it('the fingerprint of a secret key is salted: a list of hashed passwords does not find the key', () => {
    expect(keyFingerprint('s3cret-of-a-shop')).toBe(
      sha256('payhooks key fingerprint:s3cret-of-a-shop').slice(0, 16),
    );
    expect(keyFingerprint('s3cret-of-a-shop')).not.toBe(sha256('s3cret-of-a-shop').slice(0, 16));
  });

  it('the fingerprint of a key is the same for the text and for the bytes of the text', () => {
    expect(keyFingerprint(Buffer.from('s3cret-of-a-shop'))).toBe(keyFingerprint('s3cret-of-a-shop'));
  });

  it('the fingerprint of a public key is the first 16 digits of the SHA-256', () => {
    expect(publicKeyFingerprint(Buffer.from('abc'))).toBe(sha256('abc').slice(0, 16));
  });
});

describe('the weakness of a key', () => {
  it.each([
    ['', 'has 0 characters only'],
    ['kT9$wQz', 'has 7 characters only'],
    ['aaaaaaaa', 'is one value repeated'],
    ['xyzxyzxyz', 'is one pattern repeated'],
    ['kT9kT9kT', 'is one pattern repeated'],
    ['12345678', 'is a sequence'],
    ['hgfedcba', 'is a sequence'],
    ['acegikmo', 'is a sequence'],
    ['changeme', 'is a placeholder'],
    ['YOUR-SECRET-KEY-1', 'is a placeholder'],
    ['p4ssw0rd', 'is a placeholder'],
    ['s3cret_k3y', 'is a placeholder'],
    ['aabbccddeeabcdedcbaabcde', 'has 5 different values only'],
  ])('a weak key is refused with the weakness: %j %s', (key, weakness) => {
    expect(weaknessOf(key)).toBe(weakness);
    expect(weaknessOf(Buffer.from(key))).toBe(weakness);
  });

  it('a key of consecutive bytes "is a sequence", also where the bytes wrap past 255', () => {
    expect(weaknessOf(Uint8Array.from({ length: 32 }, (_, at) => (at + 250) & 0xff))).toBe('is a sequence');
  });

  it('a key just beyond a weakness is accepted: 8 characters, another digit, an unknown word, 6 different values', () => {
    for (const key of ['kT9$wQzr', '12345679', 'changemezq', 'aabbccddeeabcdedcbaabcdf']) {
      expect(weaknessOf(key)).toBeUndefined();
    }
  });

  it('a random key of 16 bytes has no weakness', () => {
    const hex = fc.constant(0).map(() => randomBytes(16).toString('hex'));
    fc.assert(
      fc.property(hex, (key) => weaknessOf(key) === undefined),
      { numRuns: 2_000 },
    );
  });
});
