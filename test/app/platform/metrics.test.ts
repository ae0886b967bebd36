import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { correlated } from '../../../shared/app/platform/correlation.ts';
import {
  createMetrics,
  type Dimensions,
  dimensionSets,
  METRICS,
  type MetricName,
} from '../../../shared/app/platform/metrics.ts';
import { measurementsOf } from '../../support/emf.ts';

const NOW = Date.parse('2026-03-01T10:00:00.250Z');
const NAMES = Object.keys(METRICS) as MetricName[];
const EVERY: Required<Dimensions> = {
  provider: 'paymentwall',
  account: 'goods',
  outcome: 'accepted',
  reason: 'wrong_signature',
  keyId: 'current',
  variant: 'v3',
  target: 'eventbridge',
  type: 'payment.paid',
};

function writer() {
  const lines: string[] = [];
  const sink = (line: string) => void lines.push(line);
  const metrics = createMetrics({ namespace: 'Payhooks', service: 's', clock: () => NOW, sink });
  return { lines, metrics };
}

describe('metrics', () => {
  it('a metric is one line of embedded metric format, in which an unknown reason becomes other', () => {
    const lines: string[] = [];
    const metrics = createMetrics({
      namespace: 'N',
      service: 's',
      clock: () => 5,
      sink: (line) => lines.push(line),
    });
    metrics.emit(
      { Notifications: 1 },
      { provider: 'paymentwall', account: 'shop', outcome: 'refused', reason: 'a b\nCANARY' },
      { correlationId: 'c' },
    );
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          {
            Namespace: 'N',
            Dimensions: [['service'], ['service', 'provider', 'account', 'outcome']],
            Metrics: [{ Name: 'Notifications', Unit: 'Count' }],
          },
        ],
      },
      service: 's',
      provider: 'paymentwall',
      account: 'shop',
      outcome: 'refused',
      // A field that can be searched but is no dimension; its value is outside the closed set.
      reason: 'other',
      correlationId: 'c',
      Notifications: 1,
    });
  });

  it('metrics with the same dimension sets share one directive of their line', () => {
    const { metrics, lines } = writer();
    metrics.emit({ EffectsTried: 1, EffectsDelivered: 1, EffectsLate: 0 }, EVERY);
    const { _aws: emf } = JSON.parse(lines[0] ?? '') as {
      readonly _aws: {
        readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { Name: string }[] }[];
      };
    };
    expect(emf.CloudWatchMetrics.map(({ Metrics }) => Metrics.map(({ Name }) => Name))).toEqual([
      ['EffectsTried', 'EffectsLate'],
      ['EffectsDelivered'],
    ]);
    expect(measurementsOf(lines)).toHaveLength(4);
  });

  it.each(NAMES)(
    'the metric %s is published under its service and under each of its dimension sets',
    (name) => {
      const { metrics, lines } = writer();
      metrics.emit({ [name]: 7 }, EVERY);
      const sets = dimensionSets(name).map((set) =>
        ['service=s', ...set.map((dimension) => `${dimension}=${EVERY[dimension]}`)].sort().join(),
      );
      expect(measurementsOf(lines)).toEqual(
        sets.map((set) => `Payhooks/${name}{${set}}=7 ${METRICS[name].unit} @${NOW}`).sort(),
      );
    },
  );

  it.each(NAMES)('the metric %s without dimensions is published under its service alone', (name) => {
    const { metrics, lines } = writer();
    metrics.emit({ [name]: 0 });
    expect(measurementsOf(lines)).toEqual([`Payhooks/${name}{service=s}=0 ${METRICS[name].unit} @${NOW}`]);
  });

  it('a metric has the given time of its occurrence as timestamp', () => {
    const at = '2026-02-27T23:59:59.999Z';
    const { metrics, lines } = writer();
    metrics.emit({ Applied: 1 }, EVERY, { at });
    const published = measurementsOf(lines);
    expect(published.length).toBeGreaterThan(0);
    for (const each of published) expect(each.endsWith(`@${Date.parse(at)}`), each).toBe(true);
  });

  it('metrics of concurrent records keep their own correlation id', async () => {
    const { metrics, lines } = writer();
    const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
    const record = (id: string, index: number) =>
      correlated(id, async () => {
        for (let round = 1; round <= 5; round++) {
          await sleep(0);
          metrics.emit({ Applied: index }, { provider: 'paymentwall', account: `account-${index}` });
        }
      });
    await Promise.all(ids.map(record));
    const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(written).toHaveLength(100);
    for (const [index, id] of ids.entries()) {
      const own = written.filter(({ correlationId }) => correlationId === id);
      expect(own).toHaveLength(5);
      for (const line of own) expect(line).toMatchObject({ Applied: index, account: `account-${index}` });
    }
  });
});
