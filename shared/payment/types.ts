/** The vocabulary of the payment core. Pure data: no AWS, no clock, no I/O. docs/glossary.md defines the words. */

/** The name of a provider's folder. The core knows no provider by name: `ProviderRules` passes in what differs. */
export type ProviderName = string;

export type Environment = 'sandbox' | 'live';

/** The state of a payment. Every provider's tables map onto these statuses; they are rendered into docs. */
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

/** `amount` is a plain decimal ("902.50", "11"): compare it by value, never as text. `currency` is ISO 4217. */
export interface Money {
  readonly amount: string;
  readonly currency: string;
}

/**
 * Everything the evidence says about one payment: a grow-only map of grow-only sets, so that joining is commutative,
 * associative and idempotent by construction.
 *
 * The key is `<kind>/<provider's id>`, in the provider's vocabulary ("own/1025376256", "refund/1025376300",
 * "dispute/1028606616", "credit/3653956920", "type/0"). Codes and amounts are sorted and unique; an amount is
 * "<decimal> <currency>". Facts never contain personal data.
 */
export interface FactEntry {
  readonly codes: readonly string[];
  readonly amounts: readonly string[];
}
export type Facts = Readonly<Record<string, FactEntry>>;

/** The most entries that the facts of one payment may have. More of them cause the hold `too_many_entries`. */
export const MAX_FACT_ENTRIES = 100;

/** `<provider>:<account>:<subject id>`, e.g. "trustly-europe:shop:3931155141". Ids never contain ":". */
export type PaymentKey = string;

/** One name under which an order may be known to the provider. Aliases are tried in the given order. */
export interface Alias {
  /**
   * `id`: the provider's own id of this payment; `parent`: the id of its parent; `reference`: the merchant's reference.
   */
  readonly type: 'id' | 'parent' | 'reference';
  readonly value: string;
}

type SubjectKind = 'payment' | 'authorization' | 'subscription';

/**
 * What one notification, confirmation (answer of a provider's API) or import says, in the core's terms. A provider's
 * `normalize()` makes it; the core never sees a wire format.
 */
export interface NormalizedEvent {
  readonly source: 'notification' | 'confirmation' | 'import';
  /** The provider's own identity of this message, unique per provider and account. It is the dedupe key. */
  readonly key: string;
  /**
   * The fields that must be equal in every copy of this message (cosmetic fields are left out). A message with the same
   * key and other material fields is a conflicting duplicate: it is kept beside, not applied, and held.
   */
  readonly material: Readonly<Record<string, string>>;
  /** The same fields in the form of an earlier version of Payhooks: stored rows may still contain its hash. */
  readonly formerMaterial?: Readonly<Record<string, string>>;
  /**
   * The payment, authorization or subscription that the facts belong to. Absent: the message is recorded and counted,
   * and changes nothing (SendChallenge, unknown types…).
   */
  readonly subject?: { readonly kind: SubjectKind; readonly id: string };
  readonly facts: Facts;
  /** Names under which to look for the order, the most specific one first. */
  readonly aliases: readonly Alias[];
  /** Test traffic. In live it never grants, except for configured test users. */
  readonly test: boolean;
  /** The end user as the provider names it. It is compared with the order's where both are known. */
  readonly endUser?: string;
  /** Data for the merchant's events besides the status; small, without personal data. */
  readonly details: Details;
  /** How the details join those of other messages (details.ts). Absent: `DEFAULT_STANDING` there. */
  readonly precedence?: Precedence;
  /** What is stored outside the payment: bank account and splitToken of an authorization (Trustly Americas). */
  readonly onFile?: OnFile;
  /** Why this message was accepted but has no meaning for Payhooks ("unknown_event_type"…). Counted by reason. */
  readonly remark?: string;
}

