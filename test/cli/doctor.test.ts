/** The checks that only AWS can answer, with clients that answer as AWS would. */
import { describe, expect, it } from 'vitest';
import { mappingsOf, pause, resume } from '../../cli/commands/pause.ts';
import type { Connection } from '../../cli/connect.ts';
import { alarms } from '../../cli/doctor/alarms.ts';
import { versions } from '../../cli/doctor/configuration.ts';
import { type Area, examine, type Finding } from '../../cli/doctor/finding.ts';
import { platform } from '../../cli/doctor/queues.ts';
import { target } from '../../cli/doctor/target.ts';
import { Flags } from '../../cli/flags.ts';
import { parseConfig } from '../../infra/config.ts';

type Answers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => object>>;

/** Every client answers from one table, by the name of the command. */
function deployed(answers: Answers, settings: object = {}): Connection {
  const client = {
    send: async (command: object & { readonly input: Readonly<Record<string, unknown>> }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      const answer = answers[name];
      if (answer === undefined) throw new Error(`${name} was not expected`);
      return answer(command.input);
    },
  };
  const clients = Object.fromEntries(
    ['dynamo', 'sqs', 'secrets', 'events', 'lambda', 'cloudWatch', 'sns'].map((name) => [name, client]),
  );
  const config = parseConfig({
    environment: 'live',
    target: { type: 'eventbridge' },
    accounts: [{ provider: 'trustly-americas', account: 'main' }],
    ...settings,
  });
  return {
    ...{ kind: 'deployed', label: 'PayhooksLive (live)', selector: '--stack PayhooksLive' },
    ...{ environment: 'live', config, clients, table: 'payhooks-live' },
    resource: (name: string) => `payhooks-live-${name}`,
    queueUrl: async (name: string) => `https://queue/${name}`,
  } as unknown as Connection;
}

const findingsOf = async (area: Area, answers: Answers, settings: object = {}): Promise<readonly Finding[]> =>
  examine([area], {
    connection: deployed(answers, settings),
    world: {} as never,
    quiet: true,
    url: undefined,
  });

describe('a rule on the bus', () => {
  const rule = { Name: 'shop', State: 'ENABLED', EventPattern: '{"source":["payhooks"]}' };
  const own = { Name: 'payhooks-live-log', State: 'ENABLED', EventPattern: '{"source":["payhooks"]}' };
  const rules = (...Rules: object[]): Answers => ({
    ListRules: ({ EventBusName }) => (EventBusName === 'payhooks-live' ? { Rules } : { Rules: [] }),
    TestEventPattern: ({ EventPattern, Event }) => ({
      Result: String(EventPattern).includes('payhooks') && JSON.parse(String(Event)).source === 'payhooks',
    }),
    ListTargetsByRule: () => ({ Targets: [{ Id: '1', Arn: 'arn' }] }),
  });

  it('doctor says ok for a rule on the bus that matches and has a target', async () => {
    expect(await findingsOf(target, rules(own, rule))).toMatchObject([
      { verdict: 'ok', detail: expect.stringContaining('shop') },
    ]);
  });

  it('doctor finds a rule on the second page of rules', async () => {
    const paged: Answers = {
      ...rules(),
      ListRules: ({ NextToken }) =>
        NextToken === undefined ? { Rules: [own], NextToken: 'more' } : { Rules: [rule] },
    };
    expect(await findingsOf(target, paged)).toMatchObject([{ verdict: 'ok' }]);
  });

  it.each([
    ['only the rule of Payhooks itself', rules(own)],
    ['a disabled rule', rules(own, { ...rule, State: 'DISABLED' })],
    ['a rule for other events', rules(own, { ...rule, EventPattern: '{"source":["other"]}' })],
    ['a rule without a target', { ...rules(own, rule), ListTargetsByRule: () => ({ Targets: [] }) }],
    ['a rule with a schedule', rules(own, { Name: 'clock', State: 'ENABLED' })],
  ])('doctor fails when no rule on the bus delivers a fulfil: %s', async (_, answers) => {
    expect(await findingsOf(target, answers)).toMatchObject([
      { verdict: 'fail', next: expect.stringContaining('payhooks-live') },
    ]);
  });
});

