/** Fingerprints of keys, and keys that are not random, for every kind of secret. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readersOf } from '../../cli/recycle.ts';
import { assertStrong, keysIn } from '../../cli/secret-keys.ts';
import { findSecret } from '../../cli/secret-store.ts';
import { parseConfig } from '../../infra/config.ts';
import { weaknessOf } from '../../shared/providers/keys.ts';
import { generated, OURS } from './secrets.ts';

describe('weaknessOf', () => {
  it.each([
    ['zero bytes', Buffer.alloc(32)],
    ['one repeated byte', Buffer.alloc(32, 7)],
    ['one repeated letter', 'x'.repeat(40)],
    ['a repeated pattern', 'abcdabcdabcd'],
    ['a repeated password', 'passwordpasswordpa'],
    ['bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, at) => at))],
    ['digits that count down', '87654321'],
    ['a placeholder word', 'changeme'],
    ['a placeholder of several words', 'Your-Secret-Key-123'],
    ['a password word with digits for letters', 'p4ssw0rd'],
    ['a placeholder of a template', '<INSERT_ACCESS_KEY_HERE>'],
    ['a placeholder as bytes', Buffer.from('test-secret-test-secret-1')],
    ['a key of four characters', 'k3y!'],
    ['an empty key', ''],
    ['zeros with a one at the end', '00000000000000000000000000000001'],
  ])('weaknessOf names a weakness of %s', (_, key) => {
    expect(weaknessOf(key)).toBeTypeOf('string');
  });

  it('weaknessOf finds no weakness in generated keys, as bytes, hex or base64', () => {
    for (let n = 0; n < 2_000; n++) {
      const bytes = randomBytes(24);
      for (const key of [bytes, bytes.toString('hex'), bytes.toString('base64url')]) {
        expect(weaknessOf(key)).toBeUndefined();
      }
    }
  });

  it('weaknessOf names every repetition of every pattern', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 16 }),
        fc.integer({ min: 2, max: 8 }),
        (part, times) => {
          expect(weaknessOf(Buffer.concat(Array.from({ length: times }, () => part)))).toBeTypeOf('string');
        },
      ),
    );
  });
});

describe('assertStrong', () => {
  const whsec = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`;
  it.each([
    ['trustly-americas/a', { current: { accessKey: '0'.repeat(20) } }],
    ['trustly-americas/a', { current: { accessKey: 'changeme-2' } }],
    ['paymentwall/a', { current: { secretKey: 'your-secret-key' } }],
    ['target', { current: whsec(Buffer.from('change-me-change-me-secret')) }],
    ['paymentwall/a', { current: { secretKey: generated() }, next: { secretKey: '1'.repeat(32) } }],
    ['paymentwall/a', { current: { secretKey: generated() }, brickTestKey: 't'.repeat(20) }],
    ['envelope-key', { current: 'k'.repeat(64) }],
    ['target', { current: whsec(Buffer.alloc(32, 1)) }],
    ['decision/a', { current: whsec(randomBytes(32)), next: whsec(Buffer.alloc(24, 9)) }],
  ])('assertStrong refuses a key that nobody generated: %s %#', (short, value) => {
    expect(() => assertStrong(short, value, 'live')).toThrow('use a generated key');
  });

  it('assertStrong refuses a rotation to the same key', () => {
    const secretKey = generated();
    const twice = { current: { secretKey }, next: { secretKey } };
    expect(() => assertStrong('paymentwall/a', twice, 'live')).toThrow(
      'is the same key as "current.secretKey"',
    );
  });

  it('assertStrong accepts a weak previous envelope key, because evidence must stay readable', () => {
    expect(() =>
      assertStrong('envelope-key', { current: generated(), previous: ['k'.repeat(64)] }, 'live'),
    ).not.toThrow();
  });
});

describe('keysIn', () => {
  it('keysIn names the published key of Trustly when the secret holds no key of Trustly', () => {
    const keys = keysIn('trustly-europe/a', { current: { privateKey: OURS.privateKey } }, 'live');
    expect(keys).toEqual([
      expect.objectContaining({ role: 'current', verifies: false, isSecret: true }),
      expect.objectContaining({ role: 'trustly.current', verifies: true, fingerprint: '7e09f288f4ed5b6e' }),
    ]);
  });
});

describe('readersOf', () => {
  const config = parseConfig({
    environment: 'live',
    target: { type: 'https', url: 'https://shop.example/hooks' },
    accounts: [
      {
        ...{ provider: 'trustly-americas', account: 'us' },
        checkout: {
          merchantId: '1',
          pages: Object.fromEntries(
            ['pending', 'confirmed', 'selection', 'declined'].map((page) => [
              page,
              `https://shop.example/${page}`,
            ]),
          ),
        },
      },
      { provider: 'trustly-europe', account: 'eu' },
      {
        ...{ provider: 'trustly-europe', account: 'asks', withdrawals: true },
        decision: { url: 'https://shop.example/decide' },
      },
    ],
  });
  it.each([
    [
      'trustly-americas/us',
      ['intake-trustly-americas', 'checkout', 'redirect', 'confirmer', 'reconciler', 'probe'],
    ],
    ['trustly-europe/eu', ['intake-trustly-europe', 'transition-worker']],
    ['trustly-europe/asks', ['intake-trustly-europe-decisions', 'transition-worker']],
    ['decision/asks', ['intake-trustly-europe-decisions']],
    ['target', ['fulfilment-worker', 'reconciler']],
  ])('readersOf %s are the functions that hold the secret in memory', (short, names) => {
    expect(readersOf(config, findSecret(config, short))).toEqual(names);
  });
});
