/**
 * Metrics in CloudWatch's embedded metric format: one line per measurement, read from the log by CloudWatch.
 * Names are a closed list and dimensions only take configured values and closed sets, so that nobody outside
 * can mint metrics (each distinct combination is billed).
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import type { Sink } from './log.ts';
import { standardOutput } from './log.ts';
import type { Clock } from './ports.ts';

/** Every metric there is, with its unit. Alarms and dashboards name these. */
export const METRICS = {
  /** Intake answers by outcome and reason. */
  Notifications: 'Count',
  /** From the gateway's time stamp to our answer. */
  IntakeDuration: 'Milliseconds',
  /** Authentic notifications by the key that matched (rotation) and the accepted variant. */
  VerifiedBy: 'Count',
  /** Worth counting, changes nothing ("unexpected_content_type"…). */
  Remarks: 'Count',
  /** Notifications by what the worker made of them. */
  Applied: 'Count',
  /** Same id, other material content. */
  ConflictingDuplicates: 'Count',
  Quarantined: 'Count',
  /** Over the bound: counted, not kept. */
  QuarantineOverflow: 'Count',
  /** Messages that can never succeed, kept aside. */
  Parked: 'Count',
  PaymentsHeld: 'Count',
  EffectsDelivered: 'Count',
  EffectsSuperseded: 'Count',
  /** Delivery attempts that failed and are tried again. */
  DeliveryRetries: 'Count',
  /** Gave up: the merchant did not hear it. */
  EffectsFailed: 'Count',
  /** Effects that the sweeper had to publish again. */
  EffectsRepublished: 'Count',
  /** Not final at the time of the sweep. */
  EffectsOpen: 'Count',
  PaymentsOpen: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds'>;
export type MetricName = keyof typeof METRICS;

export interface Dimensions {
  readonly provider?: string;
  readonly account?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly keyId?: string;
  readonly variant?: string;
  readonly target?: string;
}

export interface Metrics {
  /** One line: the values under `{service}` and under `{service, …dimensions}`; `properties` are searchable only. */
  emit(
    values: Partial<Record<MetricName, number>>,
    dimensions?: Dimensions,
    properties?: { readonly correlationId?: string },
  ): void;
}

/** Guards against a value that isn't from a closed set. */
const DIMENSION_VALUE = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export function createMetrics(options: {
  readonly namespace: string;
  readonly service: string;
  readonly clock: Clock;
  readonly sink?: Sink;
}): Metrics {
  const { namespace, service, clock, sink = standardOutput } = options;
  return {
    emit(values, dimensions = {}, properties = {}) {
      const entries = Object.entries(dimensions)
        .filter((entry): entry is [string, string] => entry[1] !== undefined)
        .map(([name, value]) => [name, DIMENSION_VALUE.test(value) ? value : 'other'] as const);
      const names = entries.map(([name]) => name);
      sink(
        JSON.stringify({
          _aws: {
            Timestamp: clock(),
            CloudWatchMetrics: [
              {
                Namespace: namespace,
                Dimensions: names.length === 0 ? [['service']] : [['service'], ['service', ...names]],
                Metrics: (Object.keys(values) as MetricName[]).map((Name) => ({ Name, Unit: METRICS[Name] })),
              },
            ],
          },
          service,
          ...Object.fromEntries(entries),
          ...(properties.correlationId === undefined ? {} : { correlationId: properties.correlationId }),
          ...values,
        }),
      );
    },
  };
}
