/** An order in the form that the merchant registers, for the views. */

import { registerOrder } from '../../shared/app/transition/orders.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { consoleBench } from './console-bench.ts';

export const KEY = 'paymentwall:toy:p1';

export async function withOrder(bench: ReturnType<typeof consoleBench>, reference: string): Promise<void> {
  const order = parseOrder(
    { reference, amounts: [{ currency: 'EUR', exact: '5' }] },
    new Date(bench.time.now).toISOString(),
  );
  await registerOrder(bench.store, bench.notifications, order);
}
