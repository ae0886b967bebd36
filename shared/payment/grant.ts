/**
 * Whether goods are granted.
 *
 *   none ──(trigger reached, nothing held)──► granted, epoch + 1 ──(negative evidence, or rejected)──► revoked
 *                                                 ▲                                                      │
 *                                                 └───(trigger again; held `regrant` unless policy)──────┘
 *
 * Holds, disputes and partial refunds never revoke: taking goods back is the one thing that cannot be taken back.
 */
import type { Grant } from './types.ts';

export const NO_GRANT: Grant = { epoch: 0, state: 'none' };

/**
 * act: Payhooks grants. imported: another system gave the goods. observe: likewise, and a grant of Payhooks is left as
 * it is.
 */
export type GrantMode = 'act' | 'imported' | 'observe';

export interface GrantInput {
  /** Status, amount and order allow a grant, and the payment is neither held nor rejected. */
  readonly isAllowed: boolean;
  /** The status is negative, or an operator rejected the payment. */
  readonly isLost: boolean;
  readonly mode: GrantMode;
}

export function nextGrant(grant: Grant, { isAllowed, isLost, mode }: GrantInput): Grant {
  if (grant.state === 'granted') {
    // A grant that Payhooks sent a fulfil for needs a revoke, which observe mode does not send: the next transition in
    // act mode does.
    if (!isLost || (mode === 'observe' && grant.observed === undefined)) return grant;
    return { ...grant, state: 'revoked' };
  }
  if (!isAllowed) return grant;
  const epoch = grant.epoch + 1;
  return mode === 'act' ? { epoch, state: 'granted' } : { epoch, state: 'granted', observed: true };
}
