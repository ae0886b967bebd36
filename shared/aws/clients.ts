/**
 * SDK clients with limited waiting times. `requestTimeout` alone only logs a warning; `throwOnRequestTimeout` turns it
 * into an error (@smithy/types, NodeHttpHandlerOptions). Creating a client makes no connection.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { MAX_SOCKETS, type Patience } from './patience.ts';

/** The options of every client. */
export const clientOptions = ({ connectionTimeoutMs, requestTimeoutMs, attempts }: Patience) => ({
  maxAttempts: attempts,
  requestHandler: {
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    // The SDK uses the agent that fits the endpoint; plain http only reaches an emulator on this computer.
    httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
  },
});

/**
 * The SDK's middleware for logging copies each input and answer without its sensitive members, also when there is no
 * logger. Our clients have none.
 */
function withoutLogging<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(
  client: Client,
): Client {
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

export const sqsClient = (patience: Patience): SQSClient =>
  withoutLogging(new SQSClient(clientOptions(patience)));
export const secretsClient = (patience: Patience): SecretsManagerClient =>
  withoutLogging(new SecretsManagerClient(clientOptions(patience)));
export const eventBridgeClient = (patience: Patience): EventBridgeClient =>
  withoutLogging(new EventBridgeClient(clientOptions(patience)));
/**
 * Most calls of a worker are to the table. `cacheMiddleware`: the client resolves its middleware once for each kind of
 * command, and not for each call. lib-dynamodb must not use this client: the first of its commands would be sent again
 * in place of each later one.
 */
export const dynamoClient = (patience: Patience): DynamoDBClient =>
  withoutLogging(new DynamoDBClient({ ...clientOptions(patience), cacheMiddleware: true }));
