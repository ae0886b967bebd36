import { ArnFormat, Stack, Tags, Token } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { isPolled, shipsGoods } from '../../shared/providers/account.ts';
import type { Config } from '../config.ts';
import { hasConfirmation, hasShipping } from '../functions.ts';
import { pascal, resourceName } from '../names.ts';
import {
  answerAlarms,
  edgeHeaderAlarms,
  probeAlarms,
  repeatedRefusalAlarms,
  silenceAlarms,
  unknownAddressAlarms,
  wrongKeyAlarms,
} from './alarms/intake.ts';
import { machineryAlarms, queueAlarms } from './alarms/machinery.ts';
import { conservationAlarms, deliveryAlarms, paymentAlarms } from './alarms/money.ts';
import { burnRateAlarms, type CompositeSpec } from './alarms/objectives.ts';
import { overdueShippingAlarm, reconciliationAlarms, unansweredAlarms } from './alarms/providers.ts';
import type { AlarmSpec } from './alarms/spec.ts';
import type { Watched } from './alarms/watched.ts';
import { OwnMetrics } from './metrics.ts';

export interface AlarmsProps extends Watched {
  readonly config: Config;
}

const MISSING = {
  good: TreatMissingData.NOT_BREACHING,
  unchanged: TreatMissingData.IGNORE,
  bad: TreatMissingData.BREACHING,
} as const;

/** What a plain alarm and a composite one share. */
type Described = Pick<AlarmSpec, 'name' | 'says' | 'severity' | 'runbook' | 'endsByItself'>;

const descriptionOf = ({ says, severity, runbook, name }: Described) =>
  `${says} Severity: ${severity}. Runbook: docs/runbooks/${runbook ?? name}.md`;

/** Alarms, each with a runbook in docs/runbooks, and the topic that notifies people. */
export class Alarms extends Construct {
  /** The alarms that have actions. */
  readonly alarms: readonly AlarmBase[];
  private readonly byName = new Map<string, AlarmBase>();

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { environment, alarmEmail: email } = props.config;
    const topics = [
      ...(email === undefined ? [] : [this.topic(environment, email)]),
      ...props.config.alarmActions.map((arn, index) => this.topicOf(arn, index)),
    ];

    const own = new OwnMetrics(environment);
    const { accounts } = props.config;
    const polled = accounts.filter((account) => isPolled(account) || shipsGoods(account));
    const specs = [
      ...answerAlarms(own, props.apiId),
      ...wrongKeyAlarms(own, accounts),
      ...repeatedRefusalAlarms(own, accounts),
      ...unknownAddressAlarms(own),
      ...(props.config.probe ? probeAlarms(own) : []),
      ...(props.config.edgeHeader === 'require' ? edgeHeaderAlarms(own) : []),
      ...queueAlarms(props.queues),
      ...paymentAlarms(own),
      ...deliveryAlarms(own),
      ...conservationAlarms(own),
      ...silenceAlarms(own, props.config.expected),
      ...machineryAlarms(own, props),
      ...unansweredAlarms(own, polled),
      ...(hasConfirmation(props.config) ? reconciliationAlarms(own) : []),
      ...(hasShipping(props.config) ? [overdueShippingAlarm(own)] : []),
    ];
    this.alarms = [
      ...specs.map((spec) => this.alarm(spec, props.config, topics)),
      ...burnRateAlarms(own, props.apiId).map((spec) => this.composite(spec, props.config, topics)),
    ];
  }

  /** @throws Error when no alarm has this name */
  named(name: string): AlarmBase {
    const found = this.byName.get(name);
    if (found === undefined) throw new Error(`there is no alarm ${name}`);
    return found;
  }

  private topic(environment: Config['environment'], email: string): Topic {
    const topic = new Topic(this, 'Topic', {
      topicName: resourceName(environment, 'alarms'),
      enforceSSL: true,
    });
    topic.addSubscription(new EmailSubscription(email));
    // A topic policy (enforceSSL makes one) replaces SNS's default policy, which admits CloudWatch.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: resourceName(environment, '*'),
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    return topic;
  }

  /**
   * An existing topic of the merchant; its own policy must admit CloudWatch. @throws Error when an alarm could not
   * reach it
   */
  private topicOf(arn: string, index: number): ITopic {
    const { region } = Stack.of(this);
    const [, , , topicRegion] = arn.split(':');
    if (!Token.isUnresolved(region) && topicRegion !== region) {
      throw new Error(
        `payhooks.alarmActions[${index}]: found a topic of "${topicRegion}"; allowed: one of the stack's region "${region}", an alarm reaches no other`,
      );
    }
    return Topic.fromTopicArn(this, `Topic${index}`, arn);
  }

  /** Each part of a composite is an alarm without actions. */
  private composite(spec: CompositeSpec, config: Config, topics: readonly ITopic[]): AlarmBase {
    const parts = spec.all.map((part) => this.alarm(part, config, []));
    const composite = new CompositeAlarm(this, pascal(spec.name), {
      compositeAlarmName: resourceName(config.environment, spec.name),
      alarmDescription: descriptionOf(spec),
      alarmRule: AlarmRule.allOf(...parts.map((part) => AlarmRule.fromAlarm(part, AlarmState.ALARM))),
    });
    return this.notify(composite, spec, config, topics);
  }

  private alarm(spec: AlarmSpec, config: Config, topics: readonly ITopic[]): AlarmBase {
    const { name, metric, threshold = 0, periods = 1, datapoints = periods, missingData = 'good' } = spec;
    const alarm = new Alarm(this, pascal(name), {
      alarmName: resourceName(config.environment, name),
      alarmDescription: descriptionOf(spec),
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: datapoints,
      treatMissingData: MISSING[missingData],
    });
    return this.notify(alarm, spec, config, topics);
  }

  private notify(
    alarm: AlarmBase,
    { name, severity, endsByItself }: Described,
    config: Config,
    topics: readonly ITopic[],
  ): AlarmBase {
    this.byName.set(name, alarm);
    Tags.of(alarm).add('severity', severity);
    for (const topic of topics) {
      const action = new SnsAction(topic);
      alarm.addAlarmAction(action);
      if (config.okActions && endsByItself !== true) alarm.addOkAction(action);
    }
    return alarm;
  }
}
