/** AWS's JSON protocols (1.0 and 1.1), server and client, as far as the local services need them. */
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { defined } from '../../shared/payment/defined.ts';
import type { Json, JsonObject } from '../template/resolve.ts';

/** An error as AWS answers it: HTTP status, error code, message. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const TIMEOUT_MS = 30_000;
/** Shorter than any local engine keeps an idle connection. */
const IDLE_MS = 4_000;

/** The connections to the engine. `fetch` would take twice the CPU. */
const connections = { keepAlive: true, timeout: IDLE_MS };
const plain = { request: http.request, agent: new http.Agent(connections) };
/** An engine that somebody named by its URL. */
const encrypted = { request: https.request, agent: new https.Agent(connections) };

interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request to a local engine and reads the whole answer. */
export async function post(
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { request, agent } = endpoint.startsWith('https:') ? encrypted : plain;
  request(
    endpoint,
    {
      ...{ method: 'POST', agent },
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      ...defined({ signal }),
    },
    resolve,
  )
    .on('error', reject)
    .end(body);
  const answer = await promise;
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
}

/**
 * Calls an operation ("DynamoDB_20120810.CreateTable") of a local endpoint, without loading the SDK. @throws AwsError
 * with the service's own code
 */
export async function callAws(endpoint: string, target: string, body: Json): Promise<Json> {
  const response = await post(
    endpoint,
    {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      // No local engine checks the values, but they check the form.
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    JSON.stringify(body),
    AbortSignal.timeout(TIMEOUT_MS),
  );
  const answer = JSON.parse(response.body.toString('utf8')) as JsonObject;
  if (response.status < 300) return answer;
  const code = String(answer.__type ?? 'UnknownError').replace(/^.*#/, '');
  throw new AwsError(code, String(answer.message ?? answer.Message ?? ''), response.status);
}

/** The whole body. Reads by events: each call of a function has two bodies, and `for await` would take more CPU. */
export function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  message
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => resolve(Buffer.concat(chunks)))
    .on('error', reject)
    .on('close', () => reject(new Error('the connection closed before the end of the body')));
  return promise;
}

/** Answers in the caller's protocol version. */
export function answerJson(response: ServerResponse, status: number, body: string, version: string): void {
  response.writeHead(status, {
    'content-type': `application/x-amz-json-${version}`,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
