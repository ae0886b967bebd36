/**
 * The check before an effect is delivered: does the payment still support it? The caller reads the payment and all its
 * effects strongly consistent (docs/effects.md#the-fence). Only for effects that are not final.
 */
import { contradictedBy } from './stale.ts';
import type { Effect, Payment } from './types.ts';

export type FenceVerdict = 'deliver' | 'wait' | 'supersede';

/** Nothing more is done for the effect, unless an operator has it sent again. */
export const isFinal = ({ state }: Pick<Effect, 'state'>): boolean =>
  state === 'delivered' || state === 'superseded' || state === 'failed';

function sibling(effects: readonly Effect[], epoch: number, type: 'fulfil' | 'revoke'): Effect | undefined {
  return effects.find(({ name }) => name === `${epoch}#${type}`);
}

/** A fulfil is sent only while its own grant is in force, and after the revoke of the epoch before it. */
function fenceFulfil(effect: Effect, payment: Payment, effects: readonly Effect[]): FenceVerdict {
  if (payment.grant.state !== 'granted' || payment.grant.epoch !== effect.epoch) return 'supersede';
  const revoke = sibling(effects, effect.epoch - 1, 'revoke');
  const due = revoke !== undefined && !isFinal(revoke);
  return due ? 'wait' : 'deliver';
}

/** The target may have received the effect: it was delivered, or an attempt has an unknown outcome. */
const mayBeSeen = ({ state, attempts }: Effect): boolean => state === 'delivered' || attempts > 0;

/**
 * A revoke follows a fulfil. It is superseded if the target cannot have received that fulfil, or if the goods were
 * granted again since (the revoke had failed, and an operator sends it again): the target would receive the revoke
 * last.
 */
function fenceRevoke(effect: Effect, effects: readonly Effect[], at: string | undefined): FenceVerdict {
  const again = effects.some(
    (other) => other.type === 'fulfil' && other.epoch > effect.epoch && mayBeSeen(other),
  );
  if (again) return 'supersede';
  const fulfil = sibling(effects, effect.epoch, 'fulfil');
  // This should not happen. A superfluous revoke does less harm than goods that stay out.
  if (fulfil === undefined) return 'deliver';
  if (fulfil.state === 'delivering') {
    const over =
      at !== undefined && fulfil.leaseUntil !== undefined && Date.parse(fulfil.leaseUntil) <= Date.parse(at);
    return over ? 'deliver' : 'wait';
  }
  return mayBeSeen(fulfil) ? 'deliver' : 'supersede';
}

/**
 * `supersede` for a revoke applies to both effects: first to its fulfil, by a write that is conditional on the state
 * read here (so that no worker takes its lease in between), then to the revoke. The order among notices is not
 * enforced, but a notice that a later one contradicts is not sent.
 * @param siblings all effects of the payment; they may include this one
 * @param at ISO 8601; if absent, no lease counts as expired
 */
export function fence(
  effect: Effect,
  payment: Payment,
  siblings: readonly Effect[],
  at?: string,
): FenceVerdict {
  if (effect.type === 'fulfil') return fenceFulfil(effect, payment, siblings);
  if (effect.type === 'revoke') return fenceRevoke(effect, siblings, at);
  return contradictedBy(effect, siblings) === undefined ? 'deliver' : 'supersede';
}
