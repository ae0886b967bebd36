/**
 * The form body of a Trustly Americas event: read from the raw text, never from the decoded one.
 *
 * The signature covers the DECODED body, so a value with an encoded `&` or `=` is signed like extra parameters
 * (docs/protocols/trustly-americas-signatures.md#canonicalisation-hazard). What the signature leaves open is closed here:
 * no key twice, no known key that appears or vanishes when the decoded text is split again, strict patterns for
 * every field that means something. Unknown keys are kept in the message and never interpreted;
 * `fiName=M%26T+Bank` passes.
 */
import { defined } from '../../payment/defined.ts';
import { formDecode } from '../bytes.ts';
import { AMERICAS_EVENTS, type AmericasEventName, eventName } from './tables.ts';

const TEXT = /^/;
const NUMERIC_ID = /^\d{1,32}$/;
const SMALL_NUMBER = /^(?:0|[1-9]\d{0,2})$/;
const CODE = /^[A-Za-z0-9_.-]{1,32}$/;
const DECIMAL = /^-?\d{1,12}(?:\.\d{1,4})?$/;
const BOOLEAN = /^(?:true|false)$/i;
const TIME = /^[0-9TZ:.+ -]{1,40}$/;
/**
 * No `&`: `ref=A%26B` and `ref=A&B` carry one signature but name two orders. Control characters never belong.
 */
const REFERENCE = /^[^&\p{Cc}]{1,255}$/u;

/** Every documented field and what its value must look like. TEXT fields are kept, never interpreted. */
const FIELD_PATTERNS = {
  eventId: NUMERIC_ID,
  eventType: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  objectId: NUMERIC_ID,
  objectType: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  parentObjectId: NUMERIC_ID,
  transactionType: SMALL_NUMBER,
  paymentType: SMALL_NUMBER,
  status: SMALL_NUMBER,
  // A string: leading zeros belong to it.
  merchantId: NUMERIC_ID,
  merchantReference: REFERENCE,
  accessId: /^[^&:\p{Cc}]{1,128}$/u,
  errorCode: CODE,
  suggestedRetryAmount: /^\d{1,12}(?:\.\d{1,4})?$/,
  'paymentProviderTransaction.status': CODE,
  'paymentProviderTransaction.reasonCode': CODE,
  'paymentProviderTransaction.extendedReason.code': CODE,
  createdAt: TIME,
  // Dispute has a shape of its own.
  reference: REFERENCE,
  transactionId: NUMERIC_ID,
  returnType: /^[A-Za-z0-9_. -]{1,64}$/,
  amountReturned: DECIMAL,
  transactionDatetime: TIME,
  returnDatetime: TIME,
  // Refresh too.
  refreshPurpose: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  hardRefresh: BOOLEAN,
  success: BOOLEAN,
  accountVerified: BOOLEAN,
  'customer.externalId': /^[^&\p{Cc}]{1,255}$/u,
  // Half of a credential, and what names a bank: an encoded `&` in one of them hides a field that nobody documents.
  splitToken: /^[\x21-\x25\x27-\x7e ]{1,4096}$/,
  fiCode: REFERENCE,
  paymentProviderType: REFERENCE,
  message: TEXT,
  statusMessage: TEXT,
  timeZone: TEXT,
  fiName: TEXT,
  thirdPartyDeclineCode: TEXT,
  requestSignature: TEXT,
  customerId: TEXT,
  'customer.customerId': TEXT,
  'customer.name': TEXT,
  'paymentProviderTransaction.statusMessage': TEXT,
  'paymentProviderTransaction.reasonCodeMessage': TEXT,
  'paymentProviderTransaction.thirdPartyDeclineCode': TEXT,
} as const satisfies Record<string, RegExp>;

type FieldName = keyof typeof FIELD_PATTERNS;

