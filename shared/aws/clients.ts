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

export const sqsClient = (patience: Patience): SQSClient => new SQSClient(clientOptions(patience));
export const secretsClient = (patience: Patience): SecretsManagerClient =>
  new SecretsManagerClient(clientOptions(patience));
export const dynamoClient = (patience: Patience): DynamoDBClient =>
  new DynamoDBClient(clientOptions(patience));
export const eventBridgeClient = (patience: Patience): EventBridgeClient =>
  new EventBridgeClient(clientOptions(patience));
