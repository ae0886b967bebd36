/**
 * Gradual rollout: the aliases that routes and queues call, the deployment that moves them, and the alarms that roll
 * back.
 */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { hasAlias } from '../../infra/function-settings.ts';
import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { readTemplate } from '../../local/template/template.ts';
import { everything } from './everything.ts';
import { type Json, ofType, smallest, type Template, templateOf } from './support.ts';

const canary = templateOf({ ...everything, rollout: 'canary' });
const atOnce = templateOf(everything);
const CALLED = (Object.keys(FUNCTIONS) as FunctionName[]).filter(
  (name) => !['sweeper', 'confirmer', 'reconciler', 'probe'].includes(name),
);
const functionOf = (template: Template, value: Json | undefined) => {
  const [, id = ''] = /"Ref":"([^"]+)"/.exec(JSON.stringify(value)) ?? [];
  return String(template.Resources[id]?.Properties.FunctionName).replace('payhooks-sandbox-', '');
};
const read = (template: Template) => {
  const code = ofType(template, 'AWS::Lambda::Function').map(
    ([, { Properties }]) => [String((Properties.Code as { S3Key: Json }).S3Key), '/code'] as const,
  );
  return readTemplate(template as never, new Map(code), {
    baseUrl: 'http://127.0.0.1:1',
    sqsUrl: 'http://127.0.0.1:2',
  });
};

describe('a canary rollout', () => {
  it('a canary has an alias and a deployment group for every called function, and for no scheduled function', () => {
    const aliases = ofType(canary, 'AWS::Lambda::Alias').map(([, { Properties }]) =>
      functionOf(canary, Properties.FunctionName),
    );
    expect(aliases.sort()).toEqual([...CALLED].sort());
    const groups = ofType(canary, 'AWS::CodeDeploy::DeploymentGroup').map(([, { Properties }]) =>
      String(Properties.DeploymentGroupName).replace('payhooks-sandbox-', ''),
    );
    expect(groups.sort()).toEqual([...CALLED].sort());
  });

  it('a canary gives a new version 10 per cent of the calls, and rolls back on three alarms or a failure', () => {
    for (const [, { Properties }] of ofType(canary, 'AWS::CodeDeploy::DeploymentGroup')) {
      expect(Properties).toMatchObject({
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent30Minutes',
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
        },
      });
      const { Alarms } = Properties.AlarmConfiguration as { Alarms: readonly { Name: { Ref: string } }[] };
      expect(Alarms.map(({ Name }) => canary.Resources[Name.Ref]?.Properties.AlarmName)).toEqual([
        'payhooks-sandbox-own-5xx',
        'payhooks-sandbox-answer-latency',
        'payhooks-sandbox-worker-errors',
      ]);
    }
    const moved = Object.values(canary.Resources).filter((each) => 'UpdatePolicy' in each);
    expect(moved.map(({ Type }) => Type)).toEqual(CALLED.map(() => 'AWS::Lambda::Alias'));
  });

  it('a canary takes longer than own-5xx, answer-latency and worker-errors need to ring', () => {
    const [[, group] = expect.unreachable()] = ofType(canary, 'AWS::CodeDeploy::DeploymentGroup');
    const [, minutes] = /(\d+)Minutes$/.exec(String(group.Properties.DeploymentConfigName)) ?? [];
    for (const name of ['own-5xx', 'answer-latency', 'worker-errors']) {
      const [, { Properties }] =
        ofType(canary, 'AWS::CloudWatch::Alarm').find(
          ([, each]) => each.Properties.AlarmName === `payhooks-sandbox-${name}`,
        ) ?? expect.unreachable();
      const [period] = JSON.stringify(Properties).match(/(?<="Period":)\d+/) ?? [];
      // One period is added, since the first period may begin before the rollout.
      const seconds =
        Number(period) * (Number(Properties.DatapointsToAlarm ?? Properties.EvaluationPeriods) + 1);
      expect(seconds, name).toBeLessThan(Number(minutes) * 60);
    }
  });

  it('every route and queue calls an alias in a canary, and API Gateway may call nothing else', () => {
    const ids = ofType(canary, 'AWS::Lambda::Alias').map(([id]) => id);
    const called = [
      ...ofType(canary, 'AWS::ApiGatewayV2::Integration').map(
        ([, { Properties }]) => Properties.IntegrationUri,
      ),
      ...ofType(canary, 'AWS::Lambda::EventSourceMapping').map(
        ([, { Properties }]) => Properties.FunctionName,
      ),
      ...ofType(canary, 'AWS::Lambda::Permission').flatMap(([, { Properties }]) =>
        Properties.Principal === 'apigateway.amazonaws.com' ? [Properties.FunctionName] : [],
      ),
    ];
    expect(called).toHaveLength(6 + 2 + 6);
    for (const value of called)
      expect(ids.some((id) => JSON.stringify(value).includes(`"${id}"`))).toBe(true);
  });

  it('every version of a function is retained for a rollback', () => {
    const versions = Object.values(canary.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Version');
    expect(versions).toHaveLength(CALLED.length);
    for (const { DeletionPolicy } of versions) expect(DeletionPolicy).toBe('Retain');
  });

  it('the local stack reads the same routes, mappings and schedules from a canary template', () => {
    const [one, other] = [read(canary), read(atOnce)];
    expect(one.routes).toEqual(other.routes);
    expect(one.mappings).toEqual(other.mappings);
    expect(one.schedules).toEqual(other.schedules);
  });

  it('a stack has no alias, version or CodeDeploy resource by default', () => {
    const types = new Set(Object.values(atOnce.Resources).map(({ Type }) => Type));
    expect(
      [...types].filter((type) => /CodeDeploy|Alias|Version/.test(type) && !type.includes('KMS')),
    ).toEqual([]);
  });
});

describe('the setting provisionedConcurrency', () => {
  const settings = { functions: { intake: { provisionedConcurrency: 3 } } };
  const warm = templateOf(settings);

  it('provisionedConcurrency gives each intake an alias, without a deployment group', () => {
    const aliases = ofType(warm, 'AWS::Lambda::Alias').map(([, { Properties }]) => [
      functionOf(warm, Properties.FunctionName),
      Properties.ProvisionedConcurrencyConfig,
    ]);
    expect(aliases).toEqual(
      ['intake-trustly-americas', 'intake-trustly-europe', 'intake-paymentwall'].map((name) => [
        name,
        { ProvisionedConcurrentExecutions: 3 },
      ]),
    );
    expect(ofType(warm, 'AWS::CodeDeploy::DeploymentGroup')).toEqual([]);
  });

  it('hasAlias is true only for functions behind an alias', () => {
    const config = parseConfig({ ...smallest, ...settings });
    expect(hasAlias(config, 'intake-paymentwall')).toBe(true);
    expect(hasAlias(config, 'transition-worker')).toBe(false);
    expect(hasAlias(parseConfig(smallest), 'intake-paymentwall')).toBe(false);
    expect(hasAlias(parseConfig({ ...smallest, rollout: 'canary' }), 'sweeper')).toBe(false);
  });
});
