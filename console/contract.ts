/**
 * The interface between the console's page and its server: every view, every action, every error.
 *
 * The page is at BASE, which ends with "/": `http://127.0.0.1:8787/_local/` for the local stack,
 * `http://127.0.0.1:PORT/TOKEN/` for `payhooks console`. All requests of the page are relative to BASE:
 *
 *   GET  BASE api/v1/<view>             JSON; parameters in the query; never cached
 *   GET  BASE api/v1/live               Server-Sent Events, see LiveEvent
 *   POST BASE api/v1/actions/<name>     JSON; header `x-payhooks-token: <token of capabilities>`,
 *                                       `content-type: application/json`; the page's own origin
 *
 * A view's answer has an ETag. If `if-none-match` has the ETag of an unchanged answer, the response is 304 without a
 * body, so the page may request on every LiveEvent. Every failure is an ApiError with a status: 400 an invalid request,
 * 403 no token, a foreign origin or an action where none is allowed, 404 not found, 405 wrong method, 409 refused (the
 * named item has changed or does not allow it: nothing was done), 502 AWS refused or failed, 503 the stack does not
 * answer.
 *
 * Times are ISO 8601 in UTC. Ids and references in a path or query are percent-encoded. Fields may be added; a page
 * ignores unknown fields.
 */
import type { Token } from 'marked';
import type { LoggedOutcome } from '../shared/app/http/request-log.ts';
import type { ReadToday } from '../shared/app/operator/quarantine-review.ts';
import type { Rederived } from '../shared/app/operator/rederive.ts';
import type { SentBackRow } from '../shared/app/operator/sent-back.ts';
import type { Holds, Moment } from '../shared/app/operator/views.ts';
import type { Reconciliation } from '../shared/app/schedules/reconcile.ts';
import type { HoldAdvice, PaidAgain } from '../shared/payment/index.ts';
import type {
  AmountTerm,
  Effect,
  Money,
  Order,
  Payment,
  PaymentKey,
  Status,
} from '../shared/payment/types.ts';

export interface ApiError {
  /** One sentence for a person. */
  readonly error: string;
  /** What to do about it; absent when there is nothing to do. */
  readonly next?: string;
}

/** Paging of the views that are lists: the next page is the same request with `cursor`. */
export interface Page {
  /** Absent on the last page. */
  readonly next?: string;
  /** True when the table has more than was read, and no cursor leads there. The page shows that. */
  readonly more: boolean;
}

// GET capabilities --------------------------------------------------------------------------------------------------

export interface Capabilities {
  /** "local", or the stack's name as it was typed. */
  readonly backend: string;
  /** "local :8787 (sandbox)", "PayhooksLive (live)" */
  readonly label: string;
  readonly environment: 'sandbox' | 'live';
  /** Whether the stack is local: then it has stories, faults, sending again, and the shop's receipts. */
  readonly local: boolean;
  readonly actionsAllowed: boolean;
  /** The value of the header `x-payhooks-token`. */
  readonly token: string;
  /** The user of this computer; empty for a machine's account (root): the page then asks for a name. */
  readonly user: string;
  readonly accounts: readonly AccountShown[];
  readonly statuses: readonly Status[];
  readonly holdReasons: readonly string[];
  /** How long a provider waits for an answer, in milliseconds. */
  readonly answerBudgetMs: number;
  /** Where events go: to an event bus of AWS, or to the shop's own HTTPS address. */
  readonly target: 'eventbridge' | 'https';
  /** Why all answers may be wrong ("The disk is full…"); absent when nothing is known to be wrong. */
  readonly warning?: string;
}

export interface AccountShown {
  readonly provider: string;
  readonly account: string;
  readonly method: 'POST' | 'GET';
  /** The address registered with the provider; absent when it is not known. */
  readonly url?: string;
}

// GET live ----------------------------------------------------------------------------------------------------------

/**
 * `event: version`, `data: <LiveEvent>`. The first comes at once, further ones when something may have changed (local:
 * at most four a second; AWS: every ten seconds) and at least every 15 seconds. On each the page requests its views
 * again.
 */
