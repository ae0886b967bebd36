/** The keys of an account in cdk.json. */

import { createPublicKey } from 'node:crypto';
import * as v from 'valibot';
import type { ProviderConfig } from '../config.ts';
import { oneOf, page, text } from '../config-fields.ts';
import { keys } from '../config-keys.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { refusals } from './refusals.ts';
import { secret } from './secret.ts';

/** Whether the JWK is a key. Intake cannot seal to an invalid one, and would notice only at the first splitToken. */
function isPoint({ kty, crv, x, y }: Readonly<Record<'kty' | 'crv' | 'x' | 'y', string>>): boolean {
  try {
    createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    return true;
  } catch {
    return false;
  }
}

const coordinate = text(/^[A-Za-z0-9_-]{43}$/, '43 characters of base64url');

const FIELD = 'the dotted name of an establishData field, "customer.email"';

const checkout = keys({
  merchantId: text(/^[0-9]{1,32}$/, 'digits, as a text (leading zeros belong to it)'),
  signature: v.optional(oneOf('SHA1', 'SHA512'), 'SHA1'),
  required: v.optional(v.array(text(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, FIELD), `a list of ${FIELD}`), []),
  pages: keys({ pending: page, confirmed: page, selection: page, declined: page }),
});

export const config: ProviderConfig<TrustlyAmericasAccount> = {
  title: 'Trustly Americas',
  path: '/trustly/americas/{account}/events',
  entries: {
    // Default: see confirmsByDefault.
    confirm: v.exactOptional(v.boolean('true or false')),
    splitTokenKey: v.exactOptional(
      v.pipe(
        keys({
          kty: oneOf('EC'),
          crv: oneOf('P-256'),
          x: coordinate,
          y: coordinate,
          kid: v.exactOptional(v.string('a text')),
        }),
        v.check(
          (jwk) => isPoint(jwk),
          'the public half of a P-256 key pair, whose x and y are a point of that curve',
        ),
      ),
    ),
    checkout: v.exactOptional(checkout),
    // For incoming events and redirects. Trustly switches SHA-512 on per account.
    minimumSignature: v.optional(oneOf('SHA1', 'SHA512'), 'SHA1'),
  },
  /**
   * A redirect is signed with the algorithm of its establishData, so the demanded and the requested one must be equal.
   */
  problems: ({ checkout: ours, minimumSignature }, path) => {
    if (minimumSignature !== 'SHA512' || ours === undefined || ours.signature === 'SHA512') return [];
    const allowed =
      '"SHA512" with "minimumSignature": "SHA512": a redirect is signed as its establishData was';
    return [{ path: `${path}.checkout.signature`, found: JSON.stringify(ours.signature), allowed }];
  },
  asksQuestions: false,
  namesAmounts: false,
  whyOrder: 'its notifications name no amount',
  // Its events name no amount: if the check is required, nothing becomes paid unless the API is polled.
  confirmsByDefault: ({ environment, amountCheck }) => environment === 'live' && amountCheck === 'required',
  waitsUnconfirmed:
    'so a payment whose event and status disagree (the documented Completed with status 2) waits',
  secret,
  refusals,
};
