/**
 * The vocabulary of the payment core. Pure data: no AWS, no clock, no I/O.
 *
 * notification: what a provider sent · evidence: its verified raw form, kept · fact: what it says about a
 * payment · payment: one provider transaction that moves money in or out · authorization: moves nothing ·
 * order: what the merchant expects · effect: one message we owe the merchant · hold: our refusal to act.
 */

/** The name of a provider's folder. The core knows none of them: what differs it is given (`ProviderRules`). */
export type ProviderName = string;

export type Environment = 'sandbox' | 'live';

/** What became of a payment. Rendered into docs; every provider's tables map onto these. */
export const STATUSES = [
  'pending',
  'authorized',
  'processing',
  'in_review',
  'awaiting_confirmation',
  'paid',
  'partially_refunded',
  'refunded',
  'disputed',
  'reversed',
  'failed',
  'denied',
  'expired',
  'canceled',
  'voided',
] as const;
export type Status = (typeof STATUSES)[number];

/** `amount` is a plain decimal ("902.50", "11"); compare by value, never by text. `currency` is ISO 4217. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

/**
 * Everything the evidence says about one payment: a grow-only map of grow-only sets, so that joining is
 * commutative, associative and idempotent by construction.
 *
 * The key is `<kind>/<provider's id>`, in the provider's vocabulary ("own/1025376256", "refund/1025376300",
 * "dispute/1028606616", "credit/3653956920", "type/0"). Codes and amounts are sorted and unique; an amount is
 * "<decimal> <currency>". Personal data never enters facts.
 */
export interface FactEntry {
  readonly codes: readonly string[];
  readonly amounts: readonly string[];
}
export type Facts = Readonly<Record<string, FactEntry>>;

/** More entries than this in one payment is a hold (`too_many_entries`), never unbounded growth. */
export const MAX_FACT_ENTRIES = 100;

/** `<provider>:<account>:<subject id>`, e.g. "trustly-europe:shop:3931155141". Ids never contain ":". */
export type PaymentKey = string;

/** One name under which an order may be known to the provider. Tried in the given order. */
export interface Alias {
  /** `id`: the provider's own id of this payment; `parent`: of its parent; `reference`: the merchant's. */
  readonly type: 'id' | 'parent' | 'reference';
  readonly value: string;
}

type SubjectKind = 'payment' | 'authorization' | 'subscription';

/**
 * What one notification, confirmation (provider API answer) or import tells the core. Made by a provider's
 * `normalize()`; the core never sees a wire format.
 */
export interface NormalizedEvent {
  readonly source: 'notification' | 'confirmation' | 'import';
  /** The provider's own identity of this message, unique per provider and account: the dedupe key. */
  readonly key: string;
  /**
   * The fields that must be equal in every copy of this message (cosmetic ones left out). Same key with other
   * material content is a conflict: kept beside, not applied, held.
   */
  readonly material: Readonly<Record<string, string>>;
  /** As an earlier version of Payhooks wrote it, whose rows are still met. */
  readonly formerMaterial?: Readonly<Record<string, string>>;
  /** Whose facts these are; absent: recorded and counted, moves nothing (SendChallenge, unknown types…). */
  readonly subject?: { readonly kind: SubjectKind; readonly id: string };
  readonly facts: Facts;
  /** Names under which to look for the order, most specific first. */
  readonly aliases: readonly Alias[];
  /** Test traffic: never grants in live, except for configured test users. */
  readonly test: boolean;
  /** The end user as the provider knows it, compared with the order where both are known. */
  readonly endUser?: string;
  /** What the merchant is told beside the status; small, no personal data. */
  readonly details: Details;
  /** How its details join those of other messages (details.ts). */
  readonly standing?: Standing;
  /** What is kept of it beside the payment (Trustly Americas). */
  readonly onFile?: OnFile;
  /** Why this was accepted but means nothing to us ("unknown_event_type"…); counted by reason. */
  readonly remark?: string;
}

/** The place of one message among all messages of its payment. Smaller ranks stand first. */
export interface Standing {
  /** Whether it speaks for the payment (paid, on its way) or against it (refused, gone back, disputed). */
  readonly side: 'for' | 'against';
  readonly rank: number;
  /** `all`: goods and their quantity; `kind`: goods, not how many; `nothing`: it is about a refund or a retry. */
  readonly describes: 'all' | 'kind' | 'nothing';
}

export interface Ranked<T> {
  readonly rank: number;
  readonly value: T;
}

