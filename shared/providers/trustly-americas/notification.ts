/**
 * Parses the form body of a Trustly Americas event from the raw text, never from the decoded one.
 *
 * The signature covers the DECODED body, so a value with an encoded `&` or `=` is signed like extra parameters
 * (docs/protocols/trustly-americas-signatures.md#canonicalisation-hazard). This file closes what the signature leaves
 * open: no key may occur twice, no known key may appear or vanish when the decoded text is split again, and every field
 * that has a meaning has a strict pattern. Unknown keys are kept in the message and never interpreted;
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
 * No `&`: `ref=A%26B` and `ref=A&B` have the same signature but name two orders. Control characters are never valid.
 */
const REFERENCE = /^[^&\p{Cc}]{1,255}$/u;

/** Every documented field and the form of its value. TEXT fields are kept, never interpreted. */
const FIELD_PATTERNS = {
  eventId: NUMERIC_ID,
  eventType: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  objectId: NUMERIC_ID,
  objectType: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  parentObjectId: NUMERIC_ID,
  transactionType: SMALL_NUMBER,
  paymentType: SMALL_NUMBER,
  status: SMALL_NUMBER,
  // A text: leading zeros are part of it.
  merchantId: NUMERIC_ID,
  merchantReference: REFERENCE,
  accessId: /^[^&:\p{Cc}]{1,128}$/u,
  errorCode: CODE,
  suggestedRetryAmount: /^\d{1,12}(?:\.\d{1,4})?$/,
  'paymentProviderTransaction.status': CODE,
  'paymentProviderTransaction.reasonCode': CODE,
  'paymentProviderTransaction.extendedReason.code': CODE,
  createdAt: TIME,
  // Dispute has its own fields.
  reference: REFERENCE,
  transactionId: NUMERIC_ID,
  returnType: /^[A-Za-z0-9_. -]{1,64}$/,
  amountReturned: DECIMAL,
  transactionDatetime: TIME,
  returnDatetime: TIME,
  // So has Refresh.
  refreshPurpose: /^[A-Za-z][A-Za-z_ ]{0,63}$/,
  hardRefresh: BOOLEAN,
  success: BOOLEAN,
  accountVerified: BOOLEAN,
  'customer.externalId': /^[^&\p{Cc}]{1,255}$/u,
  // Half of a credential, and names of a bank: an encoded `&` in one of them would hide an undocumented field.
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

interface Field {
  readonly name: FieldName;
  readonly pattern: RegExp;
}

/** Every field name that has a meaning here; the ambiguity check protects these. */
const KNOWN_FIELDS: ReadonlyMap<string, Field> = new Map(
  (Object.entries(FIELD_PATTERNS) as [FieldName, RegExp][]).map(([name, pattern]) => [
    name,
    { name, pattern },
  ]),
);

/** A parsed event. Empty values are absent; of unknown fields only their existence is recorded. */
export interface AmericasNotification {
  readonly eventId: string;
  /** As received, or "Refresh" for the event that has no eventType. */
  readonly eventType: string;
  /** The event's name in the table. Absent: unknown event type, which is recorded and counted and changes nothing. */
  readonly event?: AmericasEventName;
  readonly fields: Readonly<Partial<Record<FieldName, string>>>;
  /** Whether there were undocumented fields. */
  readonly unknownFields: boolean;
}

/** Authentic, but not readable as an event. `reason` is from a closed set (its field names are known ones). */
export class QuarantinedError extends Error {
  override readonly name = 'QuarantinedError';
  readonly reason: string;
  constructor(reason: string) {
    super(`the event cannot be read safely: ${reason}`);
    this.reason = reason;
  }
}

/** Splits at the first `=`. A segment without `=` is a key with an empty value. */
function splitPair(segment: string): readonly [key: string, value: string] {
  const at = segment.indexOf('=');
  return at < 0 ? [segment, ''] : [segment.slice(0, at), segment.slice(at + 1)];
}

const segmentsOf = (text: string): string[] => text.split('&').filter((segment) => segment !== '');

/** The keys of a decoded body, as if it had not been decoded. */
export const keysIn = (decodedBody: string): readonly string[] =>
  segmentsOf(decodedBody).map((segment) => splitPair(segment)[0]);

/** A key and its value, split and then decoded. */
interface Pair {
  readonly key: string;
  readonly value: string;
  /** Undefined: the key has no meaning here. */
  readonly field: Field | undefined;
}

/** @throws URIError for broken escapes */
const pairsIn = (body: string): readonly Pair[] =>
  segmentsOf(body).map((segment): Pair => {
    const [rawKey, rawValue] = splitPair(segment);
    const key = formDecode(rawKey);
    return { key, value: formDecode(rawValue), field: KNOWN_FIELDS.get(key) };
  });

const SPLIT_TOKEN = 'splittoken';

/**
 * Cuts splitToken's value out of the raw body: it is half of a credential and must not be queued or stored with the
 * rest. The key stays with an empty value. Any other segment that contains the text is emptied too.
 * @param decodedBody the result of `formDecode` for the body, if the caller has it
 */
export function cutSplitToken(
  body: string,
  decodedBody = formDecode(body),
): { message: string; splitToken: string | undefined } {
  // If the whole body does not contain the text, no segment does: there is a "&" between them, decoded or not.
  if (!decodedBody.toLowerCase().includes(SPLIT_TOKEN)) return { message: body, splitToken: undefined };
  let splitToken: string | undefined;
  const segments = body.split('&').map((segment) => {
    const decoded = formDecode(segment);
    const at = decoded.toLowerCase().indexOf(SPLIT_TOKEN);
    if (at < 0 || !decoded.includes('=', at)) return segment;
    const [key, value] = splitPair(segment);
    const name = formDecode(key);
    if (name === 'splitToken') splitToken ??= formDecode(value) || undefined;
    // A name that contains an encoded = is not a documented field: nothing of it is kept.
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

/** establishData names its payment type by a word; events and redirects have numbers. */
const NAMED_PAYMENT_TYPE = /&paymentType=[A-Za-z]/;

/**
 * Whether this is the text of establishData (establish.ts). Its order is fixed, and the parts that a shopper chooses
 * (name, address) come after the account's ids.
 */
export const isEstablishData = (signed: string): boolean =>
  signed.startsWith('accessId=') && NAMED_PAYMENT_TYPE.test(signed);

/** The same, in case Trustly accepts numbers there as well. No documented event has a currency. */
const LIKE_ESTABLISH_DATA = /^accessId=.*&currency=.*&merchantReference=.*&paymentType=/s;

/**
 * Whether the signed text may be an event. The account's key also signs establishData (for a shopper's browser) and
 * Trustly's redirects (through it). A shopper chooses the name in the first, and the address of the second (`returnUrl`
 * is not signed): either may contain the text of an event, and neither is one.
 * @param signed the decoded body
 * @param keys its keys, if the caller has them
 */
export function mayBeEvent(signed: string, keys = keysIn(signed)): boolean {
  if (SIGNED_URL.test(signed) || isEstablishData(signed)) return false;
  const isRedirect = keys.includes('transactionId') && keys.some((key) => REDIRECT_ONLY.has(key));
  return keys.includes('eventId') && !isRedirect;
}

/** Requires the same known keys, and the same number of them, whether the raw or the decoded text is split. */
function refuseAmbiguity(decoded: string, decodedKeys: readonly string[], pairs: readonly Pair[]): void {
  if (new Set(pairs.map(({ key }) => key)).size < pairs.length) throw new QuarantinedError('duplicate_key');
  const known = pairs.filter(({ field }) => field !== undefined).length;
  // Every raw pair also starts a segment of the decoded text, so the second split can only find more.
  const resplit = decodedKeys.filter((key) => KNOWN_FIELDS.has(key)).length;
  if (resplit !== known || LIKE_ESTABLISH_DATA.test(decoded)) {
    throw new QuarantinedError('ambiguous_text');
  }
}

/**
 * Parses an authentic body (with or without its splitToken). @throws QuarantinedError for an ambiguous body or one
 * outside the schema; URIError for broken escapes
 * @param decodedBody the result of `formDecode` for the body, if the caller has it
 * @param decodedKeys the keys in `decodedBody`, if the caller has them
 */
export function parseNotification(
  body: string,
  decodedBody = formDecode(body),
  decodedKeys = keysIn(decodedBody),
): AmericasNotification {
  const pairs = pairsIn(body);
  refuseAmbiguity(decodedBody, decodedKeys, pairs);
  const fields: Partial<Record<FieldName, string>> = Object.create(null);
  let unknownFields = false;
  for (const { value, field } of pairs) {
    if (field === undefined) unknownFields = true;
    else if (value !== '') {
      const { name, pattern } = field;
      // A text that a rule uses must be UTF-8 and match its pattern. A text that is only shown is not checked.
      const isUsed = pattern !== TEXT;
      if (isUsed && !(value.isWellFormed() && pattern.test(value)))
        throw new QuarantinedError(`invalid_field.${name}`);
      // It is returned separately, sealed: see cutSplitToken.
      if (name !== 'splitToken') fields[name] = isUsed ? value : value.toWellFormed();
    }
  }
  const { eventId } = fields;
  if (eventId === undefined) throw new QuarantinedError('missing_event_id');
  const eventType = fields.eventType ?? impliedType(fields);
  if (eventType === undefined) throw new QuarantinedError('missing_event_type');
  const event = eventName(eventType);
  if (event !== undefined && needsObject(event) && subjectId(event, fields) === undefined) {
    throw new QuarantinedError('missing_object_id');
  }
  return { eventId, eventType, ...defined({ event }), fields, unknownFields };
}

/** The type of the documented Refresh example, which has no eventType: its own fields identify it. */
function impliedType(fields: AmericasNotification['fields']): string | undefined {
  return fields.refreshPurpose !== undefined || fields.hardRefresh !== undefined ? 'Refresh' : undefined;
}

/**
 * The transaction that an event is about. A Dispute names it in transactionId; its objectId may be the dispute's own.
 */
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

/** Refresh has no object, and an event that says nothing about money need not name one. */
function needsObject(event: AmericasEventName): boolean {
  return event !== 'Refresh' && AMERICAS_EVENTS[event].meaning !== 'nothing';
}
