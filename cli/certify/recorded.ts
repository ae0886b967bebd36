/** What the stack has recorded about an account's payments, for items that a person confirms. */
import type { Payment, Status } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';
import { everyPayment } from '../stored-payments.ts';

/** Prefix of orders, references and users of this command's runs. */
export const RUN_PREFIX = 'certify-';

/** Time of the first payment of each kind, ISO 8601. */
export interface Recorded {
  readonly paid?: string;
  readonly failed?: string;
  readonly test?: string;
}

const FAILED: ReadonlySet<Status> = new Set(['failed', 'denied', 'canceled', 'expired']);
/** Maximum number of pages to read; a sandbox has few. */
const MAX_PAGES = 40;
const PAGE = 500;

export async function recordedOf({ provider, account }: Account, connection: Connection): Promise<Recorded> {
  const found: { -readonly [Kind in keyof Recorded]: string } = {};
  let pages = 0;
  const ofAccount = (key: string) => key.startsWith(`${provider}:${account}:`);
  for await (const { payments } of everyPayment(connection, PAGE, ofAccount)) {
    for (const payment of payments) {
      if (isOfCertify(payment)) continue;
      const { status, test, firstSeenAt } = payment;
      if (status === 'paid') found.paid ??= firstSeenAt;
      if (FAILED.has(status)) found.failed ??= firstSeenAt;
      if (test) found.test ??= firstSeenAt;
    }
    if (++pages === MAX_PAGES) break;
  }
  return found;
}

/** Whether a run of this command made the payment. */
export const isOfCertify = ({ orderReference = '', aliases, endUsers }: Payment): boolean =>
  [orderReference, ...aliases.map(({ value }) => value), ...endUsers].some((name) =>
    name.startsWith(RUN_PREFIX),
  );
