/** What matters about the template, whoever edits the constructs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { FUNCTIONS, functionsOf } from '../../infra/functions.ts';
import { addPayhooks, newApp } from '../../infra/synth.ts';
import { everything } from './everything.ts';
import {
  type Json,
  OUTLIVES,
  ofType,
  type Resource,
  smallest,
  stubSources,
  type Template,
  templateOf,
} from './support.ts';

type Fields = Readonly<Record<string, Json>>;
const fields = (value: Json | undefined): Fields => value as Fields;
const list = (value: Json | undefined): readonly Fields[] => value as readonly Fields[];
/** The logical id in a Ref or Fn::GetAtt; "undefined" when it is neither. */
const idOf = (value: Json | undefined): string => {
  const reference = fields(value ?? {});
  return String((reference['Fn::GetAtt'] as Json[] | undefined)?.[0] ?? reference.Ref);
};
/** {"Fn::Join": ["", ["integrations/", {"Ref": id}]]} */
const integrationOf = ({ Properties }: Resource): Resource => {
  const join = fields(Properties.Target)['Fn::Join'] as readonly [string, readonly Json[]];
  return template.Resources[idOf(join[1][1])] as Resource;
};

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

function queueNamed(name: string): readonly [string, Resource] {
  const found = ofType(template, 'AWS::SQS::Queue').find(
    ([, { Properties }]) => Properties.QueueName === name,
  );
  if (found === undefined) throw new Error(`no queue ${name}`);
  return found;
}

