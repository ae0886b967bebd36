/**
 * Signature algorithms: RSASSA-PKCS1-v1_5 always; the hash is named by a prefix of exactly ten characters
 * before the Base64, and no prefix means SHA-1 (docs/protocols/trustly-europe-signature.md#algorithms-and-keys). The
 * prefix itself is not signed.
 */

export const ALGORITHMS = {
  SHA1: { hash: 'sha1', prefix: '' },
  RS256: { hash: 'sha256', prefix: 'alg=RS256;' },
  RS384: { hash: 'sha384', prefix: 'alg=RS384;' },
  RS512: { hash: 'sha512', prefix: 'alg=RS512;' },
} as const;
export type Algorithm = keyof typeof ALGORITHMS;

/** Other clients fall back to SHA-1 on an unknown `alg=`; a downgrade that the sender chooses is refused here. */
export function splitSignature(signature: string): { algorithm: Algorithm; base64: string } | undefined {
  if (!signature.startsWith('alg=')) return { algorithm: 'SHA1', base64: signature };
  for (const algorithm of ['RS256', 'RS384', 'RS512'] as const) {
    const { prefix } = ALGORITHMS[algorithm];
    if (signature.startsWith(prefix)) return { algorithm, base64: signature.slice(prefix.length) };
  }
  return undefined;
}
