/** The JSON-RPC 1.1 notification: parses it strictly and makes the normalized event. */

import { defined } from '../../payment/defined.ts';
import { makeFacts } from '../../payment/facts.ts';
import { canonical } from '../../payment/money.ts';
import type { Alias, Details, Facts, NormalizedEvent } from '../../payment/types.ts';
import type { QuestionAnswer } from '../question-answer.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { hasOtherReading } from './ambiguity.ts';
import { FIELDS, type Field, type FieldName, fieldsOf, fits, isKnownMethod, SHOWN_ONLY } from './fields.ts';
import { isJsonObject, JsonError, JsonNumber, type JsonObject, type JsonValue, parseJson } from './json.ts';
import { precedenceOf } from './precedence.ts';
import { serialize } from './serialize.ts';
import { ANSWERED, RESTORE } from './tables.ts';

/** Why a message cannot even be verified (400, never signed). A closed set, because it becomes a metric dimension. */
const UNREADABLE_REASONS = ['json', 'envelope', 'version', 'method', 'uuid'] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  readonly reason: UnreadableReason;
  constructor(reason: UnreadableReason) {
    super(`unreadable notification: ${reason}`);
    this.reason = reason;
  }
}

/** Why an authentic message is quarantined. */
const QUARANTINE_REASONS = [
  'duplicate_key',
  'missing_field',
  'wrong_type',
  'malformed_field',
  'ambiguous',
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export class QuarantinedError extends Error {
  override readonly name = 'QuarantinedError';
  readonly reason: QuarantineReason;
  constructor(reason: QuarantineReason) {
    super(`authentic notification outside the schema: ${reason}`);
    this.reason = reason;
  }
}

/** The parts around `data`; well-formed, but not yet verified or checked against the schema. */
export interface Message {
  readonly method: string;
  readonly uuid: string;
  /** As sent; "" if it is missing or not a text. */
  readonly signature: string;
  readonly data: JsonObject;
  readonly duplicateKeys: number;
}

export interface TrustlyEuropeNotification {
  readonly method: string;
  readonly uuid: string;
  /** Absent if the message was quarantined: then it can only be answered. */
  readonly content?: Content;
}

/** The fields that we read, as text; empty ones are left out. */
export interface Content {
  readonly fields: { readonly notificationid: string } & Readonly<Partial<Record<FieldName, string>>>;
  /** attributes.reason, if it is one of Trustly's code words. */
  readonly reason?: string;
}

/** Only letters: with hex digits or hyphens, a method could take characters from the uuid behind it. */
const METHOD = /^[a-zA-Z_]{1,32}$/;
/** Version and variant bits are free: Trustly's own samples are not valid version 4. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_TEXT_LENGTH = 512;
/** Documented error codes are words like incorrect_account_number; anything else may be free text. */
const CODE_WORD = /^[A-Za-z_]{1,64}$/;
/** Documented reasons are words of capitals like ERROR_MANDATE_INVALID. */
const REASON = /^[A-Z][A-Z_]{2,63}$/;
/** Where a reason begins in the signed text, whichever members it was cut into. */
const REASON_IN_TEXT = /reason(?=[A-Z][A-Z_]{2})/g;

/** Parses a message without checking `data`. @throws UnreadableError */
export function readMessage(text: string): Message {
  const { value: root, duplicateKeys } = parsed(text);
  if (!isJsonObject(root)) throw new UnreadableError('envelope');
  if (root.get('version') !== '1.1') throw new UnreadableError('version');
  const method = root.get('method');
  if (typeof method !== 'string' || !METHOD.test(method)) throw new UnreadableError('method');
  const params = root.get('params');
  if (!isJsonObject(params)) throw new UnreadableError('envelope');
  const uuid = params.get('uuid');
  if (typeof uuid !== 'string' || !UUID.test(uuid)) throw new UnreadableError('uuid');
  const data = params.get('data');
  if (!isJsonObject(data)) throw new UnreadableError('envelope');
  const signature = params.get('signature');
  return { method, uuid, data, duplicateKeys, signature: typeof signature === 'string' ? signature : '' };
}

function parsed(text: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new UnreadableError('json');
    throw error;
  }
}

