/**
 * The signed JSON-RPC result that Trustly requires. Anything else (unsigned, another uuid, no JSON) counts as "not
 * delivered", and the notification is repeated up to 87 times over ten days.
 */

import { type KeyObject, sign } from 'node:crypto';
import type { ReplyData } from '../question.ts';
import type { Answer } from '../received.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import { ALGORITHMS, type Algorithm } from './algorithms.ts';
import type { TrustlyEuropeKeys } from './keys.ts';
import type { TrustlyEuropeNotification } from './notification.ts';
import { signedText } from './serialize.ts';

/** The statuses that may answer each method; every method that is not named is answered OK. */
export const REPLY_STATUSES = {
  /** FAILED: the balance could not be taken; the withdrawal is not processed. */
  debit: ['OK', 'FAILED'],
  /** CONTINUE lets the payment go on, up to `limit` if it is given; FINISH denies it. */
  kyc: ['CONTINUE', 'FINISH'],
} as const;

/**
 * The JSON text of the answer. Everything in `data` is signed. @throws Error for a status that the method does not have
 */
export function signResult(
  { method, uuid, data }: { readonly method: string; readonly uuid: string; readonly data: ReplyData },
  key: KeyObject,
  algorithm: Algorithm,
): string {
  checkReplyData(method, data);
  const { hash, prefix } = ALGORITHMS[algorithm];
  const text = Buffer.from(signedText(method, uuid, new Map(Object.entries(data))), 'utf8');
  const signature = prefix + sign(hash, text, key).toString('base64');
  return JSON.stringify({ result: { signature, uuid, method, data }, version: '1.1' });
}

function checkReplyData(method: string, { status, limit }: ReplyData): void {
  const allowed: readonly string[] =
    method === 'debit' || method === 'kyc' ? REPLY_STATUSES[method] : (['OK'] as const);
  if (!allowed.includes(status)) throw new Error(`a ${method} cannot be answered ${status}`);
  if (limit === undefined) return;
  if (status !== 'CONTINUE') throw new Error('only CONTINUE has a limit');
  if (!isPlainDecimal(limit)) throw new Error('limit is not a plain decimal');
}

/** Whether the text is valid as a limit. */
export function isPlainDecimal(text: string): boolean {
  return /^[0-9]{1,20}(\.[0-9]{1,12})?$/.test(text);
}

/**
 * The reply with the given answer. Always 200, FAILED included: another status may count as "not delivered". The uuid
 * is that of this request, and PKCS1-v1_5 signatures are deterministic, so a repeated question gets the same bytes.
 */
export function answer(
  { method, uuid }: Pick<TrustlyEuropeNotification, 'method' | 'uuid'>,
  data: ReplyData,
  account: TrustlyEuropeAccount,
  keys: TrustlyEuropeKeys,
): Answer {
  const body = signResult({ method, uuid, data }, keys.reply, account.replyAlgorithm);
  return { status: 200, contentType: 'application/json', body };
}

/**
 * The reply if there is no answer. OK means "received and stored", except to a question:
 * - kyc asks whether the payment may go on. There was no yes, so FINISH; an account without kyc is never asked.
 * - a debit of an account with withdrawals asks to take the balance. It was not taken, so FAILED. For an account
 * without withdrawals it only reports that money is not coming, and OK is the only possible reply.
 */
function unanswered(method: string, account: TrustlyEuropeAccount): ReplyData {
  if (method === 'kyc') return { status: 'FINISH' };
  if (method === 'debit' && account.withdrawals) return { status: 'FAILED' };
  return { status: 'OK' };
}

/** The success answer to a notification that was stored, in the queue or in quarantine. */
export function accept(
  notification: TrustlyEuropeNotification | undefined,
  account: TrustlyEuropeAccount,
  keys: TrustlyEuropeKeys,
): Answer {
  // `verify` returns method and uuid of everything authentic; without them nothing can be signed.
  if (notification === undefined)
    throw new Error('a Trustly Europe answer needs the method and uuid it answers');
  return answer(notification, unanswered(notification.method, account), account, keys);
}
