/**
 * Metrics in CloudWatch's embedded metric format: lines that CloudWatch reads from the log.
 * Names and the dimensions of each are a closed list, and dimensions only take configured values and closed sets,
 * so that nobody outside can mint metrics (each distinct combination is billed).
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

import { defined } from '../../payment/defined.ts';
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

type Unit = 'Count' | 'Milliseconds' | 'Seconds';

interface MetricSpec {
  readonly unit: Unit;
  /** Beside `{service}` alone, under which every metric is published. */
  readonly by?: readonly (readonly (keyof Dimensions)[])[];
}

const PER_ACCOUNT = [['provider', 'account']] as const;

/** Every metric there is. Alarms and dashboards name these (infra/constructs/metrics.ts), and a test holds them to it. */
export const METRICS = {
  /** Answers of intake, whatever they were. */
  Notifications: { unit: 'Count', by: [['provider', 'account', 'outcome']] },
  /** From the gateway's time stamp to our answer. */
  IntakeDuration: { unit: 'Milliseconds', by: [['provider']] },
  /** Answered as refused (400, 401, 404, 405, 413, 415), by why. */
  Refused: { unit: 'Count', by: [['reason'], ...PER_ACCOUNT, ['provider', 'account', 'reason']] },
  /** Of those: could not be verified (401). Strangers, or a wrong key. */
  BadSignatures: { unit: 'Count', by: PER_ACCOUNT },
  /** Our own failures (503), by the step that failed. */
  IntakeFailures: { unit: 'Count', by: [['reason']] },
  /** Authentic notifications by the key that matched (rotation). */
  VerifiedBy: { unit: 'Count', by: [['provider', 'account', 'keyId']] },
  /** Worth counting, changes nothing ("unexpected_content_type"…). */
  Remarks: { unit: 'Count', by: [['reason']] },
  /** Questions decided, by what was answered and why. */
  Decisions: { unit: 'Count', by: [['provider', 'account', 'outcome'], ['reason']] },
  /** Shoppers sent on from a signed redirect, by where to. */
  Redirects: { unit: 'Count', by: [['outcome']] },
  /** Redirects that could not be trusted, by why. */
  RedirectsRefused: { unit: 'Count', by: [['reason']] },
  /** A secret could not be read, or what it holds can't be used. */
  SecretFailures: { unit: 'Count' },

  /** Requests of the stack's own probe through the public address; intake counts none of them. */
  ProbesSent: { unit: 'Count' },
  /** Of those: answered otherwise than the stack answers, or not at all. */
  ProbesFailed: { unit: 'Count' },

  // Conservation: Accepted = Settled = Applied + Duplicates + ConflictingDuplicates + Quarantined +
  // NotificationsParked, all stamped with the time of the request, so that every hour balances.
  // Accepted counts at most once (an intake may die after it has queued), the others at least once (a message may
  // come again): an hour may settle more than it accepted, and less only while something is on its way or lost.
  /** Answered with the provider's success answer, so the provider won't send it again. */
  Accepted: { unit: 'Count', by: PER_ACCOUNT },
  /** Counted with each of the five that follow: what was accepted has come to its end. */
  Settled: { unit: 'Count' },
  /** Recorded and taken into account for its payment. */
  Applied: { unit: 'Count', by: PER_ACCOUNT },
  /** Another copy of what was applied, absorbed. */
  Duplicates: { unit: 'Count', by: PER_ACCOUNT },
  /** Same id, other material content. */
  ConflictingDuplicates: { unit: 'Count', by: PER_ACCOUNT },
  /** Authentic, not safely readable, and kept aside. */
  Quarantined: { unit: 'Count', by: PER_ACCOUNT },
  /** Over the bound: answered 503, or parked where it was accepted before that was known. */
  QuarantineOverflow: { unit: 'Count', by: PER_ACCOUNT },
  /** Accepted notifications among Parked. */
  NotificationsParked: { unit: 'Count' },

  /** The very same queue message once more (SQS delivers at least once, and a worker may die): nothing new is done. */
  Redelivered: { unit: 'Count' },
  /** Questions to a provider's API, by what came of them ("found", "unavailable.network"…). */
  Confirmations: { unit: 'Count', by: [['provider', 'account', 'outcome']] },
  /** Of what a provider's API was asked or told of a shipment: answered or not, one or zero each. */
  ProviderAnswers: { unit: 'Count', by: PER_ACCOUNT },
  /** Of the same calls: no usable answer came. */
  ProviderFailures: { unit: 'Count', by: PER_ACCOUNT },
  /** Answers that said something new. */
  ConfirmationsApplied: { unit: 'Count', by: PER_ACCOUNT },
  /** Payments that wait for an answer of their provider, at the time of the run. */
  ConfirmationsDue: { unit: 'Count' },
  /** Shipping reports sent to Paymentwall, by what came of them. */
  DeliveryConfirmations: { unit: 'Count', by: [['outcome']] },
  /** Authorized for days, and no shipping confirmed: voided at day 7. */
  DeliveriesOverdue: { unit: 'Count' },
  // One reconciliation: checked = agreed + mended + unexplained.
  /** Payments that a reconciliation compared with the provider. */
  ReconciliationChecked: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared, and both sides say the same. */
  ReconciliationAgreed: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared, and what was missing here was taken from the provider. */
  ReconciliationMended: { unit: 'Count', by: PER_ACCOUNT },
  /** Compared, and the difference is for an operator. */
  ReconciliationUnexplained: { unit: 'Count', by: PER_ACCOUNT },
  /** Accounts that a reconciliation could not finish. */
  ReconciliationIncomplete: { unit: 'Count', by: PER_ACCOUNT },
  /** Payments derived anew for an order, a decision or a command. */
  Reevaluated: { unit: 'Count' },
  /** Messages of either queue that can never succeed, kept aside. */
  Parked: { unit: 'Count', by: [['reason']] },
  /** What the merchant is owed, by event type ("fulfil", "payment.paid"…), when it is decided. */
  Effects: { unit: 'Count', by: [['type']] },
  /** Payments that became held, by the reason of the hold. */
  PaymentsHeld: { unit: 'Count', by: [['reason']] },
  /** Events that the merchant's target took. */
  EffectsDelivered: { unit: 'Count', by: PER_ACCOUNT },
  // Of each event once, at its first attempt: what the objective "told within 30 s" counts.
  /** Events at their first attempt. */
  EffectsTried: { unit: 'Count' },
  /** Of those: not delivered at it, or more than 30 s after what caused them was accepted. */
  EffectsLate: { unit: 'Count' },
  /** From the effect's decision to its delivery. */
  FulfilmentLag: { unit: 'Milliseconds', by: [['provider']] },
  /** Events that a later one made void before they were delivered. */
  EffectsSuperseded: { unit: 'Count' },
  /** Delivery attempts that failed and are tried again. */
  DeliveryRetries: { unit: 'Count', by: [['reason']] },
  /** Gave up: the merchant did not hear it. */
  EffectsFailed: { unit: 'Count', by: [['reason']] },
  /** Effects that the sweeper had to publish again. */
  EffectsRepublished: { unit: 'Count' },
  // The sweeper's view of what is not final, every minute; zero is a value too.
  /** Events that are not delivered yet. */
  EffectsOpen: { unit: 'Count' },
  /** Age of the oldest event that is not delivered yet. */
  OldestEffectAge: { unit: 'Seconds' },
  /** Payments that are held at the time of the run. */
  PaymentsHeldNow: { unit: 'Count' },
  /** Age of the oldest hold. */
  OldestHeldAge: { unit: 'Seconds' },
  /** Awaiting the provider's confirmation, or in its review. */
  PaymentsWaiting: { unit: 'Count' },
  /** Awaiting confirmation without any news for a day. */
  PaymentsStuck: { unit: 'Count' },
} as const satisfies Record<string, MetricSpec>;
export type MetricName = keyof typeof METRICS;

