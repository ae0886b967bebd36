/** What each status, each state of the goods and each hold reason means, in plain sentences for a first-time reader. */
import type { Grant, HoldReason, Status } from './types.ts';

/** What became of the goods of a payment. */
export const GOODS_EXPLAINED: Readonly<Record<Grant['state'], string>> = {
  none: 'not given',
  granted: 'given',
  revoked: 'taken back',
};

export const STATUS_EXPLAINED: Readonly<Record<Status, string>> = {
  pending: 'The shopper has started. No money has moved.',
  authorized: 'The shopper agreed. No money has moved; the capture is still to come.',
  processing: 'The bank is working on it. The money has not arrived.',
  in_review: 'The provider reviews it. It becomes paid or denied after that.',
  awaiting_confirmation:
    'It may be paid, but the amount is not known yet. The provider is polled, or an operator confirms it.',
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

/**
 * The answer that an operator is advised to give. none: it depends on what the operator finds; `why` says what to
 * check.
 */
type Advised = 'release' | 'reject' | 'none';

export interface HoldExplained {
  readonly title: string;
  /** What was found. */
  readonly says: string;
  readonly advised: Advised;
  /** Why this answer is advised; or, with `none`, what to check. */
  readonly why: string;
  /** What a release does to money and goods. Absent: the hold cannot be released. */
  readonly release?: string;
  readonly reject: string;
}

const GIVE = 'You keep the money, and the goods go out as ordered';
const BACK = 'The goods stay with you, and your shop is told to give the money back.';

/** `advised` and `why` are also in docs/runbooks/held-payments.md; test/payment/docs.test.ts holds that both are equal. */
export const HOLD_EXPLAINED: Readonly<Record<HoldReason, HoldExplained>> = {
  unknown_order: {
    title: 'Order not registered',
    says: 'Money came, and no registered order belongs to it.',
    advised: 'none',
    why: 'Register the order, and the hold ends by itself. If nobody ordered anything, reject.',
    release: 'You keep the money, and the goods go out although no order says what was to be paid.',
    reject: BACK,
  },
  order_kind_differs: {
    title: 'Other kind of order',
    says: 'The order expects another kind of payment than the one that came.',
    advised: 'none',
    why: 'Ask the shop which one is right: the order or the payment.',
    release: `${GIVE}.`,
    reject: BACK,
  },
  amount_differs: {
    title: 'Amount differs',
    says: 'The amount or the currency that came is not what the order expects. A missing part may still arrive.',
    advised: 'none',
    why: 'Compare what was expected with what came, and ask the shop whether it accepts the difference.',
    release: `${GIVE}: the amount that came counts as the price.`,
    reject: BACK,
  },
  end_user_differs: {
    title: 'Other shopper',
    says: 'The provider names another shopper than the order does.',
    advised: 'none',
    why: 'Ask the shop whether the two are one person. If they are not, reject: somebody else’s money would pay this order.',
    release: `${GIVE}.`,
    reject: BACK,
  },
  order_id_differs: {
    title: 'Other id than registered',
    says: 'The order was registered with another id of the provider than the payment has.',
    advised: 'reject',
    why: 'It may belong to another merchant’s shopper who entered your reference. Release it only if your own API call returned exactly this id.',
    release: `${GIVE}.`,
    reject: BACK,
  },
  order_id_unknown: {
    title: 'Id not registered',
    says: 'The order was registered without the id that the provider gave it, so nothing proves that they belong together.',
    advised: 'none',
    why: 'Compare the id with the one that your own API call returned. Release it if they are the same. Otherwise reject it.',
    release: `${GIVE}.`,
    reject: BACK,
  },
  order_already_paid: {
    title: 'Order already paid',
    says: 'Another payment has paid this order. This payment is one too many.',
    advised: 'reject',
    why: 'The shopper has paid twice for one order. Release it only if the shopper is to get the goods twice.',
    release: 'You keep the money of both payments, and the goods go out a second time.',
    reject: 'No more goods go out, and your shop is told to give the money of this payment back.',
  },
  order_payment_reversed: {
    title: 'Earlier payment reversed',
    says: 'The earlier payment of this order and its goods were taken back. This payment is for the same order.',
    advised: 'none',
    why: 'Release it if the shopper paid again after the first payment was taken back. Otherwise reject it.',
    release: 'You keep the money, and the goods go out for this payment.',
    reject: BACK,
  },
  order_expired: {
    title: 'Order expired',
    says: 'The payment came after the date until which the order was valid.',
    advised: 'none',
    why: 'Ask the shop whether it can still give these goods at this price.',
    release: `${GIVE}, in spite of the delay.`,
    reject: BACK,
  },
  order_closed: {
    title: 'Order closed',
    says: 'The order was closed before this payment came.',
    advised: 'reject',
    why: 'Somebody closed the order so that it is not paid any more. If that was a mistake, reopen the order, and the hold ends by itself.',
    release: `${GIVE}, although the order was closed.`,
    reject: BACK,
  },
  conflicting_duplicate: {
    title: 'Conflicting copies',
    says: 'Two notifications have the same id and different content. The first one counts; the other one is stored and not applied.',
    advised: 'none',
    why: 'Ask the provider which of the two contents is right. Release it only if the first content is the right one.',
    release: 'The content that counts stays: you keep the money that it names, and the goods go out.',
    reject: BACK,
  },
  contradictory_evidence: {
    title: 'Contradicting notifications',
    says: 'The notifications contradict each other: one says that there is money, another one that there is none.',
    advised: 'none',
    why: 'Look in the provider’s back office and check whether you have the money. Release it if you have it. Otherwise reject it.',
    release:
      'The payment counts as its status says: where that is paid, you keep the money and the goods go out.',
    reject: BACK,
  },
  unexpected_credit: {
    title: 'More money than expected',
    says: 'More money came than this payment is for: a further payment, or a refund that came back.',
    advised: 'none',
    why: 'If it is a refund of yours that came back, register the refund, and the hold ends by itself. Otherwise refund the extra amount at the provider, then release.',
    release: 'You keep what the payment is for, and the goods go out. The extra money is ignored.',
    reject: 'The goods stay with you, and your shop is told to give all of the money back.',
  },
  regrant: {
    title: 'Paid again after goods were taken back',
    says: 'Goods were given for this payment once and taken back, and now it is paid again.',
    advised: 'release',
    why: 'The money is with you again, and the shopper has no goods for it.',
    release: 'You keep the money, and the goods go out again.',
    reject: BACK,
  },
  too_many_entries: {
    title: 'Too many notifications',
    says: 'There were more notifications than Payhooks keeps, so some evidence is missing. It cannot be released.',
    advised: 'reject',
    why: 'It is the only answer. Settle the payment with the provider.',
    reject: BACK,
  },
  test_traffic_in_live: {
    title: 'Test payment in live',
    says: 'The provider marks it as a test. No real money came.',
    advised: 'reject',
    why: 'Nobody paid for these goods.',
    release: 'The goods go out, and no money is with you.',
    reject: 'The goods stay with you. There is no money to give back.',
  },
  orphan_child: {
    title: 'Earlier payment is unknown',
    says: 'It refers to an earlier payment that Payhooks does not know, such as a refund without its payment.',
    advised: 'none',
    why: 'Wait for the earlier payment, or ask the provider about it. The hold ends by itself when the earlier payment comes.',
    release: 'This payment counts, although the earlier one is not known.',
    reject: 'Nothing is given for it, and your shop is told to give back what it moved.',
  },
};
