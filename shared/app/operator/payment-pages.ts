/**
 * The port through which a command of an operator walks over payments, page by page. It is not part of the `Store`
 * port, because no handler may scan the table (shared/aws/payment-scan.ts does it for the command line).
 */
import type { PaymentKey } from '../../payment/types.ts';

/**
 * A page of payment keys after a place, at most `limit`; `next` is the place of the page after it. Order is the
 * table's own. A page may be empty and yet have a next one.
 */
export type PaymentPages = (
  after: string | undefined,
  limit: number,
) => Promise<{ readonly payments: readonly PaymentKey[]; readonly next?: string }>;

/** These payments and no others. */
export const listedPayments =
  (payments: readonly PaymentKey[]): PaymentPages =>
  async (after, limit) => {
    const from = after === undefined ? 0 : Number(after);
    const to = from + limit;
    return { payments: payments.slice(from, to), ...(to < payments.length ? { next: String(to) } : {}) };
  };
