/**
 * Delivery Confirmation (docs/protocols/paymentwall-parameters.md#delivery-confirmation): turns the merchant's report
 * of a shipment into the request that captures the money. Unsigned; a header contains the Secret Key, so it is sent
 * only to the documented host.
 */
import { defined } from '../../payment/defined.ts';
import { fieldsOf, outcomeOf, parseJson, textOf } from '../answers.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from '../api-call.ts';
import { type ProviderShipping, type Shipment, ShippingReportError } from '../shipping.ts';
import type { PaymentwallAccount } from './account.ts';
import { type PaymentwallKeys, parseKeys } from './keys.ts';

/** The documented statuses. `order_placed` is expected right after the pingback; `delivering` captures. */
const SHIPPING_STATUSES = [
  'order_placed',
  'order_preparing',
  'package_prepared',
  'order_shipped',
  'started',
  'delivering',
  'delivered',
  'consumed',
  'waiting_user_action',
  'delayed',
  'failed_will_retry',
  'order_cancelled',
  'retry_started',
  'refund_requested',
  'refund_request_declined',
  'refund_request_accepted',
  'refund_issued',
  'cancelled_subscription',
  'substitution_requested',
  'substitution_accepted',
  'substitution_declined',
] as const;
type ShippingStatus = (typeof SHIPPING_STATUSES)[number];

/** With tracking, `delivering` captures the authorized money; `delivered` follows it. No page documents other statuses. */
const CAPTURING: readonly ShippingStatus[] = ['delivering', 'delivered'];
export const captures = (status: ShippingStatus): boolean => CAPTURING.includes(status);

/** The steps of a shipment in their order. Other statuses are not steps: the newest of them counts. */
const STEPS: readonly ShippingStatus[] = [
  'order_placed',
  'order_preparing',
  'package_prepared',
  'order_shipped',
  'started',
  'delivering',
  'delivered',
  'consumed',
];
/** These report a shipment that continues. They must not replace an unsent report that captures the money. */
const CONTINUING: readonly ShippingStatus[] = [
  'waiting_user_action',
  'delayed',
  'failed_will_retry',
  'retry_started',
];

/**
 * Whether a report is out of date. Reports may arrive out of order: an earlier step contains nothing new, and must not
 * replace a later one.
 * @param known the stored status, and whether it is still to be sent
 */
function isOvertaken(
  status: ShippingStatus,
  known: { readonly status: ShippingStatus | undefined; readonly unsent: boolean },
): boolean {
  const { status: before, unsent } = known;
  if (before === undefined) return false;
  const isEarlier = STEPS.includes(status) && STEPS.indexOf(status) < STEPS.indexOf(before);
  return isEarlier || (unsent && captures(before) && CONTINUING.includes(status));
}

/** The merchant's report. It contains a person's data and is sealed wherever it is stored. */
interface ShippingReport {
  readonly status: ShippingStatus;
  /** The merchant's order reference. */
  readonly merchantReference: string;
  /** `2017/01/15 15:04:55 +0500` on the wire; here ISO 8601. */
  readonly estimatedDeliveryAt: string;
  readonly estimatedUpdateAt?: string;
  readonly reason: string;
  readonly details: string;
  readonly refundable: boolean;
  readonly carrier?: { readonly type: string; readonly trackingId: string };
  /** `email` always; the rest for physical goods. Keys as Paymentwall names them (country, city, zip, …). */
  readonly shippingAddress: Readonly<Record<string, string>>;
}

const ADDRESS_KEYS = [
  'email',
  'country',
  'city',
  'zip',
  'state',
  'street',
  'phone',
  'firstname',
  'lastname',
] as const;

/** Parses a report strictly. @throws ShippingReportError */
export function parseShippingReport(value: unknown, goods: 'digital' | 'physical'): ShippingReport {
  const fields = fieldsOf(value);
  if (fields === undefined) throw new ShippingReportError('delivery: an object');
  const text = (name: string, optional = false): string => {
    const found = fields[name];
    if (found === undefined && optional) return '';
    if (typeof found !== 'string' || found === '' || found.length > 1_024) {
      throw new ShippingReportError(`delivery.${name}: a text of 1 to 1,024 characters`);
    }
    return found;
  };
  const time = (name: string): string => {
    const found = text(name);
    if (Number.isNaN(Date.parse(found))) throw new ShippingReportError(`delivery.${name}: a time, ISO 8601`);
    return found;
  };
  const status = SHIPPING_STATUSES.find((known) => known === fields.status);
  if (status === undefined) throw new ShippingReportError(`delivery.status: ${SHIPPING_STATUSES.join(', ')}`);
  if (typeof fields.refundable !== 'boolean')
    throw new ShippingReportError('delivery.refundable: true or false');
  const carrier = carrierOf(fields.carrier);
  if (goods === 'physical' && captures(status) && carrier === undefined) {
    throw new ShippingReportError('delivery.carrier: {"type", "trackingId"}, which captures the money');
  }
  return {
    status,
    merchantReference: text('merchantReference'),
    estimatedDeliveryAt: time('estimatedDeliveryAt'),
    ...(fields.estimatedUpdateAt === undefined ? {} : { estimatedUpdateAt: time('estimatedUpdateAt') }),
    reason: text('reason', true) || 'none',
    details: text('details', true) || status,
    refundable: fields.refundable,
    ...defined({ carrier }),
    shippingAddress: addressOf(fields.shippingAddress, goods),
  };
}

