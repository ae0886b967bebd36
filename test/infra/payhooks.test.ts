/** Payhooks as a construct in a merchant's own app and stack, beside the merchant's own resources. */
import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../infra/config.ts';
import { Payhooks } from '../../infra/payhooks.ts';
import { PayhooksStack } from '../../infra/payhooks-stack.ts';
import type { Settings } from '../../infra/settings.ts';
import { everything } from './everything.ts';
import { idOf, OUTLIVES, ofType, smallest, stubSources, type Template, templateOf } from './support.ts';

const { sources, out, remove } = stubSources();
afterAll(remove);

/** An app without this project's feature flags, as a merchant's app may be. */
function shopApp(): { readonly payhooks: Payhooks; readonly template: Template } {
  const app = new App({ outdir: out, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new Stack(app, 'Shop');
  const payhooks = new Payhooks(stack, 'Payhooks', { config: parseConfig(smallest), sources });
  if (payhooks.target === undefined) throw new Error('no bus');
  const dead = { queue: new Queue(stack, 'Dead', { enforceSSL: true }), maxReceiveCount: 9 };
  const fulfilments = new Queue(stack, 'Fulfilments', { enforceSSL: true, deadLetterQueue: dead });
  new Rule(stack, 'Fulfil', {
    eventBus: payhooks.target.bus,
    eventPattern: { source: ['payhooks'], detailType: ['fulfil', 'revoke'] },
    targets: [new SqsQueue(fulfilments)],
  });
  const template = app.synth().getStackByName('Shop').template as Template;
  return { payhooks, template };
}

const { payhooks, template } = shopApp();

describe('the construct in a merchant’s stack', () => {
  it('the construct has the urls of the accounts, a bus for rules, and every alarm that has actions', () => {
    expect(payhooks.urls.map(({ provider, account }) => `${provider}/${account}`)).toEqual([
      'trustly-americas/shop',
      'trustly-europe/shop',
      'paymentwall/shop',
    ]);
    const [[, rule] = []] = ofType(template, 'AWS::Events::Rule').filter(([id]) => id.startsWith('Fulfil'));
    const [[bus] = []] = ofType(template, 'AWS::Events::EventBus');
    expect(JSON.stringify(rule?.Properties.EventBusName)).toContain(`"${bus}"`);
    const composites = ofType(template, 'AWS::CloudWatch::CompositeAlarm');
    const parts = JSON.stringify(composites);
    // A part of a composite alarm has no actions of its own.
    const alarms = ofType(template, 'AWS::CloudWatch::Alarm').filter(([id]) => !parts.includes(`"${id}"`));
    const given = payhooks.alarms.map(({ alarmArn }) => idOf(Stack.of(payhooks).resolve(alarmArn)));
    expect(given.sort()).toEqual([...alarms, ...composites].map(([id]) => id).sort());
  });

  it('the construct makes the same resources in a merchant’s stack as in PayhooksStack', () => {
    const own = templateOf();
    const names = (of: Template, type: string, key: string) =>
      ofType(of, type)
        .map(([, { Properties }]) => String(Properties?.[key]))
        .filter((name) => name.includes('payhooks'))
        .sort();
    const compared: readonly (readonly [string, string])[] = [
      ['AWS::Lambda::Function', 'FunctionName'],
      ['AWS::SQS::Queue', 'QueueName'],
      ['AWS::DynamoDB::GlobalTable', 'TableName'],
      ['AWS::SecretsManager::Secret', 'Name'],
      ['AWS::CloudWatch::Alarm', 'AlarmName'],
      ['AWS::CloudWatch::Dashboard', 'DashboardName'],
      ['AWS::Logs::QueryDefinition', 'Name'],
      ['AWS::Logs::LogGroup', 'LogGroupName'],
    ];
    for (const [type, key] of compared) {
      const mine = names(template, type, key);
      expect(mine.length, type).toBeGreaterThan(0);
      expect(mine, type).toEqual(names(own, type, key));
    }
  });

  it('the data of the construct outlives the merchant’s stack', () => {
    for (const type of [
      'AWS::DynamoDB::GlobalTable',
      'AWS::SQS::Queue',
      'AWS::KMS::Key',
      'AWS::SecretsManager::Secret',
    ]) {
      const kept = ofType(template, type).filter(([id]) => id.startsWith('Payhooks'));
      expect(kept.length, type).toBeGreaterThan(0);
      for (const [id, { DeletionPolicy }] of kept) expect(OUTLIVES, id).toContain(DeletionPolicy);
    }
  });
});

describe('the methods of the construct', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:pager';
  const role = (stack: Stack, id: string) =>
    new Role(stack, id, { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  const shop = (settings: object) => {
    const stack = new Stack(new App({ outdir: out, analyticsReporting: false }), 'Asking');
    const payhooks = new Payhooks(stack, 'Payhooks', {
      config: parseConfig({ ...smallest, ...settings }),
      sources,
    });
    const templateNow = () => App.of(stack)?.synth().getStackByName('Asking').template as Template;
    return { stack, payhooks, templateNow };
  };
  const statements = (of: Template) =>
    ofType(of, 'AWS::IAM::Policy').flatMap(
      ([, { Properties }]) => (Properties.PolicyDocument as { Statement: object[] }).Statement,
    );

  it('grantCheckout allows POST on /checkout and nothing else', () => {
    const { stack, payhooks, templateNow } = shop({});
    payhooks.grantCheckout(role(stack, 'Server'));
    const [statement, ...others] = statements(templateNow());
    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Action: 'execute-api:Invoke', Effect: 'Allow' });
    expect(JSON.stringify(statement)).toContain('/*/POST/checkout/*');
  });

  it('grantReadVault allows the capture role to open splitTokens, and is an error without a vault', () => {
    const { stack, payhooks, templateNow } = shop(everything);
    payhooks.grantReadVault(role(stack, 'Capture'));
    expect(statements(templateNow()).map((each) => (each as { Action: string }).Action)).toEqual([
      'dynamodb:GetItem',
      'secretsmanager:GetSecretValue',
      'kms:Decrypt',
    ]);
    const { stack: other, payhooks: withoutVault } = shop({});
    expect(() => withoutVault.grantReadVault(role(other, 'Capture'))).toThrow(
      'no account has a "splitTokenKey"',
    );
  });

  it('addAlarmAction adds an action to every alarm of the construct, and metric methods return metrics by name', () => {
    const { stack, payhooks, templateNow } = shop({});
    payhooks.addAlarmAction(new SnsAction(Topic.fromTopicArn(stack, 'Pager', topicArn)));
    const withAction = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
      ofType(templateNow(), type).filter(([, { Properties }]) =>
        (Properties.AlarmActions as string[] | undefined)?.includes(topicArn),
      ),
    );
    expect(withAction).toHaveLength(payhooks.alarms.length);
    const metrics = [
      payhooks.metricAccepted(),
      payhooks.metricRefused(),
      payhooks.metricHeldPayments(),
      payhooks.metricFulfilmentLag({ statistic: 'p50' }),
      payhooks.metricAnswerLatency(),
      payhooks.metric('Accepted', {}, { provider: 'paymentwall', account: 'shop' }),
    ];
    expect(metrics.map(({ metricName, statistic }) => `${metricName} ${statistic}`)).toEqual([
      'Accepted Sum',
      'Refused Sum',
      'PaymentsHeldNow Maximum',
      'FulfilmentLag p50',
      'Latency p99',
      'Accepted Sum',
    ]);
    expect(() => payhooks.metric('Settled', {}, { account: 'shop' })).toThrow('Settled is not published by');
  });

  it('customDomain with hostedZoneId makes an A record in Route 53', () => {
    const name = 'pay.shop.example';
    const certificateArn = `arn:aws:acm:eu-west-1:123456789012:certificate/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`;
    const records = (customDomain: object) =>
      ofType(templateOf({ customDomain }), 'AWS::Route53::RecordSet').map(([, { Properties }]) => Properties);
    expect(records({ name, certificateArn })).toEqual([]);
    expect(records({ name, certificateArn, hostedZoneId: 'Z0123456789ABC' })).toMatchObject([
      { HostedZoneId: 'Z0123456789ABC', Name: name, Type: 'A' },
    ]);
  });

  it('the construct accepts settings as a plain object, and refuses wrong settings with a ConfigError', () => {
    const stack = new Stack(new App({ outdir: out, analyticsReporting: false }), 'Settings');
    const settings: Settings = {
      environment: 'sandbox',
      target: { type: 'eventbridge' },
      accounts: [{ provider: 'trustly-europe', account: 'shop', kyc: true }],
    };
    expect(() => new Payhooks(stack, 'Payhooks', { config: settings, sources })).toThrow(ConfigError);
    const fine = { ...settings, accounts: [{ provider: 'trustly-europe' as const, account: 'shop' }] };
    expect(new Payhooks(stack, 'Fine', { config: fine, sources }).urls).toHaveLength(1);
  });

  it('PayhooksStack works in two stages of one app', () => {
    const app = new App({ outdir: out, analyticsReporting: false });
    for (const name of ['Test', 'Production']) {
      const stage = new Stage(app, name);
      new PayhooksStack(stage, 'Payhooks', { config: parseConfig(smallest), sources });
    }
    const names = app
      .synth()
      .nestedAssemblies.map(({ nestedAssembly }) => nestedAssembly.stacks[0]?.stackName);
    expect(names.sort()).toEqual(['Production-Payhooks', 'Test-Payhooks']);
  });
});

describe('a construct that is refused at synth', () => {
  const config = parseConfig(smallest);

  it('a second Payhooks of one environment in one stack is refused', () => {
    const stack = new Stack(new App({ outdir: out, analyticsReporting: false }), 'Twice');
    new Payhooks(stack, 'One', { config, sources });
    expect(() => new Payhooks(stack, 'Two', { config, sources })).toThrow(
      'Twice/Two: found a second Payhooks of the environment "sandbox" in one stack, beside Twice/One',
    );
  });

  it.each(['cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'])(
    'the region %s outside the partition "aws" is refused',
    (region) => {
      const app = new App({ outdir: out, analyticsReporting: false });
      const stack = new Stack(app, 'Elsewhere', { env: { account: '123456789012', region } });
      expect(() => new Payhooks(stack, 'Payhooks', { config, sources })).toThrow(
        `found the region "${region}"; allowed: a region of the partition "aws"`,
      );
    },
  );
});
