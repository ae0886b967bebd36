/** Alarms, dashboards and saved queries, from the template. */
import { code, page, rendered, table } from './markdown.ts';
import { allTemplates, checkListed } from './resources.ts';
import { ofType, type Properties } from './templates.ts';

const PREFIX = /^payhooks-sandbox-/;
const LISTED = [
  ...[
    'AlarmActions',
    'AlarmDescription',
    'AlarmName',
    'ComparisonOperator',
    'DatapointsToAlarm',
    'Dimensions',
  ],
  ...['EvaluationPeriods', 'ExtendedStatistic', 'MetricName', 'Metrics', 'Namespace', 'OKActions', 'Period'],
  ...['Statistic', 'Tags', 'Threshold', 'TreatMissingData'],
];
const MISSING: Readonly<Record<string, string>> = {
  notBreaching: 'is well',
  breaching: 'rings',
  ignore: 'stays as it was',
};

export function alarmsPage(): string {
  const { all, smallest } = allTemplates();
  const rows = ofType(all, 'AWS::CloudWatch::Alarm').map(([id, resource]) => {
    checkListed(resource.Type, id, resource, LISTED);
    const { Properties: alarm = {} } = resource;
    if (alarm.ComparisonOperator !== 'GreaterThanThreshold') throw new Error(`${id} compares in another way`);
    const [, says, runbook] = /^(.*) Runbook: docs\/runbooks\/(.+)\.md$/.exec(alarm.AlarmDescription) ?? [];
    return [
      `[${alarm.AlarmName.replace(PREFIX, '').replace(/-(shop|withdrawals)(?=$|-)/, '-ACCOUNT')}](../runbooks/${runbook}.md)`,
      says?.replace('"shop"', 'an account'),
      `> ${alarm.Threshold}`,
      `${alarm.DatapointsToAlarm} of ${alarm.EvaluationPeriods} × ${minutes(alarm)}`,
      MISSING[alarm.TreatMissingData],
      smallest[id] === undefined ? 'its settings' : 'always',
    ];
  });
  return page(
    rendered('infra/constructs/alarms.ts'),
    '# Alarms',
    'The metrics below them: [metrics](metrics.md). Names begin with `payhooks-<environment>-`. With `alarmEmail` or `alarmActions` each tells SNS topics when it rings and when it is over (not with `okActions: false`); without them nobody is told. "its settings": `expectedEveryHours` (silence), `confirm`, `withdrawals` or `kyc`, `splitTokenKey`, physical goods; `functions-throttled-2`: more than ten functions.',
    table(['alarm', 'what is wrong', 'threshold', 'rings after', 'no data', 'there with'], rows),
  );
}

/** Of the metric, or of the parts of its expression, which are alike. */
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
