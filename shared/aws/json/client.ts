/**
 * Calls in AWS's JSON protocol, for an intake while a provider waits. All other functions use the SDK's clients, which
 * do the same; in an intake they were more than half of what a cold start loads (docs/decisions/012-intake-client.md).
 * aws4 makes the signatures; a property test compares them with the SDK's.
 */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import aws4 from 'aws4';
import { defined } from '../../payment/defined.ts';
import type { Credentials } from '../environment-credentials.ts';
import { MAX_SOCKETS, type Patience } from '../patience.ts';
import { serverTime } from './clock-skew.ts';
import { type EndpointSettings, endpointOf, type ServiceName } from './endpoint.ts';
import { AttemptTimeoutError, AwsCallError, pauseAfter } from './retry.ts';

/** The prefix of each service's operations, and its version of the protocol. */
const PROTOCOL: Readonly<Record<ServiceName, { readonly prefix: string; readonly contentType: string }>> = {
  sqs: { prefix: 'AmazonSQS', contentType: 'application/x-amz-json-1.0' },
  secretsmanager: { prefix: 'secretsmanager', contentType: 'application/x-amz-json-1.1' },
  dynamodb: { prefix: 'DynamoDB_20120810', contentType: 'application/x-amz-json-1.0' },
};

export interface JsonClientOptions {
  readonly endpoints: EndpointSettings;
  readonly credentials: () => Credentials;
  readonly patience: Patience;
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /** Trace header of the invocation, for X-Ray: SQS passes it on to the receiver of the message. */
  readonly trace?: () => string | undefined;
  /** Returns 0 to 1; only tests set it. */
  readonly random?: () => number;
}

interface JsonCall {
  readonly service: ServiceName;
  /** The operation's name in the service's documentation: `SendMessage`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Aborts the call, also between two attempts. */
  readonly signal?: AbortSignal | undefined;
  /** A smaller number of attempts than the client's patience. */
  readonly attempts?: number;
}

/**
 * Makes one call, with its attempts.
 * @returns the service's response
 * @throws AwsCallError for a refusal of AWS; AttemptTimeoutError; network errors; the signal's own reason
 */
export type JsonClient = (call: JsonCall) => Promise<Readonly<Record<string, unknown>>>;

/** Makes no connection until the first call, and keeps connections for later calls. */
export function jsonClient({
  endpoints,
  credentials,
  patience,
  clock,
  trace = () => undefined,
  random = Math.random,
}: JsonClientOptions): JsonClient {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };
  const time = serverTime(clock);

  async function attempt({ service, operation, input, signal }: JsonCall): Promise<Answer> {
    const queueUrl = typeof input.QueueUrl === 'string' ? input.QueueUrl : undefined;
    const url = endpointOf(service, endpoints, queueUrl);
    const { prefix, contentType } = PROTOCOL[service];
    const body = JSON.stringify(input);
    const { headers = {} } = aws4.sign(
      {
        ...{ service, region: endpoints.region, method: 'POST', path: '/', body },
        headers: {
          host: url.host,
          'content-type': contentType,
          'x-amz-target': `${prefix}.${operation}`,
          'x-amz-date': basicTime(time.now()),
          ...defined({ 'x-amzn-trace-id': trace() }),
        },
      },
      credentials(),
    );
    const secure = url.protocol === 'https:';
    return exchange({ url, headers, body, patience, signal, agent: agents[secure ? 'https:' : 'http:'] });
  }

  return async (call) => {
    const attempts = call.attempts ?? patience.attempts;
    for (let count = 1; ; count += 1) {
      try {
        const answer = await attempt(call);
        const clockWasWrong = time.learn(answer.headers.date);
        if (answer.status === 200) return JSON.parse(answer.body) as Record<string, unknown>;
        const error = refusal(call.operation, answer);
        if (clockWasWrong && count < attempts) continue;
        throw error;
      } catch (error) {
        call.signal?.throwIfAborted();
        const pause =
          error instanceof Error && count < attempts ? pauseAfter(error, count, random()) : undefined;
        if (pause === undefined) throw error;
        await sleep(pause, undefined, defined({ signal: call.signal }));
      }
    }
  };
}

/** @example basicTime(new Date(0)) // '19700101T000000Z' */
const basicTime = (time: Date): string => time.toISOString().replace(/[-:]|\.\d{3}/g, '');

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Exchange {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  readonly agent: HttpAgent | HttpsAgent;
}

/** One request and its whole response, within the time for one attempt. */
function exchange({ url, headers, body, patience, signal, agent }: Exchange): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const secure = url.protocol === 'https:';
  const send = secure ? httpsRequest : httpRequest;
  const request = send(url, {
    method: 'POST',
    headers,
    agent,
    ...(signal ? { signal } : {}),
  });
  const tooLong = (what: string, ms: number) => () =>
    request.destroy(new AttemptTimeoutError(`${url.host} ${what} within ${ms} ms`));
  const { requestTimeoutMs, connectionTimeoutMs } = patience;
  const timers = [setTimeout(tooLong('did not answer', requestTimeoutMs), requestTimeoutMs)];
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(tooLong('did not connect', connectionTimeoutMs), connectionTimeoutMs);
    timers.push(timer);
    socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  });
  request.on('error', reject);
  request.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
  });
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.once('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }),
    );
  });
  request.end(body);
  return promise;
}

/** The error of a refusal. The services put its name into a header or into `__type` of the body. */
function refusal(operation: string, { status, headers, body }: Answer): AwsCallError {
  let answered: { readonly __type?: unknown; readonly message?: unknown; readonly Message?: unknown } = {};
  try {
    answered = Object(JSON.parse(body)) as typeof answered;
  } catch {
    // A proxy answers with a page: only the status is known.
  }
  const [type] = [headers['x-amzn-errortype'], answered.__type, `HTTP ${status}`].filter(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  // "com.amazonaws.sqs#QueueDoesNotExist", "ThrottlingException:http://internal…"
  const code = (type ?? '').split(':')[0]?.split('#').at(-1) ?? '';
  const message = answered.message ?? answered.Message;
  const detail = typeof message === 'string' ? ` ${message}` : '';
  return new AwsCallError(code, `${operation}: ${status}${detail}`, status);
}