describe('alarms', () => {
  const topic = 'arn:aws:sns:eu-west-1:000000000000:payhooks-live-alarms';
  const alarm = {
    AlarmName: 'payhooks-live-x',
    StateValue: 'OK',
    ActionsEnabled: true,
    AlarmActions: [topic],
  };
  const answers = (found: object[], ...arns: string[]): Answers => ({
    DescribeAlarms: () => ({ MetricAlarms: found }),
    ListSubscriptionsByTopic: () => ({ Subscriptions: arns.map((SubscriptionArn) => ({ SubscriptionArn })) }),
  });
  const verdicts = async (given: Answers) => (await findingsOf(alarms, given)).map(({ verdict }) => verdict);

  it.each([
    ['with a confirmed subscription as ok', answers([alarm], `${topic}:1`), ['ok', 'ok']],
    ['with an unconfirmed subscription as fail', answers([alarm], 'PendingConfirmation'), ['ok', 'fail']],
    [
      'with one confirmed of two subscriptions as warn',
      answers([alarm], `${topic}:1`, 'PendingConfirmation'),
      ['ok', 'warn'],
    ],
    ['without a subscription as fail', answers([alarm]), ['ok', 'fail']],
    ['in state ALARM as fail', answers([{ ...alarm, StateValue: 'ALARM' }], `${topic}:1`), ['fail', 'ok']],
    ['without an action as fail', answers([{ ...alarm, AlarmActions: [] }]), ['ok', 'fail']],
    [
      'with disabled actions as fail',
      answers([{ ...alarm, ActionsEnabled: false }], `${topic}:1`),
      ['ok', 'fail', 'ok'],
    ],
    ['that do not exist as warn', answers([]), ['warn']],
  ])('doctor judges alarms %s', async (_, given, expected) =>
    expect(await verdicts(given)).toEqual(expected),
  );

  it('doctor reports a composite alarm in state ALARM, but not its parts in state ALARM', async () => {
    const arn = (name: string) => `arn:aws:cloudwatch:eu-west-1:000000000000:alarm:${name}`;
    const part = (name: string) => ({
      ...{
        AlarmName: name,
        AlarmArn: arn(name),
        StateValue: 'ALARM',
        ActionsEnabled: true,
        AlarmActions: [],
      },
    });
    const whole = {
      ...{ ...alarm, AlarmName: 'payhooks-live-slo', AlarmArn: arn('payhooks-live-slo') },
      AlarmRule: `(ALARM("${arn('payhooks-live-slo-5m')}") AND ALARM("payhooks-live-slo-1h"))`,
    };
    const found = {
      MetricAlarms: [part('payhooks-live-slo-5m'), part('payhooks-live-slo-1h')],
      CompositeAlarms: [whole],
    };
    const given = (of: object): Answers => ({ ...answers([], `${topic}:1`), DescribeAlarms: () => of });
    expect(await verdicts(given(found))).toEqual(['ok', 'ok']);
    const rings = { ...found, CompositeAlarms: [{ ...whole, StateValue: 'ALARM' }] };
    expect((await findingsOf(alarms, given(rings)))[0]).toMatchObject({
      detail: 'in alarm: payhooks-live-slo',
    });
  });

  it('doctor reads every page of alarms and every page of subscriptions', async () => {
    const paged =
      (first: object, second: object) =>
      ({ NextToken }: Readonly<Record<string, unknown>>) =>
        NextToken === undefined ? { ...first, NextToken: 'more' } : second;
    const ringing = { ...alarm, AlarmName: 'payhooks-live-101st', StateValue: 'ALARM' };
    const findings = await findingsOf(alarms, {
      DescribeAlarms: paged({ MetricAlarms: [alarm] }, { MetricAlarms: [ringing] }),
      ListSubscriptionsByTopic: paged(
        { Subscriptions: [{ SubscriptionArn: 'PendingConfirmation' }] },
        { Subscriptions: [{ SubscriptionArn: `${topic}:1` }] },
      ),
    });
    expect(findings).toMatchObject([
      { verdict: 'fail', detail: 'in alarm: payhooks-live-101st' },
      { verdict: 'warn', detail: '1 confirmed, 1 waiting for confirmation' },
    ]);
  });

  it('doctor says unknown for alarms when DescribeAlarms is denied', async () => {
    const denied = Object.assign(new Error('not authorized to perform: cloudwatch:DescribeAlarms'), {
      name: 'AccessDenied',
    });
    const findings = await findingsOf(alarms, {
      DescribeAlarms: () => {
        throw denied;
      },
    });
    expect(findings).toMatchObject([
      { verdict: 'unknown', detail: expect.stringContaining('DescribeAlarms') },
    ]);
  });
});

describe('the platform', () => {
  const answers = (concurrent: number, kept: boolean, recovery: string): Answers => ({
    GetAccountSettings: () => ({ AccountLimit: { UnreservedConcurrentExecutions: concurrent } }),
    DescribeTable: () => ({ Table: { DeletionProtectionEnabled: kept } }),
    DescribeContinuousBackups: () => ({
      ContinuousBackupsDescription: {
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: recovery },
      },
    }),
  });
  const verdicts = async (given: Answers) =>
    (await findingsOf(platform, given)).map(({ verdict }) => verdict);

  it('doctor says ok for 1,000 free executions, deletion protection and point-in-time recovery', async () => {
    expect(await verdicts(answers(1_000, true, 'ENABLED'))).toEqual(['ok', 'ok', 'ok']);
  });
  it('doctor needs 280 free executions for a maxConcurrency of 200, and 100 by default', async () => {
    const more = { functions: { 'transition-worker': { maxConcurrency: 200 } } };
    for (const [free, verdict] of [
      [280, 'ok'],
      [279, 'fail'],
    ] as const) {
      const [concurrency] = await findingsOf(platform, answers(free, true, 'ENABLED'), more);
      expect(concurrency).toMatchObject({ verdict, detail: expect.stringContaining('; a burst needs 280') });
    }
    const [usual] = await findingsOf(platform, answers(100, true, 'ENABLED'));
    expect(usual).toMatchObject({ verdict: 'ok', detail: expect.stringContaining('; a burst needs 100') });
  });
  it('doctor fails for 10 free executions, without deletion protection and without point-in-time recovery', async () => {
    expect(await verdicts(answers(10, false, 'DISABLED'))).toEqual(['fail', 'fail', 'fail']);
  });
});

