/**
 * The metrics that dashboards and alarms of a template use, and the metrics that functions emit, as comparable names.
 */
import type { Json, Resource, Template } from '../infra/support.ts';
import { ofType } from '../infra/support.ts';

export interface WatchedMetric {
  readonly where: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** The dimensions of which a search takes every value. */
  readonly anyOf: readonly string[];
}

type Fields = Readonly<Record<string, Json>>;

/** CloudFormation's functions as text. A reference becomes its logical id, which is enough for a comparison. */
export function plain(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => plain(item));
  const fields = value as Fields;
  if (typeof fields.Ref === 'string') return `<${fields.Ref}>`;
  if (Array.isArray(fields['Fn::GetAtt'])) return `<${fields['Fn::GetAtt'].join('.')}>`;
  if (Array.isArray(fields['Fn::Join'])) {
    const [separator, parts] = fields['Fn::Join'] as [string, Json[]];
    return parts.map((part) => String(plain(part))).join(separator);
  }
  return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, plain(inner)]));
}

export function alarmsOf(template: Template): readonly (readonly [name: string, properties: Fields])[] {
  return ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => [
    String(Properties.AlarmName),
    plain(Properties as Json) as Fields,
  ]);
}

export function watchedBy(template: Template): readonly WatchedMetric[] {
  return [
    ...alarmsOf(template).flatMap(([name, properties]) => ofAlarm(name, properties)),
    ...ofType(template, 'AWS::CloudWatch::Dashboard').flatMap(([, dashboard]) => ofDashboard(dashboard)),
  ];
}

function ofAlarm(where: string, properties: Fields): WatchedMetric[] {
  const stats = (properties.Metrics as Fields[] | undefined)?.map(({ MetricStat }) => MetricStat as Fields);
  const metrics = stats?.filter((stat) => stat !== undefined).map(({ Metric }) => Metric as Fields) ?? [
    properties,
  ];
  return metrics.map(({ Namespace, MetricName, Dimensions = [] }) => ({
    where,
    namespace: String(Namespace),
    name: String(MetricName),
    dimensions: Object.fromEntries((Dimensions as Fields[]).map(({ Name, Value }) => [Name, String(Value)])),
    anyOf: [],
  }));
}

function ofDashboard({ Properties }: Resource): WatchedMetric[] {
  const body = JSON.parse(String(plain(Properties.DashboardBody as Json))) as { widgets: Fields[] };
  return body.widgets.flatMap(({ properties }) => {
    const { title, metrics = [] } = properties as { title: string; metrics?: Json[][] };
    const where = `${String(Properties.DashboardName)}: ${title}`;
    return metrics.flatMap((line) => ofLine(where, line));
  });
}

/** @param line [namespace, name, dimension, value…, options] or [{expression}] */
function ofLine(where: string, line: Json[]): WatchedMetric[] {
  const texts = line.filter((part) => typeof part === 'string');
  const [namespace, name, ...pairs] = texts;
  if (namespace !== undefined && name !== undefined) {
    const dimensions: Record<string, string> = {};
    for (let at = 0; at + 1 < pairs.length; at += 2) dimensions[pairs[at] ?? ''] = pairs[at + 1] ?? '';
    return [{ where, namespace, name, dimensions, anyOf: [] }];
  }
  const { expression } = line[0] as { expression: string };
  const search = /^SEARCH\('\{([^}]+)\} service="([^"]+)" MetricName="([^"]+)"'/.exec(expression);
  if (search === null) return [];
  const [, schema = '', service = '', metric = ''] = search;
  const [space = '', , ...anyOf] = schema.split(',');
  return [{ where, namespace: space, name: metric, dimensions: { service }, anyOf }];
}

/** A name such as "Payhooks/Accepted{account=shop,provider=paymentwall,service=…}". */
export const nameOf = (
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): string =>
  `${namespace}/${name}{${Object.entries(dimensions)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join()}}`;

export interface EmfLine {
  readonly [name: string]: unknown;
  readonly correlationId?: string;
}

/** The lines of the embedded metric format in the output of functions. */
export const emfOf = (lines: readonly string[]): readonly EmfLine[] =>
  lines.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line) as EmfLine);

/**
 * The names of all emitted metrics, with the values of each set of dimensions, and with the names of the dimensions
 * alone.
 */
export function emittedIn(lines: readonly EmfLine[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of lines) {
    const { CloudWatchMetrics } = line._aws as {
      CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
    };
    for (const { Namespace, Dimensions, Metrics } of CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        if (typeof line[Name] !== 'number') throw new Error(`${Name} has no value`);
        for (const set of Dimensions) {
          const values = set.map((dimension) => [dimension, String(line[dimension])] as const);
          names.add(nameOf(Namespace, Name, Object.fromEntries(values)));
          names.add(searchName(Namespace, Name, set));
        }
      }
    }
  }
  return names;
}

const searchName = (namespace: string, name: string, dimensions: readonly string[]): string =>
  `${namespace}/${name}[${[...dimensions].sort().join()}]`;

/** The name of a watched metric in the set of `emittedIn`. */
export const wanted = ({ namespace, name, dimensions, anyOf }: WatchedMetric): string =>
  anyOf.length === 0
    ? nameOf(namespace, name, dimensions)
    : searchName(namespace, name, [...Object.keys(dimensions), ...anyOf]);
