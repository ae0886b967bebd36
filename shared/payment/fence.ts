/**
 * Before an effect is delivered: is it still true? Read strongly: the payment and all its effects
 * (docs/effects.md#the-fence). Only for effects that are not final; a final one is nobody's business any
 * more.
 */
import { takenBackBy } from './stale.ts';
import type { Effect, Payment } from './types.ts';

export type FenceVerdict = 'deliver' | 'wait' | 'supersede';

function sibling(effects: readonly Effect[], epoch: number, type: 'fulfil' | 'revoke'): Effect | undefined {
  return effects.find(({ name }) => name === `${epoch}#${type}`);
}

/** A fulfil is sent while its own grant stands, and after the revoke of the epoch before it. */
function fenceFulfil(effect: Effect, payment: Payment, effects: readonly Effect[]): FenceVerdict {
  if (payment.grant.state !== 'granted' || payment.grant.epoch !== effect.epoch) return 'supersede';
  const revoke = sibling(effects, effect.epoch - 1, 'revoke');
  const due = revoke !== undefined && ['pending', 'queued', 'delivering'].includes(revoke.state);
  return due ? 'wait' : 'deliver';
}

/** The target may have seen it: delivered, or tried with an unknown outcome. */
const mayBeSeen = ({ state, attempts }: Effect): boolean => state === 'delivered' || attempts > 0;

/**
 * A revoke answers a fulfil: nothing to take back where the target cannot have seen one, nor where the goods were
 * given again since (it was given up then, and an operator sends it again): the target would hear the revoke last.
 */
function fenceRevoke(effect: Effect, effects: readonly Effect[], at: string | undefined): FenceVerdict {
  const again = effects.some(
    (other) => other.type === 'fulfil' && other.epoch > effect.epoch && mayBeSeen(other),
  );
  if (again) return 'supersede';
  const fulfil = sibling(effects, effect.epoch, 'fulfil');
  // Should not be; better a revoke too many than goods left out.
  if (fulfil === undefined) return 'deliver';
  if (fulfil.state === 'delivering') {
    const over =
      at !== undefined && fulfil.leaseUntil !== undefined && Date.parse(fulfil.leaseUntil) <= Date.parse(at);
    return over ? 'deliver' : 'wait';
  }
  return mayBeSeen(fulfil) ? 'deliver' : 'supersede';
}

/**
 * `supersede` for a revoke means both: its fulfil first, by a write conditional on the state read here (so that
 * no worker takes its lease in between), then the revoke. `siblings`: all effects of the payment, this one may be
 * among them. `at` (ISO 8601): without it a lease is never over. Order among notices is
 * not enforced, but one that a later one takes back is not sent any more.
 */
export function fence(
  effect: Effect,
  payment: Payment,
  siblings: readonly Effect[],
  at?: string,
): FenceVerdict {
  if (effect.type === 'fulfil') return fenceFulfil(effect, payment, siblings);
  if (effect.type === 'revoke') return fenceRevoke(effect, siblings, at);
  return takenBackBy(effect, siblings) === undefined ? 'deliver' : 'supersede';
}
