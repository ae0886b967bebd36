import type { Command } from '../command.ts';
import { isNamed, parked, peek, QUEUES, theOne } from '../dlq/dead-letters.ts';
import { discardParked } from '../dlq/discard.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done } from '../output.ts';
import { Problem } from '../problem.ts';

const MAX_LOOKED_AT = 1_000;

export const dlqDiscard: Command = {
  details: [
    'Use it when you understand the message and it can never succeed: its content is deleted, and it is not sent again.',
    'Only for parked rows. For a dead letter use dlq redrive.',
  ],
  options: OPERATOR_NOTE_OPTIONS,
  run: async ({ args: [id = ''], flags, world }) => {
    const operatorNote = operatorNoteOf(flags, world);
    const connection = await world.connect();
    for (const queue of QUEUES) {
      const rows = await parked(connection, queue, MAX_LOOKED_AT, (row) => isNamed(row, id));
      const letter = theOne(rows, id);
      if (letter === undefined) continue;
      const entry = await discardParked(connection, letter, operatorNote, world.now());
      return done(entry, `${letter.id} (${queue}, ${entry.reason}) is discarded, by ${entry.by}.`);
    }
    for (const queue of QUEUES) {
      const received = await peek(connection, queue, MAX_LOOKED_AT);
      if (!received.some((each) => each.id === id)) continue;
      const message = `${id} is a dead letter, which may succeed when it is sent again; only parked rows can be discarded.`;
      throw Problem.refused(message, `payhooks dlq redrive ${id}`);
    }
    throw Problem.notFound(
      `There is no parked row "${id}" in ${connection.label}.`,
      'See payhooks dlq list.',
    );
  },
};
