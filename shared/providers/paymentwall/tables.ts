/**
 * Every type and reason of docs/protocols/paymentwall-parameters.md#types, as data. Rendered into the docs; a test
 * checks that it is complete.
 */
import type { Status } from '../../payment/types.ts';

export interface PingbackType {
  /** The SDKs' name of the type, in lower case. */
  readonly name: string;
  readonly meaning: string;
  /** The status that the type alone gives a payment (or the subscription, for types that act on it). */
  readonly status: Status | 'by reason';
  /** give: deliver. take: take back, or never give. keep: no change. */
  readonly goods: 'give' | 'take' | 'keep';
  /** Money arrived with it. */
  readonly money: boolean;
  readonly actsOn: 'payment' | 'subscription';
  /** The event to announce besides status changes (`subscription.*`). */
  readonly announces?: string;
}

export const TYPES: Readonly<Record<string, PingbackType>> = {
  '0': {
    name: 'regular',
    meaning: 'Paid. For physical goods only authorized, until the shipment is confirmed.',
    status: 'paid',
    goods: 'give',
    money: true,
    actsOn: 'payment',
  },
  '1': {
    name: 'goodwill',
    meaning: 'Courtesy credit by Paymentwall: goods without money.',
    status: 'paid',
    goods: 'give',
    money: false,
    actsOn: 'payment',
  },
  '2': {
    name: 'negative',
    meaning: 'Refund or chargeback of the payment with the same ref; the reason says which.',
    status: 'by reason',
    goods: 'take',
    money: false,
    actsOn: 'payment',
  },
  '12': {
    name: 'subscription_cancellation',
    meaning: 'Cancelled by user or merchant; the paid period may still run.',
    status: 'canceled',
    goods: 'keep',
    money: false,
    actsOn: 'subscription',
    announces: 'subscription.canceled',
  },
  '13': {
    name: 'subscription_expired',
    meaning: 'The last billing period is over.',
    status: 'expired',
    goods: 'keep',
    money: false,
    actsOn: 'subscription',
    announces: 'subscription.expired',
  },
  '14': {
    name: 'subscription_payment_failed',
    meaning: 'All three attempts to charge failed; the subscription has stopped.',
    status: 'failed',
    goods: 'keep',
    money: false,
    actsOn: 'subscription',
    announces: 'subscription.payment_failed',
  },
  '200': {
    name: 'risk_under_review',
    meaning: 'Brick: pending, do not deliver.',
    status: 'in_review',
    goods: 'keep',
    money: false,
    actsOn: 'payment',
  },
  '201': {
    name: 'risk_reviewed_accepted',
    meaning: 'Brick: accepted after review; deliver unless done.',
    status: 'paid',
    goods: 'give',
    money: true,
    actsOn: 'payment',
  },
  '202': {
    name: 'risk_reviewed_declined',
    meaning: 'Brick: declined after review; the user gets the money back.',
    status: 'denied',
    goods: 'take',
    money: false,
    actsOn: 'payment',
  },
  '203': {
    name: 'risk_authorization_voided',
    meaning: 'Brick: not captured in time (7 days), so voided.',
    status: 'voided',
    goods: 'take',
    money: false,
    actsOn: 'payment',
  },
  '220': {
    name: 'partial_refund',
    meaning: 'Part of the money went back (undocumented; known from the Magento module).',
    status: 'partially_refunded',
    goods: 'keep',
    money: false,
    actsOn: 'payment',
  },
};

/** Any other type is answered OK, stored and counted, and changes nothing. */
export const UNKNOWN_TYPE = {
  name: 'unknown',
  meaning: 'Not documented: kept, counted, moves nothing.',
} as const;

export interface NegativeReason {
  readonly name: string;
  readonly meaning: string;
  readonly status: Extract<Status, 'reversed' | 'refunded' | 'partially_refunded'>;
  /** What is taken back: the whole payment, a part of its money, or only a goodwill credit. */
  readonly takes: 'all' | 'part' | 'goodwill';
}

/** 1–10 are documented, 4–7 from the time of offerwalls; 11 is known only from a third-party copy. */
export const REASONS: Readonly<Record<string, NegativeReason>> = {
  '1': { name: 'chargeback', meaning: 'Chargeback.', status: 'reversed', takes: 'all' },
  '2': {
    name: 'credit_card_fraud',
    meaning: 'Credit-card fraud; ban the user.',
    status: 'reversed',
    takes: 'all',
  },
  '3': { name: 'other_fraud', meaning: 'Other fraud; ban the user.', status: 'reversed', takes: 'all' },
  '4': { name: 'bad_data_entry', meaning: 'Bad data entry.', status: 'reversed', takes: 'all' },
  '5': { name: 'fake_or_proxy_user', meaning: 'Fake or proxy user.', status: 'reversed', takes: 'all' },
  '6': {
    name: 'rejected_by_advertiser',
    meaning: 'Rejected by the advertiser.',
    status: 'reversed',
    takes: 'all',
  },
  '7': { name: 'duplicate_conversions', meaning: 'Duplicate conversions.', status: 'reversed', takes: 'all' },
  '8': {
    name: 'goodwill_taken_back',
    meaning: 'Goodwill credit taken back.',
    status: 'reversed',
    takes: 'goodwill',
  },
  '9': { name: 'refund', meaning: 'Cancelled order, refund.', status: 'refunded', takes: 'all' },
  '10': {
    name: 'partially_reversed',
    meaning: 'Partially reversed.',
    status: 'partially_refunded',
    takes: 'part',
  },
  '11': { name: 'echeck_failed', meaning: 'PayPal eCheck failed.', status: 'reversed', takes: 'all' },
};

/**
 * No reason, an unknown reason, or an unsigned one (version 1): the whole amount was returned, the cause is unknown.
 */
export const UNKNOWN_REASON: NegativeReason = {
  name: 'unknown',
  meaning: 'Refund or chargeback, unknown which.',
  status: 'reversed',
  takes: 'all',
};

/** Type 220 is partial by itself, whatever its reason. */
export const PARTIAL_REFUND: NegativeReason = {
  name: 'partial_refund',
  meaning: 'Part of the money went back.',
  status: 'partially_refunded',
  takes: 'part',
};
