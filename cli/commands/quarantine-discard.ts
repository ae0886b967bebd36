import { discardKept } from '../../shared/app/operator/quarantine-review.ts';
import type { Command } from '../command.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';
import { accountName, quarantined, theOneKept } from '../quarantined.ts';

export const quarantineDiscard: Command = {
  arity: [1, 1],
  details: [
    'For a message that is understood: its content is deleted. If it can be applied, the command is refused: apply it.',
    'A copy that comes later is put in quarantine again, and the alarm rings again.',
  ],
  options: OPERATOR_NOTE_OPTIONS,
  run: async ({ args: [id = ''], flags, world }) => {
    const operatorNote = operatorNoteOf(flags, world);
    const connection = await world.connect();
    const kept = theOneKept(await quarantined(connection), id);
    if (kept === undefined) {
      const message = `No message "${id}" lies in quarantine in ${connection.label}.`;
      throw new Problem(EXIT.notFound, message, 'See payhooks quarantine list.');
    }
    if (kept.today === 'readable') {
      const next = `payhooks quarantine apply ${id}`;
      throw new Problem(EXIT.refused, `${id} can be applied: it may be a payment.`, next);
    }
    const entry = await discardKept(kept, operatorNote, { store: connection.store, clock: world.now });
    return done(entry, `${kept.id} (${accountName(kept)}, ${entry.reason}) is discarded, by ${entry.by}.`);
  },
};
