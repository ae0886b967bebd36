/**
 * What the page of the console and its server say to each other: every view, every action, every error.
 *
 * The page stands at BASE, which ends with "/": `http://127.0.0.1:8787/_local/` of the local stack,
 * `http://127.0.0.1:PORT/TOKEN/` of `payhooks console`. Everything the page asks for is relative to BASE:
 *
 *   GET  BASE api/v1/<view>             JSON; parameters in the query; never cached
 *   GET  BASE api/v1/live               Server-Sent Events, see LiveEvent
 *   POST BASE api/v1/actions/<name>     JSON; header `x-payhooks-token: <token of capabilities>`,
 *                                       `content-type: application/json`; the page's own origin
 *
 * A view's answer has an ETag. With `if-none-match` an answer that has not changed is 304 without a body, so the page may ask
 * as often as LiveEvents come. Every failure is an ApiError with a status: 400 the request can't be understood, 403
 * no token, a foreign origin or an action where none is allowed, 404 no such thing, 405 wrong method, 409 refused
 * (what it names has changed or does not allow it: nothing was done), 502 AWS refused or failed, 503 nobody answers.
 *
 * Times are ISO 8601 in UTC. Ids and references in a path or query are percent-encoded. Fields may be added; a page ignores
 * those that it does not know.
 */
import type { Reconciliation } from '../shared/app/schedules/reconcile.ts';
import type { HoldAdvice, PaidAgain } from '../shared/payment/index.ts';
import type {
  AmountTerm,
  EffectState,
  Facts,
  Grant,
  Hold,
  Money,
  OrderKind,
  PaymentKey,
  Reading,
  Status,
} from '../shared/payment/types.ts';

export interface ApiError {
  /** One sentence for a person. */
  readonly error: string;
  /** What to do about it, where there is something. */
  readonly next?: string;
}

/** How the views that are lists go on: the next page is the same request with `cursor`. */
export interface Page {
  /** Absent: this was the last page. */
  readonly next?: string;
  /** True: there is more than was read, and no cursor leads to it. The page says so. */
  readonly more: boolean;
}

// GET capabilities --------------------------------------------------------------------------------------------------

export interface Capabilities {
  /** "local", or the stack's name as it was given. */
  readonly backend: string;
  /** "local :8787 (sandbox)", "PayhooksLive (live)" */
  readonly label: string;
  readonly environment: 'sandbox' | 'live';
  /** Stories, faults, sending again, what the shop received. */
  readonly local: boolean;
  readonly actionsAllowed: boolean;
  /** Of the header `x-payhooks-token`. */
  readonly token: string;
  /** Who acts when an action names nobody. */
  readonly user: string;
  readonly accounts: readonly AccountShown[];
  readonly statuses: readonly Status[];
  readonly holdReasons: readonly string[];
  /** How long a provider waits for an answer, in milliseconds. */
  readonly answerBudgetMs: number;
  /** What makes every answer doubtful, where something does ("The disk is full…"). */
  readonly warning?: string;
}

export interface AccountShown {
  readonly provider: string;
  readonly account: string;
  readonly method: 'POST' | 'GET';
  /** The address registered with the provider; absent: nothing says it. */
  readonly url?: string;
}

// GET live ----------------------------------------------------------------------------------------------------------

/**
 * `event: version`, `data: <LiveEvent>`. The first comes at once, further ones when something may have changed (local: at most four a
 * second; AWS: every ten seconds) and at least every 15 seconds. On each the page asks anew for what it shows.
 */
export interface LiveEvent {
  readonly version: number;
  readonly at: string;
}

// GET requests?provider=&account=&status=4xx&reason=&q=&since=24h&self-tests=1&cursor=&limit=50 -----------------------

/** Newest first. `status`: "401" or "4xx". `q`: part of a correlation id, reason or sentence. `since`: "90min", "24h", "7d" or a time. */
export interface RequestsView extends Page {
  readonly requests: readonly RequestShown[];
  readonly since: string;
  /** That the filters leave, of all that were read. */
  readonly total: number;
  /** How many of each status that the filters other than `status` leave. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests by which the stack tries its own address, that the filters leave. Listed and counted with `self-tests=1` alone. */
  readonly selfTests: number;
}

