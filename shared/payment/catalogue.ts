/**
 * Every type of event that the core itself sends, and what the merchant should do about it. Rendered into the docs; a
 * property test checks that the core sends no other type. Providers add further types (`Reading.announcements`).
 */
const PAYMENT_EVENTS = {
  'payment.authorized': 'The shopper agreed; no money has moved.',
  'payment.processing':
    'Under way, in review, or paid but waiting for its amount to be confirmed (see status).',
  'payment.paid': 'Paid, and nothing is held. Goods go out on fulfil, not on this.',
  'payment.held': 'We refuse to act on it; holds says why. An operator releases or rejects.',
  'payment.denied': 'Refused by the bank or the provider.',
  'payment.failed': 'Failed.',
  'payment.expired': 'The shopper did not finish in time.',
  'payment.canceled': 'Canceled before money moved.',
  'payment.voided': 'Taken back before it was processed.',
  'payment.disputed': 'The shopper disputes it. Goods already given are not revoked yet.',
  'payment.dispute_won': 'The dispute ended in your favour.',
  'payment.refunded':
    'Money went back, in part or whole. Once for each refund, which refund names; returned and net are cumulative.',
  'payment.refund_updated':
    'More is known of a refund announced before: its id, its amount, that all of the payment went back, or that less of it did.',
  'payment.reversed': 'Charged back or reversed.',
  'payment.at_risk':
    'Goods are out, and the evidence has become doubtful (nothing is revoked), their quantity is told differently, or the money was voided.',
  'payment.duplicate':
    'A second payment for an order that is paid: refund it. order.paidBy names the payment that has it.',
  'payment.rejected':
    'An operator rejected it: give net back, and unexpected unless it is a refund of yours that came back. Again when more came. Empty net: only the provider knows how much.',
} as const;

const GRANT_EVENTS = {
  fulfil: 'Give the goods, once per epoch. early and goodwill say when no money backs it.',
  revoke: 'Take the goods of this epoch back.',
} as const;

const REFUND_EVENTS = {
  'refund.failed':
    'A refund of this payment failed or came back: the shopper has not got the money, you have it. refund says which; ask for another one.',
} as const;

const PAYOUT_EVENTS = {
  'payout.authorized': 'Accepted; no money has moved.',
  'payout.processing': 'Under way.',
  'payout.paid': 'Sent. The receiving bank may still return it.',
  'payout.held': 'It differs from what you registered; holds says how.',
  'payout.denied': 'Refused.',
  'payout.failed': 'Failed. What had left comes back with a payout.reversed; do not pay again before.',
  'payout.expired': 'Not finished in time.',
  'payout.canceled': 'Canceled.',
  'payout.voided': 'Taken back before it was processed.',
  'payout.disputed': 'Disputed.',
  'payout.dispute_won': 'The dispute is over.',
  'payout.refunded': 'Money came back to you, in part or whole; returned and net are cumulative.',
  'payout.refund_updated':
    'More is known of money that came back, announced before: its id, its amount, that all of it came back, or that less of it did.',
  'payout.reversed': 'Returned to you.',
  'payout.rejected': 'An operator rejected it.',
} as const;

const AUTHORIZATION_EVENTS = {
  'authorization.authorized': 'The end user authorized the bank account; no money moves by it.',
  'authorization.processing': 'Under way, or in review.',
  'authorization.held': 'Its evidence is doubtful; holds says why.',
  'authorization.denied': 'Refused.',
  'authorization.failed': 'Failed.',
  'authorization.expired': 'Not finished in time.',
  'authorization.canceled': 'Canceled by the end user.',
  'authorization.voided': 'Canceled by you; payments under it stay as they are.',
  'authorization.rejected': 'An operator rejected it.',
} as const;

export const EVENT_TYPES: Readonly<Record<string, string>> = {
  ...GRANT_EVENTS,
  ...PAYMENT_EVENTS,
  ...REFUND_EVENTS,
  ...PAYOUT_EVENTS,
  ...AUTHORIZATION_EVENTS,
};

/** The types that providers announce beside these (`Reading.announcements`), each once per payment. */
export const ANNOUNCED_TYPES: Readonly<Record<string, string>> = {
  'account.received': 'The bank account behind the payment is known to the provider.',
  'data.ready': 'Account data can be fetched from the provider.',
  'authorization.revoked': 'The authorization is no longer valid; payments under it stay as they are.',
  'balance.restore': 'Money that had left for the end user came back: give the balance back.',
  'subscription.canceled': 'Cancelled by user or merchant; the paid period may still run.',
  'subscription.expired': 'The last billing period is over.',
  'subscription.payment_failed': 'Every attempt to charge failed; the subscription has stopped.',
};
