import { once } from 'node:events';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import { switchOption, textOption } from '../options.ts';
import { bold, done, type Report } from '../output.ts';
import { Problem } from '../problem.ts';

const DEFAULT_PORT = 0;
const MAX_PORT = 65_535;

export const consoleCommand: Command = {
  details: [
    'Serves the page on 127.0.0.1 until Ctrl-C, with your own AWS credentials: nothing is deployed, nothing is public.',
    'The address contains a token. Give it to nobody: everybody who has it sees what you see. The page only reads;',
    'with --allow-actions it can also release, redeliver, redrive…, and each action stores who did it and why.',
    'For the running npm start it prints the address of the console of that stack.',
  ],
  options: {
    'allow-actions': switchOption('the page can also change things'),
    port: textOption('PORT', 'default: any free port'),
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
  throw Problem.usage(`--port "${text}": allowed is 0 (any free port) to ${MAX_PORT}.`);
}

/** A local stack serves its own console, which shows more: what the shop received, stories, faults. */
const ofLocal = (url: string, label: string): Report =>
  done({ url, served: false }, `${label} has its own console:`, [bold(url)]);

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
      `The console of ${connection.label}, until Ctrl-C; it ${actionsAllowed ? 'can change things' : 'only reads (--allow-actions)'}:`,
      [bold(url)],
    ],
  });
  if (!stopping.aborted) await once(stopping, 'abort');
  backend.live.stop();
  await served.close();
  return { json: undefined, lines: [] };
}

function refused(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return Problem.failed(`Port ${port} is in use.`, 'Leave --port out.');
  if (code !== 'EACCES') return error;
  return Problem.failed(`Port ${port} is not allowed for this user.`, 'Leave --port out.');
}
