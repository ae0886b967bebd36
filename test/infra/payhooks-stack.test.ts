/** Rules for the template that hold for any change of the constructs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { everything } from './everything.ts';
import {
  fields,
  idOf,
  type Json,
  list,
  OUTLIVES,
  ofType,
  type Resource,
  type Template,
  templateOf,
} from './support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the retention of logs', () => {
  it('every log group has the retention logDays, and the access log the retention accessLogDays', () => {
    const days = (of: Template, isAccessLog: boolean) =>
      new Set(
        ofType(of, 'AWS::Logs::LogGroup')
          .filter(
            ([, { Properties }]) => String(Properties.LogGroupName).endsWith('/gateway') === isAccessLog,
          )
          .map(([, { Properties }]) => Properties.RetentionInDays),
      );
    expect(days(template, false)).toEqual(new Set([90]));
    expect(days(template, true)).toEqual(new Set([14]));
    const other = templateOf({ retention: { logDays: 365, accessLogDays: 3 } });
    expect(days(other, false)).toEqual(new Set([365]));
    expect(days(other, true)).toEqual(new Set([3]));
    // Optional functions have their log groups too: a log group stays after its function is removed, and a new group of
    // the same name would be refused.
    const names = all('AWS::Logs::LogGroup').map(({ Properties }) => Properties.LogGroupName);
    expect(names).toHaveLength(Object.keys(FUNCTIONS).length + 2);
    const https = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });
    const others = ofType(https, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.LogGroupName);
    expect(others).toEqual(names);
  });
});

/** A part of a composite alarm has no action of its own. */
const isPart = ({ Tags }: Resource['Properties']): boolean =>
  list(Tags).some(({ Key, Value }) => Key === 'severity' && Value === 'none');

describe('alarmEmail and its topic', () => {
  it('an alarm notifies alarmEmail at its start and at its end, an alarm on a single event only at its start', () => {
    const alarmed = templateOf({ alarmEmail: 'ops@example.com' });
    const alarms = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
      .flatMap((type) => ofType(alarmed, type).map(([, { Properties }]) => Properties))
      .filter((each) => !isPart(each));
    const [[topic]] = ofType(alarmed, 'AWS::SNS::Topic') as [[string, Resource]];
    const silentAtTheEnd: string[] = [];
    for (const { AlarmName, AlarmActions, OKActions } of alarms) {
      expect(idOf((AlarmActions as Json[])[0])).toBe(topic);
      if (OKActions === undefined) silentAtTheEnd.push(String(AlarmName));
      else expect(idOf((OKActions as Json[])[0])).toBe(topic);
    }
    const happened = ['conflicting-duplicates', 'fulfilment-failures', 'parked', 'quarantine'];
    expect(silentAtTheEnd.sort()).toEqual(happened.map((name) => `payhooks-sandbox-${name}`));
    const [[, subscription]] = ofType(alarmed, 'AWS::SNS::Subscription') as [[string, Resource]];
    expect(subscription.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' });
  });

  it('the topic policy lets CloudWatch publish for alarms of the own environment only', () => {
    const alarmed = templateOf({ alarmEmail: 'ops@example.com' });
    const [[topic]] = ofType(alarmed, 'AWS::SNS::Topic') as [[string, Resource]];
    const [[, policy]] = ofType(alarmed, 'AWS::SNS::TopicPolicy') as [[string, Resource]];
    const statements = fields(policy.Properties.PolicyDocument).Statement as Json[];
    const allowed = statements.map(fields).filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toHaveLength(1);
    expect(allowed[0]).toMatchObject({
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Resource: { Ref: topic },
    });
    const source = JSON.stringify(fields(fields(allowed[0]?.Condition).ArnLike)['aws:SourceArn']);
    const alarms = ofType(alarmed, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => Properties.AlarmName,
    );
    const prefix = /:alarm:(payhooks-[a-z]+-)\*"/.exec(source)?.[1];
    expect(prefix).toBeDefined();
    expect(alarms.filter((name) => !String(name).startsWith(`${prefix}`))).toEqual([]);
  });
});

describe('the outputs of the stack', () => {
  it('the outputs are the addresses to register, and the names that an operator needs', () => {
    const [[api]] = ofType(template, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    const url = (path: string) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [api, 'ApiEndpoint'] }, path]] });
    expect(template.Outputs.UrlTrustlyAmericasShop?.Value).toEqual(url('/trustly/americas/shop/events'));
    expect(template.Outputs.UrlTrustlyEuropeShop?.Value).toEqual(url('/trustly/europe/shop/notifications'));
    expect(template.Outputs.UrlPaymentwallShop?.Value).toEqual(url('/paymentwall/shop/pingback'));
    expect(template.Outputs.ApiUrl?.Value).toEqual({ 'Fn::GetAtt': [api, 'ApiEndpoint'] });
    expect(template.Outputs.CheckoutUrl?.Value).toEqual(url('/checkout/orders'));
    expect(JSON.stringify(template.Outputs.CheckoutArn?.Value)).toMatch(
      new RegExp(`:execute-api:.*\\{"Ref":"${api}"\\},"/\\*/POST/checkout/\\*"`),
    );
    expect(Object.keys(template.Outputs)).toEqual(
      expect.arrayContaining(['Table', 'Bus', 'NotificationsQueue', 'FulfilmentQueue']),
    );
  });
});

