/** What the provider's own reasons of refusals mean. */
import type { Refusal, Refusals } from '../refusals.ts';
import type { UnreadableReason } from './notification.ts';

const unreadable: Readonly<Record<UnreadableReason, Refusal>> = {
  json: { status: 400, means: 'Trustly Europe: the body is no JSON.' },
  envelope: { status: 400, means: 'Trustly Europe: the JSON has not the form of a notification.' },
  version: { status: 400, means: 'Trustly Europe: `version` is not 1.1.' },
  method: { status: 400, means: 'Trustly Europe: `method` is missing or is no name.' },
  uuid: { status: 400, means: 'Trustly Europe: `uuid` is missing or is no UUID.' },
};

export const refusals: Refusals = {
  ...unreadable,
  method_not_allowed: { status: 405, means: 'Trustly sends POST.' },
};
