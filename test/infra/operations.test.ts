/** Dashboards, alarms, runbooks and queries for operators. */
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { settingsSchema } from '../../infra/schema.ts';
import { alarmsOf } from '../operations/watched.ts';
import { everything } from './everything.ts';
import { type Json, ofType, smallest, templateOf } from './support.ts';

const accounts = smallest.accounts.map((account, index) =>
  index === 0 ? { ...account, expectedEveryHours: 6 } : account,
);
const template = templateOf({ accounts, tags: { team: 'payments' } });
const alarms = alarmsOf(template);
/** All features are on, so that the template has every alarm and graph. */
const wholeTemplate = templateOf({
  ...everything,
  ...{ publicUrl: 'https://pay.shop.example', edgeHeader: 'require' },
});
const whole = alarmsOf(wholeTemplate);
const shortName = (name: string) => name.replace('payhooks-sandbox-', '');
const alarm = (name: string) => {
  const found = alarms.find(([each]) => shortName(each) === name);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found[1];
};

const folder = resolve(import.meta.dirname, '../../docs/runbooks');
const runbooks = readdirSync(folder).filter((name) => name !== 'README.md');
/** Runbooks for events that no alarm can detect. */
const WITHOUT_ALARM = ['ask-to-resend.md', 'restore.md', 'stolen-key.md'];
const runbookOf = (description: unknown) => /Runbook: docs\/runbooks\/(.+)$/.exec(String(description))?.[1];

