/**
 * The port through which an operator's command reads all payments, page by page. It is not part of the `Store` port,
 * because no handler may scan the table (shared/aws/payment-scan.ts does it for the command line).
 */
import type { PaymentKey } from '../../payment/types.ts';

/**
 * Returns a page of at most `limit` payment keys after a position; `next` is the position of the following page. The
 * order is the table's own. A page may be empty and still have a `next`.
 */
export type PaymentPages = (
  after: string | undefined,
  limit: number,
) => Promise<{ readonly payments: readonly PaymentKey[]; readonly next?: string }>;

/** The pages of a given list of payments. */
export const listedPayments =
  (payments: readonly PaymentKey[]): PaymentPages =>
  async (after, limit) => {
    const from = after === undefined ? 0 : Number(after);
    const to = from + limit;
    return { payments: payments.slice(from, to), ...(to < payments.length ? { next: String(to) } : {}) };
  };
