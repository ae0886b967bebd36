/**
 * The states of alarms for invented series of metrics: the series that ring an alarm, and above all those that do not.
 */
import { describe, expect, it } from 'vitest';
import type { Series } from '../../console/server/metric-math.ts';
import { stateOf, watchedSeries } from '../operations/alarm-state.ts';
import { alarmsOf, nameOf, watchedBy } from '../operations/watched.ts';
import { everything } from './everything.ts';
import { ofType, type Template, templateOf } from './support.ts';

const accounts = [
  { provider: 'trustly-americas', account: 'busy', expectedEveryHours: 6 },
  { provider: 'paymentwall', account: 'quiet', api: 'digital_goods', signatureVersion: 3 },
];
const template = templateOf({ accounts });
const alarms = Object.fromEntries(alarmsOf(template));
const wholeTemplate = templateOf(everything);
const whole = Object.fromEntries(alarmsOf(wholeTemplate));
const find = (name: string, among = alarms) =>
  among[`payhooks-sandbox-${name}`] ?? expect.unreachable(`no alarm ${name}`);

const _ = undefined;
const BUSY = { provider: 'trustly-americas', account: 'busy' };
const QUIET = { provider: 'paymentwall', account: 'quiet' };
const own = (name: string, dimensions: Readonly<Record<string, string>> = {}) =>
  nameOf('Payhooks', name, { service: 'payhooks-sandbox', ...dimensions });
/** A number of periods without a value, and then the given values. */
const silent = (periods: number, ...values: Series): Series => [
  ...Array.from({ length: periods }, () => undefined),
  ...values,
];

describe('the alarm conservation', () => {
  /** The last value of each series is of the hour that has just begun. */
  const judged = (accepted: Series, settled: Series) =>
    stateOf(find('conservation'), { [own('Accepted')]: accepted, [own('Settled')]: settled });
  const day = (...last: number[]): Series => [...Array.from({ length: 30 }, () => 7), ...last];

  it('conservation is quiet while accepted and settled notifications balance in every hour, and without traffic', () => {
    expect(judged(day(5, 3, 0), day(5, 3, 0))).toBe('OK');
    expect(judged(silent(30, _, _), silent(30, _, _))).toBe('OK');
    expect(judged(silent(30, 4, _, _), silent(30, 4, _, _))).toBe('OK');
  });

  it('conservation does not ring at the change of the hour for notifications that are not settled yet', () => {
    // The notification is accepted at 10:59:59 and settled at 11:00:05 with the hour of acceptance; CloudWatch
    // evaluates at 11:00:01, and until the end of that hour.
    expect(judged(day(5, 0), day(4, 0))).toBe('OK');
    expect(judged(day(5, 9), day(4, 2))).toBe('OK');
  });

  it('conservation rings when a whole hour has passed and an accepted notification is not settled', () => {
    expect(judged(day(5, 3, 0), day(4, 3, 0))).toBe('ALARM');
    // The only notification of its hour is not settled.
    expect(judged(silent(30, 1, _, _), silent(30, _, _, _))).toBe('ALARM');
  });

  it('conservation ends when the missing notification settles with its old hour, or else after a day', () => {
    expect(judged(day(5, 3, 3, 0), day(5, 3, 3, 0))).toBe('OK');
    const missing = [1, ...Array.from({ length: 24 }, () => 0)];
    expect(judged(day(...missing), day(...missing.map(() => 0)))).toBe('ALARM');
    expect(judged(day(...missing, 0, 0), day(...missing.map(() => 0), 0, 0))).toBe('OK');
  });

  it('a notification that settles twice does not ring conservation, and hides no loss of another hour', () => {
    expect(judged(day(5, 3, 0), day(9, 3, 0))).toBe('OK');
    expect(judged(day(5, 5, 3, 0), day(9, 4, 3, 0))).toBe('ALARM');
  });
});

