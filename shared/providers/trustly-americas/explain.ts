/** Explains to the developer why an event was refused. It repeats nothing of the request. */
import type { ReceivedRequest } from '../received.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { type AmericasKeys, isTooWeak, parseAuthorization } from './verify.ts';

export function explain(
  { method, headers }: ReceivedRequest,
  { minimumSignature }: Pick<TrustlyAmericasAccount, 'minimumSignature'>,
  keys: AmericasKeys,
): string | undefined {
  if (method !== 'POST') return undefined;
  const credential = parseAuthorization(headers.authorization);
  if (credential === 'missing_authorization') {
    return 'there is no Authorization header: something in front of the stack drops it, or it is no event of Trustly';
  }
  if (typeof credential === 'string') return undefined;
  if (isTooWeak(credential.hash, minimumSignature)) {
    return `signed with ${credential.hash === 'sha1' ? 'SHA-1' : 'SHA-512'}, the account demands ${minimumSignature} (minimumSignature)`;
  }
  const named = keys.filter(({ accessId }) => accessId === credential.accessId).map(({ id }) => id);
  return named.length === 0
    ? "the access id is none of the secret's: another merchant's, or the other environment's"
    : `the access id is the one of the account's ${named.join(' and ')} key, and the signature does not fit that key: the stored key is wrong, or the body was changed on its way`;
}