/** Every field name that has a meaning here: what the ambiguity check protects. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(FIELD_PATTERNS));

const isKnown = (key: string): key is FieldName => KNOWN_FIELDS.has(key);

/** A text that decides something must be UTF-8 and match its pattern; a text that is only shown is not checked. */
const fits = (key: FieldName, value: string): boolean => {
  const pattern = FIELD_PATTERNS[key];
  return pattern === TEXT || (value.isWellFormed() && pattern.test(value));
};

/** An event as the rest of the provider reads it. Empty values are absent; unknown fields are only named. */
export interface AmericasNotification {
  readonly eventId: string;
  /** As received, or "Refresh" for the shape that carries no eventType. */
  readonly eventType: string;
  /** The table's name for it; absent: unknown event type, recorded and counted, moves nothing. */
  readonly event?: AmericasEventName;
  readonly fields: Readonly<Partial<Record<FieldName, string>>>;
  /** Whether fields came that are not documented. */
  readonly unknownFields: boolean;
}

/** Authentic, yet not to be read as an event; `reason` is from a closed set (field names are known ones). */
export class QuarantineError extends Error {
  override readonly name = 'QuarantineError';
  readonly reason: string;
  constructor(reason: string) {
    super(`the event cannot be read safely: ${reason}`);
    this.reason = reason;
  }
}

/** Splits at every `&` and the first `=`; a segment without `=` is a key with an empty value. */
function split(text: string): [key: string, value: string][] {
  const pairs: [string, string][] = [];
  for (const segment of text.split('&')) {
    if (segment === '') continue;
    const at = segment.indexOf('=');
    pairs.push(at < 0 ? [segment, ''] : [segment.slice(0, at), segment.slice(at + 1)]);
  }
  return pairs;
}

const SPLIT_TOKEN = 'splittoken';

/**
 * Takes splitToken's value out of the raw body: half of a credential, it must not travel or rest with the
 * rest. The key stays with an empty value. Any segment in which the text hides is emptied too.
 * @param decodedBody what `formDecode` makes of the body, where the caller has it
 */
export function cutSplitToken(
  body: string,
  decodedBody = formDecode(body),
): { message: string; splitToken: string | undefined } {
  // What no segment holds the whole body does not hold: "&" stands between them, decoded or not.
  if (!decodedBody.toLowerCase().includes(SPLIT_TOKEN)) return { message: body, splitToken: undefined };
  let splitToken: string | undefined;
  const segments = body.split('&').map((segment) => {
    const decoded = formDecode(segment);
    const at = decoded.toLowerCase().indexOf(SPLIT_TOKEN);
    if (at < 0 || !decoded.includes('=', at)) return segment;
    const [key, value] = split(segment)[0] ?? ['', ''];
    const name = formDecode(key);
    if (name === 'splitToken') splitToken ??= formDecode(value) || undefined;
    // A name that contains an encoded = is no documented field: nothing of it is kept.
    return name.includes('=') ? '' : `${key}=`;
  });
  return { message: segments.join('&'), splitToken };
}

/** A redirect is signed over the whole address, or over its query alone, which always names its screen. */
const SIGNED_URL = /^[a-z][a-z0-9+.-]*:\/\//i;
const REDIRECT_ONLY: ReadonlySet<string> = new Set([
  'panel',
  'payment.account.verified',
  'payment.paymentProvider.type',
  'payment.paymentProviderTransaction.status',
  'payment.paymentType',
]);

/** establishData names its type of payment by a word; events and redirects have numbers. */
const NAMED_PAYMENT_TYPE = /&paymentType=[A-Za-z]/;

/**
 * Is it the text of establishData (establish.ts)? Its order is fixed, and what a shopper chooses in it (name, address)
 * comes after the account's ids.
 */
export const isEstablishData = (signed: string): boolean =>
  signed.startsWith('accessId=') && NAMED_PAYMENT_TYPE.test(signed);