export interface LiveEvent {
  readonly version: number;
  readonly at: string;
}

// GET requests?provider=&account=&status=4xx&reason=&q=&since=24h&self-tests=1&cursor=&limit=50 -----------------------

/**
 * Newest first. `status`: "401" or "4xx". `q`: a name of a payment or an order, or a part of a correlation id, event,
 * reason, sentence or status. `since`: "90min", "24h", "7d" or a time.
 */
export interface RequestsView extends Page {
  readonly requests: readonly RequestShown[];
  readonly since: string;
  /** Number of requests that match the filters, of all that were read. */
  readonly total: number;
  /** Number per status of the requests that match all filters except `status`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Number of self-tests that match the filters. Only with `self-tests=1` are they listed and counted. */
  readonly selfTests: number;
}

export interface RequestShown {
  /** The gateway's request id: it leads to the logs of every function, and to the notification of a payment. */
  readonly correlationId: string;
  readonly at: string;
  /** The status code of the answer: "200", "401", … */
  readonly status: string;
  readonly route?: string;
  readonly provider?: string;
  readonly account?: string;
  /** "accepted", "refused", "failed"… absent when no intake function answered it. */
  readonly outcome?: string;
  readonly reason?: string;
  readonly sentence?: string;
  /** Reason and sentence, for people; if the key is in question, also what is known about the secret. */
  readonly why?: string;
  /** Milliseconds from the gateway's time stamp to the answer; absent when not measured. */
  readonly ms?: number;
  /** Local: the request is stored unchanged, and can be sent again. */
  readonly kept?: boolean;
  /** What the request is about, if known: locally from its text, on AWS from the worker's log. */
  readonly summary?: RequestSummary;
  /** What the worker did with it. Absent when it has not handled it yet, or when it is not known. */
  readonly settledAs?: SettledAs;
  /** Present when the stack, or doctor, sent it as a self-test. */
  readonly selfTest?: 'forged' | 'signed';
}

/** duplicate: a copy of a known notification · conflict: other content under a known id. */
export type SettledAs = LoggedOutcome['as'];

export interface RequestSummary {
  /** The provider's word for what happened: "Complete", "credit". */
  readonly event?: string;
  /** "902.50 EUR", or without a currency if the message names none. */
  readonly amount?: string;
  /** The provider's id of the payment. */
  readonly id?: string;
  /** The order's reference. */
  readonly order?: string;
  /** False when its signature was not verified, so that anybody may have written the text. */
  readonly verified: boolean;
}

// GET requests/{correlationId} ----------------------------------------------------------------------------------------

export interface RequestDetail {
  readonly request: RequestShown;
  /** Payments of its notification, as far as logs and rows show them. */
  readonly payments: readonly PaymentKey[];
  /** For a refused request: the payments and orders of this stack that its unverified text names. */
  readonly named?: { readonly payments: readonly PaymentKey[]; readonly orders: readonly string[] };
  /** Local: the request unchanged. Its fields can be changed one by one (action `send-changed`). */
  readonly content?: {
    readonly method: string;
    readonly path: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };
}

// GET payments?q=&provider=&account=&status=&held=1&undelivered=1&due=1&scope=all|open&cursor=&limit=50 -----------------

/**
 * Newest change first. `q`: a payment's name or provider's id, an order's reference, an id of a notification, the id of
 * an event, or a part of one of these. `scope=open`: payments that wait for somebody, from the open index; `all` reads
 * the table (up to a limit, see `more`). `held=1`, `undelivered=1`: only those. `due=1`: those of which money is still
 * due to the shopper, and that are not held.
 */
export interface PaymentsView extends Page {
  readonly payments: readonly PaymentShown[];
  /** Number of payments that match the filters, of all that were read. */
  readonly total: number;
  /** When the table was read. */
  readonly readAt: string;
  /** With `due=1`: what is due over all of them, and of how many only the provider knows how much. */
  readonly due?: { readonly sum: readonly Money[]; readonly unknown: number };
}

