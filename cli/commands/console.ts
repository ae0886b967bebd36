import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import { bold, done, type Report } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

const DEFAULT_PORT = 0;
const MAX_PORT = 65_535;

export const consoleCommand: Command = {
  details: [
    'Until Ctrl-C it serves the page on 127.0.0.1, with your own AWS credentials: nothing is deployed, nothing is public.',
    'Its address has a token, and whoever has the address sees what you see: share it with nobody. It reads only;',
    'with --allow-actions it can release, redeliver, redrive… too, and each names who and why, as the command does.',
    'Of the running npm start it says where its console is.',
  ],
  options: {
    'allow-actions': { type: 'boolean', help: 'the page may act, not only look' },
    port: { type: 'string', value: 'PORT', help: 'default: any free one' },
  },
  run: async (request) => {
    const port = portOf(request.flags.text('port'));
    const connection = await request.world.connect();
    return connection.localUrl === undefined
      ? serve(connection, port, request)
      : ofLocal(`${connection.localUrl}/_local/`, connection.label);
  },
};

/** @throws Problem */
function portOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= MAX_PORT) return port;
  throw new Problem(EXIT.usage, `--port "${text}": allowed is 0 (any free one) to ${MAX_PORT}.`);
}

/** A local stack serves its own console, which shows more: what the shop received, stories, faults. */
const ofLocal = (url: string, label: string): Report =>
  done({ url, served: false }, `${label} serves its console itself:`, [bold(url)]);

async function serve(connection: Connection, port: number, { flags, world }: Request): Promise<Report> {
  const [{ deployedBackend }, { serveConsole }, { pageFiles }] = await Promise.all([
    import('../../console/server/deployed.ts'),
    import('../../console/server/serve.ts'),
    import('../../console/build.ts'),
  ]);
  const actionsAllowed = flags.is('allow-actions');
  const backend = deployedBackend(connection, {
    name: connection.selector.replace(/^--stack /, ''),
    ...{ actionsAllowed, user: world.user, clock: world.now, fetch: world.fetch },
  });
  const stopping = world.stopping();
  const served = await serveConsole(backend, pageFiles, port).catch((error: unknown) => {
    throw refused(error, port);
  });
  const { url } = served;
  world.print({
    json: { url, actionsAllowed },
    lines: [
      `The console of ${connection.label}, until Ctrl-C; it ${actionsAllowed ? 'can act' : 'only reads (--allow-actions)'}:`,
      [bold(url)],
    ],
  });
  await new Promise<void>((resolve) => {
    if (stopping.aborted) resolve();
    else stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  backend.live.stop();
  await served.close();
  return { json: undefined, lines: [] };
}

function refused(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return new Problem(EXIT.failed, `Port ${port} is in use.`, 'Leave --port out.');
  if (code !== 'EACCES') return error;
  return new Problem(EXIT.failed, `Port ${port} is not allowed for this user.`, 'Leave --port out.');
}
