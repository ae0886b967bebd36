/** Two writers, one catalogue: what CloudWatch makes of the lines is the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { correlated } from '../../shared/app/platform/correlation.ts';
import type { Fields, Log } from '../../shared/app/platform/log.ts';
import {
  createMetrics,
  type Dimensions,
  METRICS,
  type MetricName,
  type Metrics,
} from '../../shared/app/platform/metrics.ts';
import { powertoolsMetrics } from '../../shared/aws/runtime/powertools-metrics.ts';
import { measurementsOf } from '../support/emf.ts';

const NOW = Date.parse('2026-03-01T10:00:00.250Z');
const NAMES = Object.keys(METRICS) as MetricName[];
const EVERY: Required<Dimensions> = {
  provider: 'paymentwall',
  account: 'goods',
  outcome: 'accepted',
  reason: 'bad_signature',
  keyId: 'current',
  variant: 'v3',
  target: 'eventbridge',
  type: 'payment.paid',
};

interface Writer {
  readonly metrics: Metrics;
  readonly lines: string[];
  readonly errors: Fields[];
}

function writers(): Record<'lean' | 'powertools', Writer> {
  const make = (create: (options: Parameters<typeof powertoolsMetrics>[0]) => Metrics): Writer => {
    const lines: string[] = [];
    const errors: Fields[] = [];
    const log: Log = { info() {}, warn() {}, error: (_, fields = {}) => void errors.push(fields) };
    const sink = (line: string) => void lines.push(line);
    const options = { namespace: 'Payhooks', service: 'payhooks-live', clock: () => NOW, sink, log };
    return { metrics: create(options), lines, errors };
  };
  return { lean: make(createMetrics), powertools: make(powertoolsMetrics) };
}

function both(emit: (metrics: Metrics) => void) {
  const { lean, powertools } = writers();
  emit(lean.metrics);
  emit(powertools.metrics);
  expect(powertools.errors).toEqual([]);
  return {
    lean: measurementsOf(lean.lines),
    powertools: measurementsOf(powertools.lines),
    lines: powertools.lines,
  };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('both writers publish the same', () => {
  it.each(NAMES)('%s, with every dimension', (name) => {
    const { lean, powertools } = both((metrics) => metrics.emit({ [name]: 7 }, EVERY));
    expect(powertools).toEqual(lean);
    expect(powertools.length).toBeGreaterThan(0);
  });

  it.each(NAMES)('%s, with none', (name) => {
    const { lean, powertools } = both((metrics) => metrics.emit({ [name]: 0 }));
    expect(powertools).toEqual(lean);
    expect(powertools).toEqual([`Payhooks/${name}{service=payhooks-live}=0 ${METRICS[name].unit} @${NOW}`]);
  });

  it('all of them at once', () => {
    const values = Object.fromEntries(NAMES.map((name, index) => [name, index]));
    const { lean, powertools } = both((metrics) => metrics.emit(values, EVERY));
    expect(powertools).toEqual(lean);
  });

  it('stamped with when it happened', () => {
    const at = '2026-02-27T23:59:59.999Z';
    const { lean, powertools } = both((metrics) => metrics.emit({ Applied: 1 }, EVERY, { at }));
    expect(powertools).toEqual(lean);
    expect(powertools.every((each) => each.endsWith(`@${Date.parse(at)}`))).toBe(true);
  });

  it('a value that is of no closed set is "other"', () => {
    const { lean, powertools } = both((metrics) =>
      metrics.emit({ PaymentsHeld: 1 }, { reason: 'a b\nMARK' }),
    );
    expect(powertools).toEqual(lean);
    expect(powertools.join()).toContain('reason=other');
  });
});

describe('the workers’ writer', () => {
  it('puts metrics of the same dimensions on one line, and others on another', () => {
    const { lines } = both((metrics) =>
      metrics.emit({ EffectsOpen: 2, OldestEffectAge: 3, Applied: 1, Quarantined: 1 }, EVERY),
    );
    expect(lines).toHaveLength(2);
  });

  it('leaves the other dimensions and the correlation id searchable', () => {
    const { lines } = both((metrics) =>
      correlated('request-1', () => metrics.emit({ Applied: 1 }, { ...EVERY, reason: 'late' })),
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      correlationId: 'request-1',
      reason: 'late',
      Applied: 1,
    });
  });

  it('keeps records apart that are worked on side by side', async () => {
    const { powertools } = writers();
    const ids = Array.from({ length: 20 }, (_, index) => `request-${index}`);
    const record = (id: string, index: number) =>
      correlated(id, async () => {
        for (let round = 1; round <= 5; round++) {
          await sleep(Math.random() * 3);
          powertools.metrics.emit(
            { Applied: index },
            { provider: 'paymentwall', account: `account-${index}` },
          );
        }
      });
    await Promise.all(ids.map(record));
    const lines = powertools.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(100);
    for (const [index, id] of ids.entries()) {
      const mine = lines.filter(({ correlationId }) => correlationId === id);
      expect(mine).toHaveLength(5);
      for (const line of mine) expect(line).toMatchObject({ Applied: index, account: `account-${index}` });
    }
  });

  it('is silenced by no variable of Powertools, and prints nothing beside its lines', () => {
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const printed = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const console_ = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
    // Older than CloudWatch takes: Powertools has a warning for it.
    const { powertools } = both((metrics) =>
      metrics.emit({ Applied: 1 }, EVERY, { at: '2020-01-01T00:00:00.000Z' }),
    );
    expect(powertools).toHaveLength(2);
    expect(printed).not.toHaveBeenCalled();
    for (const each of console_) expect(each).not.toHaveBeenCalled();
  });

  it('writes to standard output by itself, one JSON object a line', () => {
    const printed: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    const log: Log = { info() {}, warn() {}, error() {} };
    powertoolsMetrics({ namespace: 'Payhooks', service: 's', clock: () => NOW, log }).emit({ Settled: 1 });
    expect(printed.join('')).toMatch(/^\{"_aws":.+\}\n$/);
  });

  it('never throws into work on a payment: what cannot be written is an error of the log', () => {
    const { powertools } = writers();
    const untyped = { Applied: 'many' } as unknown as Record<MetricName, number>;
    expect(() => powertools.metrics.emit(untyped, EVERY)).not.toThrow();
    expect(powertools.lines).toEqual([]);
    expect(powertools.errors).toHaveLength(1);
  });
});
