import { randomBytes } from 'node:crypto';
import { targetSecretName } from '../../shared/app/platform/secrets.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Command, Request, World } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { deliveriesOf } from '../listen/deployed.ts';
import { listenLocally } from '../listen/local.ts';
import { type Counted, countOf, Hints, reportOf } from '../listen/show.ts';
import { RETENTION_SECONDS, removeExpired, Tap } from '../listen/tap.ts';
import { destinationOf, patternsOf } from '../listen/wanted.ts';
import { textOfFile } from '../named-file.ts';
import { switchOption, textOption } from '../options.ts';
import { bold, type Report, time } from '../output.ts';
import { Problem } from '../problem.ts';
import { fieldsOf, readSecret } from '../secret-store.ts';
import { signingKeysOf } from '../signing-secret.ts';

/** The words that a person types to send live events to a computer. */
const LIVE_WORDS = 'live events leave AWS';

export const listenCommand: Command = {
  details: [
    'Until Ctrl-C the local stack delivers to this address as to an HTTPS target: the same code signs, sends, waits and',
    'tries again. Each answer of your service is printed as a line. Events that --events leaves out go to the demo shop;',
    'after the end all events do. Verify with the signing secret that is printed. --json prints one line per delivery.',
    '',
    'With --stack it sends copies of the events of a deployed stack that has an event bus. It makes a temporary rule and',
    'queue, and removes both at the end; your other rules still get all events. After a crash, the rule matches nothing',
    'after 50 minutes, the queue deletes its messages within an hour, and the next listen removes both.',
  ],
  options: {
    'forward-to': textOption('URL', 'address of your service: http:// on this computer, or https://'),
    events: textOption('TYPES', 'only these types, such as "fulfil,revoke,payment.*"'),
    'print-json': switchOption('print each event as it was sent'),
    secret: textOption('FILE', 'with --stack: sign with the "whsec_…" in FILE; default: a new one'),
    live: textOption('WORDS', `needed for a live stack: "${LIVE_WORDS}"`),
  },
  run: async (request) => {
    const { flags, world } = request;
    const wanted = { forwardTo: destinationOf(flags), events: patternsOf(flags) };
    const connection = await world.connect();
    return connection.localUrl === undefined
      ? listenToDeployed(connection, wanted, request)
      : listenToLocal(connection, connection.localUrl, wanted, request);
  },
};

interface Wanted {
  readonly forwardTo: string;
  readonly events: readonly string[] | undefined;
}

async function listenToLocal(
  connection: Connection,
  localUrl: string,
  { forwardTo, events }: Wanted,
  { flags, world }: Request,
): Promise<Report> {
  if (flags.text('secret') !== undefined) {
    throw Problem.usage('--secret needs --stack: the local stack has its own secret.');
  }
  const wish = { forwardTo, ...defined({ events }) };
  const stopping = world.stopping();
  const attempts = await listenLocally(localUrl, wish, { fetch: world.fetch, stopping });
  const { current } = fieldsOf(await readSecret(connection, targetSecretName(connection.environment)));
  introduce({ connection, forwardTo, events, secret: String(current) }, world, [
    ...(events === undefined ? [] : ['All other events go to the demo shop.']),
  ]);
  const hints = new Hints();
  const counted = await countOf(attempts, (delivery) => {
    world.print(reportOf(delivery, flags.is('print-json'), hints));
  });
  return ended(counted, 'Events go to the demo shop again.');
}

async function listenToDeployed(
  connection: Connection,
  { forwardTo, events }: Wanted,
  { flags, world }: Request,
): Promise<Report> {
  refuseUnlessAllowed(connection, flags);
  const secret = secretIn(flags);
  const keys = signingKeysOf(secret, 'Name a file that holds one "whsec_…", or leave --secret out.');
  const stopping = world.stopping();
  for (const name of await removeExpired(connection, world.now())) {
    world.notice(`Removed ${name} of an earlier listen.`);
  }
  const hints = new Hints();
  const tap = new Tap(connection, events);
  let counted: Counted;
  try {
    await tap.open(world.now());
    introduce({ connection, forwardTo, events, secret, rule: tap.name }, world, [
      `Temporary: rule and queue ${tap.name}. The first events may take a minute.`,
    ]);
    const relay = { forwardTo, keys, now: world.now, fetch: world.fetch, stopping };
    counted = await countOf(deliveriesOf(connection, tap, relay), (delivery) => {
      world.print(reportOf(delivery, flags.is('print-json'), hints));
    });
  } finally {
    await close(tap, world);
  }
  return ended(counted, `Rule and queue ${tap.name} are removed.`);
}

/** An error here must not replace the error that ended the command. */
async function close(tap: Tap, world: World): Promise<void> {
  try {
    await tap.close();
  } catch (error) {
    world.notice(
      `Rule and queue ${tap.name} could not be removed (${error instanceof Error ? error.name : String(error)}): the rule matches nothing after ${time(tap.expiresAt)} UTC, the queue deletes its messages ${RETENTION_SECONDS / 60} minutes later, and the next listen removes both.`,
    );
  }
}

/** @throws Problem */
function refuseUnlessAllowed({ config, environment, label }: Connection, flags: Flags): void {
  if (config.target.type !== 'eventbridge') {
    throw Problem.refused(
      `${label} sends to the HTTPS endpoint ${new URL(config.target.url).host} and has no event bus, which listen needs.`,
      'Listen to the running npm start, or set target.url of the sandbox to the address of a tunnel.',
    );
  }
  if (environment === 'live' && flags.text('live') !== LIVE_WORDS) {
    throw Problem.refused(
      `${label} is live: its events are about real payments, and a service under development could give goods for them.`,
      `If you want this, add --live "${LIVE_WORDS}"`,
    );
  }
}

/** @throws Problem */
function secretIn(flags: Flags): string {
  const file = flags.text('secret');
  if (file === undefined) return `whsec_${randomBytes(32).toString('base64')}`;
  return textOfFile(file, 'Name a file that holds one "whsec_…", or leave --secret out.').trim();
}

interface Introduced extends Wanted {
  readonly connection: Connection;
  readonly secret: string;
  /** Name of the rule, for a deployed stack. */
  readonly rule?: string;
}

function introduce(
  { connection, forwardTo, events, secret, rule }: Introduced,
  world: World,
  more: readonly string[],
): void {
  const which = events === undefined ? 'Events' : `Events ${events.join(', ')}`;
  world.print({
    json: { listening: true, stack: connection.label, forwardTo, ...defined({ events, rule }), secret },
    lines: [
      [bold(`${which} of ${connection.label} go to ${forwardTo} until Ctrl-C.`)],
      `They are signed with ${secret}`,
      ...more,
      '',
    ],
  });
}

const ended = ({ taken, failed }: Counted, last: string): Report => ({
  json: undefined,
  lines: ['', `${taken} accepted, ${failed} not accepted. ${last}`],
});
