/** The path of a payment's goods. */
import type { Grant } from '../../shared/payment/types.ts';

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

export const FULFIL_PENDING = 'Your shop is not told yet to give the goods.';

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
      name: `${given}${again}${fulfilPending ? ', the shop is not told yet' : ''}`,
      is: state === 'granted' ? 'now' : state === 'revoked' ? 'past' : 'ahead',
      tone: fulfilPending ? 'wait' : 'good',
    },
    ...(state === 'revoked' ? [{ name: 'Taken back', is: 'now', tone: 'bad' } as const] : []),
  ];
}
