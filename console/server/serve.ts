/** The console of a deployed stack: on a loopback address, with a random token in the path. */
import type { AddressInfo } from 'node:net';
import { createLocalServer } from '../../local/aws/own-web.ts';
import type { Backend } from './backend.ts';
import { consoleListener, isSame, type PageFiles, refuse } from './http.ts';

export interface ServedConsole {
  /** Contains the token: whoever has it can read everything, and act if that is allowed. */
  readonly url: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** @param port 0 for any free one @throws the error of listening (EADDRINUSE…) */
export async function serveConsole(backend: Backend, files: PageFiles, port: number): Promise<ServedConsole> {
  const listener = consoleListener(backend, files);
  // Foreign hosts and origins are refused before anything of ours runs.
  const server = createLocalServer((request, response) => {
    const [path = '', ...query] = (request.url ?? '/').split('?');
    const [, given = '', ...rest] = path.split('/');
    if (!isSame(given, backend.token)) {
      refuse(response, 403, 'The address of this console has a token; `payhooks console` printed it.');
      return;
    }
    if (rest.length === 0) {
      response.writeHead(308, { location: `/${backend.token}/`, 'cache-control': 'no-store' }).end();
      return;
    }
    void listener({ path: rest.join('/'), query: query.join('?') }, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${bound}/${backend.token}/`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