export interface RequestShown {
  /** The gateway's id: leads through the logs of every function, and to the notification of a payment. */
  readonly correlationId: string;
  readonly at: string;
  /** "200", "401", … as answered. */
  readonly status: string;
  readonly route?: string;
  readonly provider?: string;
  readonly account?: string;
  /** "accepted", "refused", "failed"… absent: no intake function answered it. */
  readonly outcome?: string;
  readonly reason?: string;
  readonly sentence?: string;
  /** Reason and sentence, and what is known of the secret where a key is in question: for people. */
  readonly why?: string;
  /** From the gateway's time stamp to the answer; absent: nobody measured it. */
  readonly ms?: number;
  /** Local: it is kept as it came, and can be sent again. */
  readonly kept?: boolean;
  /** The stack, or doctor, sent it to try the stack's own address. */
  readonly selfTest?: 'forged' | 'signed';
}

// GET requests/{correlationId} ----------------------------------------------------------------------------------------

export interface RequestDetail {
  readonly request: RequestShown;
  /** Payments that its notification is about, as far as logs and rows say. */
  readonly payments: readonly PaymentKey[];
  /** Local: as it came. Fields that can be changed one by one (action `send-changed`). */
  readonly content?: {
    readonly method: string;
    readonly path: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };
}

// GET payments?q=&provider=&account=&status=&held=1&undelivered=1&scope=all|open&cursor=&limit=50 -----------------------

/**
 * Newest change first. `q`: a payment's name or provider's id, an order's reference, an id of a notification, the id of an
 * event, or a part of one of these. `scope=open`: what waits for somebody, from the index; `all` reads the table (at most
 * so many rows: `more`). `held=1`, `undelivered=1`: only those.
 */
export interface PaymentsView extends Page {
  readonly payments: readonly PaymentShown[];
  /** That the filters leave, of all that were read. */
  readonly total: number;
  /** When the table was read. */
  readonly readAt: string;
}

export interface PaymentShown {
  readonly payment: PaymentKey;
  readonly provider: string;
  readonly account: string;
  readonly id: string;
  readonly status: Status;
  readonly holds: readonly Hold[];
  readonly grant: Grant;
  readonly orderReference: string | null;
  /** References of an order that the provider named, where none matches. */
  readonly named?: readonly string[];
  readonly moved: readonly Money[];
  readonly returned: readonly Money[];
  /** Events that the merchant has not received: late, or given up. */
  readonly undelivered: readonly UndeliveredShown[];
  readonly test: boolean;
  readonly firstSeenAt: string;
  readonly updatedAt: string;
}

export interface UndeliveredShown {
  /** `<payment>#<name>` */
  readonly id: string;
  readonly type: string;
  /** "failed": given up. */
  readonly state: EffectState;
  readonly attempts: number;
  readonly lastFailure?: string;
  readonly updatedAt: string;
}

// GET payments/{key} --------------------------------------------------------------------------------------------------

/** As `payhooks payments show --json`. */
export interface PaymentDetail {
  readonly payment: {
    readonly key: PaymentKey;
    readonly provider: string;
    readonly account: string;
    readonly id: string;
    readonly status: Status;
    readonly reading: Reading;
    readonly holds: readonly Hold[];
    readonly grant: Grant;
    readonly orderReference?: string;
    readonly test: boolean;
    readonly facts: Facts;
    readonly aliases: readonly { readonly type: string; readonly value: string }[];
    readonly conflicts: readonly string[];
    readonly decisions: readonly {
      readonly reason: string;
      readonly digest: string;
      readonly verdict: string;
      readonly by: string;
      readonly note: string;
      readonly at: string;
    }[];
    readonly sequence: number;
    readonly version: number;
    readonly firstSeenAt: string;
    readonly updatedAt: string;
    /** How many the notifications named. */
    readonly endUsers: number;
    readonly details: object;
  };
  /** Of each hold: what each answer does, and which one is advised. */
  readonly advice?: readonly HoldAdvice[];
  readonly paidAgain?: PaidAgainShown;
  readonly refunds: readonly {
    readonly reference: string;
    readonly amount: string;
    readonly currency: string;
    readonly state: string;
    readonly registeredAt: string;
  }[];
  /** What the shopper is still owed. */
  readonly owed?: {
    readonly owed: readonly Money[];
    readonly underWay: readonly Money[];
    readonly isUnknown: boolean;
  };
  readonly order?: OrderShown;
  /** The provider is asked about it. */
  readonly questions?: { readonly nextAt: string };
  /** Oldest first. */
  readonly timeline: readonly MomentShown[];
  readonly more: boolean;
  /** What it waits for, where no hold keeps it and it is not settled: `confirm` and `reject-payment` name the digest. */
  readonly waiting?: {
    readonly digest: string;
    /** "the provider's word that…": the end of a sentence. */
    readonly for: string;
    /** False: only `reject-payment` answers it. */
    readonly confirmable: boolean;
  };
  /** Expected of the order, moved and returned by the payment, and what is left. */
  readonly money: {
    readonly expected: readonly AmountTerm[];
    readonly moved: readonly Money[];
    readonly returned: readonly Money[];
    readonly unexpected: readonly Money[];
  };
  /** What to do, in the order in which to think of it; empty: nothing. */
  readonly nextSteps: readonly NextStep[];
  /** Local: what the shop received. */
  readonly received?: readonly Received[];
}

