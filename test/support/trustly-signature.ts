/**
 * Signs messages of Trustly Europe with a key pair of the tests, so that the worker, which verifies again, accepts them.
 */

import { sign } from 'node:crypto';
import { encodeBytes } from '../../shared/providers/bytes.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { parsePublicKeys } from '../../shared/providers/trustly-europe/keys.ts';
import { readMessage } from '../../shared/providers/trustly-europe/notification.ts';
import { signedText } from '../../shared/providers/trustly-europe/serialize.ts';
import { rsaFromSeed } from '../fuzz/keys.ts';

export const TRUSTLY = rsaFromSeed(11);

const account = { policy: { environment: 'sandbox' } } as TrustlyEuropeAccount;
const keys = parsePublicKeys({ current: {}, trustly: { current: TRUSTLY.publicKey } }, account);
/** The worker's port for public keys (`publicKeys` of `ApplyDeps`). */
export const publicKeys = async (): Promise<typeof keys> => keys;

/** The message with a valid signature. A message of another form is returned unchanged. */
export function signedByTrustly(message: string): string {
  try {
    const { method, uuid, data, signature } = readMessage(message);
    const text = encodeBytes(signedText(method, uuid, data));
    const made = sign('sha1', text, TRUSTLY.privateKey).toString('base64');
    return message.replace(`"signature":${JSON.stringify(signature)}`, `"signature":"${made}"`);
  } catch {
    return message;
  }
}
