import { type CompositeAlarm, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { defined } from '../../shared/payment/defined.ts';
import type { Clients } from '../connect.ts';
import { count } from '../output.ts';
import { everyPage } from '../pages.ts';
import { type Area, attempt, type Found } from './finding.ts';

/** CloudWatch's largest page. */
const PAGE = 100;

export const alarms: Area = {
  name: 'alarms',
  async *examine({ connection: { kind, clients, resource } }) {
    if (kind === 'local') {
      yield { check: 'alarms', verdict: 'unknown', detail: 'CloudWatch exists on AWS only' };
      return;
    }
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
    yield {
      check: 'state',
      verdict: ringing.length > 0 ? 'fail' : found.length === 0 ? 'warn' : 'ok',
      detail:
        ringing.length > 0
          ? `in alarm: ${ringing.map(({ AlarmName }) => AlarmName).join(', ')}`
          : `${count(found.length, 'alarm')}, none in alarm`,
      ...(ringing.length > 0 ? { next: 'docs/runbooks/ has a page for each.' } : {}),
    };
    const silent = found.filter(
      ({ ActionsEnabled, AlarmActions = [] }) => !ActionsEnabled || AlarmActions.length === 0,
    );
    if (silent.length > 0) {
      yield {
        check: 'somebody is told',
        verdict: 'fail',
        detail: `nobody hears ${silent.map(({ AlarmName }) => AlarmName).join(', ')}`,
        next: 'Set "alarmEmail" or "alarmActions" in the configuration and deploy.',
      };
    }
    for (const topic of topicsOf(found)) {
      yield await attempt(`confirmed (${nameOf(topic)})`, () => confirmed(topic, clients));
    }
  },
};

/** A part of a composite alarm has no actions; whenever it matters, the composite alarm rings. */
function withoutParts(all: readonly (MetricAlarm | CompositeAlarm)[]): typeof all {
  const rules = all.flatMap((alarm) => ('AlarmRule' in alarm ? [alarm.AlarmRule ?? ''] : []));
  return all.filter(
    ({ AlarmName, AlarmArn }) =>
      !rules.some((rule) => [AlarmName, AlarmArn].some((id) => id !== undefined && rule.includes(`"${id}"`))),
  );
}

const nameOf = (topic: string): string => topic.split(':').pop() ?? topic;

async function confirmed(topic: string, { sns }: Pick<Clients, 'sns'>): Promise<Found> {
  const subscriptions = await everyPage(async (NextToken) => {
    const command = new ListSubscriptionsByTopicCommand({
      TopicArn: topic,
      ...defined({ NextToken }),
    });
    const { Subscriptions = [], NextToken: next } = await sns.send(command);
    return { rows: Subscriptions, next };
  });
  // AWS returns this in place of an ARN until the recipient has followed the link in its mail.
  const pending = subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation');
  const isConfirmed = subscriptions.length > pending.length;
  return {
    check: `confirmed (${nameOf(topic)})`,
    verdict: isConfirmed && pending.length === 0 ? 'ok' : isConfirmed ? 'warn' : 'fail',
    detail: `${subscriptions.length - pending.length} confirmed, ${pending.length} waiting for confirmation`,
    ...(pending.length > 0 || !isConfirmed
      ? { next: 'Follow the link in the mail that AWS sent ("Subscription Confirmation").' }
      : {}),
  };
}

const topicsOf = (found: readonly Pick<MetricAlarm, 'AlarmActions'>[]): readonly string[] => [
  ...new Set(found.flatMap(({ AlarmActions = [] }) => AlarmActions.filter((arn) => arn.includes(':sns:')))),
];