describe('the resources of an environment', () => {
  it('sandbox and live share no resource name', () => {
    const namesOf = (of: Template) =>
      Object.values(of.Resources).flatMap(({ Properties }) =>
        [
          'FunctionName',
          'QueueName',
          'TableName',
          'Name',
          'LogGroupName',
          'AliasName',
          'AlarmName',
          'ArchiveName',
        ].flatMap((key) => {
          const name = Properties?.[key];
          return typeof name === 'string' ? [name] : [];
        }),
      );
    const live = templateOf({ environment: 'live', policy: { amountCheck: 'when-present' } });
    const sandbox = new Set(namesOf(template));
    expect(sandbox.size).toBeGreaterThan(25);
    expect(namesOf(live).filter((name) => sandbox.has(name))).toEqual([]);
  });

  const KEPT = [
    ...['AWS::DynamoDB::GlobalTable', 'AWS::Events::Archive', 'AWS::Events::EventBus', 'AWS::KMS::Key'],
    ...['AWS::Logs::LogGroup', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret'],
  ];

  it('data outlives removal and update of the stack, and a failed first deployment leaves no name behind', () => {
    for (const environment of ['sandbox', 'live']) {
      const whole = templateOf({ ...everything, environment });
      const kept = Object.entries(whole.Resources).filter(([, { Type }]) => KEPT.includes(Type));
      expect(new Set(kept.map(([, { Type }]) => Type)).size).toBe(KEPT.length);
      for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of kept)
        expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'RetainExceptOnCreate', 'Retain']);
      const named = Object.values(whole.Resources).filter(
        ({ DeletionPolicy }) => DeletionPolicy === 'Retain',
      );
      expect(named).toEqual([]);
    }
  });

  it('docs/remove-and-return.md lists every resource that keeps its name when an option is turned off', () => {
    const guide = readFileSync(resolve(import.meta.dirname, '../../docs/remove-and-return.md'), 'utf8');
    const [, section = ''] = guide.split('\n## Coming back\n');
    const bare = templateOf({
      target: { type: 'https', url: 'https://shop.example/hook' },
      accounts: [everything.accounts[1]],
    });
    const optional = [templateOf(everything), bare].flatMap((of, index, both) => {
      const other = both[1 - index]?.Resources ?? {};
      return Object.entries(of.Resources).flatMap(([id, { Type, Properties }]) => {
        const { Name, TableName, QueueName, LogGroupName, ArchiveName } = Properties ?? {};
        const name = Name ?? TableName ?? QueueName ?? LogGroupName ?? ArchiveName;
        return KEPT.includes(Type) && other[id] === undefined && typeof name === 'string' ? [name] : [];
      });
    });
    const general = (name: string) =>
      name
        .replace('sandbox', '<environment>')
        .replace(/\/(trustly-americas|trustly-europe|paymentwall)\/.*/, '/<provider>/<account>')
        .replace(/decision\/.*/, 'decision/<account>');
    const names = new Set(optional.map(general));
    expect(names.size).toBeGreaterThan(5);
    for (const name of names) expect(section, name).toContain(`\`${name}\``);
  });

  it('a sandbox with onRemoval "destroy" keeps no resource when the stack is removed', () => {
    const policies = Object.values(templateOf({ onRemoval: 'destroy' }).Resources);
    expect(policies.filter(({ DeletionPolicy = '' }) => OUTLIVES.includes(DeletionPolicy))).toEqual([]);
  });
});