/** Checks the schema, and that the signed text has no other reading. @throws QuarantinedError */
export function readContent({ method, data, duplicateKeys }: Message): Content {
  if (duplicateKeys > 0) throw new QuarantinedError('duplicate_key');
  const allowed = fieldsOf(method);
  const received = new Map<string, string>();
  for (const name of [...allowed.required, ...allowed.optional]) {
    if (data.has(name)) received.set(name, fieldText(name, data.get(name) ?? null));
  }
  if (allowed.required.some((name) => !received.get(name))) throw new QuarantinedError('missing_field');
  if (Boolean(received.get('amount')) !== Boolean(received.get('currency'))) {
    throw new QuarantinedError('missing_field');
  }
  const text = serialize(data);
  if (hasOtherReading(text, allowed, received)) throw new QuarantinedError('ambiguous');
  const reason = reasonOf(data, text);

  const filled = [...received]
    .filter(([name, value]) => value !== '' && name !== 'errormessage')
    .map(([name, value]) => [name, value.toWellFormed()]);
  return {
    fields: Object.fromEntries(filled) as Content['fields'],
    ...defined({ reason }),
  };
}

/**
 * attributes.reason. The members of attributes are joined without separators as well, so a forger could rename the
 * member reason, or make it part of another value, without changing the signature. So the reasons in the text must equal
 * the received one.
 */
function reasonOf(data: JsonObject, text: string): string | undefined {
  const attributes = data.get('attributes');
  const received = isJsonObject(attributes) ? attributes.get('reason') : undefined;
  const reason = typeof received === 'string' && REASON.test(received) ? received : undefined;
  // From the attributes on; nothing if there are none.
  const spelled = text.slice(text.search(/attributes|$/)).match(REASON_IN_TEXT)?.length ?? 0;
  if (spelled !== (reason === undefined ? 0 : 1)) throw new QuarantinedError('ambiguous');
  return reason;
}

/** The field's text, "" for null. Numbers are taken as they are written: Trustly may send 123 for "123". */
function fieldText(name: FieldName, value: JsonValue): string {
  const rule: Field = FIELDS[name];
  if (rule.is === 'attributes') {
    const isEmptyArray = Array.isArray(value) && value.length === 0;
    if (value === null || isEmptyArray || isJsonObject(value)) return '';
    throw new QuarantinedError('wrong_type');
  }
  if (value === null) return '';
  const text = value instanceof JsonNumber ? value.text : value;
  if (typeof text !== 'string') throw new QuarantinedError('wrong_type');
  const wellFormed = rule.is === 'pattern' ? text === '' || fits(rule.pattern, text) : isFreeText(name, text);
  if (!wellFormed) throw new QuarantinedError('malformed_field');
  return text;
}

/** Bytes that are not UTF-8 cannot name an order or a person. */
const isFreeText = (name: FieldName, text: string): boolean =>
  text.length <= MAX_TEXT_LENGTH && (SHOWN_ONLY.has(name) || text.isWellFormed());

/** Reads a stored message again. @throws UnreadableError; QuarantinedError for what `verify` quarantined */
export function parse(message: string): TrustlyEuropeNotification {
  const read = readMessage(message);
  return { method: read.method, uuid: read.uuid, content: readContent(read) };
}

/** The normalized event. @throws QuarantinedError if the notification was quarantined */
export function normalize(
  notification: TrustlyEuropeNotification,
  account: TrustlyEuropeAccount,
  questionAnswer?: QuestionAnswer,
): NormalizedEvent {
  const { method, content } = notification;
  if (content === undefined) throw new QuarantinedError('ambiguous');
  const { fields } = content;
  const facts = factsOf(method, content, questionAnswer);
  const hasFacts = Object.keys(facts).length > 0;
  return {
    source: 'notification',
    // A key of its own: it must be applied even if a copy without it came first.
    key: questionAnswer?.restore === true ? `${fields.notificationid}#restore` : fields.notificationid,
    ...materialOf(method, content),
    ...(hasFacts && fields.orderid !== undefined ? { subject: { kind: 'payment', id: fields.orderid } } : {}),
    facts,
    aliases: aliasesOf(fields),
    // Only Trustly's test environment signs with the key that a sandbox account accepts.
    test: account.policy.environment === 'sandbox',
    ...defined({ endUser: fields.enduserid }),
    details: { ...detailsOf(method, content), ...defined({ reason: questionAnswer?.reason }) },
    precedence: precedenceOf(method, fields.refund === '1'),
    ...(isKnownMethod(method) ? {} : { remark: 'unknown_method' }),
  };
}

