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
}

export function goodsOf({ state, epoch, observed }: Grant, { held, rejected }: About): readonly Place[] {
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
      name: given + again,
      is: state === 'granted' ? 'now' : state === 'revoked' ? 'past' : 'ahead',
      tone: 'good',
    },
    ...(state === 'revoked' ? [{ name: 'Taken back', is: 'now', tone: 'bad' } as const] : []),
  ];
}
