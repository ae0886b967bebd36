/**
 * What your event bus (as detail) or your endpoint (as body) receives. Rendered by `npm run docs` from
 * event.schema.json; copy it. It holds types alone. More members may come: what you do not know, ignore.
 */

export interface EventBase {
  /** Raised on any incompatible change. */
  readonly schema: 1;
  /** The idempotency key: the same in every retry of this event, and never of another one. */
  readonly id: string;
  /** What happened; see the table of types. */
  readonly type: string;
  /** Rises with each event of a payment, without gaps. Events may arrive in another order. */
  readonly sequence: number;
  /** Which grant of the goods this belongs to; 0: none yet. */
  readonly epoch: number;
  /** Of the deployment. */
  readonly environment: 'sandbox' | 'live';
  /** The provider called it test traffic. */
  readonly test: boolean;
  /** The provider that sent the notification. */
  readonly provider: 'trustly-americas' | 'trustly-europe' | 'paymentwall';
  /** Your name of the account. */
  readonly account: string;
  /** Your order, once one was found. */
  readonly orderReference?: string;
  /** Your order as it is after this. While its state is claimed, a bad message about another payment than paidBy (a late failure of an earlier attempt) changes nothing for the shopper. */
  readonly order?: {
    /** The same as orderReference. */
    readonly reference: string;
    /** claimed: a payment has it and its goods stand, or another system fulfilled it. open: no payment has it, or the one that had it (paidBy) lost its goods again. */
    readonly state: 'open' | 'claimed' | 'closed';
    /** The payment that has it, or had it last. */
    readonly paidBy?: {
      /** Our key of that payment. */
      readonly payment: string;
      /** What became of that payment. */
      readonly status?: 'pending' | 'authorized' | 'processing' | 'in_review' | 'awaiting_confirmation' | 'paid' | 'partially_refunded' | 'refunded' | 'disputed' | 'reversed' | 'failed' | 'denied' | 'expired' | 'canceled' | 'voided';
    };
    /** Where several captures of one authorization pay it: what they count for together. */
    readonly captured?: readonly Money[];
  };
  /** Our key of the payment: <provider>:<account>:<provider’s id>. */
  readonly payment: string;
  /** Every name of the payment: own id, parent’s id, your references. */
  readonly aliases: readonly Alias[];
  /** As the provider knows it, unless two notifications named different ones. */
  readonly endUser?: string;
  /** What became of the payment. */
  readonly status: 'pending' | 'authorized' | 'processing' | 'in_review' | 'awaiting_confirmation' | 'paid' | 'partially_refunded' | 'refunded' | 'disputed' | 'reversed' | 'failed' | 'denied' | 'expired' | 'canceled' | 'voided';
  /** Before the notification that caused this. */
  readonly previousStatus?: 'pending' | 'authorized' | 'processing' | 'in_review' | 'awaiting_confirmation' | 'paid' | 'partially_refunded' | 'refunded' | 'disputed' | 'reversed' | 'failed' | 'denied' | 'expired' | 'canceled' | 'voided';
  /** What came in (payments) or went out (payouts) so far. */
  readonly moved: readonly Money[];
  /** What went back of it so far. */
  readonly returned: readonly Money[];
  /** moved less returned. Empty while the amount of a refund is not known. */
  readonly net: readonly Money[];
  /** Trustly Europe: credited beside moved, and no part of net: a further payment, or a refund that came back. */
  readonly unexpected?: readonly Money[];
  /** The one refund that this notice is about, as far as the provider says it: its id (Paymentwall without an id: a digest of what was signed; Trustly Europe: the notification), and its own amount. With your reference, where you registered it. */
  readonly refund?: {
    /** Under which you registered it. */
    readonly reference?: string;
    /** The provider’s id of the refund. */
    readonly id?: string;
    readonly amount?: Money;
  };
  /** evidence: the provider named it. order: it did not, this is what your order expects. */
  readonly amountSource: 'evidence' | 'order' | 'none';
  /** Paymentwall gave it without money. */
  readonly goodwill: boolean;
  /** An operator confirmed at the provider what was paid; absent: status and sums are the evidence’s own. */
  readonly confirmedBy?: 'operator';
  /** Granted before the money came, as configured. */
  readonly early: boolean;
  /** Why we refuse to act; empty: nothing is held. */
  readonly holds: readonly ('unknown_order' | 'order_kind_differs' | 'amount_differs' | 'end_user_differs' | 'order_id_differs' | 'order_id_unknown' | 'order_already_paid' | 'order_payment_reversed' | 'order_expired' | 'order_closed' | 'conflicting_duplicate' | 'contradictory_evidence' | 'unexpected_credit' | 'regrant' | 'too_many_entries' | 'test_traffic_in_live' | 'orphan_child')[];
  readonly details: Details;
  /** On the bus only: signs the other fields, see above. */
  readonly signature?: {
    /** As an endpoint would get it. */
    readonly 'webhook-id': string;
    /** When it was signed, seconds since 1970. */
    readonly 'webhook-timestamp': string;
    /** One or two of "v1,<base64>", a space between them. */
    readonly 'webhook-signature': string;
  };
  /** What led to this. */
  readonly causedBy: readonly string[];
  /** When the cause reached us, ISO 8601 in UTC. */
  readonly occurredAt: string;
}

