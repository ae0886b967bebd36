/** An order's facts as entries with their meaning, and sums of them. A sum is per currency and never negative. */
import { positiveMoney, sumMoney } from '../../payment/money.ts';
import type { Money } from '../../payment/types.ts';
import type { MethodName } from './fields.ts';
import type { Role } from './tables.ts';

export interface Entry {
  readonly key: string;
  readonly method: MethodName;
  readonly role: Role;
  readonly codes: readonly string[];
  /** Absent: the notification named no amount. */
  readonly money?: Money;
}

export function withRole(entries: readonly Entry[], role: Role): readonly Entry[] {
  return entries.filter((entry) => entry.role === role);
}

export function sumOf(entries: readonly Entry[]): readonly Money[] {
  return positiveMoney(sumMoney(entries.flatMap(({ money }) => (money === undefined ? [] : [money]))));
}