/** Methods that report something about an order's money or account; the others are only recorded. */
const WITH_FACTS: ReadonlySet<string> = new Set([
  'account',
  'cancel',
  'credit',
  'debit',
  'payoutconfirmation',
  'payoutfailed',
  'pending',
]);

/** One entry per notification, "<method>/<notificationid>"; flags and reasons are its codes. */
function factsOf(
  method: string,
  { fields, reason }: Content,
  questionAnswer: QuestionAnswer | undefined,
): Facts {
  if (!WITH_FACTS.has(method)) return {};
  const { amount, currency, errorcode } = fields;
  const codes: string[] = [];
  if (fields.refund === '1') codes.push('refund');
  if (fields.verified === '1') codes.push('verified');
  if (reason !== undefined) codes.push(`reason:${reason}`);
  if (errorcode !== undefined && CODE_WORD.test(errorcode)) codes.push(`error:${errorcode}`);
  if (questionAnswer !== undefined) codes.push(`${ANSWERED}${questionAnswer.status}`);
  if (questionAnswer?.restore === true) codes.push(RESTORE);
  const amounts = amount !== undefined && currency !== undefined ? [{ amount, currency }] : [];
  return makeFacts({ kind: method, id: fields.notificationid, codes, amounts });
}

/**
 * The fields that are equal in every copy: the method and every field we read, amounts by value and times by instant.
 * uuid and signature may differ between deliveries, and so may fields that Trustly adds later.
 */
function materialOf(
  method: string,
  { fields, reason }: Content,
): Pick<NormalizedEvent, 'material' | 'formerMaterial'> {
  const { amount, timestamp } = fields;
  const material = {
    method,
    ...fields,
    ...(amount === undefined ? {} : { amount: canonical(amount) }),
    ...defined({ reason }),
  };
  const instant = timestamp === undefined ? undefined : instantOf(timestamp);
  if (instant === timestamp || instant === undefined) return { material };
  return { material: { ...material, timestamp: instant }, formerMaterial: material };
}

const TIMESTAMP = /^(.{10}) (.{8})(?:\.([0-9]+))?([+-])([0-9]{2}):?([0-9]{2})?$/;

/**
 * The time in UTC as PostgreSQL writes it, without trailing zeros: "2015-03-12 15:14:18.61671+00". A text that is not a
 * valid date is returned unchanged.
 */
export function instantOf(timestamp: string): string {
  const [, date, time, fraction = '', sign, hours = '0', minutes = '0'] = TIMESTAMP.exec(timestamp) ?? [];
  const local = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(local)) return timestamp;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = new Date(sign === '-' ? local + offset : local - offset).toISOString();
  const rest = fraction.replace(/0+$/, '');
  return `${utc.slice(0, 10)} ${utc.slice(11, 19)}${rest === '' ? '' : `.${rest}`}+00`;
}

function aliasesOf({ orderid, messageid }: Content['fields']): readonly Alias[] {
  const aliases: Alias[] = [];
  if (orderid !== undefined) aliases.push({ type: 'id', value: orderid });
  if (messageid !== undefined) aliases.push({ type: 'reference', value: messageid });
  return aliases;
}

function detailsOf(method: string, { fields: { errorcode }, reason }: Content): Details {
  return {
    // An unknown method's name was chosen by the sender; it is signed and short, so it may be shown.
    eventType: method,
    ...(errorcode !== undefined && CODE_WORD.test(errorcode) ? { code: errorcode } : {}),
    ...defined({ reasonCode: reason }),
  };
}
