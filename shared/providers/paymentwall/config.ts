/** The keys of an account in cdk.json. */

import * as v from 'valibot';
import type { ProviderConfig } from '../config.ts';
import { oneOf, text } from '../config-fields.ts';
import type { PaymentwallAccount } from './account.ts';
import { isPaymentwallAddress, PAYMENTWALL_RANGES } from './addresses.ts';
import { refusals } from './refusals.ts';
import { secret } from './secret.ts';

export const config: ProviderConfig<PaymentwallAccount> = {
  title: 'Paymentwall',
  path: '/paymentwall/{account}/pingback',
  publishedSources: PAYMENTWALL_RANGES,
  entries: {
    api: oneOf('digital_goods', 'virtual_currency', 'cart'),
    signatureVersion: oneOf(1, 2, 3),
    sourceAddresses: v.optional(oneOf('any', 'check'), 'any'),
    goods: v.optional(oneOf('digital', 'physical'), 'digital'),
    // Support activates Payment Status; the secret then needs "projectKey".
    confirm: v.exactOptional(v.boolean('true or false')),
    orderParameter: v.optional(
      text(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'the name of a query parameter: letters, digits and "_"'),
      'goodsid',
    ),
  },
  // Cart pingbacks exist only in signature versions 2 and 3 (docs/protocols/paymentwall-signature.md#version-1).
  problems: ({ api, signatureVersion }, path) =>
    api === 'cart' && signatureVersion === 1
      ? [{ path: `${path}.signatureVersion`, found: '1', allowed: '2, 3 for "api": "cart"' }]
      : [],
  asksQuestions: false,
  namesAmounts: false,
  whyOrder: 'its notifications name no amount',
  sendsFrom: isPaymentwallAddress,
  secret,
  refusals,
};