export interface PaymentShown
  extends Pick<
    Payment,
    'provider' | 'account' | 'id' | 'status' | 'holds' | 'grant' | 'test' | 'firstSeenAt' | 'updatedAt'
  > {
  readonly payment: PaymentKey;
  readonly orderReference: string | null;
  /** Order references that the provider named, when no order matches. */
  readonly named?: readonly string[];
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  /** Events that the merchant has not received: late, or failed. */
  readonly undelivered: readonly UndeliveredShown[];
  /**
   * Present when its goods are given and the shop has not received the `fulfil`. In a list of many payments: only when
   * that event is among `undelivered`.
   */
  readonly fulfilPending?: true;
  /** Present when an operator rejected it: its goods are not given, and its money is to be given back. */
  readonly rejected?: true;
  /** In the list of payments: what is still due to the shopper; absent when nothing is, or while it is held. */
  readonly due?: { readonly sum: readonly Money[]; readonly isUnknown: boolean };
}

/** State "failed": no further attempt follows. `updatedAt`: the last attempt. */
export type UndeliveredShown = Pick<
  Effect,
  'id' | 'type' | 'state' | 'attempts' | 'lastFailure' | 'createdAt' | 'updatedAt'
>;

// GET payments/{key} --------------------------------------------------------------------------------------------------

/** As `payhooks payments show --json`. */
export interface PaymentDetail {
  readonly payment: Omit<Payment, 'endUsers' | 'details' | 'described' | 'refunds' | 'sentUnder'> & {
    /** Number of end users that the notifications named. */
    readonly endUsers: number;
    readonly details: object;
  };
  /** For each hold: what each answer does, and which one is advised. */
  readonly advice?: readonly HoldAdvice[];
  readonly paidAgain?: PaidAgainShown;
  readonly refunds: readonly {
    readonly reference: string;
    readonly amount: string;
    readonly currency: string;
    readonly state: string;
    readonly registeredAt: string;
  }[];
  /** What is still due to the shopper. */
  readonly owed?: {
    readonly owed: readonly Money[];
    readonly underWay: readonly Money[];
    readonly isUnknown: boolean;
  };
  readonly order?: OrderShown;
  /** Present when the provider is polled about it. */
  readonly questions?: { readonly nextAt: string };
  /** Oldest first. */
  readonly timeline: readonly MomentShown[];
  readonly more: boolean;
  /** What it waits for, when it has no hold and is not settled. `confirm` and `reject-payment` need the digest. */
  readonly waiting?: {
    readonly digest: string;
    /** The end of a sentence: "the provider's word that…". */
    readonly for: string;
    /** False when only `reject-payment` can answer it. */
    readonly confirmable: boolean;
  };
  /** What the order expects, what the payment moved and returned, and what is left. */
  readonly money: {
    readonly expected: readonly AmountTerm[];
    readonly moved: readonly Money[];
    readonly returned: readonly Money[];
    readonly unexpected: readonly Money[];
  };
  /** What to do, the most important first; empty when nothing is to be done. */
  readonly nextSteps: readonly NextStep[];
  /** Local: what the shop received. */
  readonly received?: readonly Received[];
}

/** Present when several payments have paid an order that should be paid once. */
export interface PaidAgainShown extends PaidAgain {
  /** Sentences: how often the goods are given, what money is there, what is due to the shopper. */
  readonly says: readonly string[];
}

export interface NextStep {
  /** One sentence. */
  readonly says: string;
  /** The actions that carry it out; the page adds the operator note. */
  readonly actions: readonly { readonly action: ActionName; readonly body: object }[];
  /** A path below docs/, if there is one: "runbooks/payment-held.md". */
  readonly doc?: string;
}

/** An entry of the timeline; `what` distinguishes notification, decision and event. */
export type MomentShown = NotificationShown | DecisionShown | EffectShown;

type MomentOf<What> = Extract<Moment, { readonly what: What }>;

