/**
 * A provider's question that only the merchant can answer, in the form that the decision hook gets. A debit asks
 * whether the balance was taken for a withdrawal; kyc asks whether this person may pay.
 */
import type { Environment } from '../payment/types.ts';
import type { AccountBase } from './account.ts';
import type { ReplyStatus } from './question-answer.ts';
import type { Answer } from './received.ts';

/** The body of the request to the merchant. Raise `schema` on any incompatible change. */
export interface Question {
  readonly schema: 1;
  /** `<provider>:<account>:<notificationid>`. The same question always gets the same answer. */
  readonly id: string;
  readonly asks: 'debit' | 'kyc';
  readonly environment: Environment;
  readonly provider: string;
  readonly account: string;
  readonly notificationId: string;
  /** The provider's order id; several notifications may have the same one. */
  readonly orderId: string;
  /** The merchant's own id of the order. */
  readonly messageId: string;
  readonly endUser?: string;
  /** debit only. */
  readonly amount?: string;
  readonly currency?: string;
  /** kyc only: who pays, as the provider states it. Personal data: neither logged nor stored outside the evidence. */
  readonly kyc?: { readonly entityId: string; readonly attributes: Readonly<Record<string, string>> };
}

/** `aborted`: the provider itself says that this person may not pay, so the merchant is not asked. */
export interface ReceivedQuestion {
  readonly question: Question;
  readonly aborted: boolean;
}

export interface ReplyData {
  readonly status: ReplyStatus;
  /** Only with kyc CONTINUE: the most that the end user may deposit, a plain decimal. */
  readonly limit?: string;
}

export interface ProviderQuestions<N = unknown, K = unknown, A extends AccountBase = AccountBase> {
  /** @param message the notification as received. Undefined: it asks no question, or none that the account uses */
  questionOf(notification: N, message: string, account: A): ReceivedQuestion | undefined;
  /** The answer to a notification that asks no question. Undefined: the answer of `Provider.accept`. */
  replyWithoutQuestion(notification: N): ReplyData | undefined;
  /** The endpoint's answer. Undefined for anything but the documented form with the question's id. */
  readAnswer(text: string, question: Question): ReplyData | undefined;
  /** The signed reply to the provider. */
  answer(notification: N, reply: ReplyData, account: A, keys: K): Answer;
}
