/**
 * Makes every HTTP server of the local stack. A web page that the developer visits can send requests to 127.0.0.1: from
 * its own origin (the browser then puts it in Origin and Sec-Fetch-Site), or under a host name of its own that resolves
 * to 127.0.0.1 (DNS rebinding: the browser then puts that name in Host). Both are refused.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Host names of a listener on a loopback address. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** A server that answers only requests that no foreign web page can have sent. */
export function createLocalServer(listener: RequestListener, options: ServerOptions = {}): Server {
  return createServer(options, guarded(listener));
}

/** Answers 403 instead of calling the listener. */
const guarded =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    const reason = whyForeign(request.headers, hostsOf(request), request.socket.localPort ?? 0);
    if (reason === undefined) return listener(request, response);
    // The request body is not read.
    sendJson(response, 403, { message: reason }, { connection: 'close' });
  };

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = JSON.stringify(value, null, 2);
  response.writeHead(status, {
    ...{ 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) },
    ...headers,
  });
  response.end(body);
}

const HOST = '127.0.0.1';

/** Starts to listen on this computer only. @returns "http://127.0.0.1:<port>" */
export async function listenOn(server: Server, port = 0): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return `http://${HOST}:${(server.address() as AddressInfo).port}`;
}

/** Ends every connection; resolves when the server has stopped. */
export function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

/** Node keeps only the first of several Host headers. */
const hostsOf = ({ headersDistinct }: IncomingMessage): readonly string[] => headersDistinct.host ?? [];

/** Why a request is foreign, as a sentence for a person who set up a tunnel; undefined when it is not. */
export function whyForeign(
  headers: IncomingHttpHeaders,
  hosts: readonly string[],
  port: number,
): string | undefined {
  const own = OWN_NAMES.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  const [host, ...more] = hosts;
  if (host === undefined || more.length > 0 || !own.includes(host.toLowerCase())) {
    return `Host must be one of ${own.join(', ')}; a tunnel has to send it so`;
  }
  const { origin } = headers;
  if (origin !== undefined && !own.some((name) => origin === `http://${name}`)) {
    return 'a web page of another origin is not answered';
  }
  // Browsers send no Origin with a GET for an image, a script or a form. A followed link is allowed: shoppers come back
  // that way.
  const site = headers['sec-fetch-site'];
  const isElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isElsewhere && headers['sec-fetch-mode'] !== 'navigate') {
    return 'a web page of another origin is not answered';
  }
  return undefined;
}
