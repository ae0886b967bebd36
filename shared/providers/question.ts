/**
 * What a provider asks and only the merchant can answer, as the merchant's endpoint is asked. A debit asks whether the
 * balance was taken for a withdrawal; kyc asks whether this person may pay.
 */
import type { Environment } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ReplyStatus } from './question-answer.ts';
import type { Answer } from './received.ts';

/** The body of the request to the merchant. Raise `schema` on any incompatible change. */
export interface Question {
  readonly schema: 1;
  /** `<provider>:<account>:<notificationid>`; the same question, the same answer. */
  readonly id: string;
  readonly asks: 'debit' | 'kyc';
  readonly environment: Environment;
  readonly provider: string;
  readonly account: string;
  readonly notificationId: string;
  /** The provider's order id; several notifications may be about one. */
  readonly orderId: string;
  /** The merchant's own id of the order. */
  readonly messageId: string;
  readonly endUser?: string;
  /** debit only. */
  readonly amount?: string;
  readonly currency?: string;
  /** kyc only: who pays, as the provider knows it. Personal data; it is neither logged nor stored beside the evidence. */
  readonly kyc?: { readonly entityId: string; readonly attributes: Readonly<Record<string, string>> };
}

/** `aborted`: the provider says itself that this person may not pay; nobody needs to be asked. */
export interface Asked {
  readonly question: Question;
  readonly aborted: boolean;
}

export interface ReplyData {
  readonly status: ReplyStatus;
  /** kyc CONTINUE only: the most the end user may deposit, a plain decimal. */
  readonly limit?: string;
}

export interface ProviderQuestions<N = unknown, K = unknown, A extends AccountBase = AccountBase> {
  /** @param message the notification as received. Undefined: it asks nothing, or nothing that the account uses */
  questionOf(notification: N, message: string, account: A): Asked | undefined;
  /** Of a notification that asks nothing: its answer, where it is not `Provider.accept`'s. */
  replyWithoutQuestion(notification: N): ReplyData | undefined;
  /** The endpoint's answer; undefined for anything else than the documented form with the question's id. */
  readAnswer(text: string, question: Question): ReplyData | undefined;
  /** The signed reply to the provider. */
  answer(notification: N, reply: ReplyData, account: A, keys: K): Answer;
}
