/** The workers measure through Powertools; intake does not, for its size (docs/decisions/006-logger.md). */

import { Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { correlationId as currentCorrelation } from '../../app/platform/correlation.ts';
import { type Log, standardOutput } from '../../app/platform/log.ts';
import {
  closedValues,
  type Dimensions,
  METRICS,
  type MetricName,
  type Metrics,
  type MetricsOptions,
  publishedSets,
} from '../../app/platform/metrics.ts';
import { defined } from '../../payment/defined.ts';

type Values = Readonly<Partial<Record<MetricName, number>>>;

/**
 * One instance per group of metrics that share their sets of dimensions, since Powertools publishes everything it
 * holds under the same sets; and a new one at every call, since the records of a batch are worked on side by side.
 * It serializes, and the line goes to our own sink: neither POWERTOOLS_DEV nor POWERTOOLS_METRICS_DISABLED can
 * silence an alarm.
 */
export function powertoolsMetrics({
  namespace,
  service,
  clock,
  sink = standardOutput,
  log,
}: MetricsOptions & { readonly log: Log }): Metrics {
  const lineOf = (
    names: readonly MetricName[],
    values: Values,
    known: Readonly<Record<string, string>>,
    timestamp: number,
    correlationId: string | undefined,
  ): string => {
    const metrics = new Powertools({ namespace, serviceName: service, logger: QUIET });
    metrics.setTimestamp(timestamp);
    const [first] = names;
    const sets = first === undefined ? [] : publishedSets(first, known);
    for (const set of sets) metrics.addDimensions(only(set, known));
    const searchable = { ...known, ...defined({ correlationId }) };
    for (const [name, value] of Object.entries(searchable)) {
      if (!sets.flat().some((dimension) => dimension === name)) metrics.addMetadata(name, value);
    }
    for (const name of names) metrics.addMetric(name, METRICS[name].unit, values[name] ?? 0);
    return JSON.stringify(metrics.serializeMetrics());
  };
  return {
    emit(values, dimensions = {}, { correlationId = currentCorrelation(), at } = {}) {
      const known = closedValues(dimensions);
      const timestamp = at === undefined ? clock() : Date.parse(at);
      try {
        for (const names of bySets(values, known)) {
          sink(lineOf(names, values, known, timestamp, correlationId));
        }
      } catch (error) {
        // What was done about a payment is done, measured or not.
        log.error('a measurement could not be written', { error });
      }
    },
  };
}

/** Powertools warns of stamps older than two weeks, which CloudWatch drops, and of what METRICS rules out. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** Metrics that are published under the same sets of dimensions, together. */
function bySets(values: Values, known: Readonly<Record<string, string>>): Iterable<MetricName[]> {
  const groups = new Map<string, MetricName[]>();
  for (const name of Object.keys(values) as MetricName[]) {
    const sets = publishedSets(name, known).join(';');
    groups.set(sets, [...(groups.get(sets) ?? []), name]);
  }
  return groups.values();
}

const only = (set: readonly (keyof Dimensions)[], known: Readonly<Record<string, string>>) =>
  Object.fromEntries(set.map((dimension) => [dimension, known[dimension] ?? '']));
