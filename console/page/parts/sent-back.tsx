/** Messages that were sent back to their worker, with the operator note, newest first. */
import type { SentBackShown } from '../../contract.ts';
import { href } from '../address.ts';
import { idOf, providerTitle, words } from '../text.ts';
import { Card } from './layout.tsx';
import { Moment } from './moment.tsx';

/** "paymentwall/goods" → "Paymentwall · goods" */
function placeOf(where: string): string {
  const [provider = '', account] = where.split('/');
  return account === undefined ? words(where) : `${providerTitle(provider)} · ${account}`;
}

interface SentBackProps {
  readonly title: (entry: SentBackShown) => string;
  readonly entries: readonly SentBackShown[];
}

export const SentBack = ({ title, entries }: SentBackProps) =>
  entries.length === 0 ? null : (
    <Card
      title="Sent back in the last 45 days"
      label="Sent back"
      beside={<span class="faint">by name, newest first</span>}
    >
      <ol class="timeline">
        {entries.map((entry) => (
          <Moment
            key={`${entry.at} ${entry.id}`}
            icon="decision"
            tone="info"
            at={entry.at}
            title={title(entry)}
          >
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
          </Moment>
        ))}
      </ol>
    </Card>
  );
