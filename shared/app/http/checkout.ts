/**
 * Handles the requests of the merchant's own server (IAM-signed).
 * POST /checkout/orders: registers an order before the shopper pays.
 * POST /checkout/orders/changes: closes, reopens, extends or corrects an order.
 * POST /checkout/refunds: registers a refund that the merchant has requested from its provider.
 */

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { defined } from '../../payment/defined.ts';
import {
  mayBePaidOn,
  OrderChangeError,
  OrderError,
  type OrderStateName,
  parseOrderChange,
} from '../../payment/index.ts';
import type { Order } from '../../payment/types.ts';
import { takesOrders } from '../../providers/account.ts';
import { EstablishError, type Established } from '../../providers/checkout.ts';
import type { Account } from '../../providers/index.ts';
import { parseOrder } from '../../providers/orders.ts';
import { correlated, correlationIdFrom } from '../platform/correlation.ts';
import type { Log } from '../platform/log.ts';
import type { Clock, Queue, Store } from '../ports.ts';
import { changeRegisteredOrder, UnknownOrderError } from '../transition/order-changes.ts';
import { OrderTakenError, registerOrder } from '../transition/orders.ts';
import type { PaidElsewhere } from '../transition/paid-elsewhere.ts';
import { UnknownPaymentError } from '../transition/refunds.ts';
import { checkoutRefund } from './checkout-refund.ts';
import { type EstablishDeps, openSession, prepare } from './establish.ts';

export interface CheckoutDeps extends EstablishDeps {
  readonly store: Store;
  /** The notifications queue: it receives the messages that derive waiting payments anew. */
  readonly notifications: Queue;
  readonly clock: Clock;
  readonly log: Log;
}

const MAX_BODY_BYTES = 64 * 1_024;
const MORE_WAITING = 'more payments wait for this order: send it again, unchanged, once these are derived';
const moreWaiting = (more: true | undefined) => (more ? { morePaymentsWaiting: MORE_WAITING } : {});

interface CheckedOut {
  readonly reference: string;
  /** False: the same order was registered before. */
  readonly created: boolean;
  /** The number of payments that waited for this order and are derived anew. */
  readonly paymentsWaiting: number;
  /** A sentence that says what to do if further payments wait. Absent: none do. */
  readonly morePaymentsWaiting?: string;
  /** Payments that have a name of the order and pay another one, so that this one stays unpaid. */
  readonly paidElsewhere?: readonly PaidElsewhere[];
  /** For the merchant's page, which passes it to the provider's script (Trustly's Lightbox). New at every call. */
  readonly establishData?: Established['data'];
}

/**
 * The library call behind the route: registers an order of any provider, and opens an attempt to pay it if the body has
 * `establish`.
 * @throws OrderError, OrderTakenError, EstablishError (each with a sentence for the merchant's engineer),
 * StoreBusyError
 */
async function checkout(body: unknown, deps: Omit<CheckoutDeps, 'log'>): Promise<CheckedOut> {
  const { establish, order: expected } = splitBody(body);
  const order = parseOrder(expected, new Date(deps.clock()).toISOString());
  checkKind(order, deps.accounts);
  // Errors of the establish part are found before the order is written.
  const prepared = establish === undefined ? undefined : await prepare(establish, order, deps);
  const { created, waiting, more, elsewhere } = await registerOrder(deps.store, deps.notifications, order);
  if (prepared !== undefined) await openSession(prepared, order, deps.store);
  return {
    reference: order.reference,
    created,
    paymentsWaiting: waiting.length,
    ...moreWaiting(more),
    ...defined({ paidElsewhere: elsewhere, establishData: prepared?.data }),
  };
}

/**
 * Refuses a withdrawal for an account without withdrawals in its configuration. Such an account answers OK to every
 * debit (its debits only report), so the withdrawal would be answered "the balance was taken" although nothing took it.
 * @throws OrderError
 */
export function checkKind(order: Order, accounts: readonly Account[]): void {
  const { kind, provider, account: name } = order;
  const meant = accounts.filter((account) => mayBePaidOn(order, account));
  if (meant.length === 0 || meant.some((account) => takesOrders(account, kind))) return;
  const where = [provider, name].filter((part) => part !== undefined).join('/') || 'this stack';
  throw new OrderError(
    `order.kind: found ${JSON.stringify(kind)}, allowed: any other for ${where}, whose configuration has no withdrawals`,
  );
}

interface OrderChanged {
  readonly reference: string;
  readonly state: OrderStateName;
  readonly version: number;
  /** False: the order was in this state already. */
  readonly changed: boolean;
  /** The number of payments that are derived anew. */
  readonly paymentsWaiting: number;
  /** A sentence that says what to do if there are further such payments. Absent: there are none. */
  readonly morePaymentsWaiting?: string;
}

