/** A server on this computer with the answers of AWS or with faults, and both clients that call it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { configFrom } from '../../../shared/app/platform/config.ts';
import { clientOptions } from '../../../shared/aws/clients.ts';
import type { Credentials } from '../../../shared/aws/environment-credentials.ts';
import { type JsonClientOptions, jsonClient } from '../../../shared/aws/json/client.ts';
import { jsonQueue, jsonSecrets } from '../../../shared/aws/json/services.ts';
import type { Patience } from '../../../shared/aws/patience.ts';
import { sqsQueue } from '../../../shared/aws/sqs-queue.ts';

export const credentials: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'session',
};

interface Seen {
  readonly request: IncomingMessage;
  readonly body: string;
}

export type Respond = (seen: Seen, response: ServerResponse, count: number) => void;

export interface FakeAws {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** @param respond gets the request and its number, from 1 */
export async function fakeAws(respond: Respond): Promise<FakeAws> {
  const seen: Seen[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = { request, body: Buffer.concat(chunks).toString() };
    seen.push(one);
    respond(one, response, seen.length);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const answer = (response: ServerResponse, status: number, body: object, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers });
  response.end(JSON.stringify(body));
};

export interface Calls {
  readonly send: (body: string, signal?: AbortSignal) => Promise<void>;
  readonly secret: (name: string, signal: AbortSignal) => Promise<unknown>;
}

/** Time limits that only a server without an answer reaches, also on a busy computer. */
export const UNHURRIED: Patience = { connectionTimeoutMs: 60_000, requestTimeoutMs: 60_000, attempts: 2 };

export const endpointsAt = (url: string): JsonClientOptions['endpoints'] => ({
  region: 'eu-west-1',
  fips: false,
  dualStack: false,
  urls: { sqs: url, secretsmanager: url, dynamodb: url },
});

/** The intake's own client and the SDK's, with the same patience. */
export const CLIENTS: readonly {
  readonly name: string;
  readonly callsTo: (url: string) => Calls;
}[] = [
  {
    name: 'the intake’s client',
    callsTo(url) {
      const call = jsonClient({
        endpoints: endpointsAt(url),
        credentials: () => credentials,
        patience: UNHURRIED,
        clock: Date.now,
        trace: () => configFrom(process.env, []).trace,
        random: () => 0,
      });
      const queue = jsonQueue(call, `${url}/000000000000/queue`);
      return {
        send: (body, signal) => queue.send(body, signal === undefined ? {} : { signal }),
        secret: jsonSecrets(call),
      };
    },
  },
  {
    name: 'the SDK’s client',
    callsTo(url) {
      const options = {
        ...clientOptions(UNHURRIED),
        region: 'eu-west-1',
        credentials,
        endpoint: url,
      };
      const queue = sqsQueue(new SQSClient(options), `${url}/000000000000/queue`);
      const secrets = new SecretsManagerClient(options);
      return {
        send: (body, signal) => queue.send(body, signal === undefined ? {} : { signal }),
        secret: (name, signal) =>
          secrets.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal: signal }),
      };
    },
  },
];
