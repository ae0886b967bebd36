/**
 * Trustly's questions in the form that the decision hook gets, and the decision hook's answer. A debit asks whether
 * the balance was taken for a withdrawal; kyc asks whether this person may pay
 * (docs/protocols/trustly-europe.md#response).
 */
import { defined } from '../../payment/defined.ts';
import type { ProviderQuestions, Question, ReceivedQuestion, ReplyData } from '../question.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { isJsonObject, JsonNumber, type JsonValue, parseJson } from './json.ts';
import type { TrustlyEuropeKeys } from './keys.ts';
import { readMessage, type TrustlyEuropeNotification } from './notification.ts';
import { answer, isPlainDecimal, REPLY_STATUSES } from './reply.ts';

/**
 * The question in a notification. Undefined if there is none: other methods, a debit about a refund (it only reports),
 * an account that does not use the question, and a quarantined message.
 *
 * @param message the notification as received
 */
export function questionOf(
  { method, content }: TrustlyEuropeNotification,
  message: string,
  { account, policy, withdrawals, kyc }: TrustlyEuropeAccount,
): ReceivedQuestion | undefined {
  if (content === undefined) return undefined;
  const { fields } = content;
  const isDebit = method === 'debit' && withdrawals && fields.refund === undefined;
  const isKyc = method === 'kyc' && kyc;
  if (!isDebit && !isKyc) return undefined;
  const { notificationid, orderid = '', messageid = '', enduserid, amount, currency } = fields;
  const question: Question = {
    schema: 1,
    id: `trustly-europe:${account}:${notificationid}`,
    asks: isDebit ? 'debit' : 'kyc',
    environment: policy.environment,
    provider: 'trustly-europe',
    account,
    notificationId: notificationid,
    orderId: orderid,
    messageId: messageid,
    ...defined({ endUser: enduserid }),
    ...(amount === undefined || currency === undefined ? {} : { amount, currency }),
  };
  if (isDebit) return { question, aborted: false };
  const { attributes, aborted } = personOf(message);
  return { question: { ...question, kyc: { entityId: fields.kycentityid ?? '', attributes } }, aborted };
}

/**
 * Texts and numbers of the attributes. `abort` may be beside or inside them
 * (docs/protocols/trustly-europe-fields.md#fields).
 */
function personOf(message: string): {
  readonly attributes: Readonly<Record<string, string>>;
  readonly aborted: boolean;
} {
  const { data } = readMessage(message);
  const attributes = data.get('attributes');
  const members = isJsonObject(attributes) ? [...attributes] : [];
  const texts = members.flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [[name.toWellFormed(), text.toWellFormed()] as const];
  });
  const places = [data.get('abort'), isJsonObject(attributes) ? attributes.get('abort') : undefined];
  return { attributes: Object.fromEntries(texts), aborted: places.some(isSet) };
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  value instanceof JsonNumber ? value.text : typeof value === 'string' ? value : undefined;

/** `abort` is unset only by a form of "no": an unknown word counts as set, so that it lets nobody pay. */
const isSet = (value: JsonValue | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  !['', '0', 'false'].includes(textOf(value) ?? '1');

/**
 * The decision hook's answer: {"id": the question's, "status", "limit"?: a plain decimal, only with CONTINUE}.
 * Undefined for anything else. The id must be repeated, so that a URL that answers {"status":"OK"} to every request (a
 * health check, a catch-all) never takes a balance.
 */
export function readAnswer(text: string, { id, asks }: Question): ReplyData | undefined {
  let value: JsonValue;
  try {
    const parsed = parseJson(text);
    if (parsed.duplicateKeys > 0) return undefined;
    value = parsed.value;
  } catch {
    return undefined;
  }
  if (!isJsonObject(value) || value.get('id') !== id) return undefined;
  const status = REPLY_STATUSES[asks].find((known) => known === value.get('status'));
  if (status === undefined) return undefined;
  const limit = value.get('limit');
  if (limit === undefined || limit === null) return { status };
  const plain = textOf(limit);
  if (status !== 'CONTINUE' || plain === undefined || !isPlainDecimal(plain)) return undefined;
  return { status, limit: plain };
}

/** A debit that is no question is only information and is answered OK. Undefined: the usual answer. */
const replyWithoutQuestion = ({ method, content }: TrustlyEuropeNotification): ReplyData | undefined =>
  method === 'debit' && content !== undefined ? { status: 'OK' } : undefined;

export const questions: ProviderQuestions<
  TrustlyEuropeNotification,
  TrustlyEuropeKeys,
  TrustlyEuropeAccount
> = { questionOf, replyWithoutQuestion, readAnswer, answer };
