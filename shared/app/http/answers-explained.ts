/** What each reason of a refusal and of a failure means, in plain sentences: for the console and the page of errors. */
import type { FailureReason } from './intake-http.ts';

interface Row {
  readonly status: string;
  readonly means: string;
}

/** Refusals of intake and of the shopper's redirect, by reason. */
export const REFUSALS_EXPLAINED: Readonly<Record<string, Row>> = {
  no_edge_header: {
    status: '403',
    means: 'It did not come through CloudFront, which adds the header (`edgeHeader`).',
  },
  wrong_edge_header: {
    status: '403',
    means: 'Its header is neither the current nor the previous value of the secret `edge`.',
  },
  unknown_account: {
    status: '404 (403 around CloudFront)',
    means: 'The address names no account of the configuration.',
  },
  unknown_path: {
    status: '404 (403 around CloudFront)',
    means: 'The address of an account with a wrong end.',
  },
  wrong_method: { status: '405', means: 'Paymentwall sends GET, Trustly sends POST.' },
  method_not_allowed: { status: '405', means: 'Trustly sends POST.' },
  terminal3_shop_webhook: { status: '405', means: 'A webhook of Terminal3 Shop, which is another product.' },
  too_large: { status: '413', means: 'Larger than 64 KB.' },
  body_too_large: { status: '413', means: 'Larger than 64 KB.' },
  query_too_long: { status: '413', means: 'The query is longer than any documented pingback.' },
  too_many_parameters: {
    status: '400',
    means: 'The query has more parameters than any documented pingback.',
  },
  unreadable_query: { status: '400', means: 'The query has a broken escape, such as `%zz`.' },
  unreadable_body: { status: '400', means: 'The body has a broken escape, such as `%zz`.' },
  json: { status: '400', means: 'Trustly Europe: the body is no JSON.' },
  envelope: { status: '400', means: 'Trustly Europe: the JSON has not the form of a notification.' },
  version: { status: '400', means: 'Trustly Europe: `version` is not 1.1.' },
  method: { status: '400', means: 'Trustly Europe: `method` is missing or is no name.' },
  uuid: { status: '400', means: 'Trustly Europe: `uuid` is missing or is no UUID.' },
  missing_authorization: { status: '401', means: 'Trustly Americas: there is no `Authorization` header.' },
  authorization_too_long: {
    status: '401',
    means: 'Trustly Americas: the header is longer than any signature.',
  },
  malformed_authorization: {
    status: '401',
    means: 'Trustly Americas: the header has another form than `Basic`.',
  },
  unknown_algorithm: {
    status: '401',
    means: 'The signature names an algorithm that is not known.',
  },
  unknown_access_id: {
    status: '401',
    means:
      'Trustly Americas: the access id is not in the secret. Another merchant, or the other environment.',
  },
  malformed_signature: { status: '401', means: 'The signature has the wrong length or alphabet.' },
  signature_too_weak: {
    status: '401',
    means: 'The signature fits a weaker algorithm than `minimumSignature` allows.',
  },
  wrong_signature: {
    status: '401',
    means: 'The signature does not fit. The key is wrong, or the content was changed.',
  },
  missing_signature: { status: '401', means: 'There is no signature.' },
  version_not_pinned: {
    status: '401',
    means: 'Paymentwall: the project signs with another version than `signatureVersion`.',
  },
  source_address: {
    status: '401',
    means: 'Paymentwall: the sender is not on the list of `sourceAddresses`.',
  },
  not_a_notification: {
    status: '401',
    means: 'The signature fits, but it signs something else, such as an answer of the provider’s API.',
  },
  too_long: {
    status: '401 (redirect)',
    means: 'The query of the redirect is longer than any documented one.',
  },
  unreadable: { status: '401 (redirect)', means: 'A signed redirect without its required parameters.' },
  unknown_session: { status: '401 (redirect)', means: 'The address of the redirect belongs to no attempt.' },
  foreign_reference: { status: '401 (redirect)', means: 'A redirect of another attempt.' },
  session_used: { status: '401 (redirect)', means: 'Another redirect already ended this attempt.' },
  foreign_transaction: { status: '401 (redirect)', means: 'The transaction belongs to another attempt.' },
};

/** Our own failures, answered 503: the provider sends again. */
export const FAILURES_EXPLAINED: Readonly<Record<FailureReason, string>> = {
  deadline: 'The answer was not ready 2.5 s after the gateway took the request.',
  secret_unusable: 'The secret of the account is not set, or its form is wrong.',
  secret_unavailable: 'Secrets Manager did not answer, and no key is cached.',
  queue_unavailable: 'SQS did not accept the message.',
  quarantine_full:
    'The notification must be kept aside, and the account’s quarantine is full for this month.',
  store_unavailable: 'A question: DynamoDB did not answer.',
  order_unknown: 'A question: no order is registered for it.',
  not_asked: 'A question: your endpoint could not be asked in time.',
  no_answer: 'A question: your endpoint gave no answer in time.',
  decision_not_stored: 'A question: the answer could not be stored, so it is not given.',
  internal: 'A fault of this software. The log has its stack.',
};

const ALL: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(REFUSALS_EXPLAINED).map(([reason, { means }]) => [reason, means])),
  ...FAILURES_EXPLAINED,
};

/** The meaning of a reason as plain text; undefined for a reason that is neither a refusal's nor a failure's. */
export const meaningOf = (reason: string): string | undefined =>
  Object.hasOwn(ALL, reason) ? ALL[reason]?.replaceAll('`', '') : undefined;
