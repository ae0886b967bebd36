import { OperatorError } from '../../shared/app/operator/holds.ts';
import { applyKept, type QuarantinedMessage, WHY_NOT } from '../../shared/app/operator/quarantine-review.ts';
import { recordSentBack } from '../../shared/app/operator/sent-back.ts';
import { sqsQueue } from '../../shared/aws/sqs-queue.ts';
import type { Command } from '../command.ts';
import { OPTIONAL_NOTE_OPTIONS, optionalNoteOf } from '../operator-note.ts';
import { count, dim, type Report, state, table } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { accountName, isKeptAs, quarantined, waiting } from '../quarantined.ts';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;

export const quarantineApply: Command = {
  arity: [0, 1_000],
  details: [
    'ID as quarantine list shows it, or --all. For after an update that reads what an older version refused; deploy',
    'it first. What is still refused is never sent: an ambiguous message stays where it is.',
  ],
  options: {
    all: { type: 'boolean', help: 'everything that can be applied' },
    limit: {
      type: 'string',
      value: 'N',
      help: `with --all: at most so many, longest ago first (default ${DEFAULT_LIMIT})`,
    },
    ...OPTIONAL_NOTE_OPTIONS,
  },
  run: async ({ args, flags, world }) => {
    const all = flags.is('all');
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    if (all === args.length > 0) {
      const next = 'See payhooks quarantine list.';
      throw new Problem(EXIT.usage, 'Name messages, or everything that can be applied with --all.', next);
    }
    const operatorNote = optionalNoteOf(flags, world);
    const connection = await world.connect();
    const every = await quarantined(connection);
    const meant = all
      ? waiting(every).filter(({ today }) => today === 'readable')
      : every.filter((kept) => args.some((name) => isKeptAs(kept, name)));
    const chosen = all ? meant.slice(0, limit) : meant;
    const queue = sqsQueue(connection.clients.sqs, await connection.queueUrl('notifications'));
    const outcomes: Outcome[] = [];
    for (const kept of chosen) {
      const { id, today } = kept;
      let why = today === 'readable' ? '' : WHY_NOT[today];
      if (today === 'readable') {
        const { correlationId } = kept.row;
        const of = { what: 'apply', where: kept.item.pk, id, correlationId } as const;
        if (operatorNote !== undefined)
          await recordSentBack(of, operatorNote, { store: connection.store, clock: world.now });
        why = (await refusalOf(() => applyKept(kept, queue, connection.store))) ?? '';
      }
      outcomes.push({ id, account: accountName(kept), sent: why === '', why });
    }
    return report(outcomes, missing(args, every), meant.length - chosen.length);
  },
};

/** Why this one was not sent; the others still are. */
async function refusalOf(apply: () => Promise<void>): Promise<string | undefined> {
  try {
    await apply();
    return undefined;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return error.message;
  }
}

interface Outcome {
  readonly id: string;
  readonly account: string;
  readonly sent: boolean;
  readonly why: string;
}

const missing = (args: readonly string[], every: readonly QuarantinedMessage[]): readonly string[] =>
  args.filter((wanted) => !every.some((kept) => isKeptAs(kept, wanted)));

function report(outcomes: readonly Outcome[], absent: readonly string[], left: number): Report {
  const sent = outcomes.filter((outcome) => outcome.sent).length;
  const kept = outcomes.length - sent;
  const rows = outcomes.map(({ id, account, sent: isSent, why }) => [
    account,
    id,
    isSent ? dim('sent') : state('kept'),
    why,
  ]);
  return {
    json: { outcomes, missing: absent, left },
    lines: [
      ...(rows.length === 0 ? [] : [...table(['ACCOUNT', 'ID', 'OUTCOME', 'WHY'], rows), '']),
      `${count(sent, 'message')} sent to the worker${kept > 0 ? `, ${kept} kept` : ''}${left > 0 ? `, ${left} left (--limit)` : ''}.`,
      ...(sent > 0 ? ['Next: payhooks quarantine list shows what is not applied in a moment.'] : []),
      ...absent.map((id) => `No message "${id}" lies in quarantine.`),
    ],
    code: absent.length > 0 ? EXIT.notFound : kept > 0 ? EXIT.refused : EXIT.done,
  };
}
