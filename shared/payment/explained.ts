/** What each status and each reason of a hold means, in one sentence, for whoever meets it for the first time. */
import type { HoldReason, Status } from './types.ts';

export const STATUS_EXPLAINED: Readonly<Record<Status, string>> = {
  pending: 'The shopper has started. No money has moved.',
  authorized: 'The shopper agreed. No money has moved; the capture is still to come.',
  processing: 'The bank is working on it. The money has not arrived.',
  in_review: 'The provider reviews it. It becomes paid or denied after that.',
  awaiting_confirmation:
    'It may be paid, but nothing says the amount yet. The provider is asked, or an operator confirms it.',
  paid: 'The money is with the merchant.',
  partially_refunded: 'Paid, and a part of it went back to the shopper.',
  refunded: 'Paid, and all of it went back to the shopper.',
  disputed: 'The shopper disputes it. The money may still be taken back.',
  reversed: 'The money was taken back by the shopper, the bank or the provider.',
  failed: 'It failed. No money is with the merchant.',
  denied: 'The bank or the provider refused it. No money is with the merchant.',
  expired: 'The shopper did not finish in time. No money is with the merchant.',
  canceled: 'It was canceled before money moved.',
  voided: 'It was taken back before it was processed.',
};

export interface HoldExplained {
  readonly title: string;
  /** What was found. */
  readonly says: string;
  /** What a release does; absent: it cannot be released. */
  readonly release?: string;
  readonly reject: string;
}

const GIVE = 'Goods go out as ordered.';
const BACK = 'Goods are not given, and the merchant is asked to give the money back.';

export const HOLD_EXPLAINED: Readonly<Record<HoldReason, HoldExplained>> = {
  unknown_order: {
    title: 'Unknown order',
    says: 'Money came, and no registered order belongs to it. Register the order, and the hold ends by itself.',
    release: 'Goods go out without an order to compare with.',
    reject: BACK,
  },
  order_kind_differs: {
    title: 'Other kind of order',
    says: 'The order expects another kind of payment than the one that came.',
    release: GIVE,
    reject: BACK,
  },
  amount_differs: {
    title: 'Amount differs',
    says: 'The amount or the currency is not what the order expects. A missing part may still arrive.',
    release: `${GIVE} The amount that came is accepted.`,
    reject: BACK,
  },
  end_user_differs: {
    title: 'Other shopper',
    says: 'The provider names another end user than the order does.',
    release: GIVE,
    reject: BACK,
  },
  order_id_differs: {
    title: 'Other id than registered',
    says: 'The order was registered with another id of the provider than the payment has.',
    release: GIVE,
    reject: BACK,
  },
  order_id_unknown: {
    title: 'Id not registered',
    says: 'The order was registered without the id that the provider gave it, so nothing proves that they belong together.',
    release: GIVE,
    reject: BACK,
  },
  order_already_paid: {
    title: 'Order already paid',
    says: 'Another payment has paid this order. This one is money too many.',
    release: 'The order moves to this payment, and goods go out for it.',
    reject: BACK,
  },
  order_payment_reversed: {
    title: 'Earlier payment reversed',
    says: 'The payment that had paid this order lost its goods again, and this one came for the same order.',
    release: 'Goods go out for this payment.',
    reject: BACK,
  },
  order_expired: {
    title: 'Order expired',
    says: 'The payment came after the date until which the order was valid.',
    release: `${GIVE} The delay is accepted.`,
    reject: BACK,
  },
  order_closed: {
    title: 'Order closed',
    says: 'The order was closed before this payment came.',
    release: `${GIVE} The closing is overruled.`,
    reject: BACK,
  },
  conflicting_duplicate: {
    title: 'Conflicting duplicate',
    says: 'Two notifications have the same id and different content. The first one counts; the other one is kept aside.',
    release: 'The applied content counts, and goods go out by it.',
    reject: BACK,
  },
  contradictory_evidence: {
    title: 'Contradictory evidence',
    says: 'The notifications contradict each other: one says that there is money, another one that there is none.',
    release: 'The payment counts as its status says.',
    reject: BACK,
  },
  unexpected_credit: {
    title: 'Unexpected credit',
    says: 'More money came than this payment is for: a further payment, or a refund that came back.',
    release: 'It is accepted as it is.',
    reject: BACK,
  },
  regrant: {
    title: 'Granted before',
    says: 'Goods were given for it once and taken back, and now it is paid again.',
    release: 'Goods go out a second time.',
    reject: BACK,
  },
  too_many_entries: {
    title: 'Too much evidence',
    says: 'More notifications came than are kept, so the evidence is incomplete. It cannot be released.',
    reject: BACK,
  },
  test_traffic_in_live: {
    title: 'Test payment in live',
    says: 'The provider marks it as a test. No real money came.',
    release: 'Goods go out without real money.',
    reject: 'Goods are not given.',
  },
  orphan_child: {
    title: 'Parent is missing',
    says: 'It refers to an earlier payment of which nothing is known, such as a refund without its payment.',
    release: 'It counts without its parent.',
    reject: BACK,
  },
};
