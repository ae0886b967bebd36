/** The HTTP server in front of the functions: an API Gateway HTTP API, with its limits and its own answers. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggedRequest } from '../../shared/app/http/request-log.ts';
import { LOCAL_PREFIX } from '../template/paths.ts';
import type { RouteSpec } from '../template/template.ts';
import type { AccessLog } from './access-log.ts';
import { type Sent, throughEdge } from './edge.ts';
import {
  answerFrom,
  forbidden,
  type HttpAnswer,
  internalError,
  matchRoute,
  notFound,
  requestEvent,
  splitTarget,
  tooLarge,
  unavailable,
} from './http-api.ts';
import { AwsError } from './json-protocol.ts';
import type { KeptRequests } from './kept-requests.ts';
import type { InvocationResult } from './lambda/environment.ts';
import { createLocalServer } from './own-web.ts';
import { checkSignature, type SigningIdentity } from './signing-identity.ts';

/** HTTP API quotas: payload 10 MB, request line and headers 10,240 bytes; a function takes 6 MB. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;

/**
 * Only in the local stack, never on AWS: sets the source address of the request, to try source address checks. The
 * function does not get it.
 */
export const SOURCE_IP_HEADER = 'x-payhooks-local-source-ip';

export interface GatewayEvents {
  /** Called once per request, with request line and answer, never with content. */
  onRequest?(entry: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly durationMs: number;
    /** What intake logged about it; never resolves if no intake function answered. */
    readonly explanation: Promise<LoggedRequest>;
  }): void;
}

interface GatewayOptions extends GatewayEvents {
  readonly accessLog?: AccessLog;
  readonly kept?: KeptRequests;
  readonly routes: readonly RouteSpec[];
  /** The header value that CloudFront in front of it adds; undefined when nothing is in front. */
  readonly edge?: string | undefined;
  /** The IAM routes accept signatures (SigV4) of this identity. */
  readonly identity: SigningIdentity;
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Answers everything below /_local, which is not part of the deployed API. */
  local(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export interface Gateway {
  /** Does not listen yet; answers 503 until `open` is called. */
  readonly server: Server;
  open(options: GatewayOptions): void;
}

/** The server is made first, because the stack behind it must know its address. */
export function createGateway(): Gateway {
  let options: GatewayOptions | undefined;
  const server = createLocalServer(
    (request, response) => {
      if (options === undefined) return write(response, unavailable);
      handle(request, response, options).catch(() => {
        if (!response.headersSent) write(response, internalError);
        else response.destroy();
      });
    },
    { maxHeaderSize: MAX_HEADER_BYTES },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return;
    const [status, message] =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'Request Header Fields Too Large']
        : ['400 Bad Request', 'Bad Request'];
    const body = JSON.stringify({ message });
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  return {
    server,
    open: (opened) => {
      options = opened;
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: GatewayOptions,
): Promise<void> {
  const receivedAt = Date.now();
  const { path } = splitTarget(request.url ?? '/');
  if (path === LOCAL_PREFIX || path.startsWith(`${LOCAL_PREFIX}/`)) return options.local(request, response);
  const { rawHeaders, sourceIp } = throughEdge(sourceOf(request), options.edge);
  const requestId = randomUUID();
  const match = matchRoute(options.routes, request.method ?? 'GET', path);
  const received = { receivedAt, rawHeaders, sourceIp, requestId };
  const answer = await answerOf(request, match, received, options);
  const { status } = answer;
  options.accessLog?.add({
    ...{ requestId, time: String(receivedAt), sourceIp },
    // API Gateway writes "-" for a missing value.
    route: match?.route.routeKey ?? '-',
    method: request.method ?? '-',
    status: String(status),
  });
  // An HTTP API does the same, so that the sender can name the request.
  write(response, { ...answer, headers: { ...answer.headers, 'apigw-requestid': requestId } });
  options.onRequest?.({
    ...{ method: request.method ?? '', path, status, durationMs: Date.now() - receivedAt },
    explanation: options.accessLog?.explanationOf(requestId) ?? new Promise(() => {}),
  });
}

interface Received {
  readonly receivedAt: number;
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly requestId: string;
}

async function answerOf(
  request: IncomingMessage,
  match: ReturnType<typeof matchRoute>,
  { receivedAt, rawHeaders, sourceIp, requestId }: Received,
  options: GatewayOptions,
): Promise<HttpAnswer> {
  const body = await readBody(request);
  if (match === undefined) return notFound;
  if (body === undefined) return tooLarge;
  const { method = 'GET', url: target = '/' } = request;
  options.kept?.keep(requestId, { method, target, rawHeaders: request.rawHeaders, body });
  if (match.route.authorization === 'AWS_IAM' && !maySend(request, body, options.identity)) return forbidden;
  const ids = {
    requestId,
    traceId: `Root=1-${Math.floor(receivedAt / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`,
  };
  const event = requestEvent(
    {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      rawHeaders,
      body,
      httpVersion: request.httpVersion,
      sourceIp,
      receivedAt,
    },
    match,
    ids,
  );
  const stop = new AbortController();
  const timeout = sleep(match.route.integrationTimeoutMs, undefined, { signal: stop.signal }).catch(
    () => undefined,
  );
  const outcome = await Promise.race([options.invoke(match.route.functionName, event), timeout]);
  stop.abort();
  // An HTTP API answers 503 when the integration takes too long, 500 when the function failed.
  if (outcome === undefined) return unavailable;
  return outcome.ok ? answerFrom(outcome.payload) : internalError;
}

/**
 * On this computer an IAM route accepts requests without a signature. If there is a signature, it must be valid, as on
 * AWS.
 */
function maySend(request: IncomingMessage, body: Buffer, identity: SigningIdentity): boolean {
  const { method = 'GET', url: target = '/', headers } = request;
  if (headers.authorization === undefined) return true;
  try {
    checkSignature({ method, target, headers, body }, identity);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

function sourceOf(request: IncomingMessage): Sent {
  const rawHeaders: string[] = [];
  let sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() === SOURCE_IP_HEADER) sourceIp = value.trim();
    else rawHeaders.push(name, value);
  }
  return { rawHeaders, sourceIp };
}

/** Undefined when it exceeds the gateway's limit; the rest is then read and dropped. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_PAYLOAD_BYTES) chunks.push(chunk);
  }
  return size > MAX_PAYLOAD_BYTES ? undefined : Buffer.concat(chunks);
}

function write(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, {
    ...(answer.headers as Record<string, string | string[]>),
    'content-length': answer.body.length,
  });
  response.end(answer.body);
}
