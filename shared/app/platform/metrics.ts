/**
 * Metrics in CloudWatch's embedded metric format: lines that CloudWatch reads from the log.
 * Names and the dimensions of each are a closed list, and dimensions accept only configured values and closed sets, so
 * that a sender cannot create metrics (each distinct combination is billed).
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

import type { PaymentKey } from '../../payment/types.ts';
import type { Clock } from '../ports.ts';
import { correlationId as currentCorrelation } from './correlation.ts';
import type { Sink } from './log.ts';
import { standardOutput } from './log.ts';

export interface Dimensions {
  readonly provider?: string;
  readonly account?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly keyId?: string;
  readonly variant?: string;
  readonly target?: string;
  /** The merchant event's type. */
  readonly type?: string;
}

/** An undefined one is left out. */
type GivenDimensions = { readonly [Name in keyof Dimensions]?: Dimensions[Name] | undefined };

type Unit = 'Count' | 'Milliseconds' | 'Seconds';

interface MetricSpec {
  readonly unit: Unit;
  /** Sets of dimensions in addition to `{service}`, under which every metric is published. */
  readonly by?: readonly (readonly (keyof Dimensions)[])[];
}

const PER_ACCOUNT = [['provider', 'account']] as const;

/** All metrics. Alarms and dashboards use these names (infra/constructs/metrics.ts); a test checks it. */
export const METRICS = {
  /** Answers of intake, whatever the outcome. */
  Notifications: { unit: 'Count', by: [['provider', 'account', 'outcome']] },
  /** From the gateway's time stamp to our answer. */
  IntakeDuration: { unit: 'Milliseconds', by: [['provider']] },
  /** Requests that were refused (400, 401, 403, 404, 405, 413, 415), by reason. */
  Refused: { unit: 'Count', by: [['reason'], ...PER_ACCOUNT, ['provider', 'account', 'reason']] },
  /** Refused because they could not be verified (401): strangers, or a wrong key. */
  BadSignatures: { unit: 'Count', by: PER_ACCOUNT },
  /** Our own failures (503), by the step that failed. */
  IntakeFailures: { unit: 'Count', by: [['reason']] },
  /** Authentic notifications by the key that matched (rotation). */
  VerifiedBy: { unit: 'Count', by: [['provider', 'account', 'keyId']] },
  /** Notes on requests and messages that change nothing ("unexpected_content_type"…), by reason. */
  Remarks: { unit: 'Count', by: [['reason']] },
  /** Questions that were answered, by answer and reason. */
  Decisions: { unit: 'Count', by: [['provider', 'account', 'outcome'], ['reason']] },
  /** Shoppers sent on after a signed redirect, by destination. */
  Redirects: { unit: 'Count', by: [['outcome']] },
  /** Redirects that could not be trusted, by reason. */
  RedirectsRefused: { unit: 'Count', by: [['reason']] },
  /** Secrets that could not be read, or whose content is unusable. */
  SecretFailures: { unit: 'Count' },

  /** Requests of the stack's own probe through the public address; intake counts none of them. */
  ProbesSent: { unit: 'Count' },
  /** Probe requests that got another answer than the stack's own, or none. */
  ProbesFailed: { unit: 'Count' },

  // Conservation: Accepted = Settled = Applied + Duplicates + ConflictingDuplicates + Quarantined +
  // NotificationsParked, all stamped with the time of the request, so that every hour balances. Accepted counts at most
  // once (an intake may die after it has queued), the others at least once (a message may be received again): an hour
  // may settle more than it accepted, and less only while a message is under way or lost.
  /** Requests answered with the provider's success answer, so that the provider does not send them again. */
  Accepted: { unit: 'Count', by: PER_ACCOUNT },
  /** Counted with each of the following five: an accepted notification is finished. */
  Settled: { unit: 'Count' },
  /** Notifications that were recorded and applied to their payment. */
  Applied: { unit: 'Count', by: PER_ACCOUNT },
  /** Further copies of an applied notification, absorbed. */
  Duplicates: { unit: 'Count', by: PER_ACCOUNT },
  /** Notifications with a known id and other material content. */
  ConflictingDuplicates: { unit: 'Count', by: PER_ACCOUNT },
  /** Authentic notifications that are not safely readable, and were quarantined. */
  Quarantined: { unit: 'Count', by: PER_ACCOUNT },
  /** Messages beyond the quarantine's limit: answered 503, or parked if they were accepted before. */
  QuarantineOverflow: { unit: 'Count', by: PER_ACCOUNT },
  /** Accepted notifications that were parked (a part of Parked). */
  NotificationsParked: { unit: 'Count' },

  /** The same queue message again (SQS delivers at least once, and a worker may die): nothing new is done. */
  Redelivered: { unit: 'Count' },
  /** Polls of a provider's API, by outcome ("found", "unavailable.network"…). */
  Confirmations: { unit: 'Count', by: [['provider', 'account', 'outcome']] },
  /** Polls and shipping reports: 1 if the provider's API answered, otherwise 0. */
  ProviderAnswers: { unit: 'Count', by: PER_ACCOUNT },
  /** Polls and shipping reports: 1 if no usable answer came, otherwise 0. */
  ProviderFailures: { unit: 'Count', by: PER_ACCOUNT },
  /** Answers of polls that contained something new. */
  ConfirmationsApplied: { unit: 'Count', by: PER_ACCOUNT },
  /** Payments whose poll is due, at the time of the run. */
  ConfirmationsDue: { unit: 'Count' },
  /** Shipping reports sent to Paymentwall, by outcome. */
  DeliveryConfirmations: { unit: 'Count', by: [['outcome']] },
  /** Payments authorized for days without a shipping report: the provider voids them at day 7. */
  DeliveriesOverdue: { unit: 'Count' },
  // One reconciliation: checked = agreed + mended + unexplained.
  /** Payments that were compared with the provider. */
  ReconciliationChecked: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared payments on which both sides agree. */
  ReconciliationAgreed: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared payments whose missing facts were taken from the provider. */
  ReconciliationMended: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared payments with a difference for an operator to settle. */
  ReconciliationUnexplained: { unit: 'Count', by: PER_ACCOUNT },
  /** Accounts that a reconciliation could not finish. */
  ReconciliationIncomplete: { unit: 'Count', by: PER_ACCOUNT },
  /** Payments derived anew for an order, a decision or a command. */
  Reevaluated: { unit: 'Count' },
  /** Messages of either queue that can never succeed, parked. */
  Parked: { unit: 'Count', by: [['reason']] },
  /** Effects that were created, by event type ("fulfil", "payment.paid"…). */
  Effects: { unit: 'Count', by: [['type']] },
  /** Payments that became held, by the reason of the hold. */
  PaymentsHeld: { unit: 'Count', by: [['reason']] },
  /** Events that the merchant's target accepted. */
  EffectsDelivered: { unit: 'Count', by: PER_ACCOUNT },
  // Counted once per event, at its first attempt, for the objective "delivered within 30 s".
  /** Events at their first attempt. */
  EffectsTried: { unit: 'Count' },
  /** First attempts that failed, or came more than 30 s after the acceptance of what caused the event. */
  EffectsLate: { unit: 'Count' },
  /** From the creation of the effect to its delivery. */
  FulfilmentLag: { unit: 'Milliseconds', by: [['provider']] },
  /** Events that a later event superseded before they were delivered. */
  EffectsSuperseded: { unit: 'Count' },
  /** Delivery attempts that failed and are tried again. */
  DeliveryRetries: { unit: 'Count', by: [['reason']] },
  /** Events whose delivery was given up: the merchant did not receive them. */
  EffectsFailed: { unit: 'Count', by: [['reason']] },
  /** Effects that the sweeper had to publish again. */
  EffectsRepublished: { unit: 'Count' },
  // The sweeper's counts of what is not final, every minute. Zero is sent as well.
  /** Events that are not delivered yet. */
  EffectsOpen: { unit: 'Count' },
  /** Age of the oldest event that is not delivered yet. */
  OldestEffectAge: { unit: 'Seconds' },
  /** Payments that are held at the time of the run. */
  PaymentsHeldNow: { unit: 'Count' },
  /** Age of the oldest hold. */
  OldestHeldAge: { unit: 'Seconds' },
  /** Payments that await the provider's confirmation, or are in its review. */
  PaymentsWaiting: { unit: 'Count' },
  /** Payments without a change for longer than their status allows. */
  PaymentsStuck: { unit: 'Count' },
} as const satisfies Record<string, MetricSpec>;
export type MetricName = keyof typeof METRICS;