describe('runbooks', () => {
  it('every alarm names a runbook that exists', () => {
    for (const [name, { AlarmDescription }] of [...alarms, ...whole])
      expect(runbooks, name).toContain(runbookOf(AlarmDescription));
  });

  it('every runbook belongs to an alarm, except ask-to-resend, restore and stolen-key', () => {
    const named = new Set(
      [...alarms, ...whole].map(([, { AlarmDescription }]) => runbookOf(AlarmDescription)),
    );
    expect(runbooks.filter((name) => !named.has(name)).sort()).toEqual(WITHOUT_ALARM);
  });

  it.each(runbooks)('the runbook %s starts with the first command, and has a section "Over when"', (name) => {
    const text = readFileSync(resolve(folder, name), 'utf8');
    expect(text).toMatch(/^# .+\n\n```sh\n(npx payhooks|aws) .+\n```\n/);
    expect(text).toContain('**Over when.**');
  });

  it('the runbooks link only to files that exist', () => {
    for (const name of [...runbooks, 'README.md']) {
      const text = readFileSync(resolve(folder, name), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
        expect(() => readFileSync(resolve(folder, target)), `${name}: ${target}`).not.toThrow();
    }
  });

  it('every runbook is in the list of README.md', () => {
    const list = readFileSync(resolve(folder, 'README.md'), 'utf8');
    for (const name of runbooks) expect(list).toContain(`(${name})`);
  });
});

describe('the commands in documents', () => {
  const root = resolve(import.meta.dirname, '../..');
  const texts = [
    'docs/deploy.md',
    'docs/configuration.md',
    'docs/construct.md',
    ...[...runbooks, 'README.md'].map((name) => `docs/runbooks/${name}`),
  ];

  it.each(texts)('the document %s names only commands and options that exist', async (name) => {
    const text = readFileSync(resolve(root, name), 'utf8');
    for (const [, line = ''] of text.matchAll(/npx payhooks ([^\n`]+)/g)) {
      const listed = commands.find((each) => line === each.name || line.startsWith(`${each.name} `));
      expect(listed?.name, line).toBeDefined();
      const command = await listed?.load();
      const known = new Set([
        ...Object.keys(command?.options ?? {}),
        'stack',
        'help',
        'json',
        'region',
        'profile',
      ]);
      for (const [, option = ''] of line.matchAll(/ --([a-z-]+)/g))
        expect([...known], line).toContain(option);
    }
  });

  it.each(runbooks)(
    'the runbook %s names the stack in every command, so that each command can be pasted alone',
    (name) => {
      const text = readFileSync(resolve(folder, name), 'utf8');
      for (const [command] of text.matchAll(/npx payhooks [^\n`]+/g))
        expect(command).toContain('--stack PayhooksLive');
      // The file cdk.json has the configuration of the sandbox.
      for (const [command] of text.matchAll(/npx cdk [^\n`]+/g))
        expect(command).toContain('-c payhooks=live.json');
    },
  );

  it('docs/configuration.md lists every key of the configuration', () => {
    const text = readFileSync(resolve(root, 'docs/configuration.md'), 'utf8');
    for (const key of Object.keys(settingsSchema.entries)) expect(text).toContain(`\`${key}\``);
  });
});

describe('alarms', () => {
  it('a stack with expectedEveryHours has exactly the listed alarms', () => {
    expect(alarms.map(([name]) => shortName(name)).sort()).toEqual([
      'answer-latency',
      'bad-signatures',
      'conflicting-duplicates',
      'conservation',
      'fulfilment-dlq-age',
      'fulfilment-dlq-not-empty',
      'fulfilment-failures',
      'fulfilment-queue-age',
      'functions-throttled',
      'held-payments',
      'notifications-dlq-age',
      'notifications-dlq-not-empty',
      'notifications-queue-age',
      'own-5xx',
      'parked',
      'probe-failed',
      'quarantine',
      'repeated-refusals',
      'secret-failures',
      'silence-trustly-americas-shop',
      'slo-answers-1h',
      'slo-answers-30m',
      'slo-answers-5m',
      'slo-answers-6h',
      'slo-delivered-1h',
      'slo-delivered-30m',
      'slo-delivered-5m',
      'slo-delivered-6h',
      'stuck-effects',
      'stuck-payments',
      'sweeper-silent',
      'table-throttled',
      'unknown-address',
      'worker-errors',
      'wrong-key',
    ]);
  });

  it('confirm, physical goods, an edge and more than ten functions add exactly the listed alarms', () => {
    const usual = new Set(alarms.map(([name]) => name));
    const more = whole.map(([name]) => name).filter((name) => !usual.has(name));
    expect(more.map(shortName).sort()).toEqual([
      'confirmations-failing',
      'deliveries-dlq-not-empty',
      'edge-header-missing',
      'edge-header-wrong',
      'functions-throttled-2',
      'overdue-deliveries',
      'reconciliation-incomplete',
      'reconciliation-missing',
      'reconciliation-unexplained',
    ]);
  });

  it('every alarm has its severity in its description and as a tag', () => {
    const composites = ofType(wholeTemplate, 'AWS::CloudWatch::CompositeAlarm').map(
      ([, { Properties }]) => Properties as Readonly<Record<string, Json>>,
    );
    expect(composites.map(({ AlarmName }) => shortName(String(AlarmName))).sort()).toEqual([
      'slo-answers-fast-burn',
      'slo-answers-slow-burn',
      'slo-delivered-fast-burn',
      'slo-delivered-slow-burn',
    ]);
    for (const { AlarmDescription, Tags } of [...whole.map(([, each]) => each), ...composites]) {
      const [, severity] = /Severity: (page|ticket|none)\. Runbook: /.exec(String(AlarmDescription)) ?? [];
      expect(Tags).toContainEqual({ Key: 'severity', Value: severity });
      expect(runbooks).toContain(runbookOf(AlarmDescription));
    }
  });

  it('missing data rings probe-failed, silence and sweeper-silent, and no other alarm', () => {
    const missing = Object.fromEntries(
      alarms.map(([name, { TreatMissingData }]) => [shortName(name), TreatMissingData]),
    );
    const breaching = Object.keys(missing).filter((name) => missing[name] === 'breaching');
    expect(breaching.sort()).toEqual(['probe-failed', 'silence-trustly-americas-shop', 'sweeper-silent']);
    // The sweeper publishes these metrics every minute; missing data rings the alarm sweeper-silent.
    const ignoring = Object.keys(missing).filter((name) => missing[name] === 'ignore');
    expect(ignoring.sort()).toEqual(['held-payments', 'stuck-effects', 'stuck-payments']);
    for (const state of Object.values(missing)) expect(state).not.toBe('missing');
  });

  it('no alarm looks back longer than CloudWatch allows', () => {
    for (const [name, { Period, Metrics, EvaluationPeriods }] of [...alarms, ...whole]) {
      const periods = (Metrics as { MetricStat?: { Period: number } }[] | undefined)?.flatMap(
        ({ MetricStat }) => MetricStat?.Period ?? [],
      ) ?? [Number(Period)];
      const period = Math.max(...periods);
      const limit = period < 3_600 ? 86_400 : 604_800;
      expect(period * Number(EvaluationPeriods), name).toBeLessThanOrEqual(limit);
      // All metrics of one expression have the same period.
      expect(periods.length, name).toBeLessThanOrEqual(10);
      expect(new Set(periods).size, name).toBe(1);
    }
  });

  it('answer-latency rings at 2 s, below the 3 s that a provider waits', () => {
    expect(alarm('answer-latency')).toMatchObject({ Threshold: 2_000, ExtendedStatistic: 'p99' });
  });

  it('silence waits expectedEveryHours and the hour that has just begun, at most 168 hours', () => {
    expect(alarm('silence-trustly-americas-shop').EvaluationPeriods).toBe(7);
    const week = [{ ...accounts[0], expectedEveryHours: 168 }];
    const [silence] = alarmsOf(templateOf({ accounts: week })).filter(([name]) => name.includes('silence'));
    expect(silence?.[1].EvaluationPeriods).toBe(168);
    expect(alarmsOf(templateOf()).some(([name]) => name.includes('silence'))).toBe(false);
  });
});

describe('tags', () => {
  it('the tables have the tags of the merchant and the tag environment', () => {
    const [[, table]] = ofType(template, 'AWS::DynamoDB::GlobalTable') as unknown as [
      [string, { Properties: { Replicas: Json } }],
    ];
    expect(JSON.stringify(table.Properties.Replicas)).toContain('{"Key":"team","Value":"payments"}');
    expect(JSON.stringify(table.Properties.Replicas)).toContain('{"Key":"environment","Value":"sandbox"}');
  });
});
