/**
 * The metrics that the functions of the local stack printed (embedded metric format), aggregated as CloudWatch does.
 */

import type { Answered } from '../../cli/requests/answers.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { WidgetShown } from '../contract.ts';
import type { LineQuery, Range, WidgetLines } from './dashboard-source.ts';
import { evaluate, MathError } from './metric-math.ts';

export interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly namespace: string;
  readonly name: string;
  /** The point is published once under each of these dimension sets. */
  readonly sets: readonly (readonly string[])[];
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Lines that are not metrics are left out. */
export function pointsIn(lines: readonly string[]): readonly Point[] {
  return lines.flatMap((line) => (line.includes('"CloudWatchMetrics"') ? pointsOf(line) : []));
}

interface Emf {
  readonly _aws?: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

function pointsOf(line: string): readonly Point[] {
  let entry: Emf & Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line);
  } catch {
    return [];
  }
  const { _aws: emf, ...members } = entry;
  if (emf === undefined) return [];
  const dimensions = Object.fromEntries(
    Object.entries(members).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
  return emf.CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions: sets, Metrics }) =>
    Metrics.flatMap(({ Name: name }): Point[] => {
      const value = members[name];
      if (typeof value !== 'number') return [];
      return [{ at: emf.Timestamp, namespace, name, sets, dimensions, value }];
    }),
  );
}

const NOT_MEASURED = 'AWS measures this; the local stack does not.';
const MATH = 'This expression is computed by CloudWatch alone.';

export function readLocally(
  points: readonly Point[],
  queries: readonly LineQuery[],
  range: Range,
): WidgetLines {
  const within = points.filter(({ at }) => at >= range.from && at <= range.to);
  const shown = queries.filter(({ hidden }) => !hidden);
  const computed = shown.map((query) =>
    known(() =>
      'expression' in query && searchOf(query.expression) === undefined
        ? computedOf(query, queries, within, range)
        : seriesOf(within, query),
    ),
  );
  const note = computed.includes(undefined) ? MATH : noteOf(shown, within);
  return { series: computed.flatMap((each) => each ?? []), ...defined({ note }) };
}

/** Undefined for metric math or a statistic that is not supported here. */
function known(compute: () => readonly Series[]): readonly Series[] | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof MathError) return undefined;
    throw error;
  }
}

function computedOf(
  { label = '', expression, periodSeconds }: Extract<LineQuery, { readonly expression: string }>,
  queries: readonly LineQuery[],
  points: readonly Point[],
  { from, to }: Range,
): readonly Series[] {
  const periods: number[] = [];
  // The period in which the range begins, as seriesOf aggregates it.
  const first = Math.floor(from / 1_000 / periodSeconds) * periodSeconds;
  for (let at = first; at * 1_000 <= to; at += periodSeconds) periods.push(at);
  const metrics = new Map(
    queries.flatMap((query) => {
      if (query.id === undefined || !('metric' in query)) return [];
      const measured = new Map(seriesOf(points, query)[0]?.points);
      return [[query.id, periods.map((at) => measured.get(at))] as const];
    }),
  );
  const input = {
    series: (id: string) => metrics.get(id),
    all: [...metrics.values()],
    length: periods.length,
  };
  const values = evaluate(expression, input);
  return [
    {
      label,
      points: periods.flatMap((at, index) => (values[index] === undefined ? [] : [[at, values[index]]])),
    },
  ];
}

function noteOf(queries: readonly LineQuery[], points: readonly Point[]): string | undefined {
  const known = new Set(points.map(({ namespace }) => namespace));
  const isForeign = (query: LineQuery) =>
    'metric' in query && query.metric.namespace.startsWith('AWS/') && !known.has(query.metric.namespace);
  return queries.length > 0 && queries.every(isForeign) ? NOT_MEASURED : undefined;
}

type Series = WidgetShown['series'][number];