/** The joined details with the rank of the message that each comes from. */
export interface Described {
  readonly goods?: Ranked<readonly string[]>;
  readonly coins?: Ranked<string>;
  readonly subscription?: Ranked<NonNullable<Details['subscription']>>;
  readonly paymentType?: Ranked<string>;
  readonly transactionType?: Ranked<string>;
  readonly parentId?: Ranked<string>;
  /** Codes and reasons of the first message for the payment, and of the first against it. */
  readonly granting?: Ranked<Details>;
  readonly ending?: Ranked<Details>;
}

/** What one message says of the bank account and of the splitToken of an authorization. */
export interface OnFile {
  /** The authorization, which is not always whom the message is about. */
  readonly transactionId: string;
  /** Text that sorts as the provider's own order of messages: the newest counts, never the latest arrival. */
  readonly rank: string;
  readonly account?: BankAccount;
  /** `given`: a splitToken may come with it; else why the one that was given before can't be used any more. */
  readonly splitToken?: 'given' | 'expired' | 'invalid';
}

export interface Details {
  readonly eventType?: string;
  readonly goods?: readonly string[];
  /** Paymentwall virtual currency: number of coins. Negative only in the notice of a reversal, as received. */
  readonly coins?: string;
  readonly subscription?: { readonly length?: string; readonly period?: string };
  readonly code?: string;
  /** Trustly Americas: the numeric error beside `code` (331 beside SW021). */
  readonly errorCode?: string;
  readonly reason?: string;
  readonly reasonCode?: string;
  /** Trustly Americas: the detail of `reasonCode`; for the merchant, never for the shopper. */
  readonly extendedReasonCode?: string;
  readonly suggestedRetryAmount?: string;
  /** A stable code the merchant translates for the shopper ("not_enough_funds", "try_another_bank"…). */
  readonly shopperMessage?: string;
  readonly paymentType?: string;
  readonly transactionType?: string;
  readonly parentId?: string;
  readonly bankAccount?: BankAccount;
}

/** The bank account that a shopper authorized (Trustly Americas): never its number, never its holder. */
export interface BankAccount {
  readonly bankCode?: string;
  readonly bankName?: string;
  readonly provider?: string;
  readonly verified?: boolean;
}

/** What a provider's tables make of the facts, before orders, amounts, policy and holds. */
export interface Reading {
  readonly kind: SubjectKind;
  /** Which way money goes; absent for authorizations and subscriptions. */
  readonly direction?: 'in' | 'out';
  readonly status: Status;
  /** Nothing of money was told at all, only what stands beside it (a bank account): nobody waits for more. */
  readonly noMoneyReported?: true;
  /** The order kind this looks like; compared with the registered one. */
  readonly orderKind?: OrderKind;
  /** Cumulative per currency, as far as the evidence says. Empty: the evidence names no amount. */
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  /**
   * Money beside `moved` that nobody expects: a further payment, or a refund that came back. Absent: none. What it is
   * a person decides (`unexpected_credit`).
   */
  readonly unexpected?: readonly Money[];
  /**
   * Each refund of the payment by itself (of a payout: money that came back), in one order. Absent: this provider does
   * not tell refunds apart, and the sums say what there is to say.
   */
  readonly refundsSeen?: readonly RefundSeen[];
  /**
   * Each refund of the payment that failed or came back: its money is with the merchant. Under the key of
   * `refundsSeen` where it was told there too. Absent: as there.
   */
  readonly refundsFailed?: readonly RefundSeen[];
  /**
   * extent: a refund was told, and nothing says whether it took all. amount: its amount is not known. Whoever can ask
   * the provider does; `extent` is alarming when it lasts.
   */
  readonly refundUnknown?: 'extent' | 'amount';
  /** A capture of an authorization, of which there may be several: together they pay one order. */
  readonly capture?: true;
  /** What the provider says will move, where nothing has yet (an authorization): compared with the order. */
  readonly agreed?: readonly Money[];
  /** Goods that may be given without money (Paymentwall goodwill): says so in the fulfil event. */
  readonly goodwill: boolean;
  /** What the evidence alone makes doubtful: each becomes a hold. */
  readonly doubts: readonly Doubt[];
  /**
   * Events to announce beside the status changes (e.g. "account.received", "authorization.revoked"), each once
   * per payment. Text after a "#" tells repetitions apart and is not sent ("subscription.renewed#b123").
   */
  readonly announcements: readonly string[];
}

export interface RefundSeen {
  /** Stays the same while it is the same refund; one that takes the place of another is that one, better known. */
  readonly key: string;
  /** The provider's id of it; absent: known by a word about the payment alone. */
  readonly id?: string;
  readonly amount?: Money;
}