describe('the functions', () => {
  const answers = (Runtime: string, State: string): Answers => ({
    GetFunctionConfiguration: ({ FunctionName }) => {
      expect(FunctionName).toMatch(/^payhooks-live-/);
      return { Runtime, State, LastUpdateStatus: 'Successful', LastModified: '2026-11-21T06:00:00Z' };
    },
  });
  const verdicts = async (given: Answers) =>
    (await findingsOf(versions, given))
      .filter(({ check }) => check.includes('-worker'))
      .map(({ verdict }) => verdict);

  it('doctor fails for a worker that is not Active or does not run nodejs24.x', async () => {
    expect(await verdicts(answers('nodejs24.x', 'Active'))).toEqual(['ok', 'ok']);
    expect(await verdicts(answers('nodejs20.x', 'Active'))).toEqual(['fail', 'fail']);
    expect(await verdicts(answers('nodejs24.x', 'Failed'))).toEqual(['fail', 'fail']);
  });
});

describe('the queue of a worker', () => {
  const mappingNames = async (settings: object) => {
    const names: unknown[] = [];
    const answers: Answers = {
      ListEventSourceMappings: ({ FunctionName }) => {
        names.push(FunctionName);
        return { EventSourceMappings: [{ UUID: 'u', State: 'Enabled' }] };
      },
    };
    await mappingsOf(deployed(answers, settings), 'notifications');
    return names;
  };

  it('mappingsOf asks by the name of the function, and with rollout canary by its alias', async () => {
    expect(await mappingNames({})).toEqual(['payhooks-live-transition-worker']);
    expect(await mappingNames({ rollout: 'canary' })).toEqual(['payhooks-live-transition-worker:current']);
  });
});

describe('pause and resume of a deployed stack', () => {
  const NOW = Date.parse('2026-11-21T06:00:00Z');
  const paused = async (waiting: number, ages: readonly number[]) => {
    const changed: unknown[] = [];
    const connection = deployed({
      ListEventSourceMappings: () => ({ EventSourceMappings: [{ UUID: 'u', State: 'Enabled' }] }),
      UpdateEventSourceMapping: (input) => {
        changed.push(input);
        return { State: 'Disabling' };
      },
      GetQueueAttributes: () => ({
        Attributes: { MessageRetentionPeriod: '1209600', ApproximateNumberOfMessages: String(waiting) },
      }),
      GetMetricStatistics: () => ({ Datapoints: ages.map((Maximum) => ({ Maximum })) }),
    });
    const report = await pause.run({
      args: [],
      flags: new Flags({ queue: 'notifications' }),
      world: { connect: async () => connection, now: () => NOW } as never,
    });
    return { report, changed };
  };
  const text = ({ lines }: { readonly lines: readonly unknown[] }) => JSON.stringify(lines);

  it('pause counts the fourteen days from the oldest message', async () => {
    const { report, changed } = await paused(7, [60, 3_600]);
    expect(changed).toEqual([{ UUID: 'u', Enabled: false }]);
    expect(text(report)).toContain('resume before 2026-12-05 05:00:00 UTC at the latest');
    // CloudWatch's age leaves out messages that were received three times: a failed message may be older.
    expect(text(report)).toContain('messages that failed before may be older');
    expect(text(report)).not.toContain('nothing is lost until');
    expect(text(report)).toContain('payhooks resume --queue notifications');
  });

  it('pause counts the fourteen days from now when no message waits', async () => {
    expect(text((await paused(0, [])).report)).toContain('nothing is lost until 2026-12-05 06:00:00 UTC');
  });

  it('resume names only the queue of --queue', async () => {
    const connection = deployed({
      ListEventSourceMappings: () => ({ EventSourceMappings: [{ UUID: 'u', State: 'Enabled' }] }),
      GetQueueAttributes: () => ({ Attributes: {} }),
    });
    const world = { connect: async () => connection, now: () => NOW } as never;
    const resumed = async (flags: Flags) => text(await resume.run({ args: [], flags, world }));
    expect(await resumed(new Flags({ queue: 'fulfilment' }))).toContain(
      'works off its fulfilment queue again.',
    );
    expect(await resumed(new Flags({}))).toContain('works off its queues again.');
  });

  it('pause promises no time when the age of waiting messages is not known', async () => {
    const lines = text((await paused(7, [])).report);
    expect(lines).toContain('their age is not known');
    expect(lines).not.toContain('nothing is lost until');
  });
});