/** The rank of one message among all messages of its payment. A smaller rank takes precedence. */
export interface Precedence {
  /** Whether the message speaks for the payment (paid, under way) or against it (refused, returned, disputed). */
  readonly side: 'for' | 'against';
  readonly rank: number;
  /**
   * `all`: the goods and their quantity; `kind`: the goods, not their quantity; `nothing`: the message is about a
   * refund or a retry.
   */
  readonly describes: 'all' | 'kind' | 'nothing';
}

export interface Ranked<T> {
  readonly rank: number;
  readonly value: T;
}

/** The joined details, each with the rank of the message that it comes from. */
export interface RankedDetails {
  readonly goods?: Ranked<readonly string[]>;
  readonly coins?: Ranked<string>;
  readonly subscription?: Ranked<NonNullable<Details['subscription']>>;
  readonly paymentType?: Ranked<string>;
  readonly transactionType?: Ranked<string>;
  readonly parentId?: Ranked<string>;
  /** Codes and reasons of the message for the payment, and of the one against it, that has the smallest rank. */
  readonly granting?: Ranked<Details>;
  readonly ending?: Ranked<Details>;
}

/** What one message says about the bank account and the splitToken of an authorization. */
export interface OnFile {
  /** The id of the authorization. The message itself may be about another transaction. */
  readonly transactionId: string;
  /** Text that sorts in the provider's own order of messages. The newest message counts, whichever arrives last. */
  readonly rank: string;
  readonly account?: BankAccount;
  /** `given`: a splitToken may come with the message. Otherwise: why the earlier splitToken is no longer usable. */
  readonly splitToken?: 'given' | 'expired' | 'invalid';
}

export interface Details {
  readonly eventType?: string;
  readonly goods?: readonly string[];
  /** Paymentwall virtual currency: the number of coins, as received. Negative only in the notice of a reversal. */
  readonly coins?: string;
  readonly subscription?: { readonly length?: string; readonly period?: string };
  readonly code?: string;
  /** Trustly Americas: the numeric error that accompanies `code` (331 with SW021). */
  readonly errorCode?: string;
  readonly reason?: string;
  readonly reasonCode?: string;
  /** Trustly Americas: the detail of `reasonCode`. For the merchant, never for the shopper. */
  readonly extendedReasonCode?: string;
  readonly suggestedRetryAmount?: string;
  /** A stable code that the merchant translates for the shopper ("not_enough_funds", "try_another_bank"…). */
  readonly shopperMessage?: string;
  readonly paymentType?: string;
  readonly transactionType?: string;
  readonly parentId?: string;
  readonly bankAccount?: BankAccount;
}

/** The bank account that a shopper authorized (Trustly Americas), without its number and its holder. */
export interface BankAccount {
  readonly bankCode?: string;
  readonly bankName?: string;
  readonly provider?: string;
  readonly verified?: boolean;
}

/** What a provider's tables derive from the facts, before orders, amounts, policy and holds are considered. */
export interface Reading {
  readonly kind: SubjectKind;
  /** The direction of the money. Absent for authorizations and subscriptions, and while no evidence gives it. */
  readonly direction?: 'in' | 'out';
  readonly status: Status;
  /** No message reported money, only other data (a bank account), so the payment does not wait for anything. */
  readonly noMoneyReported?: true;
  /** The order kind that the evidence indicates. It is compared with the registered kind. */
  readonly orderKind?: OrderKind;
  /** Cumulative per currency, as far as the evidence says. Empty: the evidence names no amount. */
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  /**
   * Money outside `moved` that the order does not expect: a further payment, or a refund that came back. A person
   * decides which of the two it is (`unexpected_credit`). Absent: none.
   */
  readonly unexpected?: readonly Money[];
  /**
   * Each single refund of the payment (for a payout: money that came back), in a stable order. Absent: this provider
   * does not tell refunds apart, and only the sums are known.
   */
  readonly refundsSeen?: readonly RefundSeen[];
  /**
   * Each refund of the payment that failed or came back, so that the merchant has its money. It has the same key as in
   * `refundsSeen` if it is listed there too. Absent: this provider does not tell refunds apart.
   */
  readonly refundsFailed?: readonly RefundSeen[];
  /**
   * `extent`: a refund is known, and no evidence says whether it covers the whole payment. `amount`: its amount is not
   * known. The provider is polled where it has an API for it. An `extent` that stays unknown raises an alarm.
   */
  readonly refundUnknown?: 'extent' | 'amount';
  /**
   * This payment is a capture of an authorization. Several captures of one authorization can pay one order together.
   */
  readonly capture?: true;
  /** The amount that the provider announces before any money has moved (an authorization). Compared with the order. */
  readonly agreed?: readonly Money[];
  /** Goods may be given without money (Paymentwall goodwill). The fulfil event contains the same flag. */
  readonly goodwill: boolean;
  /** What the evidence alone makes doubtful. Each doubt becomes a hold. */
  readonly doubts: readonly Doubt[];
  /**
   * Events to send besides those of status changes (e.g. "account.received", "authorization.revoked"), each once per
   * payment. Text after a "#" tells repetitions apart and is not sent ("subscription.renewed#b123").
   */
  readonly announcements: readonly string[];
}

