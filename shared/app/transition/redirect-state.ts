/**
 * The data of a payment that the redirect function may read: the order that it follows, and whether it succeeded. It
 * has a row of its own, written in the payment's transaction, so that a public function need not read payments.
 */
import { defined } from '../../payment/defined.ts';
import type { Payment } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import type { Write } from '../ports.ts';
import { type RedirectStateRow, redirectStateItem } from '../table/rows.ts';

const NOTHING: RedirectStateRow = { confirmed: false };

/** The write of the row. Empty if the account has no checkout (and so no redirects), or if nothing changes. */
export function redirectStateWrites(
  account: Account,
  before: Payment | undefined,
  after: Payment,
): readonly Write[] {
  if (account.checkout === undefined) return [];
  const [was, is] = [before === undefined ? NOTHING : redirectStateFrom(before), redirectStateFrom(after)];
  const isSame = was.orderReference === is.orderReference && was.confirmed === is.confirmed;
  return isSame ? [] : [{ put: redirectStateItem(after.key, is), when: 'always' }];
}

export const redirectStateFrom = ({ orderReference, ...payment }: Payment): RedirectStateRow => ({
  ...defined({ orderReference }),
  confirmed: isConfirmed(payment),
});

function isConfirmed({ status, reading, holds }: Pick<Payment, 'status' | 'reading' | 'holds'>): boolean {
  if (holds.length > 0) return false;
  return reading.kind === 'authorization' ? status === 'authorized' : status === 'paid';
}
