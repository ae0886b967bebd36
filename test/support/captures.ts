/** A shop whose order is paid by captures of one Americas authorization. */
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { orderKey } from '../../shared/app/table/keys.ts';
import type { Order } from '../../shared/payment/types.ts';
import { type PollingBench, pollingBench } from './polling-bench.ts';

export const AUTHORIZATION = '900';
let serial = 5_000;

const event = (fields: Record<string, string>): string =>
  new URLSearchParams({
    ...{ merchantId: '1', paymentType: '2', eventId: String(++serial), objectType: 'Transaction' },
    ...{ createdAt: '1701986450064', ...fields },
  }).toString();

/** The event of the authorization, with the merchant reference of the order. */
export const authorized = (more: Record<string, string> = {}): string =>
  event({
    ...{ transactionType: '1', eventType: 'Authorize', status: '2', objectId: AUTHORIZATION },
    ...{ merchantReference: 'order-7', ...more },
  });

/** The event of a capture of the authorization, with its own merchant reference, as Trustly requires. */
export const captured = (
  id: string,
  eventType = 'Complete',
  status = '4',
  more: Record<string, string> = {},
): string =>
  event({
    ...{ transactionType: '3', eventType, status, objectId: id, parentObjectId: AUTHORIZATION },
    ...{ merchantReference: `shipment-${id}`, ...more },
  });

export async function settle(bench: PollingBench): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await bench.confirm(60_000);
    await sweep({ ...bench.deps }, () => 600_000);
    await bench.settle();
  }
}

export type Step = readonly [id: string, amount: string, status?: string];

/** Sends the event of a capture. Only the faked API states the capture's amount. */
export async function capture(bench: PollingBench, [id, amount, status = '4']: Step): Promise<void> {
  const originalTransactionId = AUTHORIZATION;
  bench.fakes.americas.did({
    transactionId: id,
    amount,
    status,
    originalTransactionId,
    merchantReference: `shipment-${id}`,
  });
  await bench.arrive('trustly-americas', captured(id));
  await settle(bench);
}

export const reverse = async (bench: PollingBench, id: string): Promise<void> => {
  bench.fakes.americas.did({ transactionId: id, status: '10' });
  await bench.arrive('trustly-americas', captured(id, 'Reverse', '10'));
  await settle(bench);
};

export const EXACT = { amounts: [{ currency: 'USD', exact: '100' }] };
export async function shop(order: object = EXACT): Promise<PollingBench> {
  const bench = pollingBench();
  await bench.order('order-7', '100', { provider: 'trustly-americas', account: 'shop', ...order });
  await bench.arrive('trustly-americas', authorized());
  return bench;
}

export const payment = (bench: PollingBench, id: string) => bench.payment('trustly-americas', id);
export const reasons = async (bench: PollingBench, id: string) =>
  (await payment(bench, id))?.holds.map(({ reason }) => reason);
export const order = async (bench: PollingBench) =>
  (await bench.store.get(orderKey('order-7')))?.data as Order;
export const eventsOfType = (bench: PollingBench, type: string) =>
  bench.events.filter((each) => each.type === type);
