/** Sends effects to the fulfilment queue. The effect's row is the truth; a message only names it. */
import { defined } from '../../payment/defined.ts';
import type { PaymentKey } from '../../payment/types.ts';
import type { EffectEnvelope } from '../platform/effect-schema.ts';
import type { Clock, Queue, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { EFFECT_PREFIX, paymentKeyOf } from '../table/keys.ts';
import { type EffectRow, effectOf } from '../table/rows.ts';

export interface OutboxDeps {
  readonly store: Store;
  readonly fulfilment: Queue;
  readonly clock: Clock;
}

/** A payment has a few effects. More than this is a fault, and the sweeper finds the others. */
const MAX_EFFECTS = 2_000;

/** Every effect of a payment, read strongly consistent, sorted by name. */
export async function readEffects(store: Store, payment: PaymentKey): Promise<readonly EffectRow[]> {
  const { pk } = paymentKeyOf(payment);
  const rows = everyRow(store, pk, { prefix: EFFECT_PREFIX, most: MAX_EFFECTS });
  return Array.fromAsync(rows, effectOf);
}

/**
 * Sends the pending effects in their sequence. They stay pending, because the fulfilment worker takes its lease from
 * that state, and a further state would only cost a write. Any process that finds a pending effect sends it again,
 * which does no harm: the worker uses the row. Two effects of one input share a message, and no more: each is tried up
 * to 56 times, and a message has 200 receives (infra/queue-limits.ts).
 * @param acceptedAt when the input that caused them was accepted
 * @returns how many were sent
 */
export async function publish(
  rows: readonly EffectRow[],
  correlationId: string,
  { fulfilment }: Pick<OutboxDeps, 'fulfilment'>,
  acceptedAt?: string,
): Promise<number> {
  const pending = rows
    .filter(({ effect }) => effect.state === 'pending')
    .sort((a, b) => a.effect.sequence - b.effect.sequence);
  const left = [...pending];
  for (let row = left.shift(); row !== undefined; row = left.shift()) {
    const [next] = left;
    const also = next !== undefined && canShareMessage(row, next) ? left.shift() : undefined;
    await sendEffect(row, correlationId, fulfilment, defined({ also, acceptedAt }));
  }
  return pending.length;
}

/** Publishes every pending effect of a payment, also those of an earlier process that died before it published. */
export async function publishPending(
  payment: PaymentKey,
  correlationId: string,
  deps: Pick<OutboxDeps, 'store' | 'fulfilment'>,
): Promise<void> {
  await publish(await readEffects(deps.store, payment), correlationId, deps);
}

/** Whether two effects may share a message: it has only one correlation id and one group. */
const canShareMessage = ({ effect: a }: EffectRow, { effect: b }: EffectRow): boolean =>
  a.payment === b.payment && a.event.correlationId === b.event.correlationId;

interface Sending {
  /** At most 900. */
  readonly delaySeconds?: number;
  /** Another effect of the same payment, to be delivered by the same message. */
  readonly also?: EffectRow;
  readonly acceptedAt?: string;
}

export async function sendEffect(
  { effect }: EffectRow,
  correlationId: string,
  fulfilment: Queue,
  { delaySeconds = 0, also, acceptedAt }: Sending = {},
): Promise<void> {
  const envelope: EffectEnvelope = {
    version: 1,
    kind: 'effect',
    // The correlation id of the input that caused the effect, also if a copy or the sweeper sends it again.
    correlationId: effect.event.correlationId ?? correlationId,
    payment: effect.payment,
    effect: effect.name,
    ...defined({ also: also?.effect.name, acceptedAt }),
  };
  const { provider, account } = effect.event;
  await fulfilment.send(JSON.stringify(envelope), {
    group: `${provider}.${account}`,
    ...(delaySeconds === 0 ? {} : { delaySeconds }),
  });
}
