/** POST /checkout/orders: the merchant's own server (IAM-signed) registers an order before the shopper pays. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { OrderError, parseOrder } from '../payment/index.ts';
import type { Order } from '../payment/types.ts';
import { correlated, correlationIdFrom } from './correlation.ts';
import type { Log } from './log.ts';
import { OrderTakenError, type Registered, registerOrder } from './orders.ts';
import type { Clock, Queue, Store } from './ports.ts';

export interface CheckoutDeps {
  readonly store: Store;
  /** The notifications queue: who waited for the order is derived anew. */
  readonly notifications: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_BODY_BYTES = 64 * 1_024;

/** 201 registered, 200 was registered already, 400 and 409 with a sentence for the engineer, 503 try again. */
export function createCheckoutHandler({ store, notifications, clock, log }: CheckoutDeps) {
  const register = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
    const body = Buffer.from(event.body ?? '', encoding);
    if (body.length > MAX_BODY_BYTES)
      return answer(413, { error: `a body has at most ${MAX_BODY_BYTES} bytes` });
    try {
      const order = parseOrder(readJson(body.toString('utf8')), new Date(clock()).toISOString());
      const registered = await registerOrder(store, notifications, order);
      log.info('order registered', { order: order.reference, count: registered.waiting.length });
      return answer(registered.created ? 201 : 200, described(order, registered));
    } catch (error) {
      // Both sentences are about what this caller sent.
      if (error instanceof OrderTakenError) return answer(409, { error: error.message });
      if (error instanceof OrderError) return answer(400, { error: error.message });
      log.error('order not registered', { error });
      return answer(503, { error: 'try again later' });
    }
  };
  return (event: APIGatewayProxyEventV2) =>
    correlated(correlationIdFrom(event.requestContext.requestId), () => register(event));
}

const described = ({ reference }: Order, { created, waiting }: Registered) => ({
  reference,
  created,
  paymentsWaiting: waiting.length,
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OrderError('the body is not JSON');
  }
}

const answer = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
