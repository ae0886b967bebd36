/**
 * What the reasons of refusals mean, in plain sentences. No function's bundle has it. Each folder explains its own
 * reasons in its refusals.ts; here are those that several providers give for the same fault.
 */

/** 401: cannot be verified; 400: cannot be read; 405, 413, 415 as in HTTP. Never a 2xx. */
export type UnverifiedStatus = 400 | 401 | 405 | 413 | 415;

export interface Refusal {
  readonly status: UnverifiedStatus;
  /** Whole sentences; names of fields in backticks. */
  readonly means: string;
}

/** By reason. */
export type Refusals = Readonly<Record<string, Refusal>>;

export const SHARED_REFUSALS = {
  unknown_algorithm: { status: 401, means: 'The signature names an algorithm that is not known.' },
  malformed_signature: { status: 401, means: 'The signature has the wrong length or alphabet.' },
  signature_too_weak: {
    status: 401,
    means: 'The signature fits a weaker algorithm than `minimumSignature` allows.',
  },
  wrong_signature: {
    status: 401,
    means: 'The signature does not fit. The key is wrong, or the content was changed.',
  },
  missing_signature: { status: 401, means: 'There is no signature.' },
  not_a_notification: {
    status: 401,
    means: 'The signature fits, but it signs something else, such as an answer of the provider’s API.',
  },
  too_large: { status: 413, means: 'Larger than 64 KB.' },
} as const satisfies Refusals;