export interface Doubt {
  readonly reason: HoldReason;
  /** The fact entry keys the doubt rests on; its digest binds a release to exactly this evidence. */
  readonly evidence: readonly string[];
}

export const HOLD_REASONS = [
  'unknown_order',
  'order_kind_differs',
  'amount_differs',
  'end_user_differs',
  'order_id_differs',
  'order_id_unknown',
  'order_already_paid',
  'order_payment_reversed',
  'order_expired',
  'order_closed',
  'conflicting_duplicate',
  'contradictory_evidence',
  'unexpected_credit',
  'regrant',
  'too_many_entries',
  'test_traffic_in_live',
  'orphan_child',
] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Our refusal to act, derived from facts, order and policy on every transition; never stored truth. */
export interface Hold {
  readonly reason: HoldReason;
  /** SHA-256 (hex, first 32) of the reason and the evidence it rests on; a release must name it. */
  readonly digest: string;
}

/**
 * An operator's answer: to a hold, or (reason `waiting`) to a payment that is not settled. Valid only for the very
 * reason and digest it names.
 */
export interface HoldDecision {
  readonly reason: HoldReason | 'waiting';
  readonly digest: string;
  /** `confirm`: of `waiting` alone. */
  readonly verdict: 'release' | 'reject' | 'confirm';
  /** `confirm`: what was paid, and what of it went back, as the operator saw it at the provider. */
  readonly paid?: Money;
  readonly returned?: Money;
  /** `confirm`: hash of the facts it was given on (written by the core). */
  readonly evidence?: string;
  readonly by: string;
  readonly note: string;
  readonly at: string;
}

export type OrderKind = 'payment' | 'payout' | 'withdrawal' | 'refund';

/** Expected amount in one currency. Several terms: any of the currencies may be paid, each on its own. */
export type AmountTerm =
  | { readonly currency: string; readonly exact: string }
  | { readonly currency: string; readonly min: string; readonly max: string }
  | { readonly currency: string; readonly open: true };

/** What the merchant expects; registered under the merchant's own reference, whatever the provider. */
export interface Order {
  readonly reference: string;
  readonly kind: OrderKind;
  readonly amounts: readonly AmountTerm[];
  /** once: one paid payment; recurring: each renewal is its own payment; open: any number. */
  readonly use: 'once' | 'recurring' | 'open';
  /**
   * The amount is expected in several parts. Trustly Europe: in several credits, and without it a further credit is no
   * payment. Trustly Americas: in several captures, and with it a sum that is still short is no hold.
   */
  readonly instalments?: true;
  readonly endUser?: string;
  /** ISO 8601; a payment whose first news comes later is held (`order_expired`). */
  readonly validUntil?: string;
  readonly provider?: ProviderName;
  readonly account?: string;
  readonly aliases: readonly Alias[];
  /** Where fulfilment already happened outside Payhooks (cut-over): never fulfilled again. */
  readonly fulfilled?: 'external';
  /** Closed by the merchant or an operator (ISO 8601): money that comes for it is held (`order_closed`). */
  readonly closedAt?: string;
  /** `once` orders: the payment that was granted. */
  readonly paidBy?: PaymentKey;
  /** Payments whose claim an operator's release moved on to `paidBy` (bounded). */
  readonly paidBefore?: readonly PaymentKey[];
  /** Payments held because another one has paid (bounded): derived anew when that one's grant flips. */
  readonly contenders?: readonly PaymentKey[];
  /** Captures that pay it together, each with what it counts for (bounded). */
  readonly captures?: readonly Capture[];
  readonly version: number;
  readonly registeredAt: string;
}

/** One capture, as the order that it pays a part of keeps it. */
export interface Capture {
  readonly payment: PaymentKey;
  /** Key of the authorization: only captures of one are summed. */
  readonly authorization: PaymentKey;
  /** What it counts for; empty: nothing (reversed, refunded, disputed, held or rejected). */
  readonly amounts: readonly Money[];
  /** It has money, so that goods which are out stay granted. */
  readonly stands: boolean;
  /** Held, and never counted: listed only, so that it is derived anew when the sum changes. */
  readonly held?: true;
}

/** A refund that the merchant started, registered under a reference of its own. */
export interface Refund extends Money {
  readonly reference: string;
  /** The payment that it refunds. */
  readonly payment: PaymentKey;
  /** The provider's own id of the refund, where it has one. */
  readonly id?: string;
  /** Of a refund that failed, and that this one is asked for instead of. */
  readonly replaces?: string;
  readonly registeredAt: string;
}

/**
 * The order as an event tells it. `claimed`: a payment has paid it and its goods stand, or another system fulfilled it.
 * `open`: no payment has it, or the one that had it lost its goods again (`paidBy` says which, and what became of it).
 */
