/** In which state an alarm of a template is, given what was measured; by CloudWatch's documented rules. */
import { evaluate, type Series } from '../../console/server/metric-math.ts';
import type { Json } from '../infra/support.ts';
import { nameOf } from './watched.ts';

type Fields = Readonly<Record<string, Json>>;

/** By metric as `nameOf` calls it; all of one length, the last value is of the period that has just begun. */
export type Measured = Readonly<Record<string, Series>>;

/** "same": nothing new was measured, the state stays. */
export type State = 'ALARM' | 'OK' | 'same';

/** How many periods CloudWatch reads beyond those it evaluates is its own affair; its guide shows two. */
const FURTHER_BACK = 2;

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html: the most recent points that
 * exist count, also from further back; missing ones are filled in only where there are too few.
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

/** What the alarm compares with its threshold, period by period. */
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
