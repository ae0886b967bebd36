/** What the provider's own reasons of refusals mean. */
import type { Refusals } from '../refusals.ts';

export const refusals: Refusals = {
  unreadable_body: { status: 400, means: 'The body has a broken escape, such as `%zz`.' },
  missing_authorization: { status: 401, means: 'Trustly Americas: there is no `Authorization` header.' },
  authorization_too_long: {
    status: 401,
    means: 'Trustly Americas: the header is longer than any signature.',
  },
  malformed_authorization: {
    status: 401,
    means: 'Trustly Americas: the header has another form than `Basic`.',
  },
  unknown_access_id: {
    status: 401,
    means:
      'Trustly Americas: the access id is not in the secret. Another merchant, or the other environment.',
  },
  method_not_allowed: { status: 405, means: 'Trustly sends POST.' },
  body_too_large: { status: 413, means: 'Larger than 64 KB.' },
};