describe('queues', () => {
  const pairs = [
    ['payhooks-sandbox-notifications', 50],
    ['payhooks-sandbox-fulfilment', 200],
  ] as const;

  it('are two standard queues with a dead-letter queue each', () => {
    expect(all('AWS::SQS::Queue')).toHaveLength(4);
    for (const [name, maxReceiveCount] of pairs) {
      const [, queue] = queueNamed(name);
      const [deadLetters] = queueNamed(`${name}-dlq`);
      const redrive = fields(queue.Properties.RedrivePolicy);
      expect(idOf(redrive.deadLetterTargetArn)).toBe(deadLetters);
      expect(redrive.maxReceiveCount).toBe(maxReceiveCount);
      expect(queue.Properties.FifoQueue).toBeUndefined();
      // No other queue may put its dead letters there; by its name, since the two cannot refer to each other.
      const [, { Properties }] = queueNamed(`${name}-dlq`);
      const allow = fields(Properties.RedriveAllowPolicy);
      expect(allow.redrivePermission).toBe('byQueue');
      const [source, ...others] = allow.sourceQueueArns as Json[];
      expect(others).toEqual([]);
      expect(JSON.stringify(source)).toMatch(new RegExp(`:sqs:.*:${name}"`));
    }
  });

  it('keep everything as long as SQS can, encrypted', () => {
    for (const { Properties } of all('AWS::SQS::Queue')) {
      expect(Properties.MessageRetentionPeriod).toBe(14 * 86_400);
      expect(Properties.SqsManagedSseEnabled).toBe(true);
    }
  });

  it('refuse to talk without TLS', () => {
    const guarded = all('AWS::SQS::QueuePolicy').flatMap(({ Properties }) =>
      list(fields(Properties.PolicyDocument).Statement)
        .filter(
          ({ Effect, Condition }) =>
            Effect === 'Deny' && JSON.stringify(Condition).includes('"aws:SecureTransport":"false"'),
        )
        .map(({ Resource }) => idOf(Resource)),
    );
    expect(guarded.sort()).toEqual(
      ofType(template, 'AWS::SQS::Queue')
        .map(([id]) => id)
        .sort(),
    );
  });

  it('hide a message for at least six times as long as its worker may run', () => {
    const mappings = all('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(2);
    for (const { Properties } of mappings) {
      const queue = template.Resources[idOf(Properties.EventSourceArn)] as Resource;
      const worker = template.Resources[idOf(Properties.FunctionName)] as Resource;
      const window = Number(Properties.MaximumBatchingWindowInSeconds ?? 0);
      expect(Number(queue.Properties.VisibilityTimeout)).toBeGreaterThanOrEqual(
        6 * Number(worker.Properties.Timeout) + window,
      );
    }
  });

  it('allow the fulfilment worker its 48 hours of trying', () => {
    // 30 s doubling to an hour: what the delivery code waits between attempts.
    let [seconds, attempts] = [0, 1];
    while (seconds < 48 * 3_600) seconds += Math.min(3_600, 30 * 2 ** (attempts++ - 1));
    const [, queue] = queueNamed('payhooks-sandbox-fulfilment');
    expect(Number(fields(queue.Properties.RedrivePolicy).maxReceiveCount)).toBeGreaterThan(2 * attempts);
  });
});

describe('event sources', () => {
  it('answer per message and are bounded there, not by reserved concurrency', () => {
    for (const { Properties } of all('AWS::Lambda::EventSourceMapping')) {
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Number(fields(Properties.ScalingConfig).MaximumConcurrency)).toBeGreaterThanOrEqual(2);
    }
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  it('connect each queue to its worker', () => {
    const pairs = all('AWS::Lambda::EventSourceMapping').map(({ Properties }) => [
      template.Resources[idOf(Properties.EventSourceArn)]?.Properties.QueueName,
      template.Resources[idOf(Properties.FunctionName)]?.Properties.FunctionName,
    ]);
    expect(pairs).toEqual([
      ['payhooks-sandbox-notifications', 'payhooks-sandbox-transition-worker'],
      ['payhooks-sandbox-fulfilment', 'payhooks-sandbox-fulfilment-worker'],
    ]);
  });

  it('wake the sweeper every minute and the probe every five', () => {
    const rules = all('AWS::Events::Rule').filter(
      ({ Properties }) => Properties.ScheduleExpression !== undefined,
    );
    const woken = rules.map(({ Properties }) => {
      expect(Properties.State).toBe('ENABLED');
      const target = list(Properties.Targets)[0];
      const { FunctionName } = template.Resources[idOf(target?.Arn)]?.Properties ?? {};
      return [FunctionName, Properties.ScheduleExpression];
    });
    expect(Object.fromEntries(woken)).toEqual({
      'payhooks-sandbox-sweeper': 'rate(1 minute)',
      'payhooks-sandbox-probe': 'rate(5 minutes)',
    });
  });
});

describe('functions', () => {
  it('are those of the table, each with its own bundle', () => {
    const names = all('AWS::Lambda::Function').map(({ Properties }) => Properties.FunctionName);
    expect([...names].sort()).toEqual(
      functionsOf(parseConfig(smallest))
        .map((name) => `payhooks-sandbox-${name}`)
        .sort(),
    );
    const bundles = all('AWS::Lambda::Function').map(({ Properties }) => JSON.stringify(Properties.Code));
    expect(new Set(bundles).size).toBe(names.length);
  });

  it('run on Node 24 and arm64', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
    }
  });

  it('give intake the CPU it needs', () => {
    const intakes = all('AWS::Lambda::Function').filter(({ Properties }) =>
      String(Properties.FunctionName).includes('-intake-'),
    );
    expect(intakes).toHaveLength(3);
    for (const { Properties } of intakes) expect(Number(Properties.MemorySize)).toBeGreaterThanOrEqual(1_024);
  });

  it('find addresses in their environment and never a secret', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      const variables = fields(fields(Properties.Environment).Variables);
      expect(variables).toMatchObject({
        PAYHOOKS_ENVIRONMENT: 'sandbox',
        POWERTOOLS_SERVICE_NAME: 'payhooks-sandbox',
        POWERTOOLS_METRICS_NAMESPACE: 'Payhooks',
      });
      for (const [name, value] of Object.entries(variables)) {
        expect(name).not.toMatch(/SECRET|TOKEN|PASSWORD|CREDENTIAL|PRIVATE/);
        expect(JSON.stringify(value)).not.toMatch(/resolve:|whsec_|BEGIN|Secret|envelope-key/);
      }
    }
  });

  it('log into a group of their own', () => {
    const groups = all('AWS::Lambda::Function').map(
      ({ Properties }) =>
        template.Resources[idOf(fields(Properties.LoggingConfig).LogGroup)]?.Properties.LogGroupName,
    );
    expect([...groups].sort()).toEqual(
      functionsOf(parseConfig(smallest))
        .map((name) => `/payhooks/sandbox/${name}`)
        .sort(),
    );
  });

  it('of a provider without an account do not exist', () => {
    const small = templateOf({ accounts: [{ provider: 'trustly-europe', account: 'shop' }] });
    const names = ofType(small, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      String(Properties.FunctionName),
    );
    expect(names.filter((name) => name.includes('intake'))).toEqual([
      'payhooks-sandbox-intake-trustly-europe',
    ]);
    const routes = ofType(small, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
    expect(routes).toEqual([
      'ANY /trustly/europe/{account}/notifications',
      'ANY /trustly/europe/{proxy+}',
      'ANY /trustly/europe/shop/notifications',
      'POST /checkout/orders',
      'POST /checkout/orders/changes',
      'POST /checkout/refunds',
    ]);
  });
});

