/** The resources for polling, and their absence when no provider is polled. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../infra/config.ts';
import { ofType, smallest, type Template, templateOf } from './support.ts';

const [americas, europe, wall] = smallest.accounts;
/**
 * Paymentwall's API works only after its support has enabled it. A live account that is not polled must not require an
 * amount.
 */
const quietWall = { ...wall, policy: { amountCheck: 'when-present' } };
const live = (more: object = {}) => ({
  ...smallest,
  environment: 'live',
  accounts: [americas, europe, quietWall],
  ...more,
});
const confirmOf = (settings: object): readonly unknown[] =>
  parseConfig(settings).accounts.map((account) => 'confirm' in account && account.confirm);

const physical = {
  provider: 'paymentwall',
  account: 'shop',
  api: 'digital_goods',
  signatureVersion: 3,
  goods: 'physical',
  policy: { grantOn: 'authorized', amountCheck: 'when-present' },
};
const polling = templateOf({
  accounts: [
    { provider: 'trustly-americas', account: 'shop', confirm: true },
    { provider: 'trustly-americas', account: 'quiet', confirm: false },
    physical,
  ],
});
const functionNames = (template: Template): readonly string[] =>
  ofType(template, 'AWS::Lambda::Function').map(([, { Properties }]) => String(Properties.FunctionName));
const rules = (template: Template) =>
  new Map(ofType(template, 'AWS::Events::Rule').map(([, { Properties }]) => [Properties.Name, Properties]));

describe('the setting confirm', () => {
  it('confirm is true by default only for live accounts of Trustly Americas that require amounts', () => {
    expect(confirmOf(smallest)).toEqual([false, false, false]);
    expect(confirmOf(live())).toEqual([true, false, false]);
    expect(confirmOf(live({ policy: { amountCheck: 'when-present' } }))).toEqual([false, false, false]);
  });
  it('confirm can be set to true and to false', () => {
    const policy = { amountCheck: 'when-present' };
    const of = (confirm: boolean) =>
      live({ accounts: [{ ...americas, confirm, policy }, europe, { ...physical, confirm }] });
    expect(confirmOf(of(false))).toEqual([false, false, false]);
    expect(confirmOf(of(true))).toEqual([true, false, true]);
  });
});

