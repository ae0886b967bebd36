/**
 * Every HTTP server of the local stack is made here. A web page that the developer visits can send requests to
 * 127.0.0.1: from its own origin (the browser then names it in Origin and Sec-Fetch-Site), or under a host name of its
 * own that it lets resolve to 127.0.0.1 (DNS rebinding: the browser then names that host in Host). Neither is answered.
 */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';

/** What a listener on a loopback address may be called. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'] as const;

/** A server that only answers requests which no foreign web page can have sent. */
export function createLocalServer(listener: RequestListener, options: ServerOptions = {}): Server {
  return createServer(options, guarded(listener));
}

/** Answers 403 instead of calling the listener. */
const guarded =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    const reason = whyForeign(request.headers, hostsOf(request), request.socket.localPort ?? 0);
    if (reason === undefined) return listener(request, response);
    const body = JSON.stringify({ message: reason });
    // What it sends is not read.
    response.writeHead(403, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    });
    response.end(body);
  };

/** Node keeps only the first of several Host headers. */
const hostsOf = ({ headersDistinct }: IncomingMessage): readonly string[] => headersDistinct.host ?? [];

/** Why a request comes from elsewhere, as a sentence for whoever set up a tunnel; undefined: it is ours. */
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
  // Browsers send no Origin with an image, a script or a form by GET. Following a link is what shoppers do.
  const site = headers['sec-fetch-site'];
  const isElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isElsewhere && headers['sec-fetch-mode'] !== 'navigate') {
    return 'a web page of another origin is not answered';
  }
  return undefined;
}
