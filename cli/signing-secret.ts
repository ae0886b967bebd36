/** The secret that signs events, as a person passes it to a command. */
import { parseSigningKeys } from '../shared/app/fulfilment/targets/https.ts';
import { UnusableSecretError } from '../shared/providers/provider.ts';
import { Problem } from './problem.ts';

/** @param next what to type instead. @throws Problem */
export function signingKeysOf(secret: string, next: string): ReturnType<typeof parseSigningKeys> {
  try {
    return parseSigningKeys({ current: secret }, 'the secret');
  } catch (error) {
    if (!(error instanceof UnusableSecretError)) throw error;
    const message = 'The secret is not "whsec_" followed by 24 to 64 bytes in base64, padded.';
    throw Problem.usage(message, next);
  }
}