/** Several payments have paid an order that is to be paid once. */
export interface PaidAgainShown extends PaidAgain {
  /** Sentences: how often the goods are given, what money is there, what is owed. */
  readonly says: readonly string[];
}

export interface NextStep {
  /** One sentence. */
  readonly says: string;
  /** The actions that carry it out; the page fills who and why. */
  readonly actions: readonly { readonly action: ActionName; readonly body: object }[];
  /** A path below docs/, where there is one: "runbooks/payment-held.md". */
  readonly doc?: string;
}

/** Whether it is in a list that the page calls "notification", "decision" or "event": told by `what`. */
export type MomentShown = NotificationShown | DecisionShown | EffectShown;

export interface NotificationShown {
  readonly at: string;
  readonly what: 'notification';
  /** The provider's own id of the message. */
  readonly key: string;
  readonly keyId: string;
  readonly variant: string;
  readonly digest: string;
  /** applied · conflict: other content under a known id, kept aside · copy: a duplicate · waiting: not applied yet. */
  readonly as: 'applied' | 'conflict' | 'copy' | 'waiting';
  /** Names of the effects that it caused. */
  readonly caused: readonly string[];
  /** Leads to its request. */
  readonly correlationId?: string;
  /**
   * By the provider's own times it is older than one that was received before it. Absent: it is not, or nobody knows
   * (Paymentwall gives its pingbacks no time).
   */
  readonly outOfOrder?: true;
  /**
   * Further requests of the same notification that were absorbed, as the worker's log says: locally since the start, on AWS
   * since a day before the console was opened. Absent: it came before that, and none is known; or it was not applied.
   */
  readonly duplicates?: number;
  /** One sentence: what was done with it and why. */
  readonly says: string;
  /** Where notifications contradict each other: what each says of money, or why it can't be read. */
  readonly content?: ContentShown;
}

export type ContentShown =
  | {
      readonly about?: string;
      readonly entries: readonly {
        readonly entry: string;
        readonly codes: readonly string[];
        readonly amounts: readonly string[];
      }[];
    }
  | 'not_opened'
  | 'not_parsed';

export interface DecisionShown {
  readonly at: string;
  /** redrive and apply: a message of this payment was sent back, from the dead letters or from quarantine. */
  readonly what: 'release' | 'reject' | 'confirm' | 'redeliver' | 'rederive' | 'erase' | 'redrive' | 'apply';
  readonly by: string;
  readonly note: string;
  readonly caused: readonly string[];
  readonly detail: Readonly<Record<string, string>>;
}

export interface EffectShown {
  readonly at: string;
  readonly what: 'effect';
  readonly effect: {
    /** `<payment>#<name>`: GET events/{id}, action `redeliver`. */
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly epoch: number;
    readonly sequence: number;
    readonly state: EffectState;
    readonly attempts: number;
    readonly redeliveries?: number;
    readonly leaseUntil?: string;
    readonly notBefore?: string;
    /** "unavailable", "rejected", "gone" or "in_progress". */
    readonly lastFailure?: string;
    readonly createdAt: string;
    readonly updatedAt: string;
  };
  /** One sentence: delivered or not, after how many attempts, why not, when it is tried next. */
  readonly says: string;
}

/** Local: what the demo shop remembers of one event. */
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

/** The event as the merchant receives it. What is personal says "not shown". */
export interface EventDetail {
  readonly effect: EffectShown['effect'];
  readonly event: object;
}

// GET reread ----------------------------------------------------------------------------------------------------------

/** Payments and orders are read anew from the whole table at their next look: a person asked for it. */
export interface Reread {
  readonly done: true;
}

// GET orders?q=&state=open|claimed|closed&cursor=&limit=50 · GET orders/{reference} ------------------------------------

