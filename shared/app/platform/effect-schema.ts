/** What travels on the fulfilment queue: it only names effects. A file of its own: its worker loads no provider. */
import * as v from 'valibot';
import { MESSAGE_VERSION } from './read-message.ts';

const text = v.pipe(v.string(), v.nonEmpty());

export const EFFECT_ENVELOPE_SCHEMA = v.object({
  version: v.literal(MESSAGE_VERSION),
  correlationId: text,
  kind: v.literal('effect'),
  payment: text,
  effect: text,
  /**
   * A second one of the same payment and news. What comes of either is in its row, so that a worker which does not know
   * this field leaves that one to the sweeper.
   */
  also: v.exactOptional(text),
  /** When the news that caused them was accepted, ISO 8601; whoever sends it again does not say. */
  acceptedAt: v.exactOptional(text),
});
export type EffectEnvelope = Readonly<v.InferOutput<typeof EFFECT_ENVELOPE_SCHEMA>>;
