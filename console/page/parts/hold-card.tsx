import type { Hold } from '../../../shared/payment/types.ts';
import { ActionButton } from './action-button.tsx';
import { holdExplained, holdTitle } from './values.tsx';

/** One hold: what was found, and what each answer does. */
interface HoldCardProps {
  readonly payment: string;
  readonly hold: Hold;
  /** A path below docs/. */
  readonly doc?: string | undefined;
}

export function HoldCard({ payment, hold: { reason, digest }, doc }: HoldCardProps) {
  const explained = holdExplained(reason);
  const body = { payment, reason, digest };
  return (
    <section class="callout" aria-label={holdTitle(reason)}>
      <h3>{holdTitle(reason)}</h3>
      <p>{explained?.says}</p>
      <dl class="answers">
        {explained !== undefined && explained.release === undefined ? null : (
          <div>
            <dt>
              <ActionButton ready={{ action: 'release', body }} />
            </dt>
            <dd>{explained?.release}</dd>
          </div>
        )}
        <div>
          <dt>
            <ActionButton ready={{ action: 'reject', body }} />
          </dt>
          <dd>{explained?.reject}</dd>
        </div>
      </dl>
      {doc === undefined ? null : <p class="faint">Read docs/{doc}</p>}
    </section>
  );
}
