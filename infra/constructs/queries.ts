import { CfnQueryDefinition, type LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MetricName } from '../../shared/app/platform/metrics.ts';
import type { Environment } from '../../shared/payment/types.ts';
import { pascal } from '../names.ts';

export interface QueriesProps {
  readonly environment: Environment;
  /** Log groups of all functions. */
  readonly functions: readonly LogGroup[];
  readonly gateway: LogGroup;
}

interface SavedQuery {
  readonly name: string;
  readonly withGateway?: boolean;
  readonly lines: readonly string[];
}

/** The person who runs the query replaces it. */
const ID = 'PASTE-THE-ID-HERE';
/** Metrics are fields of the log lines in embedded metric format. Each is named as in METRICS, which tsc checks. */
const [REFUSED, ACCEPTED, SETTLED] = [
  'Refused',
  'Accepted',
  'Settled',
] as const satisfies readonly MetricName[];

const LIST =
  'fields @timestamp, @log, level, message, correlationId, requestId, payment, effect, outcome, reason, status';

const QUERIES: readonly SavedQuery[] = [
  {
    // The gateway's request id is the correlation id of everything that follows from the request.
    name: 'follow-a-correlation-id',
    withGateway: true,
    lines: [
      LIST,
      `filter correlationId = "${ID}" or requestId = "${ID}"`,
      'sort @timestamp asc',
      'limit 1000',
    ],
  },
  {
    name: 'follow-a-payment',
    lines: [LIST, `filter payment = "${ID}" or effect like "${ID}"`, 'sort @timestamp asc', 'limit 1000'],
  },
  {
    name: 'errors-by-reason',
    lines: [
      'filter level = "ERROR" or level = "WARN"',
      'stats count(*) as lines, latest(@timestamp) as last by level, message, reason, error.name',
      'sort lines desc',
    ],
  },
  {
    name: 'refusals-by-reason',
    lines: [
      `filter ${REFUSED} = 1`,
      `stats sum(${REFUSED}) as refused by provider, account, reason, bin(1h)`,
      'sort refused desc',
    ],
  },
  {
    // Only the gateway's log shows requests to a path without a route: no function runs for such a 404.
    name: 'answers-of-the-gateway',
    withGateway: true,
    lines: [
      'filter status >= 400 and status < 500',
      'stats count(*) as answers, latest(@timestamp) as last by status, route, method, bin(1h)',
      'sort answers desc',
    ],
  },
  {
    name: 'accepted-and-not-settled',
    lines: [
      `filter ${ACCEPTED} = 1 or ${SETTLED} = 1`,
      `stats sum(${ACCEPTED}) as accepted, count(${SETTLED}) as settled, min(@timestamp) as since by correlationId`,
      'filter accepted > 0 and settled = 0',
      'sort since asc',
    ],
  },
  {
    name: 'slow-answers',
    withGateway: true,
    lines: [
      'fields @timestamp, requestId, route, status, latencyMs, integrationLatencyMs, errorType',
      'filter latencyMs > 1000',
      'sort latencyMs desc',
      'limit 100',
    ],
  },
];

/** Logs Insights queries, which operators find in the CloudWatch console under "Saved and sample queries". */
export class Queries extends Construct {
  constructor(scope: Construct, id: string, { environment, functions, gateway }: QueriesProps) {
    super(scope, id);
    for (const { name, withGateway = false, lines } of QUERIES) {
      new CfnQueryDefinition(this, pascal(name), {
        name: `payhooks-${environment}/${name}`,
        queryString: lines.join('\n| '),
        logGroupNames: [...functions, ...(withGateway ? [gateway] : [])].map((group) => group.logGroupName),
      });
    }
  }
}
