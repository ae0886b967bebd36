/** The types of events that the merchant receives, and what to do about each. */

const PAYMENT_EVENTS = {
  'payment.authorized': 'The shopper agreed; no money has moved.',
  'payment.processing':
    'Under way, in review, or paid but waiting for its amount to be confirmed (see status).',
  'payment.paid': 'Paid, and nothing is held. Give goods on `fulfil`, not on this event.',
  'payment.held': 'Payhooks refuses to act on it; `holds` says why. An operator releases or rejects it.',
  'payment.denied': 'Refused by the bank or the provider.',
  'payment.failed': 'Failed.',
  'payment.expired': 'The shopper did not finish in time.',
  'payment.canceled': 'Canceled before money moved.',
  'payment.voided': 'Taken back before it was processed.',
  'payment.disputed': 'The shopper disputes it. Goods already given are not revoked yet.',
  'payment.dispute_won': 'The dispute ended in your favour.',
  'payment.refunded':
    'Money went back, in part or whole. Sent once for each refund; `refund` names it. `returned` and `net` are cumulative; `net` is empty while the amount of a refund is not known.',
  'payment.refund_updated':
    'New data about a refund that was announced before: its id, its amount, or whether all of the payment or less of it went back.',
  'payment.reversed': 'Charged back or reversed.',
  'payment.at_risk':
    'Goods are out, and one of these happened: the evidence became doubtful (nothing is revoked), the quantity changed, or the authorized money was voided (`revoke` is sent as well).',
  'payment.duplicate':
    'A second payment for an order that is paid. Refund it. `order.paidBy` names the payment that has the order.',
  'payment.rejected':
    'An operator rejected it. Give `net` back, and also `unexpected`, unless that is a refund of yours that came back. Sent again when more money comes. If `net` is empty, only the provider knows the amount.',
} as const;

const GRANT_EVENTS = {
  fulfil:
    'Give the goods, once per `epoch`: the number of the grant, one higher each time that goods are granted again after a `revoke`. `early` and `goodwill` mark a grant without money.',
  revoke: 'Take back the goods of this `epoch`.',
} as const;

const REFUND_EVENTS = {
  'refund.failed':
    'A refund of this payment failed or came back: you have the money, not the shopper. `refund` names the refund. Request another one.',
} as const;

const PAYOUT_EVENTS = {
  'payout.authorized': 'Accepted; no money has moved.',
  'payout.processing': 'Under way.',
  'payout.paid': 'Sent. The receiving bank may still return it.',
  'payout.held': 'It differs from what you registered; `holds` says how.',
  'payout.denied': 'Refused.',
  'payout.failed':
    'Failed. Money that had left comes back with `payout.reversed`. Wait for it before paying again.',
  'payout.expired': 'Not finished in time.',
  'payout.canceled': 'Canceled.',
  'payout.voided': 'Taken back before it was processed.',
  'payout.disputed': 'Disputed.',
  'payout.dispute_won': 'The dispute is over.',
  'payout.refunded': 'Money came back to you, in part or whole. `returned` and `net` are cumulative.',
  'payout.refund_updated':
    'New data about money that came back and was announced before: its id, its amount, or whether all of it or less of it came back.',
  'payout.reversed': 'Returned to you.',
  'payout.rejected': 'An operator rejected it.',
} as const;

const AUTHORIZATION_EVENTS = {
  'authorization.authorized': 'The end user authorized the bank account; no money moves by it.',
  'authorization.processing': 'Under way, or in review.',
  'authorization.held': 'Its evidence is doubtful; `holds` says why.',
  'authorization.denied': 'Refused.',
  'authorization.failed': 'Failed.',
  'authorization.expired': 'Not finished in time.',
  'authorization.canceled': 'Canceled by the end user.',
  'authorization.voided': 'Canceled by you; payments under it stay as they are.',
  'authorization.rejected': 'An operator rejected it.',
} as const;

/**
 * Every type of event that the core itself sends, and what the merchant should do about it. Rendered into the docs; a
 * property test checks that the core sends no other type. Providers add further types (`Reading.announcements`).
 */
export const EVENT_TYPES: Readonly<Record<string, string>> = {
  ...GRANT_EVENTS,
  ...PAYMENT_EVENTS,
  ...REFUND_EVENTS,
  ...PAYOUT_EVENTS,
  ...AUTHORIZATION_EVENTS,
};

/** The types that providers announce besides these (`Reading.announcements`), each once per payment. */
export const ANNOUNCED_TYPES: Readonly<Record<string, string>> = {
  'account.received': 'The bank account behind the payment is known to the provider.',
  'data.ready': 'Account data can be fetched from the provider.',
  'authorization.revoked': 'The authorization is no longer valid; payments under it stay as they are.',
  'balance.restore': 'Money that had left for the end user came back: give the balance back.',
  'subscription.canceled': 'Cancelled by user or merchant; the paid period may still run.',
  'subscription.expired': 'The last billing period is over.',
  'subscription.payment_failed': 'Every attempt to charge failed; the subscription has stopped.',
};
