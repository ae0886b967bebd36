/** RSA keys from a seed: a run can be repeated byte for byte on any machine, and no key is stored in a file. */
import { checkPrimeSync, createPrivateKey, createPublicKey } from 'node:crypto';
import { Random } from '../simulation/random.ts';

const PRIME_BITS = 1_024;
const EXPONENT = 65_537n;

export interface KeyPair {
  /** PEM */
  readonly privateKey: string;
  /** PEM */
  readonly publicKey: string;
}

export function rsaFromSeed(seed: number): KeyPair {
  const random = new Random(seed);
  const p = prime(random);
  const q = prime(random);
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const jwk = {
    kty: 'RSA',
    ...{ n: base64url(p * q), e: base64url(EXPONENT), d: base64url(d), p: base64url(p), q: base64url(q) },
    ...{ dp: base64url(d % (p - 1n)), dq: base64url(d % (q - 1n)), qi: base64url(inverse(q, p)) },
  };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return {
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** A prime whose two highest bits are set, so that the product of two primes has all 2,048 bits. */
function prime(random: Random): bigint {
  let candidate = 3n;
  for (let bits = 2; bits < PRIME_BITS; bits += 16)
    candidate = (candidate << 16n) | BigInt(random.below(65_536));
  candidate = (candidate >> BigInt(candidate.toString(2).length - PRIME_BITS)) | 1n;
  while ((candidate - 1n) % EXPONENT === 0n || !checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

/** The inverse of `value` modulo `modulus`, by the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}