export interface NotificationShown extends MomentOf<'notification'> {
  /**
   * Number of further requests of the same notification that were absorbed, from the worker's log: locally since the
   * start, on AWS since a day before the console was opened. Absent when it came before that and none is known, or when
   * it was not applied.
   */
  readonly duplicates?: number;
  /** One sentence: what was done with it and why. */
  readonly says: string;
}

/** redrive and apply: an operator sent a message of this payment back, from the dead letters or from quarantine. */
export type DecisionShown = Exclude<Moment, MomentOf<'notification'> | MomentOf<'effect'>>;

export interface EffectShown {
  readonly at: string;
  readonly what: 'effect';
  /** `effect.id` is the id for GET events/{id} and for the action redeliver. */
  readonly effect: Omit<Effect, 'event' | 'payment' | 'webhookId'>;
  /** The merchant should have it by now, and attempts still follow. */
  readonly late?: true;
  /** One sentence: delivered or not, after how many attempts, why not, and when the next attempt is. */
  readonly says: string;
}

/** Local: one event as the demo shop stored it. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly payment: PaymentKey;
  readonly orderReference?: string;
  readonly status?: string;
  readonly via: 'bus' | 'endpoint';
  readonly copies: number;
  readonly receivedAt: string;
}

// GET events/{id} -----------------------------------------------------------------------------------------------------

/** The event as the merchant receives it. Personal data is replaced by "not shown". */
export interface EventDetail {
  readonly effect: EffectShown['effect'];
  readonly event: object;
}

// GET reread ----------------------------------------------------------------------------------------------------------

/** Makes the next read of payments and orders scan the whole table again: a person asked for it. */
export interface Reread {
  readonly done: true;
}

// GET docs/{path below docs/} ------------------------------------------------------------------------------------------

/** A page of the documentation, such as the runbook that a view names. */
export interface DocumentView {
  /** "runbooks/held-payments.md" */
  readonly path: string;
  /** Its Markdown, as marked reads it: https://marked.js.org/using_pro#lexer */
  readonly tokens: readonly Token[];
}

// GET orders?q=&state=open|claimed|closed&held=1&undelivered=1&cursor=&limit=50 · GET orders/{reference} ---------------

/** `q`: a reference or a part of it, of registered orders and of unregistered orders that payments name. */
export interface OrdersView extends Page {
  readonly orders: readonly OrderListed[];
  /** With `q`: references that payments name and that were never registered. */
  readonly unregistered: readonly UnregisteredShown[];
  readonly total: number;
  readonly readAt: string;
}

export interface UnregisteredShown {
  readonly reference: string;
  readonly payments: readonly PaymentShown[];
}

/** An order of a list, with what stands in its way. */
export interface OrderListed extends OrderShown {
  /** Number of its payments that are held, of all that were read. */
  readonly held?: number;
  /** Number of events about it that the merchant has not received: late, or failed. */
  readonly undelivered?: number;
}

export interface OrderShown extends Omit<Order, 'aliases' | 'endUser' | 'closedAt' | 'captures'> {
  readonly state: 'open' | 'claimed' | 'closed';
}

/** As `payhooks orders show --json`, with its payments. */
export interface OrderDetail {
  readonly reference: string;
  /** Absent when the order was never registered, but payments name it. */
  readonly order?: OrderShown;
  /** Payments that match it and do not move. */
  readonly standing: readonly PaymentKey[];
  /** More payments stand under it or wait for it than are listed. */
  readonly more?: true;
  /** Payments that have one of its names and pay another order. */
  readonly paidElsewhere?: readonly { readonly payment: PaymentKey; readonly order: string }[];
  readonly paidAgain?: PaidAgainShown;
  readonly ledger: readonly {
    readonly what: string;
    readonly by: string;
    readonly note: string;
    readonly at: string;
    readonly version: number;
    readonly changed: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
  }[];
  /** Every payment that belongs to it. */
  readonly payments: readonly PaymentShown[];
  /** The merchant's events about it, oldest first. */
  readonly events: readonly EffectShown[];
}