export interface Money {
  /** A plain decimal in whole units, at least two decimals; compare by value. */
  readonly amount: string;
  /** ISO 4217; XXX where the provider does not name it. */
  readonly currency: string;
}

export interface Alias {
  readonly type: 'id' | 'parent' | 'reference';
  /** The name. */
  readonly value: string;
}

/** What the provider says besides the status, as far as it says it. Codes, never free text. */
export interface Details {
  /** The provider’s own name of what caused this; in fulfil and revoke of what speaks for the payment, or against it. */
  readonly eventType?: string;
  /** Paymentwall: what was bought. */
  readonly goods?: readonly string[];
  /** Paymentwall virtual currency: number of coins. Negative only in the notice of a reversal, as received. */
  readonly coins?: string;
  /** Paymentwall: length and period of the subscription. */
  readonly subscription?: {
    /** A number. */
    readonly length?: string;
    /** day, week, month or year. */
    readonly period?: string;
  };
  /** The provider’s status code. */
  readonly code?: string;
  /** Trustly Americas: the error beside the code. */
  readonly errorCode?: string;
  /** What the codes mean. */
  readonly reason?: string;
  /** The provider’s reason. */
  readonly reasonCode?: string;
  /** Trustly Americas: the reason in detail (SW054, 1, 12024: too many in 24 hours). Not for the shopper. */
  readonly extendedReasonCode?: string;
  /** Trustly Americas: an amount that may succeed. */
  readonly suggestedRetryAmount?: string;
  /** A stable word that you translate for the shopper. */
  readonly shopperMessage?: string;
  /** Trustly Americas. */
  readonly paymentType?: string;
  /** Trustly Americas. */
  readonly transactionType?: string;
  /** Trustly Americas: the account that the shopper authorized; never its number or holder. */
  readonly bankAccount?: {
    /** The provider’s code of the bank. */
    readonly bankCode?: string;
    /** The bank. */
    readonly bankName?: string;
    /** Through whom it was connected. */
    readonly provider?: string;
    /** The provider has verified it. */
    readonly verified?: boolean;
  };
  /** The provider’s id of the parent transaction or the first payment of a subscription. */
  readonly parentId?: string;
}

/** Give the goods, once per `epoch`: the number of the grant, one higher each time that goods are granted again after a `revoke`. `early` and `goodwill` mark a grant without money. */
export interface FulfilEvent extends EventBase {
  readonly type: 'fulfil';
  readonly epoch: number;
  readonly status: 'authorized' | 'processing' | 'paid' | 'partially_refunded';
  readonly holds: readonly [];
}

/** Take back the goods of this `epoch`. */
export interface RevokeEvent extends EventBase {
  readonly type: 'revoke';
  readonly epoch: number;
  readonly early: false;
}