describe('a stack that polls providers', () => {
  it('a stack without confirm has neither confirmer nor reconciler', () => {
    expect(functionNames(templateOf()).filter((name) => /confirmer|reconciler/.test(name))).toEqual([]);
  });

  it('the confirmer runs every minute, and the reconciler every night', () => {
    const found = rules(polling);
    expect(found.get('payhooks-sandbox-confirmations')?.ScheduleExpression).toBe('rate(1 minute)');
    expect(found.get('payhooks-sandbox-reconciliations')?.ScheduleExpression).toBe('cron(17 3 * * ? *)');
  });

  it('the rule for shipping reports is on the default bus, for the own environment, and only with physical goods', () => {
    const rule = rules(polling).get('payhooks-sandbox-deliveries');
    expect(rule?.EventBusName).toBeUndefined();
    expect(rule?.EventPattern).toEqual({
      source: ['payhooks.merchant'],
      'detail-type': ['delivery.reported'],
      // Without the environment, the other environment of the same AWS account would receive the event too.
      detail: { environment: ['sandbox'] },
    });
    const guide = readFileSync(resolve(import.meta.dirname, '../../docs/confirmation.md'), 'utf8');
    const shown = /```json\n(\{\n {2}"Source"[^`]+)```/.exec(guide)?.[1] ?? '';
    expect(JSON.parse(shown)).toMatchObject({
      ...{ Source: 'payhooks.merchant', DetailType: 'delivery.reported' },
      Detail: { environment: 'live' },
    });
    const without = templateOf({
      accounts: [{ provider: 'trustly-americas', account: 'shop', confirm: true }],
    });
    expect(rules(without).has('payhooks-sandbox-deliveries')).toBe(false);
  });

  const callsOf = (template: Template) =>
    new Map(
      ofType(template, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => {
        const [id = ''] = /"[A-Za-z0-9]{20,}"/.exec(JSON.stringify(Properties.FunctionName)) ?? [];
        const name = template.Resources[JSON.parse(id) as string]?.Properties.FunctionName;
        return [String(name).replace('payhooks-sandbox-', ''), Properties];
      }),
    );
  const confirming = templateOf({
    accounts: [{ provider: 'trustly-americas', account: 'shop', confirm: true }],
  });

  it('a failed run of a schedule is never retried, because the next run does its work', () => {
    const calls = callsOf(confirming);
    expect([...calls.keys()].sort()).toEqual(['confirmer', 'probe', 'reconciler', 'sweeper']);
    for (const [name, call] of calls) {
      expect(call.MaximumRetryAttempts, name).toBe(0);
      expect(call.DestinationConfig, name).toBeUndefined();
    }
    expect([...callsOf(templateOf()).keys()].sort()).toEqual(['probe', 'sweeper']);
  });

  it('a failed shipping report is retried twice, and then moves to a dead-letter queue with an alarm', () => {
    const {
      MaximumRetryAttempts: retries,
      MaximumEventAgeInSeconds: age,
      DestinationConfig: to,
    } = callsOf(polling).get('confirmer') ?? {};
    expect([retries, age]).toEqual([2, 6 * 3_600]);
    const [queue] =
      ofType(polling, 'AWS::SQS::Queue').find(
        ([, { Properties }]) => Properties.QueueName === 'payhooks-sandbox-deliveries-dlq',
      ) ?? expect.unreachable();
    const arn = { 'Fn::GetAtt': [queue, 'Arn'] };
    expect(to).toEqual({ OnFailure: { Destination: arn } });
    const rings = ofType(polling, 'AWS::CloudWatch::Alarm').filter(([, { Properties }]) =>
      JSON.stringify(Properties).includes(queue),
    );
    expect(rings.map(([, { Properties }]) => Properties.AlarmName)).toEqual([
      'payhooks-sandbox-deliveries-dlq-not-empty',
    ]);
    // Only the role of the confirmer may send to this queue, and no role may read it.
    const roles = ofType(polling, 'AWS::IAM::Role').filter(([, role]) =>
      JSON.stringify(role).includes(queue),
    );
    expect(roles.map(([, { Properties }]) => Properties.Description)).toEqual(['Payhooks confirmer']);
    const [[, role]] = roles as [(typeof roles)[number]];
    const statements = (role.Properties.Policies as { PolicyDocument: { Statement: object[] } }[] | undefined)
      ?.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter((statement) => JSON.stringify(statement).includes(queue));
    expect(statements).toMatchObject([
      { Action: 'sqs:SendMessage', Resource: expect.arrayContaining([arn]) },
    ]);
    expect(JSON.stringify(confirming)).not.toContain('deliveries');
  });

  it('confirmer and reconciler have the documented hosts of the environment in PAYHOOKS_PROVIDER_APIS', () => {
    for (const name of ['confirmer', 'reconciler']) {
      const found = ofType(polling, 'AWS::Lambda::Function').find(
        ([, { Properties }]) => Properties.FunctionName === `payhooks-sandbox-${name}`,
      );
      const environment = found?.[1].Properties.Environment as { Variables: Record<string, string> };
      expect(JSON.parse(environment.Variables.PAYHOOKS_PROVIDER_APIS ?? '')).toEqual({
        'trustly-americas': 'https://sandbox.trustly.one/api/v1',
        paymentwall: 'https://api.paymentwall.com/api',
      });
    }
  });

  it('confirmer and reconciler may read the secrets of polled accounts, and of no other account', () => {
    const secrets = new Map(
      ofType(polling, 'AWS::SecretsManager::Secret').map(([id, { Properties }]) => [id, Properties.Name]),
    );
    for (const description of ['Payhooks confirmer', 'Payhooks reconciler']) {
      const role = ofType(polling, 'AWS::IAM::Role').find(
        ([, { Properties }]) => Properties.Description === description,
      );
      const text = JSON.stringify(role?.[1].Properties.Policies);
      const readable = [...secrets]
        .filter(([id]) => text.includes(`{"Ref":"${id}"}`))
        .map(([, name]) => name);
      expect(readable.sort()).toEqual([
        'payhooks/sandbox/envelope-key',
        // The confirmer sends shipping reports to Paymentwall, and polls no payment there.
        ...(description.endsWith('confirmer') ? ['payhooks/sandbox/paymentwall/shop'] : []),
        // The reconciler signs its report on the bus.
        ...(description.endsWith('reconciler') ? ['payhooks/sandbox/target'] : []),
        'payhooks/sandbox/trustly-americas/shop',
      ]);
      // The only pattern is the prefix of a partition key (test/infra/privileges.test.ts).
      expect(text.replaceAll(/"dynamodb:LeadingKeys":\[[^\]]*\]/g, '')).not.toContain('*');
      expect(text.includes('dynamodb:DeleteItem')).toBe(description.endsWith('confirmer'));
      expect(text.includes('events:PutEvents')).toBe(description.endsWith('reconciler'));
    }
  });

  it('three alarms watch a reconciliation that is missing, incomplete or unexplained', () => {
    const found = new Map(
      ofType(polling, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => [
        Properties.AlarmName,
        Properties,
      ]),
    );
    // A nightly function measures once a day: between two nights the alarm keeps its state.
    for (const name of ['unexplained', 'incomplete']) {
      expect(found.get(`payhooks-sandbox-reconciliation-${name}`)?.TreatMissingData).toBe('ignore');
    }
    const missing = found.get('payhooks-sandbox-reconciliation-missing');
    expect(missing).toMatchObject({ TreatMissingData: 'breaching', EvaluationPeriods: 27 });
    for (const { AlarmDescription, AlarmName } of found.values()) {
      const file = /docs\/runbooks\/.+\.md$/.exec(String(AlarmDescription))?.[0] ?? '';
      expect(existsSync(resolve(import.meta.dirname, '../..', file)), String(AlarmName)).toBe(true);
    }
  });

  it('physical goods have the alarm overdue-deliveries', () => {
    const names = ofType(polling, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.AlarmName);
    expect(names).toContain('payhooks-sandbox-overdue-deliveries');
  });
});
