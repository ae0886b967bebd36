/**
 * The console over HTTP. The server that calls it refuses foreign web pages (local/aws/own-web.ts: Host, Origin,
 * Sec-Fetch-Site); this file checks the token and the methods, and sets the security headers.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EXIT, Problem } from '../../cli/problem.ts';
import type { ApiError, LiveEvent } from '../contract.ts';
import { act } from './actions.ts';
import { answerView, failureOf } from './api.ts';
import type { Backend } from './backend.ts';
import { Query } from './query.ts';

interface PageFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** The page's files, by the path below BASE ("" is the page itself). */
export type PageFiles = () => Promise<ReadonlyMap<string, PageFile>>;

const API = 'api/v1/';
const TOKEN_HEADER = 'x-payhooks-token';
const ACTIONS = 'actions/';
const MAX_BODY_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 15_000;

/** The page shows content from notifications, so only its own files may run, be loaded or be requested. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

interface ConsoleRequest {
  /** The path below BASE, without the query. */
  readonly path: string;
  readonly query: string;
}

export type ConsoleListener = (
  call: ConsoleRequest,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** Answers everything below BASE; never rejects. */
export function consoleListener(backend: Backend, files: PageFiles): ConsoleListener {
  return async (call, request, response) => {
    try {
      if (call.path === `${API}live`) return live(backend, request, response);
      if (call.path.startsWith(API + ACTIONS)) return await action(backend, call, request, response);
      if (!isRead(request))
        return refuse(response, 405, 'Only GET is answered here.', { allow: 'GET, HEAD' });
      if (call.path.startsWith(API)) return await view(backend, call, request, response);
      const file = (await files()).get(call.path);
      if (file === undefined) return refuse(response, 404, 'There is no such page.');
      response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': file.type });
      response.end(request.method === 'HEAD' ? undefined : file.body);
    } catch (error) {
      const { status, body } = failureOf(error);
      if (response.headersSent) response.destroy();
      else send(response, status, JSON.stringify(body));
    }
  };
}

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

async function view(
  backend: Backend,
  { path, query }: ConsoleRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const value = await answerView(backend, path.slice(API.length), new Query(new URLSearchParams(query)));
  const body = JSON.stringify(value);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ...SECURITY_HEADERS, etag });
    response.end();
    return;
  }
  send(response, 200, body, { etag });
}

async function action(
  backend: Backend,
  { path }: ConsoleRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 405, 'An action is a POST.', { allow: 'POST' });
  const why = whyNot(backend, request);
  if (why !== undefined) return refuse(response, 403, why);
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(response, 400, 'The content type of an action is application/json.');
  }
  const result = await act(backend, path.slice(API.length + ACTIONS.length), await jsonOf(request));
  send(response, 200, JSON.stringify(result));
}

/** The sentence of the refusal; undefined when the request may act. */
function whyNot({ actionsAllowed, token }: Backend, { headers }: IncomingMessage): string | undefined {
  const given = headers[TOKEN_HEADER];
  if (typeof given !== 'string' || !isSame(given, token)) {
    return `An action needs the header ${TOKEN_HEADER} with the token of this console.`;
  }
  // Browsers send their origin with every POST; the server has already refused other origins.
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return 'Only the console’s own page may act.';
  return actionsAllowed ? undefined : 'This console only reads. To act, start it again with --allow-actions.';
}

/** Compares in constant time. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Problem(EXIT.usage, `A body has at most ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Problem(EXIT.usage, 'The body is not JSON.');
  }
}

/** Server-Sent Events until the page disconnects. */
function live({ live: source }: Backend, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET') {
    refuse(response, 405, 'Only GET is answered here.', { allow: 'GET' });
    return;
  }
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
  const announce = (event: LiveEvent) => response.write(`event: version\ndata: ${JSON.stringify(event)}\n\n`);
  announce(source.now());
  const stop = source.listen(announce);
  const timer = setInterval(() => announce(source.now()), KEEP_ALIVE_MS).unref();
  response.on('close', () => {
    clearInterval(timer);
    stop();
  });
}

type Headers = Readonly<Record<string, string>>;

export function refuse(response: ServerResponse, status: number, error: string, headers?: Headers): void {
  send(response, status, JSON.stringify({ error } satisfies ApiError), headers);
}

function send(response: ServerResponse, status: number, body: string, headers: Headers = {}): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  // For a HEAD request Node omits the body.
  response.end(body);
}