export interface OrderState {
  readonly reference: string;
  readonly state: 'open' | 'claimed' | 'closed';
  readonly paidBy?: {
    readonly payment: PaymentKey;
    /** Absent: its row is not there. */
    readonly status?: Status;
  };
  /** Sum of several captures that pay it together; absent where there are not several. */
  readonly captured?: readonly Money[];
}

/** Whether goods are granted. Each flip raises the epoch: `1#fulfil`, `1#revoke`, `2#fulfil`… */
export interface Grant {
  readonly epoch: number;
  readonly state: 'none' | 'granted' | 'revoked';
  /** Granted while observing or by an import: another system gave the goods, so we never sent a fulfil. */
  readonly observed?: true;
}

/** One payment row: facts are truth, everything else is derived from them or records what we did. */
export interface Payment {
  readonly key: PaymentKey;
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
  readonly facts: Facts;
  /** Union of what every message said, for matching and for the merchant's events. */
  readonly aliases: readonly Alias[];
  /** Every end user the messages named (bounded, sorted); normally one. Union, so order of arrival is moot. */
  readonly endUsers: readonly string[];
  readonly test: boolean;
  /** What describes the payment (goods, type, parent); for people and events, never decides. */
  readonly details: Details;
  /** What `details` is made of, and what `fulfil` and `revoke` say; absent in rows of older versions. */
  readonly described?: Described;
  /** `<notification key>#<material hash, 16>` of copies with other material content (bounded, sorted). */
  readonly conflicts: readonly string[];
  readonly decisions: readonly HoldDecision[];
  /** Refunds that the merchant registered (bounded), the oldest first. */
  readonly refunds?: readonly Refund[];
  readonly orderReference?: string;
  /** Of money out: the order that it was last decided under while that was open. Closing it later does not hold the payment. */
  readonly sentUnder?: string;
  readonly reading: Reading;
  readonly status: Status;
  /** Open ones only: those that a release covers are left out, and a rejected payment has none. */
  readonly holds: readonly Hold[];
  readonly grant: Grant;
  /** Sequence of the last effect of this payment. */
  readonly sequence: number;
  readonly version: number;
  readonly firstSeenAt: string;
  readonly updatedAt: string;
}

/** Per account: how strict, and when goods go out. Comes from cdk.json, checked at synth. */
export interface AccountPolicy {
  readonly provider: ProviderName;
  readonly account: string;
  readonly environment: Environment;
  /** observe: derive and keep, never emit an effect (cut-over). */
  readonly mode: 'act' | 'observe';
  readonly amountCheck: 'required' | 'when-present';
  readonly unknownOrder: 'hold' | 'trust';
  /** From which status on goods are granted; default paid. Earlier ones say so in the event. */
  readonly grantOn: 'authorized' | 'processing' | 'paid';
  readonly regrant: boolean;
  /** Another payment of a `once` order whose payment lost its goods again; default hold. */
  readonly paidAgain?: 'hold' | 'grant';
  /** End users whose test traffic may grant in live until a date (providers' reviewers). */
  readonly testUsers: readonly { readonly endUser: string; readonly until: string }[];
}

const EFFECT_STATES = ['pending', 'queued', 'delivering', 'delivered', 'superseded', 'failed'] as const;
export type EffectState = (typeof EFFECT_STATES)[number];

