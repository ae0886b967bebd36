import { targetSecretName } from '../../shared/app/platform/secrets.ts';
import type { Command, World } from '../command.ts';
import type { Connection } from '../connect.ts';
import { listenLocally } from '../listen/local.ts';
import { reportOf } from '../listen/show.ts';
import { destinationOf, patternsOf } from '../listen/wanted.ts';
import { bold } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { fieldsOf, readSecret } from '../secret-store.ts';

export const listenCommand: Command = {
  details: [
    'Until Ctrl-C the local stack works as with an HTTPS target at this address: the same code signs, sends, waits and',
    'tries again, and what your service answers is shown as a line. Events that are left out go to the demo shop, and',
    'after the end all of them do again. The signing secret is printed: verify with it. --json prints a line per delivery.',
  ],
  options: {
    'forward-to': { type: 'string', value: 'URL', help: 'http:// on this computer, or https://' },
    events: { type: 'string', value: 'TYPES', help: 'only these, e.g. "fulfil,revoke,payment.*"' },
    'print-json': { type: 'boolean', help: 'print each event as it was sent' },
  },
  run: async ({ flags, world }) => {
    const forwardTo = destinationOf(flags);
    const events = patternsOf(flags);
    const connection = await world.connect();
    if (connection.localUrl === undefined) {
      throw new Problem(EXIT.usage, 'listen works with the running npm start, not with a deployed stack.');
    }
    const wish = { forwardTo, ...(events === undefined ? {} : { events }) };
    const stopping = world.stopping();
    const attempts = await listenLocally(connection.localUrl, wish, { fetch: world.fetch, stopping });
    await introduce(connection, { forwardTo, events }, world);
    let [taken, failed] = [0, 0];
    for await (const delivery of attempts) {
      if (delivery.outcome === 'taken') taken += 1;
      else failed += 1;
      world.print(reportOf(delivery, flags.is('print-json')));
    }
    return {
      json: undefined,
      lines: ['', `${taken} taken, ${failed} not. Events go to the demo shop again.`],
    };
  },
};

interface Wanted {
  readonly forwardTo: string;
  readonly events: readonly string[] | undefined;
}

async function introduce(connection: Connection, { forwardTo, events }: Wanted, world: World): Promise<void> {
  const { current } = fieldsOf(await readSecret(connection, targetSecretName(connection.environment)));
  const secret = String(current);
  const which = events === undefined ? 'Events' : `Events ${events.join(', ')}`;
  world.print({
    json: { listening: true, forwardTo, ...(events === undefined ? {} : { events }), secret },
    lines: [
      [bold(`${which} of ${connection.label} go to ${forwardTo} until Ctrl-C.`)],
      `They are signed with ${secret}`,
      ...(events === undefined ? [] : ['All others go to the demo shop.']),
      '',
    ],
  });
}