// GET holds?limit=200 --------------------------------------------------------------------------------------------------

/** Longest waiting first. */
export interface HoldsView extends Page {
  readonly held: readonly HeldShown[];
}

export type HeldShown = Holds['held'][number] & {
  readonly expected: readonly AmountTerm[];
  /** For conflicting duplicates: each notification of that id with its content, the applied one first. */
  readonly sides: readonly { readonly key: string; readonly notifications: readonly NotificationShown[] }[];
};

// GET quarantine?all=1&limit=100 ---------------------------------------------------------------------------------------

/** Longest ago first. */
export interface QuarantineView extends Page {
  readonly messages: readonly QuarantinedShown[];
  /** Sent back by an operator in the last 45 days, newest first. */
  readonly sentBack: readonly SentBackShown[];
}

export interface QuarantinedShown {
  readonly id: string;
  readonly provider: string;
  readonly account: string;
  readonly reason: string;
  /** How this version reads it; only `readable` ones can be applied, and these cannot be discarded. */
  readonly today: ReadToday;
  readonly receivedAt: string;
  readonly digest: string;
  readonly correlationId: string;
}

// GET undelivered ------------------------------------------------------------------------------------------------------

/** Events that the merchant has not received, the oldest first: late (five minutes) or failed. */
export interface UndeliveredView extends Page {
  /** Number of events that are not late: they are tried for the first time, or again. */
  readonly onTheirWay: number;
  readonly events: readonly (UndeliveredShown & {
    readonly payment: PaymentKey;
    readonly orderReference: string | null;
    readonly status: Status;
    readonly says: string;
  })[];
}

// GET queues · GET dead-letters ----------------------------------------------------------------------------------------

/** Numbers are approximate, as SQS counts. */
export interface QueuesView {
  readonly queues: readonly {
    readonly name: 'notifications' | 'fulfilment';
    readonly visible: number;
    readonly inFlight: number;
    readonly delayed: number;
    readonly deadLetters: number;
    /** Number of parked rows, counted up to 1,000. */
    readonly parked: number;
    /** Whether `payhooks pause` stopped its worker; absent when unknown. */
    readonly paused?: boolean;
  }[];
  /** Redriven by an operator in the last 45 days, newest first. */
  readonly sentBack: readonly SentBackShown[];
}

/** `where`: "notifications", "fulfilment", or "paymentwall/goods" for a quarantine. */
export type SentBackShown = Omit<SentBackRow, 'what'>;

/**
 * Reading dead letters hides them from other readers for a moment, and takes about a second: request this when a person
 * opens the list, never on every LiveEvent.
 */
export interface DeadLettersView {
  readonly depths: Readonly<Record<string, number>>;
  readonly letters: readonly {
    readonly queue: 'notifications' | 'fulfilment';
    readonly from: 'dead-letter queue' | 'parked';
    readonly id: string;
    readonly sentAt: string;
    readonly receives: number;
    readonly reason: string;
    /** What it is about: "Notification of Paymentwall". */
    readonly title: string;
    /** Whose it is, as far as its envelope says: "payment b1". */
    readonly of?: string;
    /** The reason in a sentence without its full stop. */
    readonly why: string;
    /** Provider, account, payment, correlation id…: the content stays sealed. */
    readonly envelope: Readonly<Record<string, unknown>>;
  }[];
}

// GET reconciliation ---------------------------------------------------------------------------------------------------

export interface ReconciliationView {
  /**
   * Result of the last action `reconcile` in this console, or of the demo shop's last report (local); absent when there
   * is none.
   */
  readonly last?: Reconciliation & { readonly at: string };
  readonly accounts: readonly {
    readonly provider: string;
    readonly account: string;
    /** Whether the stack polls the provider; false when the provider has no API, or the account does not poll. */
    readonly isPolled: boolean;
  }[];
  /** Payments that wait for their provider, or that are overdue. */
  readonly waiting: readonly PaymentShown[];
  readonly more: boolean;
}