/**
 * The library call behind POST /checkout/orders/changes: `{reference, action: close | reopen | change, by, note}`, with
 * `validUntil` and `amounts` for a change, and optionally the `version` that the caller has seen.
 * @param caller the caller's role: stored in the ledger, and used as `by` if that is absent
 * @throws OrderError, OrderChangeError, UnknownOrderError (each with a sentence), StoreBusyError
 */
async function changeOrders(
  body: unknown,
  { store, notifications, clock }: Pick<CheckoutDeps, 'store' | 'notifications' | 'clock'>,
  caller?: string,
): Promise<OrderChanged> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const change = parseOrderChange(isObject && caller !== undefined ? { by: caller, ...body } : body);
  const { order, state, changed, payments, more } = await changeRegisteredOrder(change, {
    ...{ store, queue: notifications, at: new Date(clock()).toISOString() },
    ...defined({ caller }),
  });
  const { reference, version } = order;
  return { reference, state, version, changed, paymentsWaiting: payments.length, ...moreWaiting(more) };
}

const MAX_CALLER_CHARACTERS = 128;

/** The role or user that signed the request, as the gateway verified it. */
function callerOf(event: APIGatewayProxyEventV2): string | undefined {
  const { authorizer } = event.requestContext as {
    readonly authorizer?: { readonly iam?: { readonly userArn?: unknown } };
  };
  const arn = authorizer?.iam?.userArn;
  return typeof arn === 'string' && arn !== '' ? arn.slice(0, MAX_CALLER_CHARACTERS) : undefined;
}

async function register(body: unknown, deps: CheckoutDeps): Promise<APIGatewayProxyStructuredResultV2> {
  const done = await checkout(body, deps);
  deps.log.info('order registered', { order: done.reference, count: done.paymentsWaiting });
  if (done.morePaymentsWaiting !== undefined)
    deps.log.warn('more payments wait for an order than one registration names', { order: done.reference });
  if (done.paidElsewhere !== undefined)
    deps.log.warn('payments with a name of the order pay another order', {
      ...{ order: done.reference, count: done.paidElsewhere.length },
    });
  return answer(done.created ? 201 : 200, done);
}

async function change(
  body: unknown,
  event: APIGatewayProxyEventV2,
  deps: CheckoutDeps,
): Promise<APIGatewayProxyStructuredResultV2> {
  const done = await changeOrders(body, deps, callerOf(event));
  deps.log.info('order changed', { order: done.reference, outcome: done.state, count: done.paymentsWaiting });
  return answer(200, done);
}

async function refund(body: unknown, deps: CheckoutDeps): Promise<APIGatewayProxyStructuredResultV2> {
  const done = await checkoutRefund(body, deps);
  deps.log.info('refund registered', { payment: done.payment });
  return answer(done.created ? 201 : 200, done);
}

/** The status for errors that the caller's request caused. Undefined: another error. */
function refusal(error: unknown): number | undefined {
  if (error instanceof UnknownOrderError || error instanceof UnknownPaymentError) return 404;
  if (error instanceof OrderTakenError || error instanceof OrderChangeError) return 409;
  return error instanceof OrderError || error instanceof EstablishError ? 400 : undefined;
}

/**
 * Creates the handler. Status 201: registered; 200: registered before, or changed; 400, 404, 409: refused, with a
 * sentence for the engineer; 413: too large; 503: try again.
 */
export function createCheckoutHandler(deps: CheckoutDeps) {
  const { log } = deps;
  const handle = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const encoding = event.isBase64Encoded ? 'base64' : 'utf8';
    const body = Buffer.from(event.body ?? '', encoding);
    if (body.length > MAX_BODY_BYTES)
      return answer(413, { error: `a body has at most ${MAX_BODY_BYTES} bytes` });
    try {
      const read = readJson(body.toString('utf8'));
      // Three routes use this handler; the gateway's route key says which one was called.
      if (event.routeKey === 'POST /checkout/refunds') return await refund(read, deps);
      const isChange = event.routeKey?.endsWith('/changes') === true;
      return await (isChange ? change(read, event, deps) : register(read, deps));
    } catch (error) {
      const status = refusal(error);
      if (status !== undefined) return answer(status, { error: (error as Error).message });
      log.error('order or refund not written', { error });
      return answer(503, { error: 'try again later' });
    }
  };
  return (event: APIGatewayProxyEventV2) =>
    correlated(correlationIdFrom(event.requestContext.requestId), () => handle(event));
}

/** Separates `establish`, which requests signed establishData, from the order. */
function splitBody(body: unknown): { readonly establish: unknown; readonly order: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { establish: undefined, order: body };
  const { establish, ...order } = body as Readonly<Record<string, unknown>>;
  return { establish, order };
}

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
