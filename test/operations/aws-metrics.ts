/**
 * The metrics of AWS that our alarms may use, with the sets of dimensions under which AWS publishes them. The list is
 * from AWS's documentation (November 2026), since an alarm on a metric that does not exist never rings:
 *
 * AWS/ApiGateway  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html (HTTP APIs)
 * AWS/SQS         https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 * AWS/Lambda      https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * AWS/DynamoDB    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
interface Namespace {
  readonly names: readonly string[];
  /** Names of dimensions, sorted and joined by ",". */
  readonly dimensions: readonly string[];
}

const AWS_METRICS: Readonly<Record<string, Namespace>> = {
  'AWS/ApiGateway': {
    names: ['4xx', '5xx', 'Count', 'IntegrationLatency', 'Latency', 'DataProcessed'],
    dimensions: ['ApiId', 'ApiId,Stage', 'ApiId,Method,Resource,Stage'],
  },
  'AWS/SQS': {
    names: [
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesVisible',
      'NumberOfEmptyReceives',
      'NumberOfMessagesDeleted',
      'NumberOfMessagesReceived',
      'NumberOfMessagesSent',
      'SentMessageSize',
    ],
    dimensions: ['QueueName'],
  },
  'AWS/Lambda': {
    names: ['ConcurrentExecutions', 'Duration', 'Errors', 'Invocations', 'Throttles'],
    dimensions: ['FunctionName', 'FunctionName,Resource'],
  },
  'AWS/DynamoDB#TableName': {
    names: [
      'ReadThrottleEvents',
      'WriteThrottleEvents',
      'ConsumedReadCapacityUnits',
      'ConsumedWriteCapacityUnits',
    ],
    dimensions: ['TableName', 'GlobalSecondaryIndexName,TableName'],
  },
  'AWS/DynamoDB#Operation': {
    names: ['SuccessfulRequestLatency', 'ThrottledRequests', 'SystemErrors'],
    dimensions: ['Operation,TableName'],
  },
};

/** The fault of a metric's name or dimensions; undefined: AWS publishes the metric. */
export function problemWith(
  namespace: string,
  name: string,
  dimensions: readonly string[],
): string | undefined {
  const candidates = Object.entries(AWS_METRICS).filter(([key]) => key.split('#')[0] === namespace);
  const found = candidates.find(([, { names }]) => names.includes(name))?.[1];
  if (found === undefined) return `${namespace} has no metric ${name}`;
  const set = [...dimensions].sort().join();
  return found.dimensions.includes(set) ? undefined : `${namespace}/${name} is not published by ${set}`;
}
