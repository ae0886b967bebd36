import type { HoldAdvice } from '../../../shared/payment/index.ts';
import { ActionButton } from './action-button.tsx';
import type { NameValue } from './actions.ts';
import { DocLink } from './doc-link.tsx';
import { Callout } from './layout.tsx';
import { PaymentLink } from './values.tsx';

interface HoldCardProps {
  readonly payment: string;
  readonly advice: HoldAdvice;
  /** Order and amounts, which the dialog repeats. */
  readonly rows: readonly NameValue[];
  /** Then it does not lead to the runbook. */
  readonly isInRunbook?: boolean;
}

const ADVISED: Readonly<Record<HoldAdvice['advised'], string>> = {
  release: 'Advised: release.',
  reject: 'Advised: reject.',
  none: 'No answer is advised.',
};

/** One hold: what was found, which answer is advised, and what each answer does to money and goods. */
export function HoldCard({ payment, advice, rows, isInRunbook = false }: HoldCardProps) {
  const { reason, digest, title, says, advised, why, release, reject, other, runbook } = advice;
  const body = { payment, reason, digest };
  const answers = [
    ...(release === undefined ? [] : ([['release', release]] as const)),
    ['reject', reject] as const,
  ];
  // The advised answer comes first.
  const sorted = advised === 'reject' ? answers.toReversed() : answers;
  return (
    <Callout title={title}>
      <p>{says}</p>
      {other === undefined ? null : (
        <p>
          The other payment: <PaymentLink payment={other} />
        </p>
      )}
      <p>
        <strong>{ADVISED[advised]}</strong> {why}
      </p>
      <dl class="answers">
        {sorted.map(([action, does]) => (
          <div key={action}>
            <dt>
              <ActionButton
                ready={{
                  ...{ action, body, rows, isAdvised: advised === action, does },
                  ...(advised === 'none' || advised === action
                    ? {}
                    : { warning: `Advised is to ${advised}. ${why}` }),
                }}
              />
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      {isInRunbook ? null : <DocLink path={runbook} about={{ payment, reason }} />}
    </Callout>
  );
}
