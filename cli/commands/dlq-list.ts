import type { QueueName } from '../../infra/functions.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { type DeadLetter, depthOf, giveBack, parked, plain, QUEUES, receive } from '../dlq/dead-letters.ts';
import { age, count, dim, type Line, list, styled, table } from '../output.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** A queue that holds messages must never seem empty. */
const WHY_UNSEEN = 'beyond --limit, or hidden for up to five minutes from a look or a redrive that broke off';

export const dlqList: Command = {
  details: ['While listed, dead letters are briefly invisible to other readers.'],
  options: {
    queue: { type: 'string', value: 'QUEUE', help: 'only notifications or fulfilment' },
    limit: { type: 'string', value: 'N', help: `at most so many per queue (default ${DEFAULT_LIMIT})` },
  },
  run: async ({ flags, world }) => {
    const only = flags.oneOf('queue', QUEUES);
    const limit = flags.limit('limit', DEFAULT_LIMIT, MAX_LIMIT);
    const connection = await world.connect();
    const queues = only === undefined ? QUEUES : [only];
    const { depths, letters, seen, moreParked } = await listLetters(connection, { queues, limit });
    const unseen: Line[] = queues.flatMap((queue) => {
      const more = (depths[`${queue}-dlq`] ?? 0) - (seen[queue] ?? 0);
      return [
        ...(more > 0 ? [`${queue}-dlq: about ${count(more, 'message')} more, ${WHY_UNSEEN}`] : []),
        ...(moreParked.includes(queue) ? [`${queue}: more parked rows, beyond --limit`] : []),
      ];
    });
    const json = list(letters, { more: unseen.length > 0, depths, letters });
    if (letters.length === 0) {
      const none = `${connection.label}: nothing waits for an operator.`;
      return { json, lines: unseen.length === 0 ? [none] : unseen };
    }
    const rows = letters.map(({ queue, from, id, sentAt, receives, reason, envelope }) => [
      queue,
      from,
      id,
      styled(reason, 'yellow'),
      String(receives),
      dim(age(world.now() - Date.parse(sentAt))),
      String(envelope.payment ?? ([envelope.provider, envelope.account].filter(Boolean).join('/') || '-')),
    ]);
    const lines: Line[] = [
      ...table(['QUEUE', 'FROM', 'ID', 'REASON', 'RECEIVES', 'AGE', 'ABOUT'], rows),
      '',
      `${count(letters.length, 'message')}. Next: payhooks dlq show ID, then payhooks dlq redrive ID`,
      ...unseen,
    ];
    return { json, lines };
  },
};

interface Letters {
  /** Approximate number of messages on each dead-letter queue; for each queue that was read. */
  readonly depths: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly letters: readonly DeadLetter[];
  /** Queues with more parked rows than the limit. */
  readonly moreParked: readonly QueueName[];
}

/** For each queue: dead letters, then parked rows. */
export async function listLetters(
  connection: Connection,
  { queues, limit }: { readonly queues: readonly QueueName[]; readonly limit: number },
): Promise<Letters> {
  // In parallel, because SQS takes a second to show that a queue has no more messages.
  const found = await Promise.all(
    queues.map(async (queue) => {
      const depth = await depthOf(connection, `${queue}-dlq`);
      const received = await receive(connection, queue, limit);
      await giveBack(connection, received);
      const rows = await parked(connection, queue, limit + 1);
      const letters = [...received, ...rows.slice(0, limit)].map(plain);
      return { queue, depth, seen: received.length, letters, isCut: rows.length > limit };
    }),
  );
  return {
    depths: Object.fromEntries(found.map(({ queue, depth }) => [`${queue}-dlq`, depth])),
    seen: Object.fromEntries(found.map(({ queue, seen }) => [queue, seen])),
    letters: found.flatMap(({ letters }) => letters),
    moreParked: found.flatMap(({ queue, isCut }) => (isCut ? [queue] : [])),
  };
}