function seriesOf(points: readonly Point[], query: LineQuery): readonly Series[] {
  if ('metric' in query) {
    const { namespace, name, dimensions } = query.metric;
    const names = Object.keys(dimensions);
    const own = points.filter(
      (point) =>
        point.namespace === namespace &&
        point.name === name &&
        (namespace === GATEWAY ||
          (isPublishedBy(point, names) && names.every((key) => point.dimensions[key] === dimensions[key]))),
    );
    return [
      {
        label: query.label ?? [...Object.values(dimensions), name].join(' '),
        points: inPeriods(own, query.periodSeconds, query.statistic),
      },
    ];
  }
  const search = searchOf(query.expression);
  if (search === undefined) return [];
  const found = points.filter(
    (point) =>
      point.namespace === search.namespace &&
      point.name === search.name &&
      isPublishedBy(point, search.dimensions) &&
      Object.entries(search.wanted).every(([key, value]) => point.dimensions[key] === value),
  );
  const by = search.dimensions.filter((name) => name !== 'service');
  const groups = Map.groupBy(found, ({ dimensions }) => by.map((name) => dimensions[name] ?? '').join(' '));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, own]) => ({ label, points: inPeriods(own, query.periodSeconds, search.statistic) }));
}

const isPublishedBy = ({ sets }: Point, names: readonly string[]): boolean =>
  sets.some((set) => set.length === names.length && names.every((name) => set.includes(name)));

interface Search {
  readonly namespace: string;
  readonly dimensions: readonly string[];
  readonly wanted: Readonly<Record<string, string>>;
  readonly name: string;
  readonly statistic: string;
}

/** Supports only the form that infra/constructs/metrics.ts writes. Undefined for another expression. */
function searchOf(expression: string): Search | undefined {
  const [, schema = '', terms = '', statistic = ''] =
    /^SEARCH\('\{([^}]+)\} (.+)', '([A-Za-z0-9]+)'(?:, \d+)?\)$/.exec(expression) ?? [];
  const [namespace, ...dimensions] = schema.split(',');
  const wanted = Object.fromEntries(
    [...terms.matchAll(/([A-Za-z]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const { MetricName: name, ...others } = wanted;
  if (namespace === undefined || name === undefined || statistic === '') return undefined;
  return { namespace, dimensions, wanted: others, name, statistic };
}

function inPeriods(points: readonly Point[], periodSeconds: number, statistic: string): Series['points'] {
  const periods = Map.groupBy(points, ({ at }) => Math.floor(at / 1_000 / periodSeconds) * periodSeconds);
  return [...periods]
    .sort(([a], [b]) => a - b)
    .map(
      ([at, own]) =>
        [
          at,
          statisticOf(
            own.map(({ value }) => value),
            statistic,
          ),
        ] as const,
    );
}

/** @param values at least one */
function statisticOf(values: readonly number[], statistic: string): number {
  const sorted = [...values].sort((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'SampleCount':
      return sorted.length;
    case 'Maximum':
      return sorted.at(-1) ?? 0;
    case 'Minimum':
      return sorted[0] ?? 0;
    case 'Average':
      return sum / sorted.length;
    default: {
      const rank = /^PR\((\d*):(\d*)\)$/.exec(statistic);
      if (rank !== null) return rankOf(sorted, rank[1] ?? '', rank[2] ?? '');
      const share = Number(/^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1] ?? Number.NaN) / 100;
      if (Number.isNaN(share)) throw new MathError(`statistic "${statistic}" is not known`);
      return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    }
  }
}

/** A percentage, 0 to 100: of the values above `lowest` and up to `highest`; either limit may be empty. */
function rankOf(values: readonly number[], lowest: string, highest: string): number {
  const within = values.filter(
    (value) => (lowest === '' || value > Number(lowest)) && (highest === '' || value <= Number(highest)),
  );
  return (100 * within.length) / values.length;
}

const GATEWAY = 'AWS/ApiGateway';

/** An API Gateway's metrics, from the local access log; they match any API id. */
export function gatewayPoints(answers: readonly Answered[]): readonly Point[] {
  return answers.flatMap(({ at, status, ms }): Point[] => {
    const point = (name: string, value: number): Point => ({
      ...{ at, namespace: GATEWAY, name, value, sets: [], dimensions: {} },
    });
    return [
      point('Count', 1),
      ...(ms === undefined ? [] : [point('Latency', ms)]),
      point('4xx', status.startsWith('4') ? 1 : 0),
      point('5xx', status.startsWith('5') ? 1 : 0),
    ];
  });
}
