import type { QueueName } from '../../infra/functions.ts';
import { recordSentBack } from '../../shared/app/operator/sent-back.ts';
import { defined } from '../../shared/payment/defined.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { envelopeKeysOf } from '../deps.ts';
import { type DeadLetter, giveBack, isNamed, parked, QUEUES, receive } from '../dlq/dead-letters.ts';
import { redriveMessage, redriveParked } from '../dlq/redrive.ts';
import { OPTIONAL_NOTE_OPTIONS, optionalNoteOf } from '../operator-note.ts';
import { switchOption, textOption } from '../options.ts';
import { block, count, dim, type Report, state } from '../output.ts';
import { EXIT, errorText, Problem } from '../problem.ts';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;
/** Long enough to send a thousand messages before the first becomes visible again. */
const HIDE_SECONDS = 300;

export const dlqRedrive: Command = {
  details: [
    'ID is from dlq list. First remove the cause, otherwise the message fails again: wait until an outage is over, set',
    'the secret, or deploy a newer version (for parked rows). A message that is sent twice has one effect.',
  ],
  options: {
    all: switchOption('every message that waits'),
    queue: textOption('QUEUE', 'one queue: notifications or fulfilment'),
    limit: textOption('N', `at most N per queue (default ${DEFAULT_LIMIT})`),
    ...OPTIONAL_NOTE_OPTIONS,
  },
  run: async ({ args, flags, world }) => {
    const all = flags.is('all');
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const only = flags.oneOf('queue', QUEUES);
    if (all === args.length > 0) {
      throw Problem.usage('Name messages by their ID, or all of them with --all.', 'See payhooks dlq list.');
    }
    const operatorNote = optionalNoteOf(flags, world);
    const connection = await world.connect();
    const keep: Keep = async ({ queue, id, envelope }) => {
      if (operatorNote === undefined) return;
      const of = { what: 'redrive', where: queue, id, ...textsOf(envelope) } as const;
      await recordSentBack(of, operatorNote, { store: connection.store, clock: world.now });
    };
    const wanted = (letter: DeadLetter): boolean => all || args.some((name) => isNamed(letter, name));
    const queues = only === undefined ? QUEUES : [only];
    const found = await Promise.all(
      queues.map((queue) => redrive(connection, queue, limit, { wanted, keep })),
    );
    const outcomes = found.flat();
    const missing = args.filter((name) => !outcomes.some(({ letter }) => isNamed(letter, name)));
    return report(outcomes, missing);
  },
};

/** Ids that link the entry to the payment and its request; a foreign message may contain anything there. */
function textsOf({ correlationId, payment }: DeadLetter['envelope']) {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return defined({ correlationId: text(correlationId), payment: text(payment) });
}

/** Stores who sends it back and why, if the operator gave a note. */
type Keep = (letter: DeadLetter) => Promise<void>;

interface Outcome {
  readonly letter: DeadLetter;
  readonly id: string;
  readonly queue: QueueName;
  readonly from: DeadLetter['from'];
  readonly outcome: string;
  readonly sent: boolean;
}

async function redrive(
  connection: Connection,
  queue: QueueName,
  limit: number,
  { wanted, keep }: { readonly wanted: (letter: DeadLetter) => boolean; readonly keep: Keep },
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const attempt = async (letter: DeadLetter, send: () => Promise<string>): Promise<void> => {
    const { id, from } = letter;
    try {
      await keep(letter);
      outcomes.push({ letter, id, queue, from, outcome: await send(), sent: true });
    } catch (error) {
      outcomes.push({ letter, id, queue, from, outcome: `kept: ${errorText(error)}`, sent: false });
    }
  };
  const received = await receive(connection, queue, limit, HIDE_SECONDS);
  const chosen = received.filter(wanted);
  for (const letter of chosen) await attempt(letter, () => redriveMessage(connection, letter));
  const kept = new Set(outcomes.filter(({ sent }) => !sent).map(({ id }) => id));
  await giveBack(
    connection,
    received.filter((letter) => !chosen.includes(letter) || kept.has(letter.id)),
  );
  const rows = await parked(connection, queue, limit, wanted);
  const keys = envelopeKeysOf(connection);
  for (const letter of rows) {
    await attempt(letter, async () => redriveParked(connection, letter, await keys(false)));
  }
  return outcomes;
}

function report(outcomes: readonly Outcome[], missing: readonly string[]): Report {
  const sent = outcomes.filter((outcome) => outcome.sent).length;
  const failed = outcomes.length - sent;
  const rows = outcomes.map(({ queue, from, id, outcome, sent: isSent }) => [
    queue,
    from,
    id,
    isSent ? dim(outcome) : state('fail'),
    isSent ? '' : outcome,
  ]);
  const code = missing.length > 0 ? EXIT.notFound : failed > 0 ? EXIT.failed : EXIT.done;
  return {
    json: { outcomes: outcomes.map(({ letter: _, ...outcome }) => outcome), missing },
    lines: [
      ...block(['QUEUE', 'FROM', 'ID', 'OUTCOME', 'WHY'], rows),
      `${count(sent, 'message')} sent back${failed > 0 ? `, ${failed} kept` : ''}.`,
      ...(rows.length === 0
        ? ['Messages that another command reads are hidden and not included; payhooks dlq list counts them.']
        : []),
      ...missing.map((id) => `There is no message "${id}".`),
    ],
    code,
  };
}
