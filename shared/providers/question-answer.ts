/** The answer to a question, and why it was given. */

/** What a question (Trustly Europe: debit of a withdrawal, kyc) may be answered with. */
export const REPLY_STATUSES = ['OK', 'FAILED', 'CONTINUE', 'FINISH'] as const;
export type ReplyStatus = (typeof REPLY_STATUSES)[number];

/** Why a question got its answer. A closed set: it becomes a metric dimension. */
export const ANSWER_REASONS = [
  /** The merchant's endpoint said so. */
  'merchant',
  /** The provider itself called it off (kyc: abort), so the merchant is not asked. */
  'aborted',
  'order_unknown',
  'amount_differs',
  'end_user_differs',
  /** The order was registered with another order id of the provider: the withdrawal is another person's. */
  'order_id_differs',
  /** Another question about this withdrawal, or about the order that allows but one, was answered yes. */
  'already_taken',
  /** The merchant or an operator closed the order: nothing is paid out for it. */
  'order_closed',
  /** Asked after the order's validUntil: what the money would be held for when it is gone. */
  'order_expired',
  /** Same notification id, other content than the one that was decided on. */
  'conflicting_duplicate',
  /** The merchant's endpoint gave no answer in time. */
  'no_answer',
] as const;
export type AnswerReason = (typeof ANSWER_REASONS)[number];

/** The answer to a question, as it is stored and travels to the worker. */
export interface QuestionAnswer {
  readonly status: ReplyStatus;
  /** kyc CONTINUE only: the most the end user may deposit, a plain decimal. */
  readonly limit?: string;
  readonly reason: AnswerReason;
  /** The answer is no, and yet the merchant may have taken the balance: it is to be given back. */
  readonly restore?: true;
}
