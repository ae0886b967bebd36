import type { Command } from '../command.ts';
import { type DeadLetter, isNamed, parked, peek, plain, QUEUES, theOne } from '../dlq/dead-letters.ts';
import { fields, time } from '../output.ts';
import { Problem } from '../problem.ts';

const MAX_LOOKED_AT = 1_000;
const DAY_MS = 86_400_000;
const RETENTION_DAYS = 14;

export const dlqShow: Command = {
  details: ['ID is from dlq list.'],
  run: async ({ args: [id = ''], world }) => {
    const connection = await world.connect();
    for (const queue of QUEUES) {
      const received = await peek(connection, queue, MAX_LOOKED_AT);
      const rows = await parked(connection, queue, MAX_LOOKED_AT, (row) => isNamed(row, id));
      const letter = theOne<DeadLetter>([...received, ...rows], id);
      if (letter === undefined) continue;
      const isRow = letter.from === 'parked';
      // A dead-letter queue counts from the first sending (standard queues keep the original time).
      const until = new Date(Date.parse(letter.sentAt) + RETENTION_DAYS * DAY_MS);
      return {
        json: plain(letter),
        lines: [
          ...fields([
            ['id', letter.id],
            ['queue', letter.queue],
            ['from', letter.from],
            ['reason', letter.reason],
            ['sent', time(letter.sentAt)],
            ['receives', String(letter.receives)],
            ['kept until', isRow ? 'it is redriven or discarded' : `${time(until)} (then SQS deletes it)`],
            ...Object.entries(letter.envelope).map(([name, value]) => [name, String(value)] as const),
            ['content', 'not shown'],
          ]),
          '',
          `Next: payhooks dlq redrive ${letter.id}`,
          ...(isRow ? [`  or: payhooks dlq discard ${letter.id} --note "why"`] : []),
        ],
      };
    }
    throw Problem.notFound(
      `There is no message "${id}" in ${connection.label}.`,
      'See payhooks dlq list. A message that another command reads is hidden for half a minute.',
    );
  },
};
