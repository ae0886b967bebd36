import { CfnResource, Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  Archive,
  EventBus,
  EventField,
  type EventPattern,
  Rule,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../names.ts';

const STATEMENT = 'OnlyPayhooksSpeaksAsPayhooks';

export interface EventTargetProps {
  readonly busName: string;
  /** A log group whose name begins with /aws/events/. Undefined: events are not logged. */
  readonly log: LogGroup | undefined;
  readonly archiveDays: number;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The bus on which the merchant's rules listen, with an archive (for a replay after an outage of the merchant) and a
 * rule that logs each event on the bus, even when no rule of the merchant matches it.
 */
export class EventTarget extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { busName, log, archiveDays, removalPolicy }: EventTargetProps) {
    super(scope, id);
    const eventPattern = { source: [EVENT_SOURCE] };
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: busName,
      description: 'Payhooks: what became of payments, for the merchant',
    });
    const archive = new Archive(this, 'Archive', {
      archiveName: busName,
      sourceEventBus: this.bus,
      eventPattern,
      retention: Duration.days(archiveDays),
    });
    for (const kept of [this.bus, archive]) kept.applyRemovalPolicy(removalPolicy);

    if (log !== undefined) this.logEvents(busName, log, eventPattern);
  }

  /** Uses one of the ten resource policies that CloudWatch Logs allows per account and region. */
  private logEvents(busName: string, log: LogGroup, eventPattern: EventPattern): void {
    // The aws-events-targets construct would add a custom resource with a function of its own for this policy.
    log.addToResourcePolicy(
      new PolicyStatement({
        principals: [
          new ServicePrincipal('events.amazonaws.com'),
          new ServicePrincipal('delivery.logs.amazonaws.com'),
        ],
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [log.logGroupArn],
      }),
    );
    // An allow-list: type and id. The event itself contains the end user and the goods.
    const line = `type=${EventField.detailType} id=${EventField.fromPath('$.detail.id')}`;
    new Rule(this, 'Log', {
      ruleName: `${busName}-log`,
      description: 'Payhooks: logs type and id of every event',
      eventBus: this.bus,
      eventPattern,
      targets: [
        {
          bind: () => ({
            arn: `arn:${log.stack.partition}:logs:${log.stack.region}:${log.stack.account}:log-group:${log.logGroupName}`,
            input: RuleTargetInput.fromObject({ timestamp: EventField.time, message: line }),
          }),
        },
      ],
    });
  }

  /**
   * Only these roles may put an event with our source on the bus: an identity policy of the account cannot override a
   * Deny. Replays of the archive are done by EventBridge and are no PutEvents.
   */
  onlyFrom(roles: readonly IRole[]): void {
    // CfnEventBusPolicy warns of a deprecated property even when it is not set.
    new CfnResource(this, 'Policy', {
      type: 'AWS::Events::EventBusPolicy',
      properties: {
        EventBusName: this.bus.eventBusName,
        StatementId: STATEMENT,
        Statement: new PolicyStatement({
          sid: STATEMENT,
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['events:PutEvents'],
          resources: [this.bus.eventBusArn],
          conditions: {
            // The key has several values: without the set operator IAM finds no match and denies nothing.
            'ForAnyValue:StringEquals': { 'events:source': EVENT_SOURCE },
            ArnNotEquals: { 'aws:PrincipalArn': roles.map(({ roleArn }) => roleArn) },
          },
        }).toStatementJson(),
      },
    });
  }
}
