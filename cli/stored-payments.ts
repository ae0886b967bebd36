/** Payments of the table: those of some keys, or all of them. */
import { paymentKeyOf } from '../shared/app/table/keys.ts';
import { paymentOf } from '../shared/app/table/rows.ts';
import { scannedPayments } from '../shared/aws/payment-scan.ts';
import type { Payment, PaymentKey } from '../shared/payment/types.ts';
import type { Connection } from './connect.ts';

/** Rows read in parallel. */
const AT_ONCE = 25;

export async function loadPayments(
  { store }: Pick<Connection, 'store'>,
  keys: readonly PaymentKey[],
): Promise<readonly Payment[]> {
  const payments: Payment[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const some = keys.slice(from, from + AT_ONCE).map(paymentKeyOf);
    const rows = await Promise.all(some.map((key) => store.get(key)));
    payments.push(...rows.filter((row) => row !== undefined).map(paymentOf));
  }
  return payments;
}

/** Every payment, page by page; reads the whole table. @param keep payments with other keys are not loaded */
export async function* everyPayment(
  connection: Pick<Connection, 'store' | 'clients' | 'table'>,
  pageSize: number,
  keep: (key: PaymentKey) => boolean = () => true,
) {
  const pages = scannedPayments({ client: connection.clients.dynamo, table: connection.table });
  let after: string | undefined;
  do {
    const { payments, next } = await pages(after, pageSize);
    after = next;
    yield { payments: await loadPayments(connection, payments.filter(keep)), isLast: next === undefined };
  } while (after !== undefined);
}