export interface OrdersView extends Page {
  readonly orders: readonly OrderShown[];
  readonly total: number;
  readonly readAt: string;
}

export interface OrderShown {
  readonly reference: string;
  readonly kind: OrderKind;
  readonly state: 'open' | 'claimed' | 'closed';
  readonly amounts: readonly AmountTerm[];
  readonly use: 'once' | 'recurring' | 'open';
  readonly validUntil?: string;
  readonly provider?: string;
  readonly account?: string;
  readonly fulfilled?: 'external';
  readonly paidBy?: PaymentKey;
  readonly paidBefore?: readonly PaymentKey[];
  readonly contenders?: readonly PaymentKey[];
  readonly version: number;
  readonly registeredAt: string;
}

/** As `payhooks orders show --json`, with its payments. */
export interface OrderDetail {
  readonly order: OrderShown;
  /** Payments that found it and stand still. */
  readonly standing: readonly PaymentKey[];
  readonly paidAgain?: PaidAgainShown;
  readonly ledger: readonly {
    readonly what: string;
    readonly by: string;
    readonly note: string;
    readonly at: string;
    readonly version: number;
    readonly changed: Readonly<Record<string, { readonly from?: unknown; readonly to?: unknown }>>;
  }[];
  /** Every payment that is known to belong to it. */
  readonly payments: readonly PaymentShown[];
  /** What the shop was told about it, oldest first. */
  readonly events: readonly EffectShown[];
}

// GET holds?limit=200 --------------------------------------------------------------------------------------------------

/** Longest waiting first. */
export interface HoldsView extends Page {
  readonly held: readonly HeldShown[];
}

export interface HeldShown {
  readonly payment: PaymentKey;
  readonly orderReference?: string;
  /** References of an order that the provider named, where none matches. */
  readonly named?: readonly string[];
  readonly status: Status;
  readonly holds: readonly Hold[];
  readonly advice: readonly HoldAdvice[];
  readonly moved: readonly Money[];
  readonly expected: readonly AmountTerm[];
  readonly granted: boolean;
  /** Time of the last news. */
  readonly since: string;
  /** Where copies conflict: each notification of that id with its content, the applied one first. */
  readonly sides: readonly { readonly key: string; readonly notifications: readonly NotificationShown[] }[];
}

// GET quarantine?all=1&limit=100 ---------------------------------------------------------------------------------------

/** Longest ago first. */
export interface QuarantineView extends Page {
  readonly messages: readonly QuarantinedShown[];
  /** Applied by name in the last 45 days, newest first. */
  readonly sentBack: readonly SentBackShown[];
}

export interface QuarantinedShown {
  readonly id: string;
  readonly provider: string;
  readonly account: string;
  readonly reason: string;
  /** What this version makes of it; only `readable` ones can be applied, and these can't be discarded. */
  readonly today: 'readable' | 'unreadable' | 'question' | 'not_opened' | 'applied';
  readonly receivedAt: string;
  readonly digest: string;
  readonly correlationId: string;
}

// GET undelivered ------------------------------------------------------------------------------------------------------

/** What the merchant has not received, the longest ago first: late (five minutes) or given up. */
export interface UndeliveredView extends Page {
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
    /** Rows that a worker set aside; counted up to 1,000. */
    readonly parked: number;
    /** `payhooks pause` stopped its worker; absent: unknown. */
    readonly paused?: boolean;
  }[];
  /** Redriven by name in the last 45 days, newest first. */
  readonly sentBack: readonly SentBackShown[];
}

/** Who sent a message back to its worker, and why. */
export interface SentBackShown {
  readonly at: string;
  readonly by: string;
  readonly note: string;
  /** "notifications", "fulfilment", or "paymentwall/goods" of a quarantine. */
  readonly where: string;
  /** Of the message, as the list of that place shows it. */
  readonly id: string;
  /** Leads to its request. */
  readonly correlationId?: string;
  readonly payment?: PaymentKey;
}

/**
 * Looking at dead letters hides them from others for a moment, and takes about a second: ask when a person opens the
 * list, never on every LiveEvent.
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
    /** Provider, account, payment, correlation id…: what carries it stays sealed. */
    readonly envelope: Readonly<Record<string, unknown>>;
  }[];
}

// GET reconciliation ---------------------------------------------------------------------------------------------------

