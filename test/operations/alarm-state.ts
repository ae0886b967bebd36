/** The state of a template's alarm for given metrics, by CloudWatch's documented rules. */
import { evaluate, type Series } from '../../console/server/metric-math.ts';
import type { Json } from '../infra/support.ts';
import { nameOf } from './watched.ts';

type Fields = Readonly<Record<string, Json>>;

/**
 * Series by the metric's name from `nameOf`, all of one length. The last value is of the period that has just begun.
 */
export type Measured = Readonly<Record<string, Series>>;

/** "same": there is no new data point, so the alarm keeps its state. */
export type State = 'ALARM' | 'OK' | 'same';

/** CloudWatch does not document how many periods it reads beyond the evaluated periods; its guide shows two. */
const FURTHER_BACK = 2;

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html: the most recent existing points
 * count, also from earlier periods. Missing points are filled in only when there are too few existing points.
 */
export function stateOf(alarm: Fields, measured: Measured): State {
  const wanted = Number(alarm.EvaluationPeriods);
  const range = watchedSeries(alarm, measured).slice(-(wanted + FURTHER_BACK));
  const existing = range.filter((value) => value !== undefined).slice(-wanted);
  const missing = wanted - existing.length;
  if (alarm.TreatMissingData === 'ignore' && existing.length === 0) return 'same';
  const threshold = Number(alarm.Threshold);
  const breaching =
    existing.filter((value) => value > threshold).length +
    (alarm.TreatMissingData === 'breaching' ? missing : 0);
  return breaching >= Number(alarm.DatapointsToAlarm ?? wanted) ? 'ALARM' : 'OK';
}

/** The values that the alarm compares with its threshold, one per period. */
export function watchedSeries(alarm: Fields, measured: Measured): Series {
  const length = Object.values(measured)[0]?.length ?? 0;
  const series = (metric: Fields): Series =>
    measured[keyOf(metric)] ?? Array.from({ length }, () => undefined);
  const queries = alarm.Metrics as Fields[] | undefined;
  if (queries === undefined) return series(alarm);
  const lookup = (id: string): Series => {
    const query = queries.find(({ Id }) => Id === id);
    if (query === undefined) throw new Error(`nothing is called ${id}`);
    return query.Expression === undefined
      ? series((query.MetricStat as Fields).Metric as Fields)
      : evaluate(String(query.Expression), { series: lookup, all: [], length });
  };
  const returned = queries.filter(({ ReturnData }) => ReturnData !== false);
  if (returned.length !== 1) throw new Error('an alarm watches exactly one expression');
  return lookup(String(returned[0]?.Id));
}

const keyOf = ({ Namespace, MetricName, Dimensions = [] }: Fields): string =>
  nameOf(
    String(Namespace),
    String(MetricName),
    Object.fromEntries((Dimensions as Fields[]).map(({ Name, Value }) => [Name, String(Value)])),
  );
