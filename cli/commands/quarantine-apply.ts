import { OperatorError } from '../../shared/app/operator/holds.ts';
import {
  applyQuarantined,
  type QuarantinedMessage,
  WHY_NOT,
} from '../../shared/app/operator/quarantine-review.ts';
import { recordSentBack } from '../../shared/app/operator/sent-back.ts';
import type { Command } from '../command.ts';
import { queueOf } from '../deps.ts';
import { accountName } from '../names.ts';
import { OPTIONAL_NOTE_OPTIONS, optionalNoteOf } from '../operator-note.ts';
import { switchOption, textOption } from '../options.ts';
import { block, count, dim, type Report, state } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { isNamed, quarantined, waiting } from '../quarantined.ts';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;

export const quarantineApply: Command = {
  details: [
    'ID is from quarantine list. Use it after an update that can read what the older version refused; deploy the update',
    'first. A message that this version refuses too is not sent, and stays in quarantine.',
  ],
  options: {
    all: switchOption('every message that can be applied'),
    limit: textOption('N', `with --all: at most N, oldest first (default ${DEFAULT_LIMIT})`),
    ...OPTIONAL_NOTE_OPTIONS,
  },
  run: async ({ args, flags, world }) => {
    const all = flags.is('all');
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    if (all === args.length > 0) {
      const next = 'See payhooks quarantine list.';
      throw Problem.usage('Name messages by their ID, or all that can be applied with --all.', next);
    }
    const operatorNote = optionalNoteOf(flags, world);
    const connection = await world.connect();
    const every = await quarantined(connection);
    const meant = all
      ? waiting(every).filter(({ today }) => today === 'readable')
      : every.filter((kept) => args.some((name) => isNamed(kept, name)));
    const chosen = all ? meant.slice(0, limit) : meant;
    const queue = await queueOf(connection, 'notifications');
    const outcomes: Outcome[] = [];
    for (const kept of chosen) {
      const { id, today } = kept;
      let why = today === 'readable' ? '' : WHY_NOT[today];
      if (today === 'readable') {
        const { correlationId } = kept.row;
        const of = { what: 'apply', where: kept.item.pk, id, correlationId } as const;
        if (operatorNote !== undefined)
          await recordSentBack(of, operatorNote, { store: connection.store, clock: world.now });
        why = (await refusalOf(() => applyQuarantined(kept, queue, connection.store))) ?? '';
      }
      outcomes.push({ id, account: accountName(kept.account), sent: why === '', why });
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
  args.filter((wanted) => !every.some((kept) => isNamed(kept, wanted)));

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
      ...block(['ACCOUNT', 'ID', 'OUTCOME', 'WHY'], rows),
      `${count(sent, 'message')} sent to the worker${kept > 0 ? `, ${kept} kept` : ''}${left > 0 ? `, ${left} left (--limit)` : ''}.`,
      ...(sent > 0 ? ['Next, in a moment: payhooks quarantine list shows what is not applied.'] : []),
      ...absent.map((id) => `There is no message "${id}" in quarantine.`),
    ],
    code: absent.length > 0 ? EXIT.notFound : kept > 0 ? EXIT.refused : EXIT.done,
  };
}
