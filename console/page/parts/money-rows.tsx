/** What an order expects and what was paid: each amount with its currency, and the direction in words. */
import type { AmountTerm, Money } from '../../../shared/payment/types.ts';
import { moneyText, termList } from '../text.ts';
import type { NameValue } from './actions.ts';
import { Amounts } from './values.tsx';

interface MoneyRowsProps {
  readonly expected: readonly AmountTerm[];
  readonly moved: readonly Money[];
  readonly returned?: readonly Money[];
  readonly unexpected?: readonly Money[];
  readonly direction?: 'in' | 'out' | undefined;
  /** True for a paid payment whose notifications name no amount. */
  readonly isUnnamed?: boolean;
}

const movedLabel = (direction: 'in' | 'out' | undefined): string =>
  direction === 'out' ? 'Sent to the shopper' : 'Came from the shopper';
const RETURNED = { in: 'Went back to the shopper', out: 'Came back to you' } as const;
const NOT_NAMED = 'the provider names no amount';

export function MoneyRows(props: MoneyRowsProps) {
  const { expected, moved, returned, unexpected = [], direction = 'in', isUnnamed = false } = props;
  return (
    <dl class="money">
      <div>
        <dt>The order expects</dt>
        <dd class="amount">
          {expected.length === 0 ? <span class="faint">no registered order</span> : termList(expected)}
        </dd>
      </div>
      <div>
        <dt>{movedLabel(direction)}</dt>
        <dd>
          <Amounts amounts={moved} none={isUnnamed ? NOT_NAMED : 'nothing'} />
        </dd>
      </div>
      {returned === undefined ? null : (
        <div>
          <dt>{RETURNED[direction]}</dt>
          <dd>
            <Amounts amounts={returned} none="nothing" />
          </dd>
        </div>
      )}
      {unexpected.length === 0 ? null : (
        <div>
          <dt>Received beyond that</dt>
          <dd>
            <Amounts amounts={unexpected} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The same for a dialog, so that the operator sees what the answer is about. */
export function moneyRows({
  order,
  ...props
}: MoneyRowsProps & { readonly order: string | undefined }): readonly NameValue[] {
  const { expected, moved, direction, isUnnamed = false } = props;
  return [
    ['Order', order ?? 'not registered'],
    ['The order expects', expected.length === 0 ? 'nothing: no order is registered' : termList(expected)],
    [movedLabel(direction), moved.map(moneyText).join(', ') || (isUnnamed ? NOT_NAMED : 'nothing')],
  ];
}
