/**
 * An operator's settings of functions, routes, alarms and traces are in the template, and values that AWS would refuse
 * are refused.
 */
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../infra/config.ts';
import { kindOf, specOf } from '../../infra/function-settings.ts';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { Payhooks } from '../../infra/payhooks.ts';
import { everything } from './everything.ts';
import { KNOBS, TOPIC } from './knobs.ts';
import { type Json, ofType, type Resource, smallest, stubSources, templateOf } from './support.ts';

const turned = templateOf({ ...everything, ...KNOBS });
const plainTemplate = templateOf(everything);
const names = Object.keys(FUNCTIONS) as FunctionName[];
const functionsIn = (template: typeof turned) =>
  new Map(
    ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => [
      String(Properties.FunctionName).replace('payhooks-sandbox-', '') as FunctionName,
      Properties,
    ]),
  );
type Fields = Readonly<Record<string, Json>>;

describe('the settings of functions', () => {
  it('memoryMb and timeoutSeconds of every function are in the template', () => {
    const functions = functionsIn(turned);
    expect([...functions.keys()].sort()).toEqual([...names].sort());
    for (const [name, { MemorySize, Timeout }] of functions) {
      const { memoryMb, timeoutSeconds } = KNOBS.functions[kindOf(name)];
      expect([name, MemorySize, Timeout]).toEqual([name, memoryMb, timeoutSeconds]);
    }
  });

  it('a function without settings has the values of FUNCTIONS', () => {
    const config = parseConfig(everything);
    for (const name of names) expect(specOf(config, name)).toEqual(FUNCTIONS[name]);
  });

  it('a setting of one function leaves every other value at its default', () => {
    const config = parseConfig({ ...smallest, functions: { sweeper: { memoryMb: 1_024 } } });
    expect(specOf(config, 'sweeper')).toEqual({ ...FUNCTIONS.sweeper, memoryMb: 1_024 });
    expect(specOf(config, 'probe')).toEqual(FUNCTIONS.probe);
  });

  it('timeoutSeconds sets the visibility timeout of the queue, and maxConcurrency the concurrency of the worker', () => {
    const visibility = ofType(turned, 'AWS::SQS::Queue').map(([, { Properties }]) => [
      String(Properties.QueueName).replace('payhooks-sandbox-', ''),
      Properties.VisibilityTimeout,
    ]);
    expect(Object.fromEntries(visibility)).toMatchObject({ notifications: 360, fulfilment: 540 });
    const concurrency = ofType(turned, 'AWS::Lambda::EventSourceMapping').map(
      ([, { Properties }]) => (Properties.ScalingConfig as Fields).MaximumConcurrency,
    );
    expect(concurrency).toEqual([50, 2]);
  });

  it('the gateway waits as long as checkout and redirect may run', () => {
    const waits = (template: typeof turned) =>
      ofType(template, 'AWS::ApiGatewayV2::Integration').map(
        ([, { Properties }]) => Properties.TimeoutInMillis,
      );
    expect(new Set(waits(turned))).toEqual(new Set([2_900, 20_000, 8_000]));
    expect(new Set(waits(plainTemplate))).toEqual(new Set([2_900, 10_000]));
  });
});

describe('the setting throttles', () => {
  const limitsOf = (template: typeof turned) => {
    const [[, stage]] = ofType(template, 'AWS::ApiGatewayV2::Stage') as [readonly [string, Resource]];
    const settings = Object.entries(stage.Properties.RouteSettings as Record<string, Fields>);
    return Object.fromEntries(
      settings.map(([route, { ThrottlingRateLimit, ThrottlingBurstLimit }]) => [
        route,
        [ThrottlingRateLimit, ThrottlingBurstLimit],
      ]),
    );
  };

  it('the throttles of intake, unknown accounts, checkout and redirects are set each by itself', () => {
    expect(limitsOf(turned)).toMatchObject({
      'ANY /trustly/americas/whole/events': [900, 1_800],
      'ANY /trustly/europe/{proxy+}': [5, 6],
      'POST /checkout/orders': [300, 301],
      'GET /trustly/americas/{account}/return/{nonce}': [40, 41],
    });
    expect(limitsOf(plainTemplate)).toMatchObject({
      'ANY /trustly/americas/whole/events': [500, 1_000],
      'ANY /trustly/europe/{proxy+}': [20, 40],
      'POST /checkout/orders': [100, 200],
      'GET /trustly/americas/{account}/return/{nonce}': [100, 200],
    });
  });
});

