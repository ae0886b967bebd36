/** The path of a payment's goods. */
import type { Grant } from '../../shared/payment/types.ts';
import type { Capabilities, EffectShown } from '../contract.ts';
import { eventTitle } from './text.ts';

export interface Place {
  readonly name: string;
  readonly is: 'past' | 'now' | 'ahead';
  readonly tone: string;
}

interface About {
  readonly held: boolean;
  /** Whether an operator rejected the payment: no goods follow. */
  readonly rejected: boolean;
  /** Whether the shop has not received the `fulfil`. */
  readonly fulfilPending: boolean;
}

export const FULFIL_PENDING = 'Your shop has not received fulfil yet.';

export function goodsOf(
  { state, epoch, observed }: Grant,
  { held, rejected, fulfilPending }: About,
): readonly Place[] {
  const given = observed ? 'Given elsewhere' : 'Given';
  const again = epoch > 1 ? ` (${epoch})` : '';
  const none: Place = {
    name: held && state === 'none' ? 'Held' : 'Not given',
    is: state === 'none' ? 'now' : 'past',
    tone: held ? 'wait' : 'plain',
  };
  if (rejected && state === 'none') return [none];
  return [
    none,
    {
      name: `${given}${again}${fulfilPending ? ', fulfil is not delivered yet' : ''}`,
      is: state === 'granted' ? 'now' : state === 'revoked' ? 'past' : 'ahead',
      tone: fulfilPending ? 'wait' : 'good',
    },
    ...(state === 'revoked' ? [{ name: 'Taken back', is: 'now', tone: 'bad' } as const] : []),
  ];
}

type Event = Pick<EffectShown['effect'], 'type' | 'state' | 'createdAt' | 'updatedAt'>;

/**
 * The last word about the goods that was delivered: "did my shop hear it?" Undefined: none, or a newer one is on its way.
 * An event bus says that it has the event, and not whether the shop has handled it.
 */
export function lastWordOf(
  events: readonly Event[],
  target: Capabilities['target'],
): { readonly says: string; readonly at: string } | undefined {
  const last = events
    .filter(({ type, state }) => ['fulfil', 'revoke'].includes(type) && state !== 'superseded')
    .reduce<Event | undefined>(
      (one, each) => (one === undefined || each.createdAt >= one.createdAt ? each : one),
      undefined,
    );
  if (last?.state !== 'delivered') return undefined;
  const begins = target === 'https' ? 'Your shop has received' : 'The event bus has accepted for your shop';
  return { says: `${begins}: ${eventTitle(last.type).toLowerCase()}`, at: last.updatedAt };
}
