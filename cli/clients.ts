/** The AWS clients of a connection, each loaded at its first use: a command calls few of the services. */
import { createRequire } from 'node:module';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../shared/aws/clients.ts';
import type { Patience } from '../shared/aws/patience.ts';
import { ofCall } from './problem.ts';

export interface Clients {
  readonly dynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly secrets: SecretsManagerClient;
  readonly events: EventBridgeClient;
  readonly lambda: LambdaClient;
  /** Waits as long as a function may run, and never repeats an invocation. */
  readonly patientLambda: LambdaClient;
  readonly cloudWatch: CloudWatchClient;
  readonly sns: SNSClient;
  readonly logs: CloudWatchLogsClient;
}

export type Options = ReturnType<typeof clientOptions> & {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** Lambda ends a function after 15 minutes. */
const INVOCATION_PATIENCE: Patience = {
  connectionTimeoutMs: 1_000,
  requestTimeoutMs: 16 * 60_000,
  attempts: 1,
};

// A getter cannot await an import. The packages are CommonJS, so require and import give the same module.
const require = createRequire(import.meta.url);
type Dynamo = typeof import('@aws-sdk/client-dynamodb');
type Sqs = typeof import('@aws-sdk/client-sqs');
type Secrets = typeof import('@aws-sdk/client-secrets-manager');
type Events = typeof import('@aws-sdk/client-eventbridge');
type Lambda = typeof import('@aws-sdk/client-lambda');
type CloudWatch = typeof import('@aws-sdk/client-cloudwatch');
type Sns = typeof import('@aws-sdk/client-sns');
type Logs = typeof import('@aws-sdk/client-cloudwatch-logs');

/** Making a client uses no network. */
export function clientsOf(options: Options): Clients {
  const patient = { ...options, ...clientOptions(INVOCATION_PATIENCE) };
  return lazily({
    dynamo: () => new (require('@aws-sdk/client-dynamodb') as Dynamo).DynamoDBClient(options),
    sqs: () => new (require('@aws-sdk/client-sqs') as Sqs).SQSClient(options),
    secrets: () => new (require('@aws-sdk/client-secrets-manager') as Secrets).SecretsManagerClient(options),
    events: () => new (require('@aws-sdk/client-eventbridge') as Events).EventBridgeClient(options),
    lambda: () => new (require('@aws-sdk/client-lambda') as Lambda).LambdaClient(options),
    patientLambda: () => new (require('@aws-sdk/client-lambda') as Lambda).LambdaClient(patient),
    cloudWatch: () => new (require('@aws-sdk/client-cloudwatch') as CloudWatch).CloudWatchClient(options),
    sns: () => new (require('@aws-sdk/client-sns') as Sns).SNSClient(options),
    logs: () => new (require('@aws-sdk/client-cloudwatch-logs') as Logs).CloudWatchLogsClient(options),
  });
}

type Makers = { readonly [Name in keyof Clients]: () => Clients[Name] };

/** Makes each client once, when it is first read. */
function lazily(makers: Makers): Clients {
  const clients = {};
  for (const [name, make] of Object.entries(makers)) {
    let client: Clients[keyof Clients] | undefined;
    Object.defineProperty(clients, name, { enumerable: true, get: () => (client ??= named(make())) });
  }
  return clients as Clients;
}

interface Stacked {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: every client has middleware types of its own
    add(middleware: any, options: { readonly step: 'initialize'; readonly priority: 'high' }): void;
  };
}

type Next = (args: unknown) => Promise<unknown>;

/** Adds the call's name to errors: the SDK's errors lack it, and an operator must know which service is down. */
export function named<T extends Stacked>(client: T): T {
  const middleware =
    (next: Next, { clientName = '', commandName = '' }: { clientName?: string; commandName?: string }) =>
    async (args: unknown) => {
      try {
        return await next(args);
      } catch (error) {
        throw ofCall(error, clientName.replace(/Client$/, ''), commandName.replace(/Command$/, ''));
      }
    };
  client.middlewareStack.add(middleware, { step: 'initialize', priority: 'high' });
  return client;
}
