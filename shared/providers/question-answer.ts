/** The answer to a question, and its reason. */

/** The possible answers to a question (Trustly Europe: debit of a withdrawal, kyc). */
export const REPLY_STATUSES = ['OK', 'FAILED', 'CONTINUE', 'FINISH'] as const;
export type ReplyStatus = (typeof REPLY_STATUSES)[number];

/** Why a question got its answer. A closed set, because it becomes a metric dimension. */
export const ANSWER_REASONS = [
  /** The decision hook gave this answer. */
  'merchant',
  /** The provider itself aborted (kyc: abort), so the merchant is not asked. */
  'aborted',
  'order_unknown',
  'amount_differs',
  'end_user_differs',
  /** The order was registered with another order id of the provider: the withdrawal is another person's. */
  'order_id_differs',
  /** Another question about this withdrawal, or about its `once` order, was answered yes. */
  'already_taken',
  /** The merchant or an operator closed the order: nothing is paid out for it. */
  'order_closed',
  /** Asked after the order's validUntil. The payment would be held for that after the money has left. */
  'order_expired',
  /** The same notification id as an answered question, with other content. */
  'conflicting_duplicate',
  /** The decision hook gave no answer in time. */
  'no_answer',
] as const;
export type AnswerReason = (typeof ANSWER_REASONS)[number];

/** The answer to a question, in its stored and queued form. */
export interface QuestionAnswer {
  readonly status: ReplyStatus;
  /** Only with kyc CONTINUE: the most that the end user may deposit, a plain decimal. */
  readonly limit?: string;
  readonly reason: AnswerReason;
  /** The answer is no, but the merchant may have taken the balance: it must be given back. */
  readonly restore?: true;
}
