import { type CompositeAlarm, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { defined } from '../../shared/payment/defined.ts';
import type { Clients } from '../connect.ts';
import { count } from '../output.ts';
import { everyPage } from '../pages.ts';
import { type Area, attempt, type Found, finding } from './finding.ts';

/** CloudWatch's largest page. */
const PAGE = 100;

export const alarms: Area = {
  name: 'alarms',
  async *examine({ connection: { kind, clients, resource } }) {
    if (kind === 'local') return yield finding('alarms', 'unknown', 'a local stack has no CloudWatch');
    const all = await everyPage<MetricAlarm | CompositeAlarm>(async (NextToken) => {
      const command = new DescribeAlarmsCommand({
        AlarmNamePrefix: resource(''),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: PAGE,
        ...defined({ NextToken }),
      });
      const {
        MetricAlarms = [],
        CompositeAlarms = [],
        NextToken: next,
      } = await clients.cloudWatch.send(command);
      return { rows: [...MetricAlarms, ...CompositeAlarms], next };
    });
    const found = withoutParts(all);
    const ringing = found.filter(({ StateValue }) => StateValue === 'ALARM');
    if (ringing.length > 0)
      yield finding('state', 'fail', `in alarm: ${namesOf(ringing)}`, 'docs/runbooks/ has a page for each.');
    else
      yield finding(
        'state',
        found.length === 0 ? 'warn' : 'ok',
        `${count(found.length, 'alarm')}, none in alarm`,
      );
    const silent = found.filter(
      ({ ActionsEnabled, AlarmActions = [] }) => !ActionsEnabled || AlarmActions.length === 0,
    );
    if (silent.length > 0) {
      const detail = `these alarms notify nobody: ${namesOf(silent)}`;
      const next = 'Set "alarmEmail" or "alarmActions" in the configuration and deploy.';
      yield finding('recipients', 'fail', detail, next);
    }
    for (const topic of topicsOf(found)) {
      const check = `confirmed (${topic.split(':').at(-1)})`;
      yield await attempt(check, () => subscriptionsOf(topic, check, clients));
    }
  },
};

const namesOf = (all: readonly Pick<MetricAlarm, 'AlarmName'>[]): string =>
  all.map(({ AlarmName }) => AlarmName).join(', ');

/** A part of a composite alarm has no actions; whenever it matters, the composite alarm rings. */
function withoutParts(all: readonly (MetricAlarm | CompositeAlarm)[]): typeof all {
  const rules = all.flatMap((alarm) => ('AlarmRule' in alarm ? [alarm.AlarmRule ?? ''] : []));
  return all.filter(
    ({ AlarmName, AlarmArn }) =>
      !rules.some((rule) => [AlarmName, AlarmArn].some((id) => id !== undefined && rule.includes(`"${id}"`))),
  );
}

async function subscriptionsOf(
  TopicArn: string,
  check: string,
  { sns }: Pick<Clients, 'sns'>,
): Promise<Found> {
  const subscriptions = await everyPage(async (NextToken) => {
    const command = new ListSubscriptionsByTopicCommand({ TopicArn, ...defined({ NextToken }) });
    const { Subscriptions = [], NextToken: next } = await sns.send(command);
    return { rows: Subscriptions, next };
  });
  // AWS returns this in place of an ARN until the recipient has followed the link in its mail.
  const pending = subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation');
  const confirmed = subscriptions.length - pending.length;
  return finding(
    check,
    confirmed === 0 ? 'fail' : pending.length > 0 ? 'warn' : 'ok',
    `${confirmed} confirmed, ${pending.length} waiting for confirmation`,
    'Follow the link in the mail that AWS sent ("Subscription Confirmation").',
  );
}

const topicsOf = (found: readonly Pick<MetricAlarm, 'AlarmActions'>[]): readonly string[] => [
  ...new Set(found.flatMap(({ AlarmActions = [] }) => AlarmActions.filter((arn) => arn.includes(':sns:')))),
];
