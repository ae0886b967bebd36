import { redeliver } from '../../shared/app/operator/redeliver.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { operateDeps } from '../deps.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { switchOption, textOption } from '../options.ts';
import { count, done, type Report, table } from '../output.ts';
import { isPaymentName } from '../payment-key.ts';
import { EXIT, Problem, problemOf } from '../problem.ts';
import { shortened } from '../shortened.ts';
import { failedEffects } from '../undelivered.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

export const redeliverCommand: Command = {
  details: [
    'EFFECT is the id of the event, <payment>#<name> (put it in quotes: # starts a comment in a shell).',
    'Use it for an event that was given up, or that the merchant received and lost. Not sent: a fulfil whose grant has',
    'ended, and an event that a later one contradicts (paid, then reversed).',
    'The idempotency key is the same, so a shop that checks it gives no goods a second time.',
  ],
  options: {
    failed: switchOption('every event that was given up (payhooks payments list --failed)'),
    limit: textOption('N', `with --failed: at most N, oldest first (default ${DEFAULT_LIMIT})`),
    ...OPERATOR_NOTE_OPTIONS,
  },
  run: async ({ args: [id], flags, world }) => {
    if ((id === undefined) !== flags.is('failed')) {
      throw Problem.usage('Name one event, or use --failed for every event that was given up.');
    }
    const operatorNote = operatorNoteOf(flags, world);
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const connection = await world.connect();
    const again = await sender(connection, operatorNote);
    return id === undefined ? everyFailed(connection, again, limit) : one(id, connection, again);
  },
};

type Again = (id: string) => ReturnType<typeof redeliver>;

async function sender(connection: Connection, operatorNote: Parameters<typeof redeliver>[1]): Promise<Again> {
  const deps = await operateDeps(connection);
  return (id) => redeliver(id, operatorNote, deps);
}

async function one(id: string, connection: Connection, again: Again): Promise<Report> {
  const [payment = ''] = id.split('#', 1);
  const effects = isPaymentName(payment) ? await readEffects(connection.store, payment) : [];
  if (!effects.some(({ effect }) => effect.id === id)) {
    const known = effects.map(({ effect }) => `"${effect.id}"`).join(', ');
    const next = known === '' ? 'See payhooks payments list --all.' : `This payment has ${known}.`;
    throw Problem.notFound(`There is no event "${shortened(id)}" in ${connection.label}.`, next);
  }
  const { effect, underWay } = await again(id);
  return done(
    { effect: id, type: effect.type, underWay, redeliveries: effect.redeliveries ?? 0 },
    underWay ? `${id} is already being delivered; its message was sent again.` : `${id} is sent again.`,
    `Next: payhooks payments show ${payment}`,
  );
}

/** An event that cannot be sent does not stop the others. */
async function everyFailed(connection: Connection, again: Again, limit: number): Promise<Report> {
  const failed = await failedEffects(connection.store);
  const rows: { readonly effect: string; readonly sent: boolean; readonly why: string }[] = [];
  for (const { id } of failed.slice(0, limit)) {
    try {
      await again(id);
      rows.push({ effect: id, sent: true, why: '' });
    } catch (error) {
      const problem = problemOf(error);
      // The error is not about this event: credentials, connection, or a mistake of ours.
      if (problem?.code !== EXIT.refused) throw error;
      rows.push({ effect: id, sent: false, why: problem.message });
    }
  }
  const left = failed.length - rows.length;
  const json = { effects: rows, left };
  if (rows.length === 0) return done(json, `${connection.label}: no event was given up.`);
  const refused = rows.filter(({ sent }) => !sent).length;
  return {
    json,
    lines: [
      ...table(
        ['EVENT', 'OUTCOME', 'WHY NOT'],
        rows.map(({ effect, sent, why }) => [effect, sent ? 'sent again' : 'refused', why]),
      ),
      '',
      `${count(rows.length - refused, 'event')} sent again, ${refused} refused, ${left} left (--limit).`,
    ],
    // Exit code "refused" means that nothing was done.
    code: refused === 0 ? EXIT.done : refused === rows.length ? EXIT.refused : EXIT.failed,
  };
}
