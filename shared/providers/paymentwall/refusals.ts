/** What the provider's own reasons of refusals mean. */
import type { Refusals } from '../refusals.ts';

export const refusals: Refusals = {
  too_many_parameters: {
    status: 400,
    means: 'The query has more parameters than any documented pingback.',
  },
  unreadable_query: { status: 400, means: 'The query has a broken escape, such as `%zz`.' },
  version_not_pinned: {
    status: 401,
    means: 'Paymentwall: the project signs with another version than `signatureVersion`.',
  },
  source_address: {
    status: 401,
    means: 'Paymentwall: the sender is not on the list of `sourceAddresses`.',
  },
  terminal3_shop_webhook: { status: 405, means: 'A webhook of Terminal3 Shop, which is another product.' },
  query_too_long: { status: 413, means: 'The query is longer than any documented pingback.' },
};