/** The sets of dimensions, in addition to `service`, under which a metric is published. */
export const dimensionSets = (name: MetricName): readonly (readonly (keyof Dimensions)[])[] => {
  const spec: MetricSpec = METRICS[name];
  return [[], ...(spec.by ?? [])];
};

interface Properties {
  readonly correlationId?: string;
  /** When it happened, if not now: ISO 8601, at most two weeks ago. */
  readonly at?: string;
  /** The payment of a notification, by which the log leads from a request to its payment. */
  readonly payment?: PaymentKey;
  readonly notification?: string;
}

export interface Metrics {
  /** Writes the values under `{service}` and each metric's own dimensions. The other dimensions are only searchable. */
  emit(
    values: Partial<Record<MetricName, number>>,
    dimensions?: GivenDimensions,
    properties?: Properties,
  ): void;
}

export interface MetricsOptions {
  readonly namespace: string;
  readonly service: string;
  readonly clock: Clock;
  readonly sink?: Sink;
}

/** Protects against a value outside the closed sets. */
const DIMENSION_VALUE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The known dimensions, with values that may be published. */
export function closedValues(dimensions: GivenDimensions): Record<string, string> {
  const known: Record<string, string> = {};
  for (const name of Object.keys(dimensions) as (keyof Dimensions)[]) {
    const value = dimensions[name];
    if (value !== undefined) known[name] = DIMENSION_VALUE.test(value) ? value : 'other';
  }
  return known;
}