/** The same, should Trustly take numbers there as well; no documented event has a currency. */
const LIKE_ESTABLISH_DATA = /^accessId=.*&currency=.*&merchantReference=.*&paymentType=/s;

/**
 * The account's key also signs establishData (for a shopper's browser) and Trustly's redirects (through it). Of the
 * first a shopper chooses their name, of the second the address (`returnUrl` is not signed): either may spell an event.
 * Neither is one.
 * @param signed the decoded body
 */
export function mayBeEvent(signed: string): boolean {
  if (SIGNED_URL.test(signed) || isEstablishData(signed)) return false;
  const names = new Set(split(signed).map(([key]) => key));
  const isRedirect = names.has('transactionId') && [...REDIRECT_ONLY].some((name) => names.has(name));
  return names.has('eventId') && !isRedirect;
}

/** Known keys must be the same, and as many, whether the raw or the decoded text is split. */
function refuseAmbiguity(body: string, pairs: readonly [string, string][]): void {
  const seen = new Set<string>();
  let known = 0;
  for (const [key] of pairs) {
    if (seen.has(key)) throw new QuarantineError('duplicate_key');
    seen.add(key);
    if (isKnown(key)) known++;
  }
  // Every raw pair also starts a segment of the decoded text, so the second split can only find more.
  const decoded = formDecode(body);
  const resplit = split(decoded).filter(([key]) => isKnown(key)).length;
  if (resplit !== known || LIKE_ESTABLISH_DATA.test(decoded)) {
    throw new QuarantineError('ambiguous_text');
  }
}

/**
 * Reads an authentic body (splitToken cut out or not). Throws QuarantineError for what is ambiguous or outside
 * the schema, URIError for broken escapes.
 */
export function parseNotification(body: string): AmericasNotification {
  const pairs = split(body).map(([key, value]): [string, string] => [formDecode(key), formDecode(value)]);
  refuseAmbiguity(body, pairs);
  const fields: Partial<Record<FieldName, string>> = Object.create(null);
  let unknownFields = false;
  for (const [key, value] of pairs) {
    if (!isKnown(key)) unknownFields = true;
    else if (value !== '') {
      if (!fits(key, value)) throw new QuarantineError(`invalid_field.${key}`);
      // Handed over beside the notification, sealed: see cutSplitToken.
      if (key !== 'splitToken') fields[key] = value.toWellFormed();
    }
  }
  const { eventId } = fields;
  if (eventId === undefined) throw new QuarantineError('missing_event_id');
  const eventType = fields.eventType ?? impliedType(fields);
  if (eventType === undefined) throw new QuarantineError('missing_event_type');
  const event = eventName(eventType);
  if (event !== undefined && needsObject(event) && subjectId(event, fields) === undefined) {
    throw new QuarantineError('missing_object_id');
  }
  return { eventId, eventType, ...defined({ event }), fields, unknownFields };
}

/** The documented Refresh example has no eventType: its own fields give it away. */
function impliedType(fields: AmericasNotification['fields']): string | undefined {
  return fields.refreshPurpose !== undefined || fields.hardRefresh !== undefined ? 'Refresh' : undefined;
}

/** Which transaction an event is about. Dispute is keyed on transactionId; its objectId may be its own. */
export function subjectId(
  event: AmericasEventName,
  fields: AmericasNotification['fields'],
): string | undefined {
  if (event !== 'Dispute') return fields.objectId;
  return fields.transactionId ?? (isTransaction(fields) ? fields.objectId : undefined);
}

/** Only Transaction is documented as an object type, and it is often left out. */
export function isTransaction(fields: AmericasNotification['fields']): boolean {
  return fields.objectType === undefined || fields.objectType.toLowerCase() === 'transaction';
}

/** Refresh comes without an object; an event that says nothing about money need not name one. */
function needsObject(event: AmericasEventName): boolean {
  return event !== 'Refresh' && AMERICAS_EVENTS[event].meaning !== 'nothing';
}