describe('the setting tracing', () => {
  const traced = (template: typeof turned) =>
    [...functionsIn(template).values()].map(({ TracingConfig }) => TracingConfig);
  const mayTrace = (template: typeof turned) =>
    ofType(template, 'AWS::IAM::Role').filter(([, role]) => JSON.stringify(role).includes('xray:'));

  it('every function with tracing makes traces, and its role may write traces and nothing more', () => {
    expect(new Set(traced(turned).map((each) => JSON.stringify(each)))).toEqual(
      new Set([JSON.stringify({ Mode: 'Active' })]),
    );
    expect(mayTrace(turned)).toHaveLength(names.length);
    for (const [, role] of mayTrace(turned)) {
      const [{ PolicyDocument }] = role.Properties.Policies as unknown as [
        { PolicyDocument: { Statement: Fields[] } },
      ];
      const anywhere = PolicyDocument.Statement.filter(({ Resource: on }) => on === '*');
      expect(anywhere.map(({ Action }) => Action)).toEqual([
        ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      ]);
    }
    expect(ofType(turned, 'AWS::IAM::Policy')).toEqual([]);
  });

  it('no function makes traces by default', () => {
    expect(traced(plainTemplate).filter((each) => each !== undefined)).toEqual([]);
    expect(mayTrace(plainTemplate)).toEqual([]);
  });
});

describe('the setting alarmActions', () => {
  // A part of a composite alarm has no actions of its own.
  const alarms = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
    .flatMap((type) => ofType(turned, type).map(([, { Properties }]) => Properties))
    .filter(({ Tags }) => !JSON.stringify(Tags).includes('"none"'));

  it('every alarm notifies alarmActions beside the mail, also at its end unless okActions is off', () => {
    expect(alarms.length).toBeGreaterThan(20);
    for (const { AlarmActions, OKActions } of alarms) {
      expect(AlarmActions).toEqual([
        expect.objectContaining({ Ref: expect.any(String) }),
        ...KNOBS.alarmActions,
      ]);
      expect(OKActions).toBeUndefined();
    }
    const template = templateOf({ alarmActions: [TOPIC] });
    const [, alarm] =
      ofType(template, 'AWS::CloudWatch::Alarm').find(([, { Properties }]) =>
        String(Properties.AlarmName).endsWith('own-5xx'),
      ) ?? expect.unreachable();
    expect(alarm.Properties).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    expect(ofType(template, 'AWS::SNS::Topic')).toEqual([]);
  });

  it('a topic of another region in alarmActions is refused at synth', () => {
    const { sources, out, remove } = stubSources();
    try {
      const inRegion = (region: string) => () => {
        const app = new App({ outdir: out, analyticsReporting: false });
        const stack = new Stack(app, 'Shop', { env: { account: '123456789012', region } });
        new Payhooks(stack, 'Payhooks', {
          config: parseConfig({ ...smallest, alarmActions: [TOPIC] }),
          sources,
        });
      };
      expect(inRegion('eu-west-1')).not.toThrow();
      expect(inRegion('us-east-1')).toThrow(
        'payhooks.alarmActions[0]: found a topic of "eu-west-1"; allowed: one of the stack\'s region "us-east-1"',
      );
    } finally {
      remove();
    }
  });
});

describe('a setting that AWS or a provider does not allow', () => {
  const problemOf = (settings: object): string => {
    try {
      parseConfig({ ...smallest, ...settings });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems
        .map(({ path, found, allowed }) => `${path}: found ${found}; allowed: ${allowed}`)
        .join('\n');
    }
    return 'fits';
  };

  it.each([
    [
      { functions: { intake: { memoryMb: 256 } } },
      'functions.intake.memoryMb: found 256; allowed: a whole number from 512 to 10240 (MB; CPU grows with it, a new AWS account may have a quota of 3,008)',
    ],
    [
      { functions: { sweeper: { timeoutSeconds: 60 } } },
      'functions.sweeper.timeoutSeconds: found 60; allowed: a whole number from 30 to 59 (seconds; the next run begins after a minute)',
    ],
    [
      { functions: { 'transition-worker': { maxConcurrency: 1 } } },
      'functions.transition-worker.maxConcurrency: found 1; allowed: a whole number from 2 to 1000 (environments at a time; bounds the load on the table, or on your endpoint)',
    ],
    [
      { functions: { checkout: { maxConcurrency: 5 } } },
      'functions.checkout.maxConcurrency: found an unknown key; allowed: memoryMb, timeoutSeconds',
    ],
    [
      { functions: { sweper: {} } },
      'functions.sweper: found an unknown key (did you mean "sweeper"?); allowed: intake, transition-worker, fulfilment-worker, sweeper, checkout, redirect, confirmer, reconciler, probe',
    ],
    [
      { throttles: { intake: { rate: 0 } } },
      'throttles.intake.rate: found 0; allowed: a whole number from 1 to 10000 (requests a second of each route)',
    ],
    [
      { alarmActions: ['arn:aws:lambda:eu-west-1:123456789012:function:page'] },
      'alarmActions[0]: found "arn:aws:lambda:eu-west-1:123456789012:function:page"; allowed: the ARN of an SNS topic of the stack’s region',
    ],
    [{ alarmActions: [TOPIC, TOPIC] }, 'allowed: each topic once'],
    [{ tracing: 'yes' }, 'tracing: found "yes"; allowed: true or false'],
  ])('the setting %j is refused with key, value and allowed values', (settings, message) => {
    expect(problemOf(settings)).toContain(message);
  });
});