describe('the alarms on objectives', () => {
  const gateway = (name: string) =>
    Object.keys(seriesOf('slo-answers-5m')).find((key) => key.startsWith(`AWS/ApiGateway/${name}{`)) ??
    expect.unreachable(name);
  const seriesOf = (name: string) =>
    Object.fromEntries(
      watchedBy(template)
        .filter(({ where }) => where === `payhooks-sandbox-${name}`)
        .map((each) => [nameOf(each.namespace, each.name, each.dimensions), []]),
    );
  /** Each series has the value of the previous window and the value of the window. */
  const answers = (window: string, all: Series, errors: Series, inTime: Series) =>
    stateOf(find(`slo-answers-${window}`), {
      [gateway('Count')]: all,
      [gateway('5xx')]: errors,
      [gateway('Latency')]: inTime,
    });
  const announced = (window: string, tried: Series, late: Series) =>
    stateOf(find(`slo-delivered-${window}`), { [own('EffectsTried')]: tried, [own('EffectsLate')]: late });

  it.each(['5m', '1h'])(
    'slo-answers rings above 1.44 per cent of failed or late answers in a fast window (%s)',
    (window) => {
      expect(answers(window, [1_000, 1_000], [0, 15], [100, 100])).toBe('ALARM');
      expect(answers(window, [1_000, 1_000], [0, 14], [100, 100])).toBe('OK');
      // A late answer counts as an error: 98.5 % were in time.
      expect(answers(window, [1_000, 1_000], [0, 0], [100, 98.5])).toBe('ALARM');
      expect(answers(window, [1_000, 1_000], [0, 0], [100, 98.6])).toBe('OK');
    },
  );

  it.each(['30m', '6h'])(
    'slo-answers rings above 0.6 per cent of failed answers in a slow window (%s)',
    (window) => {
      expect(answers(window, [1_000, 1_000], [0, 7], [100, 100])).toBe('ALARM');
      expect(answers(window, [1_000, 1_000], [0, 6], [100, 100])).toBe('OK');
    },
  );

  it('slo-answers-1h stays in ALARM in a new hour, and two failures of a quiet shop do not ring', () => {
    expect(answers('1h', [1_000, _], [40, _], [100, _])).toBe('ALARM');
    expect(answers('1h', [10, 10], [1, 2], [100, 100])).toBe('OK');
    expect(answers('1h', [_, _], [_, _], [_, _])).toBe('OK');
    expect(announced('5m', [2, 2], [2, 2])).toBe('OK');
  });

  it.each([
    ['5m', 15, 14],
    ['1h', 15, 14],
    ['30m', 7, 6],
    ['6h', 7, 6],
  ])('slo-delivered: of a hundred events in %s, %d late events ring and %d do not', (window, rings, not) => {
    expect(announced(window, [0, 100], [0, rings])).toBe('ALARM');
    expect(announced(window, [0, 100], [0, not])).toBe('OK');
  });

  it('a burn alarm rings while its two windows burn, and the alarms of the windows have no actions', () => {
    const mailed = templateOf({ accounts, alarmEmail: 'on-call@shop.example' });
    const composites = ofType(mailed, 'AWS::CloudWatch::CompositeAlarm').map(([, { Properties }]) => {
      const ids = JSON.stringify(Properties.AlarmRule).match(/Payhooks[A-Za-z0-9]+(?=")/g) ?? [];
      expect(JSON.stringify(Properties.AlarmRule)).toContain(' AND ');
      expect(Properties.AlarmActions).toHaveLength(1);
      const parts = ids.map((id) => mailed.Resources[id]?.Properties ?? expect.unreachable(id));
      for (const { AlarmActions } of parts) expect(AlarmActions).toBeUndefined();
      return [Properties.AlarmName, ...parts.map(({ AlarmName }) => AlarmName)].map((name) =>
        String(name).replace('payhooks-sandbox-slo-', ''),
      );
    });
    expect(composites).toEqual([
      ['answers-fast-burn', 'answers-5m', 'answers-1h'],
      ['answers-slow-burn', 'answers-30m', 'answers-6h'],
      ['delivered-fast-burn', 'delivered-5m', 'delivered-1h'],
      ['delivered-slow-burn', 'delivered-30m', 'delivered-6h'],
    ]);
  });
});

describe('the alarm wrong-key', () => {
  const state = (bad: Series, accepted: Series, of: Readonly<Record<string, string>> = QUIET) =>
    stateOf(find('wrong-key'), { [own('BadSignatures', of)]: bad, [own('Accepted', of)]: accepted });

  it('wrong-key rings for one quiet account whose notifications all fail verification', () => {
    // Trustly Europe sends one notification five times in its first hour: at once, after 5 s, 20 s, 65 s, 16 min.
    expect(state(silent(4, 5), silent(4, _))).toBe('ALARM');
    // Paymentwall sends one pingback every half hour: the alarm rings, and stays on when the next hour begins.
    expect(state(silent(4, 2, 1), silent(5, _))).toBe('ALARM');
    expect(state(silent(4, 2, 2, _), silent(6, _))).toBe('ALARM');
  });

  it('wrong-key does not ring for forged requests to an account that accepts notifications every hour', () => {
    expect(state(silent(4, 500, 500), silent(4, 1, 1), BUSY)).toBe('OK');
    // The hour has just begun, without a genuine notification so far.
    expect(state(silent(4, _, 500), silent(3, 12, 9, _), BUSY)).toBe('OK');
    expect(state(silent(4, 500, _), silent(4, 9, _), BUSY)).toBe('OK');
  });

  it('two bad signatures do not ring wrong-key, and another account’s accepted notifications do not stop wrong-key', () => {
    expect(state(silent(4, 2), silent(4, _))).toBe('OK');
    const measured = {
      [own('BadSignatures', QUIET)]: silent(4, 40),
      [own('Accepted', BUSY)]: silent(4, 900),
    };
    expect(stateOf(find('wrong-key'), measured)).toBe('ALARM');
  });

  it('wrong-key ends within two hours after a notification is accepted', () => {
    expect(state(silent(4, 12, 6, _, _), silent(4, _, 2, 3, 3))).toBe('OK');
  });

  it('each wrong-key alarm watches at most five accounts, and every account is watched by exactly one alarm', () => {
    const many = Array.from({ length: 11 }, (_each, index) => ({
      provider: 'trustly-europe',
      account: `shop-${'abcdefghijk'[index]}`,
    }));
    const all = alarmsOf(templateOf({ accounts: many })).filter(([name]) => name.includes('wrong-key'));
    expect(all.map(([name]) => name.replace('payhooks-sandbox-', ''))).toEqual([
      'wrong-key',
      'wrong-key-2',
      'wrong-key-3',
    ]);
    for (const { provider, account } of many) {
      const measured = { [own('BadSignatures', { provider, account })]: silent(4, 9) };
      const ringing = all.filter(([, properties]) => stateOf(properties, measured) === 'ALARM');
      expect(ringing, account).toHaveLength(1);
    }
    for (const [, { Metrics }] of all) {
      const expressions = (Metrics as { Expression?: string }[]).map(({ Expression = '' }) => Expression);
      // CloudWatch allows 2,048 characters.
      for (const each of expressions) expect(each.length).toBeLessThan(2_048);
    }
  });
});

describe('the alarm repeated-refusals', () => {
  const state = (...refused: Series) =>
    stateOf(find('repeated-refusals'), {
      [own('Refused', QUIET)]: refused,
      [own('Accepted', QUIET)]: silent(4, 9, 9, 9, 9),
    });

  it('repeated-refusals rings for one message that is refused hour after hour, whatever else is accepted', () => {
    // Trustly Americas sends every five minutes, Paymentwall every half hour; the last hour has just begun.
    expect(state(...silent(4), 12, 12, 12, _)).toBe('ALARM');
    expect(state(...silent(4), 2, 2, 2, _)).toBe('ALARM');
    // Trustly Europe sends at once, after 5 s, 20 s, 65 s, 16 min, 61 min, 151 min, and then every three hours.
    expect(state(...silent(4), 5, 1, 1, _)).toBe('ALARM');
  });

  it('repeated-refusals does not ring for a burst of refusals, or for a single refusal now and then', () => {
    expect(state(...silent(6), 500, 500)).toBe('OK');
    expect(state(...silent(4), 1, _, _, 1)).toBe('OK');
    expect(state(...silent(8))).toBe('OK');
  });

  it('each repeated-refusals alarm watches at most ten accounts, and every account is watched by exactly one alarm', () => {
    const many = Array.from({ length: 11 }, (_each, index) => ({
      provider: 'trustly-europe',
      account: `shop-${'abcdefghijk'[index]}`,
    }));
    const all = alarmsOf(templateOf({ accounts: many })).filter(([name]) =>
      name.includes('repeated-refusals'),
    );
    expect(all).toHaveLength(2);
    for (const { provider, account } of many) {
      const measured = { [own('Refused', { provider, account })]: silent(4, 1, 1, 1, 1) };
      const ringing = all.filter(([, properties]) => stateOf(properties, measured) === 'ALARM');
      expect(ringing, account).toHaveLength(1);
    }
  });
});

describe('the alarm unknown-address', () => {
  const state = (reason: string, ...refused: Series) =>
    stateOf(find('unknown-address'), { [own('Refused', { reason })]: refused });

  it.each(['unknown_account', 'unknown_path'])(
    'unknown-address rings for hours of 404 with %s, and not for a shorter time',
    (reason) => {
      expect(state(reason, ...silent(4), 1, 2, 1, _)).toBe('ALARM');
      expect(state(reason, ...silent(6), 40, 40)).toBe('OK');
    },
  );

  it('unknown-address does not ring for refusals with another reason', () => {
    expect(state('wrong_signature', ...silent(4), 9, 9, 9, 9)).toBe('OK');
  });
});

describe('the alarm bad-signatures', () => {
  const state = (bad: Series, all: Series) =>
    stateOf(find('bad-signatures'), { [own('BadSignatures')]: bad, [own('Notifications')]: all });

  it('bad-signatures rings for two periods with many bad signatures that are a high share of all notifications', () => {
    expect(state(silent(3, 30, 30), silent(3, 60, 60))).toBe('ALARM');
    expect(state(silent(3, 30, 30), silent(3, 900, 900))).toBe('OK');
    expect(state(silent(3, 9, 9), silent(3, 9, 9))).toBe('OK');
    expect(state(silent(3, 30, _), silent(3, 40, 5))).toBe('OK');
  });
});

describe('the alarm silence', () => {
  const state = (...accepted: Series) =>
    stateOf(find('silence-trustly-americas-busy'), { [own('Accepted', BUSY)]: accepted });

  it('silence rings after six whole hours without an accepted notification, not during the sixth hour', () => {
    expect(state(...silent(9), 3, _, _, _, _, _, _)).toBe('OK');
    expect(state(...silent(9), 3, _, _, _, _, _, _, _)).toBe('ALARM');
    expect(state(...silent(9), 3, _, _, _, _, _, _, 1)).toBe('OK');
    expect(state(...silent(20))).toBe('ALARM');
  });
});

describe('the alarm confirmations-failing', () => {
  const ACCOUNT = { provider: 'trustly-americas', account: 'whole' };
  const state = (failures: Series, answers: Series) =>
    stateOf(find('confirmations-failing', whole), {
      [own('ProviderFailures', ACCOUNT)]: failures,
      [own('ProviderAnswers', ACCOUNT)]: answers,
    });

  it('confirmations-failing rings when a provider is polled in two half hours and never answers', () => {
    expect(state(silent(4, 3, 1), silent(4, 0, 0))).toBe('ALARM');
    // The third half hour has just begun.
    expect(state(silent(4, 3, 2, _), silent(4, 0, 0, _))).toBe('ALARM');
  });

  it('confirmations-failing is quiet after any answer, without polls, and for one half hour of failures', () => {
    expect(state(silent(4, 3, 3), silent(4, 1, 1))).toBe('OK');
    expect(state(silent(6), silent(6))).toBe('OK');
    expect(state(silent(4, 0, 3), silent(4, 5, 0))).toBe('OK');
    expect(state(silent(3, 9, 9, 0, 0), silent(3, 0, 0, 2, 2))).toBe('OK');
  });

  it('confirmations-failing exists only with accounts that are polled or get shipping reports', () => {
    expect(Object.keys(alarms).filter((name) => name.includes('confirmations-failing'))).toEqual([]);
    const wall = { provider: 'paymentwall', account: 'boxes' };
    const measured = { [own('ProviderFailures', wall)]: silent(4, 1, 1) };
    expect(stateOf(find('confirmations-failing', whole), measured)).toBe('ALARM');
  });
});

describe('the alarm sweeper-silent', () => {
  const state = (...runs: Series) => {
    const { Metrics } = find('sweeper-silent');
    const [name] = [...JSON.stringify(Metrics).matchAll(/"Value":"(<[^"]+>)"/g)].map(([, value]) => value);
    const key = nameOf('AWS/Lambda', 'Invocations', { FunctionName: String(name) });
    return stateOf(find('sweeper-silent'), { [key]: runs });
  };

  it('sweeper-silent rings after fifteen minutes without a run of the sweeper', () => {
    expect(state(5, 5, 5, 5, 5, _)).toBe('OK');
    expect(state(5, 5, 5, _, _, _)).toBe('OK');
    expect(state(5, 5, _, _, _, _)).toBe('ALARM');
    expect(state(_, _, _, _, _, _)).toBe('ALARM');
  });
});

describe('the alarm probe-failed', () => {
  const state = (sent: Series, failed: Series) =>
    stateOf(find('probe-failed'), { [own('ProbesSent')]: sent, [own('ProbesFailed')]: failed });

  it('probe-failed rings after three failed runs, and not after one or two', () => {
    expect(state(silent(6, 9, 9, 9), silent(3, 0, 0, 0, 1, 1, 1))).toBe('ALARM');
    expect(state([9, 9, 9, 9, 9, 9], [0, 0, 0, 9, 9, 9])).toBe('ALARM');
    expect(state([9, 9, 9, 9, 9, _], [0, 0, 9, 9, 9, _])).toBe('ALARM');
    expect(state([9, 9, 9, 9, 9, 9], [0, 0, 0, 0, 9, 9])).toBe('OK');
    expect(state([9, 9, 9, 9, 9, 9], [0, 0, 0, 0, 0, 0])).toBe('OK');
  });

  it('probe-failed rings when no probe runs', () => {
    expect(state([9, 9, 9, _, _, _], [0, 0, 0, _, _, _])).toBe('ALARM');
    expect(state([_, _, _, _, _, _], [_, _, _, _, _, _])).toBe('ALARM');
  });

  it('a stack with probe false has neither the probe nor its alarm', () => {
    const without = templateOf({ probe: false });
    expect(JSON.stringify(without)).not.toMatch(/payhooks-sandbox-probe/);
  });
});

describe('the alarms on throttles', () => {
  const metricsOf = (alarm: Readonly<Record<string, unknown>>) =>
    (
      alarm.Metrics as { MetricStat?: { Metric: { Dimensions: { Name: string; Value: string }[] } } }[]
    ).flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
  const dimensionsOf = (alarm: Readonly<Record<string, unknown>>) =>
    metricsOf(alarm).map(({ Dimensions }) =>
      Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    );

  it('table-throttled watches every table, every index and the vault', () => {
    const watched = (among: typeof alarms) =>
      new Set(
        dimensionsOf(find('table-throttled', among)).map(
          ({ TableName, GlobalSecondaryIndexName = '' }) => `${TableName} ${GlobalSecondaryIndexName}`,
        ),
      );
    const tables = ({ Resources }: Template) =>
      Object.entries(Resources)
        .filter(([, { Type }]) => Type === 'AWS::DynamoDB::GlobalTable')
        .flatMap(([id, { Properties }]) => [
          `<${id}> `,
          ...((Properties.GlobalSecondaryIndexes ?? []) as { IndexName: string }[]).map(
            ({ IndexName }) => `<${id}> ${IndexName}`,
          ),
        ]);
    expect([...watched(alarms)].sort()).toEqual(tables(template).sort());
    expect([...watched(whole)].sort()).toEqual(tables(wholeTemplate).sort());
    expect(watched(whole).size).toBe(4);
  });

  it('table-throttled rings for throttles of the index alone in three periods in a row', () => {
    const alarm = find('table-throttled', whole);
    const index = dimensionsOf(alarm).find((each) => 'GlobalSecondaryIndexName' in each) ?? {};
    const key = nameOf('AWS/DynamoDB', 'WriteThrottleEvents', index);
    expect(stateOf(alarm, { [key]: silent(3, 4, 1, 9) })).toBe('ALARM');
    expect(stateOf(alarm, { [key]: silent(3, 4, _, 9) })).toBe('OK');
    expect(watchedSeries(alarm, { [key]: silent(3, 4) })).toEqual([0, 0, 0, 4]);
  });

  it('two functions-throttled alarms watch twelve functions, each function by exactly one alarm', () => {
    const names = Object.keys(whole).filter((name) => name.includes('functions-throttled'));
    expect(names).toEqual(['payhooks-sandbox-functions-throttled', 'payhooks-sandbox-functions-throttled-2']);
    const watched = names.flatMap((name) => dimensionsOf(whole[name] ?? {}).map((each) => each.FunctionName));
    const functions = Object.entries(wholeTemplate.Resources)
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
      .map(([id]) => `<${id}>`);
    expect(functions).toHaveLength(12);
    expect([...watched].sort()).toEqual(functions.sort());
    for (const FunctionName of functions) {
      const throttled = { [nameOf('AWS/Lambda', 'Throttles', { FunctionName })]: [1] };
      const ringing = names.filter((name) => stateOf(whole[name] ?? {}, throttled) === 'ALARM');
      expect(ringing, FunctionName).toHaveLength(1);
    }
  });
});
