/**
 * Signature algorithms: always RSASSA-PKCS1-v1_5. A prefix of exactly ten characters before the Base64 names the hash,
 * and no prefix means SHA-1 (docs/protocols/trustly-europe-signature.md#algorithms-and-keys). The prefix itself is not
 * signed.
 */

export const ALGORITHMS = {
  SHA1: { hash: 'sha1', prefix: '' },
  RS256: { hash: 'sha256', prefix: 'alg=RS256;' },
  RS384: { hash: 'sha384', prefix: 'alg=RS384;' },
  RS512: { hash: 'sha512', prefix: 'alg=RS512;' },
} as const;
export type Algorithm = keyof typeof ALGORITHMS;

/** Undefined: unknown `alg=`. Other clients then use SHA-1; we refuse a downgrade that the sender chooses. */
export function splitSignature(signature: string): { algorithm: Algorithm; base64: string } | undefined {
  if (!signature.startsWith('alg=')) return { algorithm: 'SHA1', base64: signature };
  for (const algorithm of ['RS256', 'RS384', 'RS512'] as const) {
    const { prefix } = ALGORITHMS[algorithm];
    if (signature.startsWith(prefix)) return { algorithm, base64: signature.slice(prefix.length) };
  }
  return undefined;
}
