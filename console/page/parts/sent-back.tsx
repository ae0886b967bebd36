/** Messages that were sent back to their worker, with the operator note, newest first. */
import type { SentBackShown } from '../../contract.ts';
import { href } from '../route.ts';
import { idOf, providerTitle, words } from '../text.ts';
import { Icon } from './icons.tsx';
import { Time } from './values.tsx';

/** "paymentwall/goods" → "Paymentwall · goods" */
function placeOf(where: string): string {
  const [provider = '', account] = where.split('/');
  return account === undefined ? words(where) : `${providerTitle(provider)} · ${account}`;
}

export function SentBack({
  title,
  entries,
}: {
  title: (entry: SentBackShown) => string;
  entries: readonly SentBackShown[];
}) {
  if (entries.length === 0) return null;
  return (
    <section class="card" aria-label="Sent back">
      <header>
        <h2>Sent back in the last 45 days</h2>
        <span class="faint">by name, newest first</span>
      </header>
      <ol class="timeline">
        {entries.map((entry) => (
          <li key={`${entry.at} ${entry.id}`} class="moment">
            <span class="moment-icon info">
              <Icon name="decision" />
            </span>
            <div class="moment-body">
              <div class="moment-head">
                <span class="moment-title">{title(entry)}</span>
                <Time at={entry.at} />
              </div>
              <p>{entry.note}</p>
              <p class="faint">
                {`${placeOf(entry.where)}, message `}
                <code>{entry.id}</code>
              </p>
              <div class="moment-links">
                {entry.payment === undefined ? null : (
                  <a href={href('payments', entry.payment)}>{`Payment ${idOf(entry.payment)}`}</a>
                )}
                {entry.correlationId === undefined ? null : (
                  <a href={href('requests', entry.correlationId)}>Request</a>
                )}
              </div>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
