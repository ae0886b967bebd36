/** Draws a payment's state: the path of the money, and the path of the goods. */
import type { Grant, Status } from '../../../shared/payment/types.ts';
import { goodsOf, type Place } from '../goods.ts';
import { Icon } from '../parts/icons.tsx';
import { words } from '../text.ts';

const WAY: readonly Status[] = ['pending', 'authorized', 'processing', 'paid'];

/** Statuses that are not on the path: after which place they branch off, and how they end. */
const BRANCHES: Readonly<
  Partial<Record<Status, { readonly after: number; readonly tone: 'wait' | 'bad' | 'plain' }>>
> = {
  in_review: { after: 2, tone: 'wait' },
  awaiting_confirmation: { after: 2, tone: 'wait' },
  disputed: { after: 3, tone: 'wait' },
  partially_refunded: { after: 3, tone: 'plain' },
  refunded: { after: 3, tone: 'plain' },
  reversed: { after: 3, tone: 'bad' },
  failed: { after: 0, tone: 'bad' },
  denied: { after: 0, tone: 'bad' },
  expired: { after: 0, tone: 'plain' },
  canceled: { after: 0, tone: 'plain' },
  voided: { after: 1, tone: 'plain' },
};

function placesOf(status: Status): readonly Place[] {
  const branch = BRANCHES[status];
  const index = WAY.indexOf(status);
  if (branch === undefined) {
    return WAY.map((each, place) => ({
      name: words(each),
      is: place < index ? 'past' : place === index ? 'now' : 'ahead',
      tone: status === 'paid' ? 'good' : 'info',
    }));
  }
  const before = WAY.slice(0, branch.after + 1).map(
    (each): Place => ({ name: words(each), is: 'past', tone: branch.tone }),
  );
  const here: Place = { name: words(status), is: 'now', tone: branch.tone };
  return branch.after === 2
    ? [...before, here, { name: 'Paid', is: 'ahead', tone: 'plain' }]
    : [...before, here];
}

const Way = ({ label, places }: { label: string; places: readonly Place[] }) => (
  <div class="way">
    <span class="way-label">{label}</span>
    <ol aria-label={label}>
      {places.map(({ name, is, tone }) => (
        <li
          key={name}
          class={`${is} ${is === 'now' ? tone : ''}`}
          aria-current={is === 'now' ? 'step' : undefined}
        >
          <span class="dot">{is === 'past' ? <Icon name="check" /> : null}</span>
          <span class="place">
            {name}
            {is === 'ahead' ? <span class="visually-hidden"> (not yet)</span> : null}
          </span>
        </li>
      ))}
    </ol>
  </div>
);

interface PaymentStateProps {
  readonly status: Status;
  readonly grant: Grant;
  readonly held: boolean;
  readonly rejected: boolean;
  readonly fulfilPending: boolean;
}

export const PaymentState = ({ status, grant, ...rest }: PaymentStateProps) => (
  <div class="ways">
    <Way label="Money" places={placesOf(status)} />
    <Way label="Goods" places={goodsOf(grant, rest)} />
  </div>
);
