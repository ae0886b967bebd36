/** What the stack has recorded about an account's payments, for items that a person confirms. */

import { paymentKeyOf } from '../../shared/app/table/keys.ts';
import { paymentOf } from '../../shared/app/table/rows.ts';
import { scannedPayments } from '../../shared/aws/payment-scan.ts';
import type { Payment, PaymentKey, Status } from '../../shared/payment/types.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';

/** Prefix of orders, references and users of this command's runs. */
export const RUN_PREFIX = 'certify-';

/** Time of the first payment of each kind, ISO 8601. */
export interface Recorded {
  readonly paid?: string;
  readonly failed?: string;
  readonly test?: string;
}

const FAILED: ReadonlySet<Status> = new Set(['failed', 'denied', 'canceled', 'expired']);
/** Maximum number of payments to read; a sandbox has few. */
const MOST = 20_000;
const PAGE = 500;

export async function recordedOf(account: Account, { clients, table, store }: Connection): Promise<Recorded> {
  const pages = scannedPayments({ client: clients.dynamo, table });
  const found: { paid?: string; failed?: string; test?: string } = {};
  let after: string | undefined;
  let read = 0;
  do {
    const { payments, next } = await pages(after, PAGE);
    const rows = await Promise.all(payments.filter(isOf(account)).map((key) => store.get(paymentKeyOf(key))));
    for (const row of rows) if (row !== undefined) note(paymentOf(row), found);
    read += payments.length;
    after = next;
  } while (after !== undefined && read < MOST);
  return found;
}

const isOf =
  ({ provider, account }: Account) =>
  (key: PaymentKey): boolean =>
    key.startsWith(`${provider}:${account}:`);

/** Whether a run of this command made the payment. */
export const isOfCertify = ({ orderReference = '', aliases, endUsers }: Payment): boolean =>
  [orderReference, ...aliases.map(({ value }) => value), ...endUsers].some((name) =>
    name.startsWith(RUN_PREFIX),
  );

function note(payment: Payment, found: { paid?: string; failed?: string; test?: string }): void {
  if (isOfCertify(payment)) return;
  const { status, test, firstSeenAt } = payment;
  if (status === 'paid') found.paid ??= firstSeenAt;
  if (FAILED.has(status)) found.failed ??= firstSeenAt;
  if (test) found.test ??= firstSeenAt;
}