/** One message we owe the merchant; its row is the permanent latch. */
export interface Effect {
  /** `<payment key>#<name>`: the idempotency key towards the merchant. */
  readonly id: string;
  readonly payment: PaymentKey;
  /** "1#fulfil", "1#revoke", or "n3#payment.refunded" (n = sequence). */
  readonly name: string;
  readonly type: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly state: EffectState;
  /** Raised when a worker takes the lease, so 0 means that the target cannot have seen it. */
  readonly attempts: number;
  /** How often an operator had it sent again after it was final; absent: never. */
  readonly redeliveries?: number;
  /** While `delivering`: until when the worker holds it (ISO 8601); afterwards its outcome is uncertain. */
  readonly leaseUntil?: string;
  /** Not tried again before (ISO 8601): written with every attempt, whichever message comes; absent: due. */
  readonly notBefore?: string;
  /** Why the last delivery that failed did: "unavailable", "rejected", "gone" or "in_progress". */
  readonly lastFailure?: string;
  /** What the merchant receives, fixed when the effect is made, so every retry is identical. */
  readonly event: MerchantEvent;
  /**
   * The header `webhook-id` of every attempt, where it is not the id itself. Absent in an effect of an older version,
   * whose first attempt had the id as it is: a retry must not look like another event.
   */
  readonly webhookId?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The event a merchant's bus or endpoint receives. `schema` is raised on any incompatible change. */
export interface MerchantEvent {
  readonly schema: 1;
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly environment: Environment;
  readonly test: boolean;
  readonly provider: ProviderName;
  readonly account: string;
  readonly orderReference?: string;
  /** What became of the order, by whatever payment; absent where no order is known. */
  readonly order?: OrderState;
  readonly payment: string;
  readonly aliases: readonly Alias[];
  readonly endUser?: string;
  readonly status: Status;
  readonly previousStatus?: Status;
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  readonly net: readonly Money[];
  /** Money beside `moved` that nobody expects, and that is no part of `net`. Absent: none. */
  readonly unexpected?: readonly Money[];
  /** Of the one refund that this notice is about. */
  readonly refund?: Omit<RefundSeen, 'key'> & {
    /** Under which the merchant registered it. */
    readonly reference?: string;
  };
  readonly amountSource: 'evidence' | 'order' | 'none';
  readonly goodwill: boolean;
  /** Status or sums rest on the word of an operator, who looked at the provider; absent: on the evidence alone. */
  readonly confirmedBy?: 'operator';
  readonly early: boolean;
  readonly holds: readonly HoldReason[];
  readonly details: Details;
  readonly causedBy: readonly string[];
  /** Of the request that brought the news: leads through the logs of every function. */
  readonly correlationId?: string;
  readonly occurredAt: string;
}

/**
 * What one input did to one payment; the worker writes all of it in one transaction. `payment.version` and
 * `order.version` are already raised by one: the write's condition is the version read (or `absent`).
 * `recorded`: nothing changed (a decision that is already ledgered); `payment` is then the one given.
 */
export interface Transition {
  readonly outcome: 'applied' | 'recorded' | 'conflict';
  readonly payment: Payment;
  /** The order as it must be written (grant of a `once` order), or absent when unchanged. */
  readonly order?: Order;
  /** Payments to be derived anew: what holds them has changed with this one's grant. */
  readonly rederive: readonly PaymentKey[];
  /** No order matched: aliases that must still be absent, and on which a waiting mark is left. */
  readonly waitsFor: readonly Alias[];
  readonly effects: readonly Effect[];
}

/** `order`: what `orderToLoad` led to; a granted payment keeps the order it was granted for. */
export interface World {
  readonly payment: Payment | undefined;
  readonly order: Order | undefined;
  /** The payment in `order.paidBy`, where it is another one. */
  readonly claimant?: Payment | undefined;
  /** Of the payment in `order.paidBy`: one of `order.paidBefore` whose goods are out still, and that takes over from it. */
  readonly standing?: Payment | undefined;
}

export type Input =
  | { readonly type: 'normalized'; readonly normalized: NormalizedEvent; readonly conflict: boolean }
  /** An order was registered or policy changed: derive anew from the stored facts. */
  | { readonly type: 'reevaluate'; readonly cause: string }
  | { readonly type: 'decide'; readonly decision: HoldDecision }
  /** The merchant registered a refund of this payment. */
  | { readonly type: 'refund'; readonly refund: Refund };

/** What differs between providers where the core decides; rules.ts of each provider's folder says it. */
export interface ProviderRules {
  /** Whether two names mean one end user. */
  isSameEndUser(a: string, b: string): boolean;
  /**
   * It signs for every merchant with one key, and whoever starts a payment chooses its reference and end user: a
   * stranger's genuine notification may name our order. Only the provider's own order id tells them apart.
   */
  readonly signsForAll: boolean;
  /** Each refund has an id of its own, by which a registered one is known again. */
  readonly namesRefunds: boolean;
  /** One order may be paid in several parts. */
  readonly takesInstalments: boolean;
}

/** A provider's tables as the core uses them (see shared/providers/<name>/facts.ts). */
export type ReadFacts = (facts: Facts, context: ReadContext) => Reading;

/** What the order adds to a reading; without an order, nothing. */
export interface ReadContext {
  readonly orderKind: OrderKind | undefined;
  /** Tells an instalment from money that nobody expects. */
  readonly amounts?: readonly AmountTerm[] | undefined;
  /** The order expects its amount in several parts. */
  readonly instalments?: boolean | undefined;
  /** Refunds that the merchant registered: only a known refund explains money that comes back. */
  readonly refunds?: readonly Refund[] | undefined;
  /** The account never pays out (policy `trust`): without an order, payout notices are of refunds. */
  readonly inboundOnly?: boolean | undefined;
}
