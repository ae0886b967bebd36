/** The fingerprints find keys that are stored twice. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { heldBy, sharedKeys } from '../../cli/shared-keys.ts';
import { generated, OURS } from './secrets.ts';

describe('sharedKeys', () => {
  it('sharedKeys finds one private key in PKCS#1 and PKCS#8, and ignores the public key of the provider', () => {
    const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const asPkcs8 = String(pkcs1.export({ type: 'pkcs8', format: 'pem' }));
    const asPkcs1 = String(pkcs1.export({ type: 'pkcs1', format: 'pem' }));
    const trustly = { current: OURS.publicKey };
    const held = [
      heldBy('payhooks/sandbox/trustly-europe/a', { current: { privateKey: asPkcs8 }, trustly }),
      heldBy('payhooks/live/trustly-europe/a', { current: { privateKey: asPkcs1 }, trustly }),
    ];
    expect(sharedKeys(held).map(({ places }) => places)).toEqual([
      [
        'payhooks/sandbox/trustly-europe/a current.privateKey',
        'payhooks/live/trustly-europe/a current.privateKey',
      ],
    ]);
  });

  it('sharedKeys finds a key in secrets of three kinds, as next, accessKey and previous', () => {
    const key = generated();
    const held = [
      heldBy('payhooks/sandbox/paymentwall/a', {
        current: { secretKey: generated() },
        next: { secretKey: key },
      }),
      heldBy('payhooks/live/trustly-americas/b', { current: { accessId: 'b', accessKey: key } }),
      heldBy('payhooks/live/envelope-key', { current: generated(), previous: [key] }),
    ];
    expect(sharedKeys(held)).toMatchObject([{ places: { length: 3 } }]);
    expect(JSON.stringify(held)).not.toContain(key);
  });
});