describe('tables', () => {
  const table = (name: string): Resource => {
    const found = all('AWS::DynamoDB::GlobalTable').find(({ Properties }) => Properties.TableName === name);
    if (found === undefined) throw new Error(`no table ${name}`);
    return found;
  };

  it('are protected from loss: recovery to a point in time, deletion protection, retained', () => {
    expect(all('AWS::DynamoDB::GlobalTable')).toHaveLength(2);
    for (const { Properties, DeletionPolicy, UpdateReplacePolicy } of all('AWS::DynamoDB::GlobalTable')) {
      const replicas = list(Properties.Replicas);
      expect(replicas).toHaveLength(1);
      expect(replicas[0]).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']);
      expect(Properties.BillingMode).toBe('PAY_PER_REQUEST');
    }
  });

  it('rest under the customer-managed key for data', () => {
    for (const { Properties } of all('AWS::DynamoDB::GlobalTable')) {
      expect(Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      const key = idOf(fields(list(Properties.Replicas)[0]?.SSESpecification).KMSMasterKeyId);
      expect(template.Resources[key]?.Type).toBe('AWS::KMS::Key');
    }
  });

  it('have the keys and the sparse index that the code uses', () => {
    expect(table('payhooks-sandbox').Properties).toMatchObject({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open',
          KeySchema: [
            { AttributeName: 'openShard', KeyType: 'HASH' },
            { AttributeName: 'openAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
    expect(table('payhooks-sandbox-idempotency').Properties).toMatchObject({
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
    });
  });
});

describe('secrets and keys', () => {
  it('are one per account, the envelope key and the one that signs events, under the key for secrets', () => {
    const secrets = all('AWS::SecretsManager::Secret');
    expect(secrets.map(({ Properties }) => Properties.Name)).toEqual([
      'payhooks/sandbox/trustly-americas/shop',
      'payhooks/sandbox/trustly-europe/shop',
      'payhooks/sandbox/paymentwall/shop',
      'payhooks/sandbox/envelope-key',
      'payhooks/sandbox/target',
    ]);
    const keys = new Set(secrets.map(({ Properties }) => idOf(Properties.KmsKeyId)));
    expect(keys.size).toBe(1);
    expect(template.Resources[[...keys][0] ?? '']?.Type).toBe('AWS::KMS::Key');
  });

  it('are empty until the merchant sets them, except for the two that are generated', () => {
    for (const { Properties } of all('AWS::SecretsManager::Secret')) {
      expect(Properties.SecretString).toBeUndefined();
      if (!['payhooks/sandbox/envelope-key', 'payhooks/sandbox/target'].includes(String(Properties.Name))) {
        expect(Properties.GenerateSecretString).toBeUndefined();
        continue;
      }
      expect(Properties.GenerateSecretString).toEqual({
        SecretStringTemplate: '{}',
        GenerateStringKey: 'current',
        PasswordLength: 64,
        ExcludePunctuation: true,
      });
    }
  });

  it('outlive the stack, and keys rotate', () => {
    for (const { DeletionPolicy } of [...all('AWS::SecretsManager::Secret'), ...all('AWS::KMS::Key')]) {
      expect(OUTLIVES).toContain(DeletionPolicy);
    }
    expect(all('AWS::KMS::Key')).toHaveLength(2);
    for (const { Properties } of all('AWS::KMS::Key')) expect(Properties.EnableKeyRotation).toBe(true);
  });
});

describe('the HTTP API', () => {
  const [stage] = all('AWS::ApiGatewayV2::Stage') as [Resource];

  it('has a route per provider and per account, for every method, and one for the merchant, for callers with IAM', () => {
    const routes = all('AWS::ApiGatewayV2::Route').map((route) => [
      route.Properties.RouteKey,
      route.Properties.AuthorizationType,
      template.Resources[idOf(integrationOf(route).Properties.IntegrationUri)]?.Properties.FunctionName,
    ]);
    expect(routes).toEqual([
      ['ANY /trustly/americas/{account}/events', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/americas/{proxy+}', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/europe/{account}/notifications', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /trustly/europe/{proxy+}', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /paymentwall/{account}/pingback', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['ANY /paymentwall/{proxy+}', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['ANY /trustly/americas/shop/events', 'NONE', 'payhooks-sandbox-intake-trustly-americas'],
      ['ANY /trustly/europe/shop/notifications', 'NONE', 'payhooks-sandbox-intake-trustly-europe'],
      ['ANY /paymentwall/shop/pingback', 'NONE', 'payhooks-sandbox-intake-paymentwall'],
      ['POST /checkout/orders', 'AWS_IAM', 'payhooks-sandbox-checkout'],
      ['POST /checkout/orders/changes', 'AWS_IAM', 'payhooks-sandbox-checkout'],
      ['POST /checkout/refunds', 'AWS_IAM', 'payhooks-sandbox-checkout'],
    ]);
  });

  it('hands requests over in payload format 2.0 and gives up on intake after 2.9 s', () => {
    for (const { Properties } of all('AWS::ApiGatewayV2::Integration')) {
      const name = String(template.Resources[idOf(Properties.IntegrationUri)]?.Properties.FunctionName);
      expect(Properties.PayloadFormatVersion).toBe('2.0');
      expect(Properties.TimeoutInMillis).toBe(name.includes('-intake-') ? 2_900 : 10_000);
    }
  });

  it('gives every account a route and a share of its own, and strangers little', () => {
    const settings = fields(stage.Properties.RouteSettings);
    const rate = (path: string) => Number(fields(settings[`ANY ${path}`]).ThrottlingRateLimit);
    expect(rate('/paymentwall/shop/pingback')).toBe(500);
    expect(rate('/trustly/americas/shop/events')).toBe(500);
    expect(rate('/paymentwall/{account}/pingback')).toBe(20);
  });

  it('limits every route by itself', () => {
    const routes = all('AWS::ApiGatewayV2::Route').map(({ Properties }) => String(Properties.RouteKey));
    const settings = fields(stage.Properties.RouteSettings);
    expect(Object.keys(settings).sort()).toEqual([...routes].sort());
    for (const setting of Object.values(settings)) {
      expect(Number(fields(setting).ThrottlingRateLimit)).toBeGreaterThan(0);
      expect(Number(fields(setting).ThrottlingBurstLimit)).toBeGreaterThan(0);
    }
    // CloudFormation refuses settings of a route that does not exist yet.
    const routeIds = ofType(template, 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    expect(stage.DependsOn).toEqual(expect.arrayContaining(routeIds));
  });

  it('lets only API Gateway, and only this API, call a function: once for all its routes', () => {
    const permissions = all('AWS::Lambda::Permission').filter(
      ({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com',
    );
    const [[api]] = ofType(template, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(permissions.map(({ Properties }) => idOf(Properties.FunctionName)).sort()).toEqual(
      [
        ...new Set(
          all('AWS::ApiGatewayV2::Integration').map(({ Properties }) => idOf(Properties.IntegrationUri)),
        ),
      ].sort(),
    );
    for (const { Properties } of permissions) {
      const [, parts] = fields(Properties.SourceArn)['Fn::Join'] as readonly [string, readonly Json[]];
      expect(parts.at(-2)).toEqual({ Ref: api });
      expect(parts.at(-1)).toBe('/*/*/*');
    }
  });

  it('logs an allow-list: no query, path, header or caller; the source address, for its short retention', () => {
    const format = String(fields(stage.Properties.AccessLogSettings).Format);
    expect(Object.values(JSON.parse(format) as object).sort()).toEqual([
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.identity.sourceIp',
      '$context.integration.latency',
      '$context.integration.status',
      '$context.protocol',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  it('pays for no metrics of single routes', () => {
    const { DefaultRouteSettings, RouteSettings } = stage.Properties;
    const all = [
      fields(DefaultRouteSettings),
      ...Object.values(fields(RouteSettings)).map((of) => fields(of)),
    ];
    expect(all.map(({ DetailedMetricsEnabled }) => DetailedMetricsEnabled)).toEqual(all.map(() => false));
  });

  const domain = {
    name: 'pay.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000',
  };

  it('keeps its own address beside the merchant’s name: orders in flight name it', () => {
    const named = templateOf({ customDomain: domain });
    const [[, api]] = ofType(named, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(api.Properties.DisableExecuteApiEndpoint).toBe(false);
    expect(named.Outputs.UrlPaymentwallShop?.Value).toBe('https://pay.example.com/paymentwall/shop/pingback');
  });

  it('answers under the merchant’s own name only, when that is configured', () => {
    const named = templateOf({ customDomain: { ...domain, keepOwnAddress: false } });
    const [[, api]] = ofType(named, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    const [[, made]] = ofType(named, 'AWS::ApiGatewayV2::DomainName') as [[string, Resource]];
    expect(api.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(made.Properties).toMatchObject({
      DomainName: 'pay.example.com',
      DomainNameConfigurations: [{ SecurityPolicy: 'TLS_1_2', EndpointType: 'REGIONAL' }],
    });
    expect(ofType(named, 'AWS::ApiGatewayV2::ApiMapping')).toHaveLength(1);
    expect(named.Outputs.UrlPaymentwallShop?.Value).toBe('https://pay.example.com/paymentwall/shop/pingback');
    expect(named.Outputs.DomainTarget).toBeDefined();
  });
});

describe('logs', () => {
  it('have the configured retention, every one of them', () => {
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
    // Also of functions that only an option brings: a group outlives its function, and its name must not collide.
    const names = all('AWS::Logs::LogGroup').map(({ Properties }) => Properties.LogGroupName);
    expect(names).toHaveLength(Object.keys(FUNCTIONS).length + 2);
    const https = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });
    const others = ofType(https, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.LogGroupName);
    expect(others).toEqual(names);
  });
});

describe('the target', () => {
  it('is a bus with an archive and a rule that logs type and id only', () => {
    const [[bus]] = ofType(template, 'AWS::Events::EventBus') as [[string, Resource]];
    const [archive] = all('AWS::Events::Archive') as [Resource];
    expect(idOf(archive.Properties.SourceArn)).toBe(bus);
    expect(archive.Properties.RetentionDays).toBe(400);
    const [rule] = all('AWS::Events::Rule').filter(
      ({ Properties }) => idOf(Properties.EventBusName) === bus,
    ) as [Resource];
    expect(rule.Properties.EventPattern).toEqual({ source: ['payhooks'] });
    const transformer = fields(list(rule.Properties.Targets)[0]?.InputTransformer);
    expect(transformer.InputPathsMap).toEqual({
      time: '$.time',
      'detail-type': '$.detail-type',
      'detail-id': '$.detail.id',
    });
  });

  it('is an endpoint, without a bus, when configured so', () => {
    const https = templateOf({ target: { type: 'https', url: 'https://shop.example/hook' } });
    expect(ofType(https, 'AWS::Events::EventBus')).toEqual([]);
    const variables = ofType(https, 'AWS::Lambda::Function').map(([, { Properties }]) =>
      fields(fields(Properties.Environment).Variables),
    );
    expect(variables.flatMap(({ PAYHOOKS_TARGET }) => PAYHOOKS_TARGET ?? [])).toEqual([
      '{"type":"https","url":"https://shop.example/hook"}',
    ]);
    expect(https.Outputs.Bus).toBeUndefined();
  });
});

/** A part of a composite alarm tells nobody by itself. */
const isPart = ({ Tags }: Resource['Properties']): boolean =>
  list(Tags).some(({ Key, Value }) => Key === 'severity' && Value === 'none');

describe('alarms', () => {
  it('tell the configured address when something begins and when it is over, if its end says that', () => {
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

  it('may publish: the policy of the topic lets CloudWatch in, for alarms of this environment alone', () => {
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

describe('outputs', () => {
  it('are the exact addresses to register, and what an operator needs', () => {
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

describe('environments', () => {
  it('share no name', () => {
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

  it('keep their data when the stack is removed or updated, and leave no name behind when the first deployment fails', () => {
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

  it('say in the guide what stays under its name when an option is turned off', () => {
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

  it('a sandbox may be removed with everything in it', () => {
    const policies = Object.values(templateOf({ onRemoval: 'destroy' }).Resources);
    expect(policies.filter(({ DeletionPolicy = '' }) => OUTLIVES.includes(DeletionPolicy))).toEqual([]);
  });
});

describe('cdk-nag', () => {
  it('stops synth at any finding that nobody acknowledged', () => {
    const stubs = stubSources();
    try {
      const app = newApp({ analyticsReporting: false, outdir: stubs.out });
      const stack = addPayhooks(app, parseConfig(smallest), stubs.sources);
      new Queue(stack, 'Careless');
      expect(() => app.synth()).toThrow(/AwsSolutions-SQS3/);
    } finally {
      stubs.remove();
    }
  });

  it('was answered with a reason in two cases only', () => {
    const stubs = stubSources();
    try {
      const app = newApp({ analyticsReporting: false, outdir: stubs.out });
      addPayhooks(app, parseConfig(smallest), stubs.sources);
      const reasons = new Map<string, string>();
      for (const node of app.node.findAll()) {
        for (const { type, data } of node.node.metadata) {
          if (type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY) continue;
          for (const [rule, reason] of Object.entries(data as Record<string, string>))
            reasons.set(rule, reason);
        }
      }
      expect([...reasons.keys()].map((rule) => rule.split('::').pop()).sort()).toEqual([
        'AwsSolutions-APIG4',
        'AwsSolutions-SMG4',
      ]);
      for (const reason of reasons.values()) expect(reason.length).toBeGreaterThan(60);
    } finally {
      stubs.remove();
    }
  });
});