/** The sets of dimensions, beside `service`, under which a metric is published. */
export const dimensionSets = (name: MetricName): readonly (readonly (keyof Dimensions)[])[] => {
  const spec: MetricSpec = METRICS[name];
  return [[], ...(spec.by ?? [])];
};

interface Properties {
  readonly correlationId?: string;
  /** When it happened, where that isn't now: ISO 8601, at most two weeks ago. */
  readonly at?: string;
  /** What a duplicate is of: found in the log by who looks at the payment. */
  readonly payment?: PaymentKey;
  readonly notification?: string;
}

export interface Metrics {
  /** The values under `{service}` and each metric's own dimensions; the other dimensions are searchable. */
  emit(values: Partial<Record<MetricName, number>>, dimensions?: Dimensions, properties?: Properties): void;
}

export interface MetricsOptions {
  readonly namespace: string;
  readonly service: string;
  readonly clock: Clock;
  readonly sink?: Sink;
}

/** Guards against a value that isn't from a closed set. */
const DIMENSION_VALUE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The dimensions that are known, with values that may be published. */
export function closedValues(dimensions: Dimensions): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(dimensions) as [string, string | undefined][]) {
    if (value !== undefined) known[name] = DIMENSION_VALUE.test(value) ? value : 'other';
  }
  return known;
}

/** The sets under which a metric is published where only these dimensions are known. */
export const publishedSets = (
  name: MetricName,
  known: Readonly<Record<string, string>>,
): readonly (readonly (keyof Dimensions)[])[] =>
  dimensionSets(name).filter((set) => set.every((dimension) => dimension in known));

interface Directive {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: { readonly Name: MetricName; readonly Unit: Unit }[];
}

/** Metrics under the same sets of dimensions share a directive: each byte of a line is paid for. */
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

/** One line a call. */
export function createMetrics({
  namespace: Namespace,
  service,
  clock,
  sink = standardOutput,
}: MetricsOptions): Metrics {
  // By the names of metrics and dimensions, which are closed sets: intake writes the same few with every request.
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
      const members = JSON.stringify({
        service,
        ...known,
        ...defined({ correlationId, payment, notification }),
        ...values,
      });
      sink(`{"_aws":{"Timestamp":${JSON.stringify(time)},"CloudWatchMetrics":${about}},${members.slice(1)}`);
    },
  };
}
