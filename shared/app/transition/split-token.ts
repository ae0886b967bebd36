/**
 * Only for the merchant's capture code: opens the splitToken of an authorization. It runs under the merchant's own
 * role, the only one that may read the secret `payhooks/<environment>/split-token-key`; no function of this stack
 * imports this file.
 */
import {
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type JsonWebKey,
} from 'node:crypto';
import type { Environment } from '../../payment/types.ts';
import { UnusableSecretError } from '../../providers/provider.ts';
import { concatKdf } from '../platform/seal.ts';
import type { SecretOf, Secrets } from '../platform/secrets.ts';
import { type Clock, type Store, StoreBusyError } from '../ports.ts';
import { repeatUntilWritten } from '../table/attempts.ts';
import { vaultKey } from '../table/keys.ts';
import { SCHEMA } from '../table/rows.ts';
import { vaultOf, withoutToken } from './vault.ts';

/** `none`: never given, or not for this account. `expired`, `invalid`: the shopper must authorize again. */
class SplitTokenError extends Error {
  override readonly name = 'SplitTokenError';
  readonly reason: 'none' | 'expired' | 'invalid' | 'sealed_to_another_key';
  constructor(reason: SplitTokenError['reason']) {
    super(`the splitToken cannot be used: ${reason}`);
    this.reason = reason;
  }
}

export interface SplitTokenDeps {
  /** dynamoStore({ client, table, vault }): reads only the vault. */
  readonly store: Pick<Store, 'get'>;
  readonly secrets: Secrets;
  readonly environment: Environment;
}

export interface MarkSplitTokenDeps extends Pick<SplitTokenDeps, 'secrets' | 'environment'> {
  /** Reads and writes only the vault. */
  readonly store: Pick<Store, 'get' | 'write'>;
  readonly clock: Clock;
}

type PrivateJwk = Readonly<Record<string, string>>;

/**
 * Secret shape: {"current": private JWK (EC P-256), "previous"?: [JWK…]}, the private halves of the public keys in the
 * configuration.
 */
export const splitTokenSecret = (environment: Environment): SecretOf<readonly PrivateJwk[]> => ({
  name: `payhooks/${environment}/split-token-key`,
  parse: parsePrivateKeys,
});

function parsePrivateKeys(secret: unknown): readonly PrivateJwk[] {
  const { current, previous = [] } = (secret ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(previous)) throw new UnusableSecretError('split-token-key: "previous" must be a list');
  return [current, ...previous].map((jwk: unknown, index) => {
    if (typeof jwk === 'object' && jwk !== null && 'd' in jwk && 'kty' in jwk) return jwk as PrivateJwk;
    const name = index === 0 ? '"current"' : `"previous[${index - 1}]"`;
    throw new UnusableSecretError(`split-token-key: ${name} must be a private JWK (kty, crv, x, y, d)`);
  });
}

const TIMEOUT_MS = 5_000;

/**
 * The token as Trustly gave it. URL-encode it in form bodies, since it contains "+", "/" and "=". Never log it.
 * @param transactionId id of the authorization, not of a capture
 * @throws SplitTokenError, UnusableSecretError, or an error of store or secret store
 */
export async function openSplitToken(
  { account, transactionId }: { readonly account: string; readonly transactionId: string },
  { store, secrets, environment }: SplitTokenDeps,
): Promise<string> {
  const row = await store.get(vaultKey({ provider: 'trustly-americas', account }, transactionId), 'vault');
  const { token, unusable } = row === undefined ? {} : vaultOf(row);
  if (token === undefined) throw new SplitTokenError('none');
  if (unusable !== undefined && unusable.rank > token.rank) throw new SplitTokenError(unusable.reason);
  const keys = await secrets.read(splitTokenSecret(environment), AbortSignal.timeout(TIMEOUT_MS));
  for (const key of keys) {
    const opened = unseal(token.sealed, key);
    if (opened !== undefined) return opened;
  }
  throw new SplitTokenError('sealed_to_another_key');
}

const MAX_ATTEMPTS = 6;

/**
 * Marks a token after Trustly refused a capture at once (326: `expired`; 380, 397: `invalid`): there may never be an
 * event about it, and the token must not be tried again. Only the used token is marked; a newer one stays usable.
 * @param used.splitToken as `openSplitToken` returned it
 * @returns false: nothing was marked, because there is another token by now (or none)
 * @throws UnusableSecretError, StoreBusyError, or an error of store or secret store
 */
export async function markSplitTokenUnusable(
  used: {
    readonly account: string;
    readonly transactionId: string;
    readonly splitToken: string;
    readonly reason: 'expired' | 'invalid';
  },
  { store, secrets, environment, clock }: MarkSplitTokenDeps,
): Promise<boolean> {
  const key = vaultKey({ provider: 'trustly-americas', account: used.account }, used.transactionId);
  const keys = await secrets.read(splitTokenSecret(environment), AbortSignal.timeout(TIMEOUT_MS));
  const attempt = async (): Promise<boolean | 'changed_meanwhile'> => {
    const row = await store.get(key, 'vault');
    const before = row === undefined ? {} : vaultOf(row);
    const { token } = before;
    if (token === undefined || !keys.some((each) => unseal(token.sealed, each) === used.splitToken))
      return false;
    const data = withoutToken(before, used.reason, new Date(clock()).toISOString());
    if (data === before) return true;
    const version = (row?.version ?? 0) + 1;
    const put = { ...key, version, schema: SCHEMA, data };
    const { ok } = await store.write([{ put, when: { versionIs: version - 1 }, in: 'vault' }]);
    return ok || 'changed_meanwhile';
  };
  const isMarked = await repeatUntilWritten(attempt, { most: MAX_ATTEMPTS });
  if (isMarked === undefined) throw new StoreBusyError('the vault row is contended');
  return isMarked;
}

const TAG_BYTES = 16;

/**
 * The reverse of `sealTo` (seal.ts): compact JWE, ECDH-ES on P-256, A256GCM. Undefined: it was sealed to another key.
 */
function unseal(jwe: string, privateJwk: PrivateJwk): string | undefined {
  const [header = '', , iv = '', ciphertext = '', tag = ''] = jwe.split('.');
  try {
    const { epk } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as { epk: JsonWebKey };
    const secret = diffieHellman({
      privateKey: createPrivateKey({ key: privateJwk as JsonWebKey, format: 'jwk' }),
      publicKey: createPublicKey({ key: epk, format: 'jwk' }),
    });
    const decipher = createDecipheriv(
      'aes-256-gcm',
      concatKdf(secret, { algorithm: 'A256GCM', bits: 256 }),
      Buffer.from(iv, 'base64url'),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(Buffer.from(header, 'ascii'));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    return decipher.update(ciphertext, 'base64url', 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
