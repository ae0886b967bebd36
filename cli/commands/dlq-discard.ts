import type { Command } from '../command.ts';
import { giveBack, isNamed, parked, QUEUES, receive, theOne } from '../dlq/dead-letters.ts';
import { discardParked } from '../dlq/discard.ts';
import { OPERATOR_NOTE_OPTIONS, operatorNoteOf } from '../operator-note.ts';
import { done } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

const MAX_LOOKED_AT = 1_000;

export const dlqDiscard: Command = {
  arity: [1, 1],
  details: [
    'For a message that is understood and can never succeed: its content is deleted, and it is not sent again.',
    'Only for parked rows. A dead letter is sent back (dlq redrive).',
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
      const received = await receive(connection, queue, MAX_LOOKED_AT);
      await giveBack(connection, received);
      if (!received.some((each) => each.id === id)) continue;
      const message = `${id} is a dead letter: it failed too often, and may succeed.`;
      throw new Problem(EXIT.refused, message, `payhooks dlq redrive ${id}`);
    }
    throw new Problem(
      EXIT.notFound,
      `No parked row "${id}" in ${connection.label}.`,
      'See payhooks dlq list.',
    );
  },
};