/** The shopper agreed; no money has moved. */
export interface PaymentAuthorizedEvent extends EventBase {
  readonly type: 'payment.authorized';
  readonly early: false;
  readonly status: 'authorized';
}

/** Under way, in review, or paid but waiting for its amount to be confirmed (see status). */
export interface PaymentProcessingEvent extends EventBase {
  readonly type: 'payment.processing';
  readonly early: false;
  readonly status: 'processing' | 'in_review' | 'awaiting_confirmation';
}

/** Paid, and nothing is held. Give goods on `fulfil`, not on this event. */
export interface PaymentPaidEvent extends EventBase {
  readonly type: 'payment.paid';
  readonly early: false;
  readonly status: 'paid';
}

/** Payhooks refuses to act on it; `holds` says why. An operator releases or rejects it. */
export interface PaymentHeldEvent extends EventBase {
  readonly type: 'payment.held';
  readonly early: false;
  readonly holds: EventBase['holds'];
}

/** Refused by the bank or the provider. */
export interface PaymentDeniedEvent extends EventBase {
  readonly type: 'payment.denied';
  readonly early: false;
  readonly status: 'denied';
}

/** Failed. */
export interface PaymentFailedEvent extends EventBase {
  readonly type: 'payment.failed';
  readonly early: false;
  readonly status: 'failed';
}

/** The shopper did not finish in time. */
export interface PaymentExpiredEvent extends EventBase {
  readonly type: 'payment.expired';
  readonly early: false;
  readonly status: 'expired';
}

/** Canceled before money moved. */
export interface PaymentCanceledEvent extends EventBase {
  readonly type: 'payment.canceled';
  readonly early: false;
  readonly status: 'canceled';
}

/** Taken back before it was processed. */
export interface PaymentVoidedEvent extends EventBase {
  readonly type: 'payment.voided';
  readonly early: false;
  readonly status: 'voided';
}

/** The shopper disputes it. Goods already given are not revoked yet. */
export interface PaymentDisputedEvent extends EventBase {
  readonly type: 'payment.disputed';
  readonly early: false;
  readonly status: 'disputed';
}

/** The dispute ended in your favour. */
export interface PaymentDisputeWonEvent extends EventBase {
  readonly type: 'payment.dispute_won';
  readonly early: false;
  readonly status: 'paid' | 'partially_refunded';
}

/** Money went back, in part or whole. Sent once for each refund; `refund` names it. `returned` and `net` are cumulative; `net` is empty while the amount of a refund is not known. */
export interface PaymentRefundedEvent extends EventBase {
  readonly type: 'payment.refunded';
  readonly early: false;
}

/** New data about a refund that was announced before: its id, its amount, or whether all of the payment or less of it went back. */
export interface PaymentRefundUpdatedEvent extends EventBase {
  readonly type: 'payment.refund_updated';
  readonly early: false;
}

/** Charged back or reversed. */
export interface PaymentReversedEvent extends EventBase {
  readonly type: 'payment.reversed';
  readonly early: false;
  readonly status: 'reversed';
}

/** Goods are out, and one of these happened: the evidence became doubtful (nothing is revoked), the quantity changed, or the authorized money was voided (`revoke` is sent as well). */
export interface PaymentAtRiskEvent extends EventBase {
  readonly type: 'payment.at_risk';
  readonly early: false;
}

/** A second payment for an order that is paid. Refund it. `order.paidBy` names the payment that has the order. */
export interface PaymentDuplicateEvent extends EventBase {
  readonly type: 'payment.duplicate';
  readonly early: false;
  readonly holds: EventBase['holds'];
}

/** An operator rejected it. Give `net` back, and also `unexpected`, unless that is a refund of yours that came back. Sent again when more money comes. If `net` is empty, only the provider knows the amount. */
export interface PaymentRejectedEvent extends EventBase {
  readonly type: 'payment.rejected';
  readonly early: false;
}

/** A refund of this payment failed or came back: you have the money, not the shopper. `refund` names the refund. Request another one. */
export interface RefundFailedEvent extends EventBase {
  readonly type: 'refund.failed';
  readonly early: false;
}

