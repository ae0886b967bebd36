import type { Command } from '../command.ts';
import {
  type DeadLetter,
  giveBack,
  isNamed,
  parked,
  plain,
  QUEUES,
  receive,
  theOne,
} from '../dlq/dead-letters.ts';
import { fields, time } from '../output.ts';
import { EXIT, Problem } from '../problem.ts';

const MAX_LOOKED_AT = 1_000;
const DAY_MS = 86_400_000;
const RETENTION_DAYS = 14;

export const dlqShow: Command = {
  arity: [1, 1],
  details: ['ID is that of dlq list.'],
  run: async ({ args: [id = ''], world }) => {
    const connection = await world.connect();
    for (const queue of QUEUES) {
      const received = await receive(connection, queue, MAX_LOOKED_AT);
      await giveBack(connection, received);
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
            ['kept until', isRow ? 'redriven or discarded' : `${time(until)} (SQS keeps it no longer)`],
            ...Object.entries(letter.envelope).map(([name, value]) => [name, String(value)] as const),
            ['content', 'not shown'],
          ]),
          '',
          `Next: payhooks dlq redrive ${letter.id}`,
          ...(isRow ? [`  or: payhooks dlq discard ${letter.id} --note "why"`] : []),
        ],
      };
    }
    throw new Problem(
      EXIT.notFound,
      `No message "${id}" waits in ${connection.label}.`,
      'See payhooks dlq list. A message that somebody looks at is hidden for half a minute.',
    );
  },
};
