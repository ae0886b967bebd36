import type { QueueName } from '../../infra/functions.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connect.ts';
import { depthOf, parked, peek, plain, QUEUES } from '../dlq/dead-letters.ts';
import { textOption } from '../options.ts';
import { age, count, dim, type Line, list, styled, table } from '../output.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** A queue that holds messages must never seem empty. */
const WHY_UNSEEN =
  'beyond --limit, or hidden for up to five minutes because another command reads or redrives them';

export const dlqList: Command = {
  details: ['While they are listed, dead letters are hidden from other readers for up to half a minute.'],
  options: {
    queue: textOption('QUEUE', 'one queue: notifications or fulfilment'),
    limit: textOption('N', `at most N per queue (default ${DEFAULT_LIMIT})`),
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
      const none = `${connection.label}: no message waits for an operator.`;
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

/**
 * For each queue: dead letters, then parked rows. `depths` is the approximate number of messages on each dead-letter queue,
 * `moreParked` names the queues with more parked rows than the limit.
 */
export async function listLetters(
  connection: Connection,
  { queues, limit }: { readonly queues: readonly QueueName[]; readonly limit: number },
) {
  // In parallel, because SQS takes a second to show that a queue has no more messages.
  const found = await Promise.all(
    queues.map(async (queue) => {
      const depth = await depthOf(connection, `${queue}-dlq`);
      const received = await peek(connection, queue, limit);
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
