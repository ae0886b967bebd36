/** The metrics that alarms and dashboards read. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/config.ts';
import { closedValues, type MetricName, publishedSets } from '../../../shared/app/platform/metrics.ts';
import { zerosOf } from '../../../shared/app/schedules/zeros.ts';
import { alarmsOf, nameOf, watchedBy } from '../../operations/watched.ts';
import { everything } from '../everything.ts';
import { templateOf } from '../support.ts';

const wholeTemplate = templateOf(everything);
const whole = Object.fromEntries(alarmsOf(wholeTemplate));
const own = (name: string, dimensions: Readonly<Record<string, string>> = {}) =>
  nameOf('Payhooks', name, { service: 'payhooks-sandbox', ...dimensions });

describe('a metric with FILL in an alarm', () => {
  // Without any data point FILL has nothing to fill: an alarm would not ring for the first loss or the first wrong key.
  it('the sweeper publishes zeros of every metric with FILL in an alarm, unless missing data rings the alarm', () => {
    const zeros = zerosOf(parseConfig(everything).accounts).flatMap(({ values, dimensions }) =>
      (Object.keys(values) as MetricName[]).flatMap((name) =>
        publishedSets(name, closedValues(dimensions)).map((set) =>
          own(name, Object.fromEntries(set.map((key) => [key, String(dimensions[key])]))),
        ),
      ),
    );
    const filled = Object.entries(whole)
      .filter(
        ([, alarm]) => JSON.stringify(alarm).includes('FILL(') && alarm.TreatMissingData !== 'breaching',
      )
      .map(([name]) => name);
    const names = watchedBy(wholeTemplate)
      .filter(({ where, namespace }) => filled.includes(where) && namespace === 'Payhooks')
      .map(({ namespace, name, dimensions }) => nameOf(namespace, name, dimensions));
    expect(names.length).toBeGreaterThan(10);
    expect([...new Set(names)].filter((name) => !zeros.includes(name))).toEqual([]);
  });
});