/** The dimension sets under which a metric is published if only these dimensions are known. */
export const publishedSets = (
  name: MetricName,
  known: Readonly<Record<string, string>>,
): readonly (readonly (keyof Dimensions)[])[] =>
  dimensionSets(name).filter((set) => set.every((dimension) => dimension in known));

interface Directive {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: { readonly Name: MetricName; readonly Unit: Unit }[];
}

/** Metrics with the same sets of dimensions share a directive: every byte of a line is billed. */
function directivesOf(
  names: readonly MetricName[],
  known: Readonly<Record<string, string>>,
): readonly Directive[] {
  const directives = new Map<string, Directive>();
  for (const Name of names) {
    const Dimensions = publishedSets(Name, known).map((set) => ['service', ...set]);
    const sets = JSON.stringify(Dimensions);
    const directive = directives.get(sets) ?? { Dimensions, Metrics: [] };
    directive.Metrics.push({ Name, Unit: METRICS[Name].unit });
    directives.set(sets, directive);
  }
  return [...directives.values()];
}

/** Each `emit` writes one line. */
export function createMetrics({
  namespace: Namespace,
  service,
  clock,
  sink = standardOutput,
}: MetricsOptions): Metrics {
  // Cached by the names of metrics and dimensions, which are closed sets: intake writes the same few with every
  // request.
  const written = new Map<string, string>();
  const directives = (names: readonly MetricName[], known: Readonly<Record<string, string>>): string => {
    const name = `${names.join()} ${Object.keys(known).join()}`;
    const made = written.get(name);
    if (made !== undefined) return made;
    const text = JSON.stringify(directivesOf(names, known).map((each) => ({ Namespace, ...each })));
    written.set(name, text);
    return text;
  };
  return {
    emit(values, dimensions = {}, { correlationId = currentCorrelation(), at, payment, notification } = {}) {
      const known = closedValues(dimensions);
      const time = at === undefined ? clock() : Date.parse(at);
      const about = directives(Object.keys(values) as MetricName[], known);
      // JSON leaves out what is undefined.
      const members = JSON.stringify({ service, ...known, correlationId, payment, notification, ...values });
      sink(`{"_aws":{"Timestamp":${JSON.stringify(time)},"CloudWatchMetrics":${about}},${members.slice(1)}`);
    },
  };
}