// GET flow -------------------------------------------------------------------------------------------------------------

/**
 * The path of a notification, with what is on it now. Nodes in order; counts of the last hour unless they are "now".
 */
export interface FlowView {
  readonly since: string;
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly {
    readonly from: FlowNodeName;
    readonly to: FlowNodeName;
    readonly label?: string;
  }[];
}

export type FlowNodeName =
  | 'provider'
  | 'intake'
  | 'queue'
  | 'worker'
  | 'outbox'
  | 'fulfilment'
  | 'shop'
  | 'refused'
  | 'quarantine'
  | 'dead-letters'
  | 'holds';

export interface FlowNode {
  readonly name: FlowNodeName;
  readonly title: string;
  readonly counts: readonly {
    readonly label: string;
    readonly value: number;
    /** now: present now · since: counted since `since`. */
    readonly when: 'now' | 'since';
    /** bad: somebody must look at it. */
    readonly tone?: 'good' | 'bad' | 'wait';
    /** The view that lists the items, with its query: "holds", "requests?status=4xx". */
    readonly view?: string;
  }[];
}

// GET latency?since=24h ------------------------------------------------------------------------------------------------

/** Distribution of answer times. */
export interface LatencyView {
  readonly since: string;
  readonly budgetMs: number;
  readonly count: number;
  /** Number of answers above the budget. */
  readonly over: number;
  /** Absent without answers. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
  /** Ascending and without gaps; the last one has no upper end. */
  readonly buckets: readonly { readonly fromMs: number; readonly toMs?: number; readonly count: number }[];
}

// GET dashboards · GET dashboards/{name}?from=&to= ---------------------------------------------------------------------

export interface DashboardsView {
  readonly dashboards: readonly {
    readonly name: string;
    readonly title: string;
    readonly defaultHours: number;
  }[];
}

/**
 * Made from the synthesized DashboardBody, with the metrics that the functions emitted (local) or that CloudWatch has
 * (AWS).
 */
export interface DashboardDetail {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly widgets: readonly WidgetShown[];
}

export interface WidgetShown {
  /** Without its unit. */
  readonly title: string;
  /** What it shows, and what is good. */
  readonly says?: string;
  /** Of all its values; absent for numbers. */
  readonly unit?: 'ms' | 's' | '%';
  readonly type: 'graph' | 'number' | 'alarms' | 'log' | 'text';
  /** Position on CloudWatch's grid of 24 columns. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly series: readonly {
    readonly label: string;
    /** Where it differs from the widget's. */
    readonly unit?: 'ms' | 's' | '%';
    /** Pairs of seconds since 1970 and value, ascending. */
    readonly points: readonly (readonly [number, number])[];
  }[];
  /** Horizontal lines, such as how long a provider waits. */
  readonly lines: readonly { readonly label: string; readonly value: number }[];
  /** Why nothing is drawn ("log queries are shown in CloudWatch alone"). */
  readonly note?: string;
}

// Local: GET stories · GET faults · GET fulfilments ---------------------------------------------------------------------

export interface StoriesView {
  readonly stories: readonly {
    /** "trustly-americas/paid", … */
    readonly name: string;
    readonly provider: string;
    readonly says: string;
    readonly notifications: number;
  }[];
}

export interface FaultsView {
  readonly services: readonly {
    readonly service: string;
    /** The fault that is switched on; null when the service works. */
    readonly fault: string | null;
    readonly allowed: readonly string[];
  }[];
}

/** Newest first. */
export interface FulfilmentsView {
  readonly fulfilments: readonly Received[];
}

// POST actions/{name} --------------------------------------------------------------------------------------------------

/** The operator note, kept in the ledger; without `by`: the user of this computer. */
export interface OperatorNoteBody {
  readonly note: string;
  readonly by?: string;
}

