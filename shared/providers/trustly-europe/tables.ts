/**
 * The meaning of each method for each kind of order, as data
 * (docs/protocols/trustly-europe-fields.md#meaning-by-kind-of-order). facts.ts reads these tables, and the docs are
 * rendered from them. A test fails if a documented method or reason has no row, or if a row's `alone` differs from the
 * result of facts.ts.
 */
import type { OrderKind, Status } from '../../payment/types.ts';
import type { MethodName } from './fields.ts';

/** What a notification adds to the balance of its order. */
export type Role =
  /** Nothing: only recorded. */
  | 'nothing'
  /** Bank account data became known. */
  | 'account'
  /** Under way; no money has moved. */
  | 'accepted'
  /** Money arrived. */
  | 'received'
  /** Money that had been credited is taken back. */
  | 'pulled_back'
  /** Ended without money. */
  | 'ended'
  /** The end user's balance must be taken (withdrawal). */
  | 'taken'
  /** We answered FAILED: no balance is taken and no money leaves. */
  | 'refused'
  /** Money was sent; it may still come back. */
  | 'sent'
  /** Money that had been sent came back. */
  | 'returned'
  /** It could not be paid out; a credit brings the money back. */
  | 'failed'
  /** The same for a refund that shares the order id of the payment that it refunds. */
  | 'refund_accepted'
  | 'refund_sent'
  | 'refund_returned'
  | 'refund_failed'
  | 'refund_ended';

export interface MeaningRow {
  readonly role: Role;
  readonly meaning: string;
  /** The status if this is all that is known. */
  readonly alone: Status;
  /** documented: a page or an official client says so. ours: undocumented, our cautious reading. */
  readonly source: 'documented' | 'ours';
}

function row(
  role: Role,
  alone: Status,
  meaning: string,
  source: MeaningRow['source'] = 'documented',
): MeaningRow {
  return { role, alone, meaning, source };
}

const RECORDED_ONLY = {
  account: row('account', 'pending', 'bank account data is known; before or after credit'),
  kyc: row('nothing', 'pending', 'who pays; a question, answered CONTINUE or FINISH'),
  payoutdowngraded: row('nothing', 'pending', 'payload undocumented', 'ours'),
} as const;

const OUTGOING = {
  ...RECORDED_ONLY,
  pending: row('accepted', 'processing', 'accepted for payout'),
  payoutconfirmation: row('sent', 'paid', 'sent to the bank; not final, a credit may follow'),
  payoutfailed: row('failed', 'failed', 'could not be paid out; a credit returns the money'),
  debit: row('sent', 'paid', 'DirectCredit: the payout succeeded'),
  credit: row('returned', 'failed', 'the payout came back: the money is with the merchant again'),
  cancel: row('ended', 'canceled', 'not paid out'),
} as const;

/**
 * By kind of order. Deposit, Swish, iDEAL, DirectDebit and Charge are `payment`; AccountPayout, DirectCredit `payout`.
 */
export const MEANINGS: Readonly<Record<OrderKind, Readonly<Record<MethodName, MeaningRow>>>> = {
  payment: {
    ...RECORDED_ONLY,
    pending: row(
      'accepted',
      'processing',
      'the user has finished, the money has not come: never fulfil on this',
    ),
    credit: row('received', 'paid', 'the money is confirmed'),
    debit: row('pulled_back', 'reversed', 'an earlier credit is taken back, or will not be settled'),
    cancel: row('ended', 'canceled', 'ended without money'),
    payoutconfirmation: row('refund_sent', 'refunded', 'a refund of this deposit was sent; not final'),
    payoutfailed: row(
      'refund_failed',
      'pending',
      'a refund of this deposit failed; a credit returns the money',
    ),
  },
  payout: OUTGOING,
  withdrawal: {
    ...OUTGOING,
    pending: row('accepted', 'processing', 'not sent for withdrawals; moves nothing', 'ours'),
    debit: row('taken', 'processing', 'take the balance now; the answer decides whether it goes on'),
    credit: row('returned', 'failed', 'the withdrawal failed: give the balance back'),
    cancel: row('ended', 'canceled', 'the withdrawal was aborted'),
  },
  refund: {
    ...OUTGOING,
    pending: row('accepted', 'processing', 'the refund was accepted'),
    debit: row('sent', 'paid', 'the refund left the account'),
    credit: row('returned', 'failed', 'the refund came back to the merchant'),
    cancel: row('ended', 'canceled', 'the refund failed; nothing was deducted'),
  },
};

/** With refund: "1" for a payment: the notification is about its refund, not about the payment. */
export const REFUND_FLAG_MEANINGS = {
  pending: row('refund_accepted', 'pending', 'the refund was accepted'),
  debit: row('refund_sent', 'refunded', 'the refund left the account'),
  credit: row('refund_returned', 'pending', 'the refund came back to the merchant'),
  cancel: row('refund_ended', 'pending', 'the refund failed; nothing was deducted'),
} as const satisfies Partial<Record<MethodName, MeaningRow>>;

/** Prefix of a debit's code for our answer, if it was a question: "answered:OK", "answered:FAILED". */
export const ANSWERED = 'answered:';
/** Code of a debit that was answered no although the merchant may have taken the balance. */
export const RESTORE = 'restore';

/** A debit of a withdrawal that was answered FAILED. A cancel follows, and adds nothing. */
export const REFUSED_DEBIT_MEANING = row('refused', 'denied', 'not taken: the withdrawal does not go on');

/** attributes.reason of a cancel. A reason that is not named here counts as `canceled`. */
export const CANCEL_REASONS: Readonly<Record<string, Status>> = {
  CANCELLED: 'canceled',
  /** Swish spells it with one L. */
  CANCELED: 'canceled',
  DECLINED: 'denied',
  ERROR: 'failed',
  FAILED: 'failed',
  ERROR_CHARGE_NOT_APPROVED: 'failed',
  ERROR_MANDATE_INVALID: 'failed',
  INVALID_ACCOUNT: 'failed',
  INVALID_ACCOUNT_ID: 'failed',
  MANDATE_ALREADY_EXISTS: 'failed',
};

/** attributes.reason of a debit: kept as a code for the merchant; the money is gone with each of them. */
export const DEBIT_REASONS = [
  'ERROR_MANDATE_INVALID',
  'ERROR_CHARGE_NOT_APPROVED',
  'CANCELLED',
  'FAILED',
] as const;

/** With several cancels: the most specific status, whichever came first. */
export const ENDED_PRECEDENCE = ['denied', 'failed', 'canceled'] as const satisfies readonly Status[];