export interface ReconciliationView {
  /** Of the last action `reconcile` in this console, and of the shop's memory (local); absent: none is known. */
  readonly last?: Reconciliation & { readonly at: string };
  readonly accounts: readonly {
    readonly provider: string;
    readonly account: string;
    /** The stack asks its provider; false: the provider has no API, or the account does not ask. */
    readonly asks: boolean;
  }[];
  /** Payments that wait for their provider, or for nobody and are overdue. */
  readonly waiting: readonly PaymentShown[];
  readonly more: boolean;
}

// GET flow -------------------------------------------------------------------------------------------------------------

/** The way of a notification, with what is on it now. Nodes in their order; counts of the last hour unless they say "now". */
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
    /** Now on its way here, or in the time since `since`. */
    readonly when: 'now' | 'since';
    /** bad: somebody must look. */
    readonly tone?: 'good' | 'bad' | 'wait';
    /** The view that lists them, with its query: "holds", "requests?status=4xx". */
    readonly view?: string;
  }[];
}

// GET latency?since=24h ------------------------------------------------------------------------------------------------

/** Answers by how long they took. */
export interface LatencyView {
  readonly since: string;
  readonly budgetMs: number;
  readonly count: number;
  /** Answers above the budget. */
  readonly over: number;
  /** Absent where there was none. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
  /** Ascending and without gaps; the last one has no end. */
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

/** Drawn from the synthesized DashboardBody, with what the functions really emitted (local) or CloudWatch has (AWS). */
export interface DashboardDetail {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly widgets: readonly WidgetShown[];
}

export interface WidgetShown {
  readonly title: string;
  readonly type: 'graph' | 'number' | 'alarms' | 'log' | 'text';
  /** On CloudWatch's grid of 24 columns. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly series: readonly {
    readonly label: string;
    /** Pairs of seconds since 1970 and value, ascending. */
    readonly points: readonly (readonly [number, number])[];
  }[];
  /** Horizontal lines, such as the provider's patience. */
  readonly lines: readonly { readonly label: string; readonly value: number }[];
  /** Why there is nothing to draw here ("log queries are shown in CloudWatch alone"). */
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
    /** What is switched on; null: it works. */
    readonly fault: string | null;
    readonly allowed: readonly string[];
  }[];
}

/** Newest first. */
export interface FulfilmentsView {
  readonly fulfilments: readonly Received[];
}

// POST actions/{name} --------------------------------------------------------------------------------------------------

/** Who and why, kept in the ledger; `by` left out: the user of this computer. */
export interface OperatorNoteBody {
  readonly note: string;
  readonly by?: string;
}

/** The body of each action. Each is the command of the same name, and refuses what the command refuses. */
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
  /** Local: a kept request, the very same bytes. */
  readonly 'send-again': { readonly correlationId: string };
  /** Local: a kept request with one field changed after it was signed. */
  readonly 'send-changed': { readonly correlationId: string; readonly field: string; readonly value: string };
  /** Local: null ends it. */
  readonly fault: { readonly service: string; readonly fault: string | null };
}

export type ActionName = keyof Actions;

export interface ActionResult {
  /** False: nothing, or not everything, was done; `lines` say why. A refusal of the whole is an ApiError with 409. */
  readonly done: boolean;
  /** What the command prints: for people. */
  readonly lines: readonly string[];
  /** What the command prints with --json. */
  readonly result: unknown;
}

/** `result` of `rederive`. */
export interface RederiveResult {
  readonly dryRun: boolean;
  readonly examined: number;
  readonly changed: readonly {
    readonly payment: PaymentKey;
    readonly status?: { readonly from: Status; readonly to: Status };
    readonly grant?: { readonly from: string; readonly to: string };
    readonly holds?: { readonly from: readonly string[]; readonly to: readonly string[] };
    readonly factsAdded?: readonly string[];
    readonly reading?: true;
    readonly events: readonly string[];
  }[];
  /** Notifications that found their payment. */
  readonly assigned?: readonly { readonly key: string; readonly payment: PaymentKey }[];
  readonly notable: readonly {
    readonly payment: PaymentKey;
    readonly unusable: Readonly<Record<string, number>>;
    readonly noLongerSupported: readonly string[];
  }[];
  readonly skipped: readonly { readonly payment: PaymentKey; readonly why: string }[];
}

/** `result` of `trigger`, `send-again` and `send-changed`. */
export interface SentResult {
  readonly answers: readonly { readonly status: number; readonly ms: number }[];
  /** Of `trigger`. */
  readonly story?: string;
  readonly id?: string;
  readonly order?: string;
}
