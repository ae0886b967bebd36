/** Serves the page on the fixture over HTTP, for tests and screenshots of the page without a stack. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pageFiles } from '../../console/build.ts';
import { SECURITY_HEADERS } from '../../console/server/http.ts';
import { consoleFixture, type Fixture } from './fixture.ts';

export interface FixtureServer {
  /** Ends with "/". */
  readonly url: string;
  readonly fixture: Fixture;
  /** Tells the page that the rows have changed. */
  change(): void;
  close(): Promise<void>;
}

const BASE = '/console/';

export async function serveFixture(
  options: Parameters<typeof consoleFixture>[0] = {},
): Promise<FixtureServer> {
  const fixture = consoleFixture(options);
  const live = new Set<ServerResponse>();
  let version = 1;
  const announce = (response: ServerResponse) =>
    response.write(`event: version\ndata: ${JSON.stringify({ version, at: new Date(0).toISOString() })}\n\n`);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').slice(BASE.length);
    const file = (await pageFiles()).get(path);
    if (file !== undefined) {
      response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': file.type });
      response.end(file.body);
      return;
    }
    if (path === 'api/v1/live') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      live.add(response);
      response.once('close', () => live.delete(response));
      announce(response);
      return;
    }
    const { status, body } =
      request.method === 'POST' ? fixture.post(path, await json(request)) : fixture.get(path);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    fixture,
    change: () => {
      version += 1;
      for (const response of live) announce(response);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
