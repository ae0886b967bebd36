/** Whether a payment's goods are given and its shop does not know it yet; for the server and the page. */
import type { EffectState, Grant } from '../shared/payment/types.ts';

const NOT_RECEIVED: ReadonlySet<EffectState> = new Set(['pending', 'queued', 'delivering', 'failed']);

interface ShownEffect {
  readonly type: string;
  readonly epoch: number;
  readonly state: EffectState;
}

/** Whether the goods are given, and the `fulfil` of this grant has not reached the shop. */
export const isFulfilPending = ({ state, epoch }: Grant, effects: readonly ShownEffect[]): boolean =>
  state === 'granted' &&
  effects.some((each) => each.type === 'fulfil' && each.epoch === epoch && NOT_RECEIVED.has(each.state));
