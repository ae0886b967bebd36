/** What dashboards and alarms name exists. */
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
/** With everything there is, so that every alarm and graph is looked at. */
const wholeTemplate = templateOf({
  ...everything,
  ...{ publicUrl: 'https://pay.shop.example', edgeHeader: 'require' },
});
const watched = [...watchedBy(template), ...watchedBy(wholeTemplate)];

describe('what dashboards and alarms name', () => {
  it('exists: metrics of AWS are published by AWS under these dimensions', () => {
    const foreign = watched.filter(({ namespace }) => namespace !== 'Payhooks');
    expect(foreign.length).toBeGreaterThan(20);
    for (const { where, namespace, name, dimensions } of foreign)
      expect(problemWith(namespace, name, Object.keys(dimensions)), where).toBeUndefined();
  });

  it('exists: metrics of our own are in the list, of this environment, under dimensions they have', () => {
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

  it('two dashboards', () => {
    const names = ofType(template, 'AWS::CloudWatch::Dashboard').map(
      ([, { Properties }]) => Properties.DashboardName,
    );
    expect(names.sort()).toEqual(['payhooks-sandbox-business', 'payhooks-sandbox-engineering']);
  });
});