/** The body of each action. Each runs the command of the same name, with the same refusals. */
export interface Actions {
  /** holds release */
  readonly release: OperatorNoteBody & {
    readonly payment: PaymentKey;
    readonly reason: string;
    readonly digest: string;
  };
  /** holds reject */
  readonly reject: OperatorNoteBody & {
    readonly payment: PaymentKey;
    readonly reason: string;
    readonly digest: string;
  };
  /** payments confirm; `paid`: "902.50 EUR" */
  readonly confirm: OperatorNoteBody & {
    readonly payment: PaymentKey;
    readonly digest: string;
    readonly paid: string;
    readonly returned?: string;
  };
  /** payments reject */
  readonly 'reject-payment': OperatorNoteBody & { readonly payment: PaymentKey; readonly digest: string };
  /** redeliver EFFECT */
  readonly redeliver: OperatorNoteBody & { readonly event: string };
  /** redeliver --failed */
  readonly 'redeliver-failed': OperatorNoteBody;
  /** dlq redrive ID… */
  readonly redrive: OperatorNoteBody & { readonly ids: readonly string[] };
  /** dlq discard ID */
  readonly 'discard-parked': OperatorNoteBody & { readonly id: string };
  /** rederive PAYMENT…; `apply` false or absent: a dry run, whose result is a RederiveResult */
  readonly rederive: Partial<OperatorNoteBody> & {
    readonly payments: readonly PaymentKey[];
    readonly apply?: boolean;
  };
  /** quarantine apply ID… */
  readonly 'quarantine-apply': OperatorNoteBody & { readonly ids: readonly string[] };
  /** quarantine discard ID */
  readonly 'quarantine-discard': OperatorNoteBody & { readonly id: string };
  /** orders close REFERENCE */
  readonly 'close-order': OperatorNoteBody & { readonly reference: string; readonly version?: number };
  /** orders reopen REFERENCE */
  readonly 'reopen-order': OperatorNoteBody & { readonly reference: string; readonly version?: number };
  /** reconcile; may take minutes */
  readonly reconcile: { readonly dryRun?: boolean; readonly since?: string };
  /** Local: trigger STORY */
  readonly trigger: {
    readonly story: string;
    readonly account?: string;
    readonly order?: string;
    readonly tamper?: boolean;
    readonly repeat?: number;
  };
  /** Local: sends a stored request again, byte for byte. */
  readonly 'send-again': { readonly correlationId: string };
  /** Local: sends a stored request with one field changed after signing. */
  readonly 'send-changed': { readonly correlationId: string; readonly field: string; readonly value: string };
  /** Local: switches a fault on; null ends it. */
  readonly fault: { readonly service: string; readonly fault: string | null };
}

export type ActionName = keyof Actions;

export interface ActionResult {
  /**
   * False when nothing, or not everything, was done; `lines` say why. If the whole action is refused, the answer is an
   * ApiError with 409.
   */
  readonly done: boolean;
  /** What happened and what follows, in sentences; absent where `result` says it. */
  readonly says?: readonly string[];
  /** The command's output for people. */
  readonly lines: readonly string[];
  /** The command's output with --json. */
  readonly result: unknown;
}

/** `result` of `rederive`. */
export interface RederiveResult extends Omit<Rederived, 'next'> {
  readonly dryRun: boolean;
  /** Notifications that were assigned to a payment. */
  readonly assigned?: readonly { readonly key: string; readonly payment: PaymentKey }[];
}

export interface SentAnswer {
  readonly status: number;
  readonly ms: number;
  /**
   * For `send-again` and `send-changed`: the id of the new request, why it was refused, and what the worker did with
   * it.
   */
  readonly correlationId?: string;
  readonly reason?: string;
  readonly settledAs?: SettledAs;
  readonly payment?: PaymentKey;
}

/** `result` of `trigger`, `send-again` and `send-changed`. */
export interface SentResult {
  readonly answers: readonly SentAnswer[];
  /** For `send-again` and `send-changed`: one sentence about the result, and whether the result is the expected one. */
  readonly says?: string;
  readonly isExpected?: boolean;
  /** For `trigger`. */
  readonly story?: string;
  readonly id?: string;
  readonly order?: string;
}
