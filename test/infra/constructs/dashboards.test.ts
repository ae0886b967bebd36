/** Everything that dashboards and alarms name exists. */
import { describe, expect, it } from 'vitest';
import { dimensionSets, METRICS, type MetricName } from '../../../shared/app/platform/metrics.ts';
import { problemWith } from '../../operations/aws-metrics.ts';
import { watchedBy } from '../../operations/watched.ts';
import { everything } from '../everything.ts';
import { ofType, smallest, templateOf } from '../support.ts';

const accounts = smallest.accounts.map((account, index) =>
  index === 0 ? { ...account, expectedEveryHours: 6 } : account,
);
const template = templateOf({ accounts, tags: { team: 'payments' } });
/** All features are on, so that the template has every alarm and graph. */
const wholeTemplate = templateOf({
  ...everything,
  ...{ publicUrl: 'https://pay.shop.example', edgeHeader: 'require' },
});
const watched = [...watchedBy(template), ...watchedBy(wholeTemplate)];

describe('the metrics of dashboards and alarms', () => {
  it('every AWS metric of a dashboard or alarm is published by AWS under the used dimensions', () => {
    const foreign = watched.filter(({ namespace }) => namespace !== 'Payhooks');
    expect(foreign.length).toBeGreaterThan(20);
    for (const { where, namespace, name, dimensions } of foreign)
      expect(problemWith(namespace, name, Object.keys(dimensions)), where).toBeUndefined();
  });

  it('every own metric of a dashboard or alarm is in METRICS, with its service and its dimensions', () => {
    const own = watched.filter(({ namespace }) => namespace === 'Payhooks');
    expect(own.length).toBeGreaterThan(30);
    for (const { where, name, dimensions, anyOf } of own) {
      expect(Object.keys(METRICS), where).toContain(name);
      expect(dimensions.service).toBe('payhooks-sandbox');
      const set = [...Object.keys(dimensions), ...anyOf].filter((each) => each !== 'service').sort();
      expect(
        dimensionSets(name as MetricName).map((each) => [...each].sort()),
        where,
      ).toContainEqual(set);
    }
  });

  it('the stack has two dashboards, business and engineering', () => {
    const names = ofType(template, 'AWS::CloudWatch::Dashboard').map(
      ([, { Properties }]) => Properties.DashboardName,
    );
    expect(names.sort()).toEqual(['payhooks-sandbox-business', 'payhooks-sandbox-engineering']);
  });
});
