/**
 * The messages of the fulfilment queue: they only name effects. The schema has a file of its own, so that its worker
 * loads no provider.
 */
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
   * A second effect of the same payment and the same input. The result of each effect is in its row, so a worker that
   * does not know this field leaves that effect to the sweeper.
   */
  also: v.exactOptional(text),
  /** When the input that caused the effects was accepted, ISO 8601. Absent in a message that is sent again. */
  acceptedAt: v.exactOptional(text),
});
export type EffectEnvelope = Readonly<v.InferOutput<typeof EFFECT_ENVELOPE_SCHEMA>>;
