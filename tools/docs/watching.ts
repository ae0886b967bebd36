/** Alarms, dashboards and saved queries, from the template. */
import { code, page, rendered, table } from './markdown.ts';
import { allTemplates, checkListed } from './resources.ts';
import { ofType, type Properties } from './templates.ts';

const PREFIX = /^payhooks-sandbox-/;
const COMPOSITE = ['AlarmActions', 'AlarmDescription', 'AlarmName', 'AlarmRule', 'OKActions', 'Tags'];
const PLAIN = [
  'AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions EvaluationPeriods',
  'ExtendedStatistic MetricName Metrics Namespace OKActions Period Statistic Tags Threshold TreatMissingData',
].flatMap((line) => line.split(' '));

function described(description: string) {
  const found = /^(?<says>.*) Severity: (?<severity>.+)\. Runbook: docs\/runbooks\/(?<runbook>.+)\.md$/.exec(
    description,
  );
  return (found?.groups ?? {}) as Readonly<Record<'says' | 'severity' | 'runbook', string>>;
}

const MISSING: Readonly<Record<string, string>> = {
  notBreaching: 'is well',
  breaching: 'rings',
  ignore: 'stays as it was',
};

export function alarmsPage(): string {
  const { all, smallest } = allTemplates();
  const rows = ofType(all, 'AWS::CloudWatch::Alarm').map(([id, resource]) => {
    checkListed(resource.Type, id, resource, PLAIN);
    const { Properties: alarm = {} } = resource;
    if (alarm.ComparisonOperator !== 'GreaterThanThreshold') throw new Error(`${id} compares in another way`);
    const { says, severity, runbook } = described(alarm.AlarmDescription);
    return [
      `[${alarm.AlarmName.replace(PREFIX, '').replace(/-(shop|withdrawals)(?=$|-)/, '-ACCOUNT')}](../runbooks/${runbook}.md)`,
      says?.replace('"shop"', 'an account'),
      `> ${alarm.Threshold}`,
      `${alarm.DatapointsToAlarm} of ${alarm.EvaluationPeriods} × ${minutes(alarm)}`,
      MISSING[alarm.TreatMissingData],
      severity,
      smallest[id] === undefined ? 'its settings' : 'always',
    ];
  });
  const composites = ofType(all, 'AWS::CloudWatch::CompositeAlarm').map(([id, resource]) => {
    checkListed(resource.Type, id, resource, COMPOSITE);
    const { Properties: alarm = {} } = resource;
    const { says, severity, runbook } = described(alarm.AlarmDescription);
    const parts = JSON.stringify(alarm.AlarmRule).match(/Payhooks[A-Za-z0-9]+(?=",)/g) ?? [];
    const names = parts.map((part) => code(String(all[part]?.Properties?.AlarmName).replace(PREFIX, '')));
    return [
      `[${alarm.AlarmName.replace(PREFIX, '')}](../runbooks/${runbook}.md)`,
      says,
      '–',
      `while ${names.join(' and ')} ring`,
      '–',
      severity,
      'always',
    ];
  });
  return page(
    rendered('infra/constructs/alarms.ts'),
    '# Alarms',
    'The metrics below them: [metrics](metrics.md). Names begin with `payhooks-<environment>-`. With `alarmEmail` or `alarmActions` each alarm sends a message to SNS topics when it rings and when it is over (not with `okActions: false`); without them alarms exist and send nothing. "its settings": `expectedEveryHours` (silence), `confirm`, `withdrawals` or `kyc`, `splitTokenKey`, physical goods; `functions-throttled-2`: more than ten functions. Severity, also a tag: `page` (wake somebody), `ticket` (in working hours), `none` (a part of another alarm, tells nobody).',
    table(
      ['alarm', 'what is wrong', 'threshold', 'rings after', 'no data', 'severity', 'there with'],
      [...composites, ...rows],
    ),
  );
}

/** Period of the metric, or of the parts of its expression, which all have the same. */
function minutes({ Period, Metrics = [] }: Properties): string {
  const periods = new Set<number>(
    [Period, ...Metrics.map((metric: Properties) => metric.Period ?? metric.MetricStat?.Period)].filter(
      (period) => period !== undefined,
    ),
  );
  return [...periods].map((seconds) => `${seconds / 60} min`).join(' and ');
}

export function watchingSection(): string {
  const { smallest } = allTemplates();
  const names = (type: string, property: string) =>
    ofType(smallest, type).map(([, { Properties }]) =>
      code(Properties?.[property].replace('sandbox', '<environment>')),
    );
  return [
    '#### Watching',
    `Alarms: [all of them, with thresholds](tables/alarms.md). Dashboards: ${names('AWS::CloudWatch::Dashboard', 'DashboardName').join(', ')}. Saved Logs Insights queries: ${names('AWS::Logs::QueryDefinition', 'Name').join(', ')}.`,
  ].join('\n\n');
}