function carrierOf(value: unknown): ShippingReport['carrier'] {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const [type, trackingId] = [textOf(fields.type), textOf(fields.trackingId)];
  if (type === undefined || trackingId === undefined) {
    throw new ShippingReportError('delivery.carrier: {"type", "trackingId"}, both texts');
  }
  return { type, trackingId };
}

function addressOf(value: unknown, goods: 'digital' | 'physical'): Readonly<Record<string, string>> {
  const fields = fieldsOf(value) ?? {};
  const required: readonly string[] = goods === 'physical' ? ADDRESS_KEYS : ['email'];
  // `state` exists in few countries.
  const missing = required.filter((key) => key !== 'state' && textOf(fields[key]) === undefined);
  if (missing.length > 0)
    throw new ShippingReportError(`delivery.shippingAddress: ${missing.join(', ')} missing`);
  return Object.fromEntries(
    ADDRESS_KEYS.flatMap((key) => {
      const found = textOf(fields[key]);
      return found === undefined ? [] : [[key, found]];
    }),
  );
}

/** `2017/01/15 15:04:55 +0000` */
const wireTime = (iso: string): string =>
  `${new Date(iso).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')} +0000`;

export function shippingRequest(
  { ref, report, test }: Shipment<ShippingReport>,
  goods: 'digital' | 'physical',
  { secretKey }: { readonly secretKey: string },
  baseUrl: string,
): ApiRequest {
  const { carrier, estimatedUpdateAt = report.estimatedDeliveryAt } = report;
  const body = new URLSearchParams({
    payment_id: ref,
    merchant_reference_id: report.merchantReference,
    type: goods,
    status: report.status,
    estimated_delivery_datetime: wireTime(report.estimatedDeliveryAt),
    estimated_update_datetime: wireTime(estimatedUpdateAt),
    reason: report.reason,
    refundable: report.refundable ? '1' : '0',
    details: report.details,
    is_test: test ? '1' : '0',
    ...defined({ carrier_type: carrier?.type, carrier_tracking_id: carrier?.trackingId }),
  });
  for (const [key, value] of Object.entries(report.shippingAddress)) {
    body.append(`shipping_address[${key}]`, value);
  }
  return {
    method: 'POST',
    url: `${baseUrl}/delivery`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-apikey': secretKey },
    body: body.toString(),
  };
}

/** {"success":1}, or `error` and `notices`: then `refused`, since the same report would fail again. */
export function readShippingAnswer(answer: ApiAnswer): Exclude<ApiOutcome, { type: 'unknown' }> {
  const plain = outcomeOf(answer);
  if (plain !== undefined) return plain;
  const fields = fieldsOf(parseJson(answer.body));
  if (fields === undefined) return { type: 'unavailable', reason: 'unreadable' };
  const accepted =
    answer.status < 300 && (fields.success === 1 || fields.success === true || fields.success === '1');
  return accepted ? { type: 'found', messages: [] } : { type: 'refused', reason: 'request' };
}

/** The stored message of an accepted delivery confirmation of physical goods: the capture was triggered. */
export const captureMessage = (ref: string, status: string): string =>
  JSON.stringify({ object: 'capture', id: ref, status });

const statusOf = (text: string | undefined): ShippingStatus | undefined =>
  SHIPPING_STATUSES.find((known) => known === text);

export const shipping: ProviderShipping<ShippingReport, PaymentwallKeys, PaymentwallAccount> = {
  parseReport: (value, { goods }) => parseShippingReport(value, goods),
  isOvertaken: (text, known) => {
    const status = statusOf(text);
    return status !== undefined && isOvertaken(status, { ...known, status: statusOf(known.status) });
  },
  captures: (text, { goods }) => {
    const status = statusOf(text);
    return goods === 'physical' && status !== undefined && captures(status);
  },
  captureMessage,
  parseCredentials: parseKeys,
  request: (shipment, { goods }, { projects: [project] }, baseUrl) =>
    project === undefined
      ? undefined
      : shippingRequest(shipment, goods, { secretKey: project.secret }, baseUrl),
  read: readShippingAnswer,
};
