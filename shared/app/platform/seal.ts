/**
 * Sealing (docs/decisions/003-messages-travel-sealed.md). Messages: AES-256-GCM under the envelope key. splitTokens: a
 * compact JWE (RFC 7516) to a public key, so that only the holder of the private key can open it.
 */

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import { UnusableSecretError } from '../../providers/provider.ts';

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The number that Node caches for its own UUIDs: requesting twelve random bytes costs as much as requesting all of
 * these.
 */
const IVS_AT_ONCE = 128;
let unused = Buffer.alloc(0);

/** Twelve random bytes that were never used before. */
function freshIv(): Buffer {
  if (unused.length === 0) unused = randomBytes(IVS_AT_ONCE * IV_BYTES);
  const iv = unused.subarray(0, IV_BYTES);
  unused = unused.subarray(IV_BYTES);
  return iv;
}
const MIN_SECRET_CHARS = 32;

interface EnvelopeKey {
  /** Identifies the key in sealed text without revealing anything about it. */
  readonly id: string;
  /** A key object is four times as fast as bytes: it is checked and copied once, not for every message. */
  readonly key: KeyObject;
}

export interface EnvelopeKeys {
  /** The key that seals. Every key in `opening` can open. */
  readonly sealing: EnvelopeKey;
  readonly opening: ReadonlyMap<string, EnvelopeKey>;
}

/** Reads the envelope keys. `fresh`: the cached keys did not fit, so read the secret store. */
export type ReadEnvelopeKeys = (fresh: boolean) => Promise<EnvelopeKeys>;

/** Sealed text cannot be opened. `unknown_key` may succeed with a newly read secret, `altered` never will. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly reason: 'unknown_key' | 'altered';
  constructor(reason: 'unknown_key' | 'altered') {
    super(reason === 'unknown_key' ? 'sealed under a key that is not configured' : 'sealed text was altered');
    this.reason = reason;
  }
}

/**
 * Secret shape: {"current": text, "next"?: text, "previous"?: [text…]}, each of at least 32 characters.
 * To rotate: put the new text under `next`, wait six minutes, then make it `current` and keep the old one under
 * `previous` for as long as evidence sealed under it is kept.
 * @throws UnusableSecretError
 */
export function parseEnvelopeKeys(secret: unknown): EnvelopeKeys {
  const fields = typeof secret === 'object' && secret !== null ? (secret as Record<string, unknown>) : {};
  const sealing = envelopeKey('current', fields.current);
  const previous = fields.previous === undefined ? [] : fields.previous;
  if (!Array.isArray(previous))
    throw new UnusableSecretError('envelope-key: "previous" must be a list of texts');
  const keys = [
    sealing,
    ...(fields.next === undefined ? [] : [envelopeKey('next', fields.next)]),
    ...previous.map((text: unknown, index) => envelopeKey(`previous[${index}]`, text)),
  ];
  return { sealing, opening: new Map(keys.map((key) => [key.id, key])) };
}

function envelopeKey(field: string, text: unknown): EnvelopeKey {
  if (typeof text !== 'string' || text.length < MIN_SECRET_CHARS) {
    throw new UnusableSecretError(
      `envelope-key: "${field}" must be a text of at least ${MIN_SECRET_CHARS} characters`,
    );
  }
  const id = createHash('sha256').update(`payhooks envelope key id:${text}`).digest('hex').slice(0, 8);
  return { id, key: createSecretKey(createHash('sha256').update(text).digest()) };
}

/**
 * Seals a text.
 * @param context the place that the text belongs to ("notification/<provider>/<account>/<digest>"); opening under
 * another context fails, so sealed texts cannot be exchanged between rows or messages
 * @returns "v1.<key id>.<iv>.<ciphertext>.<tag>", base64url
 */
export function seal(text: string, context: string, { sealing }: EnvelopeKeys): string {
  const iv = freshIv();
  const cipher = createCipheriv(CIPHER, sealing.key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${FORMAT}.${sealing.id}.${context}`));
  const ciphertext = cipher.update(text, 'utf8');
  // GCM holds no bytes back: `final` only makes the tag.
  cipher.final();
  return `${FORMAT}.${sealing.id}.${base64url(iv)}.${base64url(ciphertext)}.${base64url(cipher.getAuthTag())}`;
}

/** The text that `seal` sealed under this context. @throws SealError */
export function open(sealed: string, context: string, { opening }: EnvelopeKeys): string {
  const [format, id, iv, ciphertext, tag, ...rest] = sealed.split('.');
  if (
    format !== FORMAT ||
    id === undefined ||
    iv === undefined ||
    ciphertext === undefined ||
    tag === undefined
  ) {
    throw new SealError('altered');
  }
  const key = opening.get(id);
  if (key === undefined) throw new SealError('unknown_key');
  try {
    if (rest.length > 0) throw new SealError('altered');
    const decipher = createDecipheriv(CIPHER, key.key, Buffer.from(iv, 'base64url'), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(`${FORMAT}.${id}.${context}`));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    return decipher.update(ciphertext, 'base64url', 'utf8') + decipher.final('utf8');
  } catch {
    throw new SealError('altered');
  }
}

/**
 * Compact JWE with ECDH-ES (direct key agreement, RFC 7518 §4.6) on P-256 and A256GCM. Written with node:crypto because
 * a JOSE library is a tenth of an intake bundle; the tests open it with `jose`.
 * @param publicKey JWK, {"kty":"EC","crv":"P-256","x","y","kid"?}
 */
export function sealTo(publicKey: Readonly<Record<string, string>>, text: string): string {
  const recipient = createPublicKey({ key: publicKey as JsonWebKey, format: 'jwk' });
  const ephemeral = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = ephemeral.publicKey.export({ format: 'jwk' });
  const header = base64url(
    Buffer.from(
      JSON.stringify({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
        ...defined({ kid: publicKey.kid }),
        epk: { kty, crv, x, y },
      }),
    ),
  );
  const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const iv = freshIv();
  const cipher = createCipheriv(CIPHER, concatKdf(secret, { algorithm: 'A256GCM', bits: 256 }), iv, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.from(header, 'ascii'));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  // Direct key agreement has no encrypted key: the second part is empty.
  return [header, '', base64url(iv), base64url(ciphertext), base64url(cipher.getAuthTag())].join('.');
}

/**
 * Concat KDF with SHA-256 (RFC 7518 §4.6.2) in one round, which is sufficient for a key of at most 256 bits.
 * @param info.bits length of the key, at most 256
 */
export function concatKdf(
  secret: Uint8Array,
  {
    algorithm,
    bits,
    apu = '',
    apv = '',
  }: {
    readonly algorithm: string;
    readonly bits: number;
    readonly apu?: string;
    readonly apv?: string;
  },
): Uint8Array {
  const uint32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const sized = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);
  return createHash('sha256')
    .update(uint32(1))
    .update(secret)
    .update(Buffer.concat([sized(algorithm), sized(apu), sized(apv), uint32(bits)]))
    .digest()
    .subarray(0, bits / 8);
}

const base64url = (bytes: Buffer): string => bytes.toString('base64url');
