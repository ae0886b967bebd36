import { randomBytes } from 'node:crypto';
import { targetSecretName } from '../../shared/app/platform/secrets.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Command, World } from '../command.ts';
import type { Connection } from '../connect.ts';
import type { Flags } from '../flags.ts';
import { deliveriesOf } from '../listen/deployed.ts';
import { listenLocally } from '../listen/local.ts';
import { type Counted, countOf, Hints, reportOf } from '../listen/show.ts';
import { RETENTION_SECONDS, removeExpired, Tap } from '../listen/tap.ts';
import { destinationOf, patternsOf } from '../listen/wanted.ts';
import { textOfFile } from '../named-file.ts';
import { bold, type Report, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { fieldsOf, readSecret } from '../secret-store.ts';
import { signingKeysOf } from '../signing-secret.ts';

/** The words that a person types to send live events to a computer. */
const LIVE_WORDS = 'live events leave AWS';

export const listenCommand: Command = {
  details: [
    'Until Ctrl-C the local stack works as with an HTTPS target at this address: the same code signs, sends, waits and',
    'tries again, and what your service answers is shown as a line. Events that are left out go to the demo shop, and',
    'after the end all of them do again. The signing secret is printed: verify with it. --json prints a line per delivery.',
    '',
    'With --stack: copies of the events of a deployed stack with an event bus, through a temporary rule and queue that',
    'are removed at the end; your other rules get the events as ever. After a crash the rule matches nothing any more',
    'within 50 minutes, the queue forgets within an hour, and the next listen removes both.',
  ],
  options: {
    'forward-to': { type: 'string', value: 'URL', help: 'http:// on this computer, or https://' },
    events: { type: 'string', value: 'TYPES', help: 'only these, e.g. "fulfil,revoke,payment.*"' },
    'print-json': { type: 'boolean', help: 'print each event as it was sent' },
    secret: {
      type: 'string',
      value: 'FILE',
      help: 'with --stack: sign with the "whsec_…" in FILE; default: a new one',
    },
    live: { type: 'string', value: 'WORDS', help: `of a live stack: "${LIVE_WORDS}"` },
  },
  run: async ({ flags, world }) => {
    const wanted = { forwardTo: destinationOf(flags), events: patternsOf(flags) };
    const connection = await world.connect();
    return connection.localUrl === undefined
      ? listenToDeployed(connection, wanted, { flags, world })
      : listenToLocal(connection, connection.localUrl, wanted, { flags, world });
  },
};

interface Wanted {
  readonly forwardTo: string;
  readonly events: readonly string[] | undefined;
}

interface Asked {
  readonly flags: Flags;
  readonly world: World;
}

async function listenToLocal(
  connection: Connection,
  localUrl: string,
  { forwardTo, events }: Wanted,
  { flags, world }: Asked,
): Promise<Report> {
  if (flags.text('secret') !== undefined) {
    throw new Problem(EXIT.usage, '--secret goes with --stack: the local stack has a secret of its own.');
  }
  const wish = { forwardTo, ...(events === undefined ? {} : { events }) };
  const stopping = world.stopping();
  const attempts = await listenLocally(localUrl, wish, { fetch: world.fetch, stopping });
  const { current } = fieldsOf(await readSecret(connection, targetSecretName(connection.environment)));
  introduce({ connection, forwardTo, events, secret: String(current) }, world, [
    ...(events === undefined ? [] : ['All others go to the demo shop.']),
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
  { flags, world }: Asked,
): Promise<Report> {
  refuseUnlessAllowed(connection, flags);
  const secret = secretIn(flags);
  const keys = signingKeysOf(secret, 'Name a file that holds one "whsec_…", or leave --secret out.');
  const stopping = world.stopping();
  for (const name of await removeExpired(connection, world.now())) {
    world.notice(`Removed ${name}, which an earlier listen left behind.`);
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
      `Rule and queue ${tap.name} are not removed (${error instanceof Error ? error.name : String(error)}): the rule matches nothing after ${time(tap.expiresAt)} UTC, the queue forgets ${RETENTION_SECONDS / 60} minutes later, and the next listen removes both.`,
    );
  }
}

/** @throws Problem */
function refuseUnlessAllowed({ config, environment, label }: Connection, flags: Flags): void {
  if (config.target.type !== 'eventbridge') {
    throw new Problem(
      EXIT.refused,
      `${label} sends to the HTTPS endpoint ${new URL(config.target.url).host} and has no event bus to listen on.`,
      'Listen to the running npm start, or point target.url of the sandbox at a tunnel.',
    );
  }
  if (environment === 'live' && flags.text('live') !== LIVE_WORDS) {
    throw new Problem(
      EXIT.refused,
      `${label} is live: its events are of real people's payments, and a service that is being written could hand out their goods.`,
      `If that is what you want, add --live "${LIVE_WORDS}"`,
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
  lines: ['', `${taken} taken, ${failed} not. ${last}`],
});