/** Accepted; no money has moved. */
export interface PayoutAuthorizedEvent extends EventBase {
  readonly type: 'payout.authorized';
  readonly early: false;
  readonly status: 'authorized';
}

/** Under way. */
export interface PayoutProcessingEvent extends EventBase {
  readonly type: 'payout.processing';
  readonly early: false;
  readonly status: 'processing' | 'in_review' | 'awaiting_confirmation';
}

/** Sent. The receiving bank may still return it. */
export interface PayoutPaidEvent extends EventBase {
  readonly type: 'payout.paid';
  readonly early: false;
  readonly status: 'paid';
}

/** It differs from what you registered; `holds` says how. */
export interface PayoutHeldEvent extends EventBase {
  readonly type: 'payout.held';
  readonly early: false;
  readonly holds: EventBase['holds'];
}

/** Refused. */
export interface PayoutDeniedEvent extends EventBase {
  readonly type: 'payout.denied';
  readonly early: false;
  readonly status: 'denied';
}

/** Failed. Money that had left comes back with `payout.reversed`. Wait for it before paying again. */
export interface PayoutFailedEvent extends EventBase {
  readonly type: 'payout.failed';
  readonly early: false;
  readonly status: 'failed';
}

/** Not finished in time. */
export interface PayoutExpiredEvent extends EventBase {
  readonly type: 'payout.expired';
  readonly early: false;
  readonly status: 'expired';
}

/** Canceled. */
export interface PayoutCanceledEvent extends EventBase {
  readonly type: 'payout.canceled';
  readonly early: false;
  readonly status: 'canceled';
}

/** Taken back before it was processed. */
export interface PayoutVoidedEvent extends EventBase {
  readonly type: 'payout.voided';
  readonly early: false;
  readonly status: 'voided';
}

/** Disputed. */
export interface PayoutDisputedEvent extends EventBase {
  readonly type: 'payout.disputed';
  readonly early: false;
  readonly status: 'disputed';
}

/** The dispute is over. */
export interface PayoutDisputeWonEvent extends EventBase {
  readonly type: 'payout.dispute_won';
  readonly early: false;
  readonly status: 'paid' | 'partially_refunded';
}

/** Money came back to you, in part or whole. `returned` and `net` are cumulative. */
export interface PayoutRefundedEvent extends EventBase {
  readonly type: 'payout.refunded';
  readonly early: false;
}

/** New data about money that came back and was announced before: its id, its amount, or whether all of it or less of it came back. */
export interface PayoutRefundUpdatedEvent extends EventBase {
  readonly type: 'payout.refund_updated';
  readonly early: false;
}

/** Returned to you. */
export interface PayoutReversedEvent extends EventBase {
  readonly type: 'payout.reversed';
  readonly early: false;
  readonly status: 'reversed';
}

/** An operator rejected it. */
export interface PayoutRejectedEvent extends EventBase {
  readonly type: 'payout.rejected';
  readonly early: false;
}

/** The end user authorized the bank account; no money moves by it. */
export interface AuthorizationAuthorizedEvent extends EventBase {
  readonly type: 'authorization.authorized';
  readonly early: false;
  readonly status: 'authorized';
}

/** Under way, or in review. */
export interface AuthorizationProcessingEvent extends EventBase {
  readonly type: 'authorization.processing';
  readonly early: false;
  readonly status: 'processing' | 'in_review' | 'awaiting_confirmation';
}

/** Its evidence is doubtful; `holds` says why. */
export interface AuthorizationHeldEvent extends EventBase {
  readonly type: 'authorization.held';
  readonly early: false;
  readonly holds: EventBase['holds'];
}

/** Refused. */
export interface AuthorizationDeniedEvent extends EventBase {
  readonly type: 'authorization.denied';
  readonly early: false;
  readonly status: 'denied';
}

/** Failed. */
export interface AuthorizationFailedEvent extends EventBase {
  readonly type: 'authorization.failed';
  readonly early: false;
  readonly status: 'failed';
}

