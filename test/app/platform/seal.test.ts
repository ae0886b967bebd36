import fc from 'fast-check';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  concatKdf,
  open,
  parseEnvelopeKeys,
  SealError,
  seal,
  sealTo,
} from '../../../shared/app/platform/seal.ts';

const OLD = 'o'.repeat(64);
const NEW = 'n'.repeat(64);
const old = parseEnvelopeKeys({ current: OLD });

describe('the envelope seal', () => {
  it('the envelope seal opens every text that it sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        expect(open(seal(text, 'c', old), 'c', old)).toBe(text.toWellFormed());
      }),
    );
  });

  it('the envelope seal never gives the same text the same value twice', () => {
    expect(seal('x', 'c', old)).not.toBe(seal('x', 'c', old));
  });

  it('the envelope seal repeats no initialization vector in 2,000 seals', () => {
    const ivs = Array.from({ length: 2_000 }, () => seal('a', 'c', old).split('.')[2] ?? '');
    expect(new Set(ivs).size).toBe(ivs.length);
    expect(ivs.every((iv) => Buffer.from(iv, 'base64url').length === 12)).toBe(true);
  });

  it('the envelope seal refuses altered characters, another context and another format with SealError', () => {
    const sealed = seal('a message', 'c', old);
    const parts = sealed.split('.');
    expect(parts).toHaveLength(5);
    for (let at = 0; at < sealed.length; at++) {
      const flipped = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      // The last character of a base64url part may have unused bits: such a change decodes to the same bytes.
      let opened: string | undefined;
      try {
        opened = open(flipped, 'c', old);
      } catch (error) {
        expect(error).toBeInstanceOf(SealError);
      }
      if (opened !== undefined) {
        const bytes = (text: string) =>
          text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
        expect(bytes(flipped).slice(2)).toEqual(bytes(sealed).slice(2));
      }
    }
    expect(() => open(sealed, 'd', old)).toThrow(SealError);
    expect(() => open(sealed.replace('v1', 'v2'), 'c', old)).toThrow(SealError);
    expect(() => open(`${sealed}.x`, 'c', old)).toThrow(SealError);
    expect(() => open(parts.with(4, (parts[4] ?? '').slice(0, 6)).join('.'), 'c', old)).toThrow(SealError);
  });

  it('the envelope key in next opens before the rotation, the key in previous opens after the rotation', () => {
    const both = parseEnvelopeKeys({ current: OLD, next: NEW });
    const after = parseEnvelopeKeys({ current: NEW, previous: [OLD] });
    expect(open(seal('x', 'c', after), 'c', both)).toBe('x');
    expect(open(seal('x', 'c', old), 'c', after)).toBe('x');
    expect(() => open(seal('x', 'c', after), 'c', old)).toThrow(
      expect.objectContaining({ reason: 'unknown_key' }),
    );
  });

  it('parseEnvelopeKeys names the member of the secret that is wrong, without a value of the secret', () => {
    for (const [member, secret] of [
      ['current', undefined],
      ['current', {}],
      ['current', { current: 'short' }],
      ['next', { current: OLD, next: 777 }],
      ['previous', { current: OLD, previous: 'short' }],
      ['previous[1]', { current: OLD, previous: [NEW, 'short'] }],
    ] as const) {
      const parse = () => parseEnvelopeKeys(secret);
      expect(parse).toThrow(`envelope-key: "${member}" must be`);
      expect(parse).not.toThrow(/short|777|ooo|nnn/);
    }
  });
});

describe('sealing to a public key', () => {
  it('concatKdf derives the key of RFC 7518 appendix C', () => {
    const secret = Buffer.from([
      158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128,
      106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
    ]);
    expect(
      Buffer.from(concatKdf(secret, { algorithm: 'A128GCM', bits: 128, apu: 'Alice', apv: 'Bob' })).toString(
        'base64url',
      ),
    ).toBe('VqqN6vgjbSBcIijNcacQGg');
  });

  it('sealTo makes a JWE that another implementation opens with the right key only', async () => {
    const mine = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const other = await generateKeyPair('ECDH-ES', { crv: 'P-256' });
    const jwe = sealTo(
      { ...((await exportJWK(mine.publicKey)) as Record<string, string>), kid: 'k1' },
      'tøken',
    );
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, mine.privateKey);
    expect(Buffer.from(plaintext).toString()).toBe('tøken');
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'k1' });
    await expect(compactDecrypt(jwe, other.privateKey)).rejects.toThrow();
  });
});
