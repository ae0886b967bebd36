import { Duration } from 'aws-cdk-lib';
import {
  type AlarmBase,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { hasConfirmation, hasShipping } from '../functions.ts';
import { resourceName } from '../names.ts';
import { imbalance } from './alarms/money.ts';
import { achieved, objectives } from './alarms/objectives.ts';
import { chunks, HOUR } from './alarms/spec.ts';
import type { Watched } from './alarms/watched.ts';
import { gatewayMetric, latencyOf, OwnMetrics, throttlesOf } from './metrics.ts';

export interface DashboardsProps extends Watched {
  readonly config: Pick<Config, 'environment' | 'accounts'>;
  readonly alarms: readonly AlarmBase[];
  /** Log groups of the functions. */
  readonly logGroups: readonly LogGroup[];
}

const FULL = 24;
const HALF = 12;
const HEIGHT = 6;
const DAY = Duration.days(1);
/** How long a provider waits for an answer (docs/protocols/trustly-americas.md#delivery). */
const PROVIDER_PATIENCE_MS = 3_000;

/** Two dashboards: one about payments and effects, one about the technical parts. */
export class Dashboards extends Construct {
  constructor(scope: Construct, id: string, props: DashboardsProps) {
    super(scope, id);
    const { config } = props;
    const { environment } = config;
    const own = new OwnMetrics(environment);
    new Dashboard(this, 'Business', {
      dashboardName: resourceName(environment, 'business'),
      defaultInterval: Duration.days(7),
      widgets: [...businessWidgets(own), ...pollingGraphs(own, config)],
    });
    new Dashboard(this, 'Engineering', {
      dashboardName: resourceName(environment, 'engineering'),
      defaultInterval: Duration.hours(12),
      widgets: [
        ...alarmWidgets(props.alarms),
        objectiveGraphs(own, props.apiId),
        ...answerGraphs(own, props.apiId),
        ...workGraphs(props),
        ...tableAndRetryGraphs(own, props),
      ],
    });
  }
}

const graph = (title: string, left: IMetric[], more: object = {}): GraphWidget =>
  new GraphWidget({ title, left, width: HALF, height: HEIGHT, ...more });

/** CloudWatch takes a hundred alarms per widget; silence alone may have one per account. */
const ALARMS_PER_WIDGET = 100;

const alarmWidgets = (alarms: readonly AlarmBase[]): IWidget[][] =>
  chunks(alarms, ALARMS_PER_WIDGET).map((chunk) => [
    new AlarmStatusWidget({ title: 'Alarms', alarms: [...chunk], width: FULL, height: 4 }),
  ]);

/** The objectives as achieved, hour by hour. */
const objectiveGraphs = (own: OwnMetrics, apiId: string): IWidget[] =>
  objectives(own, apiId).map((objective) =>
    graph(`${objective.title} (%, hourly)`, [achieved(objective, HOUR)], {
      leftAnnotations: [{ value: objective.percent, label: `objective: ${objective.percent} %` }],
      leftYAxis: { max: 100 },
    }),
  );

/** The number of new effects in a day, by event type. */
const effectsOfDay = (own: OwnMetrics, type: string, label: string): IMetric =>
  own.of('Effects', { period: DAY, label }, { type });

function businessWidgets(own: OwnMetrics): IWidget[][] {
  const latest = { statistic: 'Maximum' };
  const { unsettled } = imbalance(own);
  return [
    [
      new SingleValueWidget({
        title: 'Today',
        metrics: [
          effectsOfDay(own, 'payment.paid', 'paid'),
          effectsOfDay(own, 'fulfil', 'to fulfil'),
          effectsOfDay(own, 'payment.held', 'held'),
          effectsOfDay(own, 'payment.refunded', 'refunded'),
          effectsOfDay(own, 'payment.reversed', 'reversed'),
          effectsOfDay(own, 'revoke', 'to take back'),
          own.of('Duplicates', { period: DAY, label: 'duplicates absorbed' }),
        ],
        width: FULL,
        height: 3,
      }),
    ],
    [
      new SingleValueWidget({
        title: 'Now',
        metrics: [
          own.of('PaymentsHeldNow', { ...latest, label: 'held' }),
          own.of('OldestHeldAge', { ...latest, label: 'held longest (s)' }),
          own.of('PaymentsWaiting', { ...latest, label: 'waiting for the provider' }),
          own.of('PaymentsStuck', { ...latest, label: 'stuck' }),
          own.of('EffectsOpen', { ...latest, label: 'effects not final' }),
          own.of('OldestEffectAge', { ...latest, label: 'oldest effect not final (s)' }),
        ],
        width: FULL,
        height: 3,
      }),
    ],
    [
      graph('Events to the merchant', [own.every('Effects', ['type'])]),
      graph('Accepted, by account', [own.every('Accepted', ['provider', 'account'])]),
    ],
    [
      graph('Fulfilment lag (ms)', [
        own.of('FulfilmentLag', { statistic: 'p50', label: 'p50' }),
        own.of('FulfilmentLag', { statistic: 'p99', label: 'p99' }),
      ]),
      graph('Why payments are held', [own.every('PaymentsHeld', ['reason'])]),
    ],
    [
      graph('Accepted and not settled, by hour (the last one is on its way)', [unsettled]),
      graph('Oldest effect that is not final (s)', [own.of('OldestEffectAge', latest)]),
    ],
  ];
}

/** Empty without accounts that are polled or that ship: a graph of a metric without data looks like a fault. */
function pollingGraphs(own: OwnMetrics, config: DashboardsProps['config']): IWidget[][] {
  const latest = { statistic: 'Maximum' };
  const confirmation = [
    [
      graph('Answers of providers, by outcome', [
        own.every('Confirmations', ['provider', 'account', 'outcome']),
      ]),
      graph('Payments that wait for an answer', [
        own.of('ConfirmationsDue', { ...latest, label: 'polled by the last run' }),
        own.every('ConfirmationsApplied', ['provider', 'account']),
      ]),
    ],
    [
      graph('Reconciled every night: missed, and ledgered now', [
        own.every('ReconciliationMended', ['provider', 'account']),
      ]),
      graph('Reconciled every night: unexplained, not finished', [
        own.every('ReconciliationUnexplained', ['provider', 'account']),
        own.every('ReconciliationIncomplete', ['provider', 'account']),
      ]),
    ],
  ];
  const shipping = [
    [
      graph('Shipping reports to Paymentwall, by outcome', [own.every('DeliveryConfirmations', ['outcome'])]),
      graph('Authorized for days, and no shipping reported', [own.of('DeliveriesOverdue', latest)]),
    ],
  ];
  return [...(hasConfirmation(config) ? confirmation : []), ...(hasShipping(config) ? shipping : [])];
}

function answerGraphs(own: OwnMetrics, apiId: string): IWidget[][] {
  const budget = [{ value: PROVIDER_PATIENCE_MS, label: 'the provider gives up' }];
  return [
    [
      graph(
        'Answer latency at the gateway (ms)',
        [
          gatewayMetric(apiId, 'Latency', { statistic: 'p50', label: 'p50' }),
          gatewayMetric(apiId, 'Latency', { statistic: 'p99', label: 'p99' }),
          gatewayMetric(apiId, 'Latency', { statistic: 'Maximum', label: 'slowest' }),
        ],
        { leftAnnotations: budget },
      ),
      graph('Answer latency once the handler runs (ms, p99)', [
        own.every('IntakeDuration', ['provider'], 'p99'),
      ]),
    ],
    [
      graph('Answers by account and outcome', [
        own.every('Notifications', ['provider', 'account', 'outcome']),
      ]),
      graph('Verified by key', [own.every('VerifiedBy', ['provider', 'account', 'keyId'])]),
    ],
    [
      graph('Refused, by account and reason', [own.every('Refused', ['provider', 'account', 'reason'])]),
      graph('Our own failures, by step, and 5xx', [
        own.every('IntakeFailures', ['reason']),
        gatewayMetric(apiId, '5xx', { label: '5xx' }),
        gatewayMetric(apiId, '4xx', { label: '4xx of the gateway, its own and ours' }),
        gatewayMetric(apiId, 'Count', { label: 'requests' }),
      ]),
    ],
  ];
}

function workGraphs({ queues, functions, workers }: Watched): IWidget[][] {
  const maximum = { statistic: 'Maximum' };
  const all = [...Object.values(queues.queues), ...Object.values(queues.deadLetters)];
  return [
    [
      graph('Messages on the queues and dead-letter queues, and in work or backing off', [
        ...all.map((queue) => queue.metricApproximateNumberOfMessagesVisible(maximum)),
        // A message that waits for its next attempt is not visible; during an outage that is most messages.
        ...Object.entries(queues.queues).map(([name, queue]) =>
          queue.metricApproximateNumberOfMessagesNotVisible({ ...maximum, label: `${name}, not visible` }),
        ),
      ]),
      graph(
        'Age of the oldest message received less than three times (s)',
        all.map((queue) => queue.metricApproximateAgeOfOldestMessage(maximum)),
      ),
    ],
    [
      graph(
        'Errors of functions',
        functions.map((each) => each.metricErrors()),
      ),
      graph(
        'Throttles of functions',
        functions.map((each) => each.metricThrottles()),
      ),
    ],
    [
      graph(
        'Duration of workers (ms, p99)',
        workers.map((each) => each.metricDuration({ statistic: 'p99' })),
      ),
      graph(
        'Concurrency of functions',
        functions.map((each) => each.metric('ConcurrentExecutions', maximum)),
      ),
    ],
  ];
}

const OPERATIONS = ['GetItem', 'Query', 'PutItem', 'TransactWriteItems'];

function tableAndRetryGraphs(own: OwnMetrics, props: DashboardsProps): IWidget[][] {
  const { tables, logGroups } = props;
  return [
    [
      graph(
        'Table latency (ms, p99)',
        OPERATIONS.map((operation) => latencyOf(tables.main, operation)),
      ),
      graph('Throttles of tables and index', [...throttlesOf(props)]),
    ],
    [
      graph('Delivery retries, by reason', [own.every('DeliveryRetries', ['reason'])]),
      graph('Parked, quarantined, redelivered, republished', [
        own.of('Parked'),
        own.of('Quarantined'),
        own.of('ConflictingDuplicates'),
        own.of('Redelivered'),
        own.of('EffectsRepublished'),
        own.of('SecretFailures'),
      ]),
    ],
    [
      // Lambda has no metric of cold starts; its report lines contain them.
      new LogQueryWidget({
        title: 'Cold starts (@initDuration in ms)',
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
        queryLines: [
          'filter @type = "REPORT" and ispresent(@initDuration)',
          'stats count(*) as coldStarts, pct(@initDuration, 99) as p99 by @log, bin(1h)',
        ],
        view: LogQueryVisualizationType.TABLE,
        width: FULL,
        height: HEIGHT,
      }),
    ],
  ];
}