/** Not finished in time. */
export interface AuthorizationExpiredEvent extends EventBase {
  readonly type: 'authorization.expired';
  readonly early: false;
  readonly status: 'expired';
}

/** Canceled by the end user. */
export interface AuthorizationCanceledEvent extends EventBase {
  readonly type: 'authorization.canceled';
  readonly early: false;
  readonly status: 'canceled';
}

/** Canceled by you; payments under it stay as they are. */
export interface AuthorizationVoidedEvent extends EventBase {
  readonly type: 'authorization.voided';
  readonly early: false;
  readonly status: 'voided';
}

/** An operator rejected it. */
export interface AuthorizationRejectedEvent extends EventBase {
  readonly type: 'authorization.rejected';
  readonly early: false;
}

/** The bank account behind the payment is known to the provider. */
export interface AccountReceivedEvent extends EventBase {
  readonly type: 'account.received';
  readonly early: false;
}

/** Account data can be fetched from the provider. */
export interface DataReadyEvent extends EventBase {
  readonly type: 'data.ready';
  readonly early: false;
}

/** The authorization is no longer valid; payments under it stay as they are. */
export interface AuthorizationRevokedEvent extends EventBase {
  readonly type: 'authorization.revoked';
  readonly early: false;
}

/** Money that had left for the end user came back: give the balance back. */
export interface BalanceRestoreEvent extends EventBase {
  readonly type: 'balance.restore';
  readonly early: false;
}

/** Cancelled by user or merchant; the paid period may still run. */
export interface SubscriptionCanceledEvent extends EventBase {
  readonly type: 'subscription.canceled';
  readonly early: false;
}

/** The last billing period is over. */
export interface SubscriptionExpiredEvent extends EventBase {
  readonly type: 'subscription.expired';
  readonly early: false;
}

/** Every attempt to charge failed; the subscription has stopped. */
export interface SubscriptionPaymentFailedEvent extends EventBase {
  readonly type: 'subscription.payment_failed';
  readonly early: false;
}

/** Tell them apart by `type`; one that you do not know yet asks for nothing. */
export type PayhooksEvent =
  | FulfilEvent
  | RevokeEvent
  | PaymentAuthorizedEvent
  | PaymentProcessingEvent
  | PaymentPaidEvent
  | PaymentHeldEvent
  | PaymentDeniedEvent
  | PaymentFailedEvent
  | PaymentExpiredEvent
  | PaymentCanceledEvent
  | PaymentVoidedEvent
  | PaymentDisputedEvent
  | PaymentDisputeWonEvent
  | PaymentRefundedEvent
  | PaymentRefundUpdatedEvent
  | PaymentReversedEvent
  | PaymentAtRiskEvent
  | PaymentDuplicateEvent
  | PaymentRejectedEvent
  | RefundFailedEvent
  | PayoutAuthorizedEvent
  | PayoutProcessingEvent
  | PayoutPaidEvent
  | PayoutHeldEvent
  | PayoutDeniedEvent
  | PayoutFailedEvent
  | PayoutExpiredEvent
  | PayoutCanceledEvent
  | PayoutVoidedEvent
  | PayoutDisputedEvent
  | PayoutDisputeWonEvent
  | PayoutRefundedEvent
  | PayoutRefundUpdatedEvent
  | PayoutReversedEvent
  | PayoutRejectedEvent
  | AuthorizationAuthorizedEvent
  | AuthorizationProcessingEvent
  | AuthorizationHeldEvent
  | AuthorizationDeniedEvent
  | AuthorizationFailedEvent
  | AuthorizationExpiredEvent
  | AuthorizationCanceledEvent
  | AuthorizationVoidedEvent
  | AuthorizationRejectedEvent
  | AccountReceivedEvent
  | DataReadyEvent
  | AuthorizationRevokedEvent
  | BalanceRestoreEvent
  | SubscriptionCanceledEvent
  | SubscriptionExpiredEvent
  | SubscriptionPaymentFailedEvent;
