/**
 * The operations of CloudFormation, CloudWatch and CloudWatch Logs that the console calls, for a stack that runs on
 * this computer. Each request is checked against the limits of the API references, and long answers have several pages.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LocalStack } from '../../local/stack.ts';

type Input = Readonly<Record<string, unknown>>;

export interface CloudWatchFake {
  readonly url: string;
  /** The operations that were called, each once. */
  readonly called: Set<string>;
  /** Access keys of expired sessions. */
  readonly expired: Set<string>;
  /** Operations that IAM denies to this operator. */
  readonly denied: Set<string>;
  close(): Promise<void>;
}

class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const check = (holds: boolean, message: string): void => {
  if (!holds) throw new Refused('ValidationException', message);
};

const PREFIX = 'payhooks-sandbox-';
const PATTERNS: Readonly<Record<string, (entry: Input) => boolean>> = {
  '{ ($.Notifications = 1) || ($.message = "request refused") || ($.message = "self-test accepted") }': (
    entry,
  ) => entry.Notifications === 1 || ['request refused', 'self-test accepted'].includes(String(entry.message)),
  '{ $.Duplicates = 1 }': (entry) => entry.Duplicates === 1,
  '{ $.Settled = 1 }': (entry) => entry.Settled === 1,
};
const LINES_PER_PAGE = 2;

function filterLogEvents(stack: LocalStack, { logGroupName, filterPattern, startTime, nextToken }: Input) {
  const fits = PATTERNS[String(filterPattern)];
  check(fits !== undefined, `filterPattern ${String(filterPattern)}`);
  check(Number.isInteger(startTime) && Number(startTime) > 1e12, 'startTime is in milliseconds');
  const [, name] = /^\/payhooks\/sandbox\/([a-z-]+)$/.exec(String(logGroupName)) ?? [];
  if (name === undefined) {
    throw new Refused('ResourceNotFoundException', 'The specified log group does not exist.');
  }
  const lines = stack.functions
    .logs()
    .filter(({ functionName, line }) => functionName === PREFIX + name && line.startsWith('{'))
    .filter(({ line }) => fits?.(JSON.parse(line)) === true);
  const from = Number(nextToken ?? 0);
  const events = lines.slice(from, from + LINES_PER_PAGE).map(({ line }) => ({
    message: line,
    timestamp: Date.now(),
  }));
  const next = from + LINES_PER_PAGE;
  return { events, ...(next < lines.length ? { nextToken: String(next) } : {}) };
}

interface DataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData: boolean;
  readonly Expression?: string;
  readonly Period?: number;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string };
    readonly Period: number;
    readonly Stat: string;
  };
}

function getMetricData({ MetricDataQueries, StartTime, EndTime, NextToken }: Input) {
  const queries = MetricDataQueries as readonly DataQuery[];
  check(queries.length > 0 && queries.length <= 500, 'at most 500 queries');
  check(Number(StartTime) < Number(EndTime), 'StartTime comes before EndTime');
  check(new Set(queries.map(({ Id }) => Id)).size === queries.length, 'ids are unique');
  check(
    queries.some(({ ReturnData }) => ReturnData),
    'one query returns data',
  );
  for (const { Id, Expression, MetricStat, Period } of queries) {
    check(/^[a-z][a-zA-Z0-9_]*$/.test(Id), `Id ${Id}`);
    check((Expression === undefined) !== (MetricStat === undefined), 'an expression or a metric');
    const period = MetricStat?.Period ?? Period ?? 0;
    check(period > 0 && period % 60 === 0, `Period ${period}`);
    if (MetricStat !== undefined) check(MetricStat.Stat !== '', 'Stat');
  }
  const at = Math.floor(Number(EndTime) / 300) * 300;
  // The newest point of each line is on a page of its own.
  const points = NextToken === undefined ? [at - 600, at - 300] : [at];
  const results = queries.filter(({ ReturnData }) => ReturnData);
  return {
    MetricDataResults: results.map(({ Id, Label = Id }) => ({
      ...{ Id, Label, StatusCode: 'Complete' },
      ...{ Timestamps: points, Values: points.map((_, index) => index + 1) },
    })),
    ...(NextToken === undefined ? { NextToken: 'more' } : {}),
  };
}

function describeAlarms({ AlarmNames }: Input) {
  const names = AlarmNames as readonly string[];
  check(names.length <= 100, 'at most 100 names');
  const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
  return {
    MetricAlarms: names.map((AlarmName, index) => ({
      ...{ AlarmName, StateValue: states[index % states.length], StateUpdatedTimestamp: 1_790_000_000 },
    })),
  };
}

function operations(stack: LocalStack): Readonly<Record<string, (input: Input) => object>> {
  return {
    FilterLogEvents: (input) => filterLogEvents(stack, input),
    GetMetricData: getMetricData,
    DescribeAlarms: describeAlarms,
    GetDashboard: ({ DashboardName }) => {
      const found = stack.template.dashboards().find(({ name }) => name === DashboardName);
      if (found === undefined) throw new Refused('ResourceNotFound', 'Dashboard does not exist');
      return { DashboardName, DashboardBody: found.body };
    },
  };
}

const OUTPUTS = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult>
<Stacks><member><StackName>PayhooksSandbox</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>
<member><OutputKey>PaymentsTable</OutputKey><OutputValue>payhooks-sandbox</OutputValue></member>
<member><OutputKey>Goods</OutputKey><OutputValue>https://hooks.example/paymentwall/goods/pingback</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

/** The form in which CloudFormation refuses (API reference, common errors). */
const errorText = ([code, message]: readonly string[]): string =>
  `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`;

export async function cloudWatchFake(stack: LocalStack): Promise<CloudWatchFake> {
  const [called, denied, expired] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const known = operations(stack);

  function answered(operation: string, body: string): object {
    called.add(operation);
    if (denied.has(operation)) throw new Refused('AccessDeniedException', `not authorized: ${operation}`);
    const operate = known[operation];
    if (operate === undefined) throw new Refused('UnknownOperationException', operation);
    return operate(JSON.parse(body));
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [, operation] = String(request.headers['x-amz-target'] ?? '').split('.');
    if (operation === undefined) {
      const wanted = new URLSearchParams(body).get('StackName');
      called.add(String(new URLSearchParams(body).get('Action')));
      const refusal = expired.has(
        String(request.headers.authorization).replace(/.*Credential=([^/]+).*/, '$1'),
      )
        ? ['ExpiredToken', 'The security token included in the request is expired']
        : wanted === 'PayhooksSandbox'
          ? undefined
          : ['ValidationError', `Stack with id ${wanted} does not exist`];
      response.writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'text/xml' });
      response.end(refusal === undefined ? OUTPUTS : errorText(refusal));
      return;
    }
    const type = { 'content-type': String(request.headers['content-type']) };
    try {
      const answer = JSON.stringify(answered(operation, body));
      response.writeHead(200, type).end(answer);
    } catch (error) {
      const { code = 'InternalFailure', message } = error as Refused;
      response.writeHead(400, type).end(JSON.stringify({ __type: code, message }));
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    ...{ called, denied, expired },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
