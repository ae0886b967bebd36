/** Explains to the developer why a notification was refused. It repeats nothing of the message. */
import { createPublicKey } from 'node:crypto';
import type { Environment } from '../../payment/types.ts';
import type { ReceivedRequest } from '../received.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { splitSignature } from './algorithms.ts';
import { TRUSTLY_PUBLIC_KEYS, type TrustlyKey } from './keys.ts';
import { checkSignature, isTooWeak, readBody } from './verify.ts';

export function explain(
  { method, body }: ReceivedRequest,
  { minimumSignature = 'SHA1', policy }: TrustlyEuropeAccount,
): string | undefined {
  const read = method === 'POST' ? readBody(body) : 'unread';
  if (typeof read === 'string') return undefined;
  const { message } = read;
  const algorithm = splitSignature(message.signature)?.algorithm;
  if (message.signature === '' || algorithm === undefined) return undefined;
  if (isTooWeak(algorithm, minimumSignature)) {
    return `signed with ${algorithm}, the account demands ${minimumSignature}`;
  }
  const signer = (['sandbox', 'live'] as const).find(
    (environment) =>
      typeof checkSignature(message, 'SHA1', { trustly: [published(environment)] }) !== 'string',
  );
  if (signer === undefined)
    return 'no key fits, of the secret or published: another key, or the message was changed';
  return signer === policy.environment
    ? `this is Trustly's ${signer} key, and the secret names others`
    : `this is Trustly's ${signer} key, and the account is ${policy.environment}`;
}

/** Both published keys have 2048 bits. */
const published = (environment: Environment): TrustlyKey => ({
  ...{ id: 'current', fingerprint: '', signatureBytes: 256 },
  key: createPublicKey(TRUSTLY_PUBLIC_KEYS[environment]),
});