export interface RefundSeen {
  /**
   * Stays the same for the same refund. When a key disappears and a new one appears, the new one is the same refund
   * with more data.
   */
  readonly key: string;
  /** The provider's id of the refund. Absent: only a message about the payment reported the refund. */
  readonly id?: string;
  readonly amount?: Money;
}

export interface Doubt {
  readonly reason: HoldReason;
  /** Keys of the fact entries that the doubt rests on. Their digest binds a release to exactly this evidence. */
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

/** A reason why Payhooks does not act on the payment. Derived from facts, order and policy on every transition. */
export interface Hold {
  readonly reason: HoldReason;
  /** SHA-256 of the reason and its evidence (hex, the first 32 characters). A release must name it. */
  readonly digest: string;
}

/**
 * An operator's answer to a hold or, with the reason `waiting`, to a payment that is not settled. It is valid only for
 * the reason and the digest that it names.
 */
export interface HoldDecision {
  readonly reason: HoldReason | 'waiting';
  readonly digest: string;
  /** `confirm` is only valid with the reason `waiting`. */
  readonly verdict: 'release' | 'reject' | 'confirm';
  /**
   * With `confirm`: the amount that was paid and the amount of it that was returned, as the operator saw them at the
   * provider.
   */
  readonly paid?: Money;
  readonly returned?: Money;
  /** With `confirm`: hash of the facts at the time of the answer. The core writes it. */
  readonly evidence?: string;
  readonly by: string;
  readonly note: string;
  readonly at: string;
}

export type OrderKind = 'payment' | 'payout' | 'withdrawal' | 'refund';

/** The expected amount in one currency. With several terms, the order may be paid in any one of the currencies. */
export type AmountTerm =
  | { readonly currency: string; readonly exact: string }
  | { readonly currency: string; readonly min: string; readonly max: string }
  | { readonly currency: string; readonly open: true };

/** What the merchant expects, registered under the merchant's own reference. The same form for every provider. */
export interface Order {
  readonly reference: string;
  readonly kind: OrderKind;
  readonly amounts: readonly AmountTerm[];
  /** once: one paid payment; recurring: each renewal is its own payment; open: any number of payments. */
  readonly use: 'once' | 'recurring' | 'open';
  /**
   * The amount is expected in several parts. Trustly Europe: in several credits; without it, a further credit is
   * unexpected money. Trustly Americas: in several captures; with it, a sum that is still short causes no hold.
   */
  readonly instalments?: true;
  readonly endUser?: string;
  /** ISO 8601. A payment whose first message arrives later is held (`order_expired`). */
  readonly validUntil?: string;
  readonly provider?: ProviderName;
  readonly account?: string;
  readonly aliases: readonly Alias[];
  /** Another system fulfilled the order before the cut-over. Payhooks never fulfils it. */
  readonly fulfilled?: 'external';
  /**
   * When the merchant or an operator closed the order (ISO 8601). Money that arrives for it is held (`order_closed`).
   */
  readonly closedAt?: string;
  /** For `once` orders: the payment that the goods were granted for. */
  readonly paidBy?: PaymentKey;
  /**
   * Payments that had the claim before it moved to `paidBy`: after an operator's release, or because their own goods were
   * revoked (of these at most 20 are listed).
   */
  readonly paidBefore?: readonly PaymentKey[];
  /**
   * Payments that are held because another payment has the claim, and payments that become duplicates when another one
   * claims the order (bounded). They are derived anew when the claim is taken and when the claimant's grant flips.
   */
  readonly contenders?: readonly PaymentKey[];
  /** Captures that pay the order together, each with the amounts that it contributes (bounded). */
  readonly captures?: readonly Capture[];
  readonly version: number;
  readonly registeredAt: string;
}

/** One capture, as the row of the order stores it. */
export interface Capture {
  readonly payment: PaymentKey;
  /** Key of the authorization. Only captures of the same authorization are summed. */
  readonly authorization: PaymentKey;
  /** The amounts that the capture contributes. Empty: none (reversed, refunded, disputed, held or rejected). */
  readonly amounts: readonly Money[];
  /** The capture still has money, so that goods which are out stay granted. */
  readonly stands: boolean;
  /** The capture is held and was never counted. It is listed only so that it is derived anew when the sum changes. */
  readonly held?: true;
}

/** A refund that the merchant started, registered under a reference of its own. */
export interface Refund extends Money {
  readonly reference: string;
  /** The payment that is refunded. */
  readonly payment: PaymentKey;
  /** The provider's own id of the refund. Absent: the merchant named none. */
  readonly id?: string;
  /** Reference of a refund that failed and that this one replaces. */
  readonly replaces?: string;
  readonly registeredAt: string;
}

/**
 * The order as an event shows it. `claimed`: a payment has paid the order and its goods are still granted, or another
 * system fulfilled it. `open`: no payment has paid it, or the goods of the one that had were revoked (`paidBy` names
 * that payment and its status).
 */
export interface OrderState {
  readonly reference: string;
  readonly state: 'open' | 'claimed' | 'closed';
  readonly paidBy?: {
    readonly payment: PaymentKey;
    /** Absent: the row of the payment does not exist. */
    readonly status?: Status;
  };
  /** The sum of the captures that pay the order together. Absent if there are fewer than two. */
  readonly captured?: readonly Money[];
}

/** Whether goods are granted. Each grant raises the epoch: `1#fulfil`, `1#revoke`, `2#fulfil`… */
export interface Grant {
  readonly epoch: number;
  readonly state: 'none' | 'granted' | 'revoked';
  /** Granted in mode observe or by an import: another system gave the goods, so Payhooks sent no fulfil. */
  readonly observed?: true;
}

/** One payment row. The facts are the truth; everything else is derived from them or records what Payhooks did. */
export interface Payment {
  readonly key: PaymentKey;
  readonly provider: ProviderName;
  readonly account: string;
  readonly id: string;
  readonly facts: Facts;
  /** Union of the aliases of all messages, for finding the order and for the merchant's events. */
  readonly aliases: readonly Alias[];
  /**
   * Every end user that the messages named (bounded, sorted); normally one. A union, so the order of arrival does not
   * matter.
   */
  readonly endUsers: readonly string[];
  readonly test: boolean;
  /** Describes the payment (goods, type, parent) for people and events. No rule depends on it. */
  readonly details: Details;
  /**
   * The ranked values that `details` is made from, and that `fulfil` and `revoke` contain. Absent in rows of older
   * versions.
   */
  readonly described?: RankedDetails;
  /**
   * `<notification key>#<first 16 characters of the material hash>` of each conflicting duplicate (bounded, sorted).
   */
  readonly conflicts: readonly string[];
  readonly decisions: readonly HoldDecision[];
  /** Refunds that the merchant registered (bounded), the oldest one first. */
  readonly refunds?: readonly Refund[];
  readonly orderReference?: string;
  /**
   * For money out: reference of the last order that was open when the payment was derived. Closing that order later
   * does not hold the payment.
   */
  readonly sentUnder?: string;
  readonly reading: Reading;
  readonly status: Status;
  /** Open holds only: without those that a release covers. A rejected payment has none. */
  readonly holds: readonly Hold[];
  readonly grant: Grant;
  /** Sequence number of the last effect of this payment. */
  readonly sequence: number;
  readonly version: number;
  readonly firstSeenAt: string;
  readonly updatedAt: string;
}

/**
 * Policy of one account: how strict it is, and when goods are granted. It comes from cdk.json and is checked at synth.
 */
export interface AccountPolicy {
  readonly provider: ProviderName;
  readonly account: string;
  readonly environment: Environment;
  /** observe: derive and store, never create an effect (cut-over). */
  readonly mode: 'act' | 'observe';
  readonly amountCheck: 'required' | 'when-present';
  readonly unknownOrder: 'hold' | 'trust';
  /** The status from which on goods are granted; default paid. With an earlier one, the event has `early`. */
  readonly grantOn: 'authorized' | 'processing' | 'paid';
  readonly regrant: boolean;
  /** What to do with a payment of a `once` order whose earlier payment was revoked; default hold. */
  readonly paidAgain?: 'hold' | 'grant';
  /** End users (providers' reviewers) whose test traffic may grant in live until a date. */
  readonly testUsers: readonly { readonly endUser: string; readonly until: string }[];
}

const EFFECT_STATES = ['pending', 'queued', 'delivering', 'delivered', 'superseded', 'failed'] as const;
export type EffectState = (typeof EFFECT_STATES)[number];

/** One message that the merchant must get. Its row stays, so that the effect is created only once. */
export interface Effect {
  /** `<payment key>#<name>`: the idempotency key for the merchant. */
  readonly id: string;
  readonly payment: PaymentKey;
  /** "1#fulfil", "1#revoke" (epoch), or "n3#payment.refunded" (n = sequence). */
  readonly name: string;
  readonly type: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly state: EffectState;
  /** Raised when a worker takes the lease. 0 therefore means that the target cannot have received the effect. */
  readonly attempts: number;
  /** How often an operator had the effect sent again after it was final. Absent: never. */
  readonly redeliveries?: number;
  /**
   * In state `delivering`: the end of the worker's lease (ISO 8601). After it the outcome of the attempt is unknown.
   */
  readonly leaseUntil?: string;
  /**
   * No attempt is made before this time (ISO 8601), whichever message asks for it. Written with every attempt. Absent:
   * due now.
   */
  readonly notBefore?: string;
  /** Why the last failed delivery failed: "unavailable", "rejected", "gone" or "in_progress". */
  readonly lastFailure?: string;
  /** The event that the merchant receives. Fixed when the effect is created, so that every retry is identical. */
  readonly event: MerchantEvent;
  /**
   * The header `webhook-id` of every attempt, where it differs from `id`. Absent in an effect of an older version,
   * whose first attempt sent `id` unchanged: a retry must not look like another event.
   */
  readonly webhookId?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The event that a merchant's bus or endpoint receives. `schema` is raised on any incompatible change. */
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
  /** The present state of the order, whichever payment paid it. Absent if no order is known. */
  readonly order?: OrderState;
  readonly payment: string;
  readonly aliases: readonly Alias[];
  readonly endUser?: string;
  readonly status: Status;
  readonly previousStatus?: Status;
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  readonly net: readonly Money[];
  /** Money outside `moved` that the order does not expect; not included in `net`. Absent: none. */
  readonly unexpected?: readonly Money[];
  /** The one refund that this notice is about. */
  readonly refund?: Omit<RefundSeen, 'key'> & {
    /** The reference under which the merchant registered the refund. Absent: it is not registered. */
    readonly reference?: string;
  };
  readonly amountSource: 'evidence' | 'order' | 'none';
  readonly goodwill: boolean;
  /** An operator confirmed the status or the sums at the provider. Absent: they rest on the evidence alone. */
  readonly confirmedBy?: 'operator';
  readonly early: boolean;
  readonly holds: readonly HoldReason[];
  readonly details: Details;
  readonly causedBy: readonly string[];
  /** The id of the request that brought the message. It occurs in the logs of every function. */
  readonly correlationId?: string;
  readonly occurredAt: string;
}

/**
 * What one input changes about one payment; the worker writes all of it in one transaction. `payment.version` and
 * `order.version` are already raised by one: the condition of the write is the version that was read (or that the row
 * does not exist). With `recorded` nothing changed (a decision that is already stored), and `payment` is the given one.
 */
export interface Transition {
  readonly outcome: 'applied' | 'recorded' | 'conflict';
  readonly payment: Payment;
  /** The order as it must be written. Absent: unchanged. */
  readonly order?: Order;
  /**
   * More refunds became known than one transaction announces: the payment is derived anew for the others. Absent: all
   * are announced.
   */
  readonly hasMoreRefunds?: true;
  /** The order that the payment leaves for `order`, as it must be written. Absent: unchanged. */
  readonly formerOrder?: Order;
  /** Payments that must be derived anew, because the claim or the sum that they are held for has changed. */
  readonly rederive: readonly PaymentKey[];
  /** No order matched: aliases that must still have no order, and under which a waiting mark is left. */
  readonly waitsFor: readonly Alias[];
  readonly effects: readonly Effect[];
}

/** `order`: the order that `orderToLoad` leads to. A granted payment keeps the order that it was granted for. */
export interface World {
  readonly payment: Payment | undefined;
  readonly order: Order | undefined;
  /** The payment in `order.paidBy`, if it is not this one. */
  readonly claimant?: Payment | undefined;
  /**
   * For the payment in `order.paidBy`: the payment of `order.paidBefore` whose goods are still granted, and which takes
   * over the claim.
   */
  readonly successor?: Payment | undefined;
  /** The order that the payment followed before, if `order` is another one. */
  readonly formerOrder?: Order | undefined;
}

export type Input =
  | { readonly type: 'normalized'; readonly normalized: NormalizedEvent; readonly conflict: boolean }
  /** An order was registered or the policy changed: derive anew from the stored facts. */
  | { readonly type: 'reevaluate'; readonly cause: string }
  | { readonly type: 'decide'; readonly decision: HoldDecision }
  /** The merchant registered a refund of this payment. */
  | { readonly type: 'refund'; readonly refund: Refund };

/** What differs between providers in the core's rules. Each provider's rules.ts implements it. */
export interface ProviderRules {
  /** Whether the two names mean the same end user. */
  isSameEndUser(a: string, b: string): boolean;
  /**
   * The provider signs for all merchants with one key, and whoever starts a payment chooses its reference and end user.
   * A genuine notification about another merchant's payment may therefore name our order; only the provider's own order
   * id tells the two apart.
   */
  readonly signsForAll: boolean;
  /** Each refund has its own id at the provider. A registered refund is matched by it. */
  readonly namesRefunds: boolean;
  /** One order may be paid in several parts. */
  readonly takesInstalments: boolean;
}

/** A provider's tables in the form that the core calls (see shared/providers/<name>/facts.ts). */
export type ReadFacts = (facts: Facts, context: ReadContext) => Reading;

/** What the order contributes to a reading. Without an order: nothing. */
export interface ReadContext {
  readonly orderKind: OrderKind | undefined;
  /** The order's amounts. They tell an instalment from unexpected money. */
  readonly amounts?: readonly AmountTerm[] | undefined;
  /** The order expects its amount in several parts. */
  readonly instalments?: boolean | undefined;
  /** Refunds that the merchant registered. Only a registered refund explains money that comes back. */
  readonly refunds?: readonly Refund[] | undefined;
  /** The account never pays out (policy `trust`): without an order, payout notices are about refunds. */
  readonly inboundOnly?: boolean | undefined;
}
