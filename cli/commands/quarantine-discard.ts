import { discardQuarantined } from '../../shared/app/operator/quarantine-review.ts';
import type { Command } from '../command.ts';
import { accountName } from '../names.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done } from '../output.ts';
import { Problem } from '../problem.ts';
import { findQuarantined, quarantined } from '../quarantined.ts';

export const quarantineDiscard: Command = {
  details: [
    'Use it when you understand the message: its content is deleted. A message that can be applied is not discarded.',
    'A copy that arrives later is put into quarantine again, and starts the alarm again.',
  ],
  options: OPERATOR_NOTE_OPTIONS,
  run: async ({ args: [id = ''], flags, world }) => {
    const operatorNote = operatorNoteOf(flags, world);
    const connection = await world.connect();
    const kept = findQuarantined(await quarantined(connection), id);
    if (kept === undefined) {
      const message = `There is no message "${id}" in quarantine in ${connection.label}.`;
      throw Problem.notFound(message, 'See payhooks quarantine list.');
    }
    if (kept.today === 'readable') {
      const next = `payhooks quarantine apply ${id}`;
      throw Problem.refused(`${id} can be applied, and may be a payment; it is not discarded.`, next);
    }
    const entry = await discardQuarantined(kept, operatorNote, { store: connection.store, clock: world.now });
    return done(
      entry,
      `${kept.id} (${accountName(kept.account)}, ${entry.reason}) is discarded, by ${entry.by}.`,
    );
  },
};
