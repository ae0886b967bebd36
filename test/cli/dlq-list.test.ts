/** `dlq list` reports messages that wait and cannot be seen at the moment: an empty list must mean an empty queue. */
import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Request } from '../../cli/command.ts';
import { dlqList } from '../../cli/commands/dlq-list.ts';
import { Flags } from '../../cli/flags.ts';
import { parkedKey } from '../../shared/app/table/keys.ts';
import { parkedItem } from '../../shared/app/table/rows.ts';
import { MemoryStore } from '../support/memory-store.ts';

/** @param depth of each dead-letter queue · @param visible number of these messages that SQS hands out */
async function listed(depth: number, visible: number, limit?: string, store = new MemoryStore()) {
  const handedOut = new Map<string, number>();
  const send = async (command: GetQueueAttributesCommand | ReceiveMessageCommand | object) => {
    if (command instanceof GetQueueAttributesCommand)
      return { Attributes: { ApproximateNumberOfMessagesNotVisible: String(depth) } };
    if (!(command instanceof ReceiveMessageCommand)) return {};
    const { QueueUrl = '', MaxNumberOfMessages = 1 } = command.input;
    const before = handedOut.get(QueueUrl) ?? 0;
    const amount = Math.min(MaxNumberOfMessages, visible - before);
    handedOut.set(QueueUrl, before + amount);
    const Messages = Array.from({ length: amount }, (_, at) => ({
      MessageId: `m${before + at}`,
      Body: '{}',
    }));
    return { Messages };
  };
  const connection = {
    label: 'local (sandbox)',
    clients: { sqs: { send } },
    store,
    queueUrl: async (name: string) => name,
  };
  const request = {
    args: [],
    flags: new Flags(limit === undefined ? {} : { limit }),
    world: { connect: async () => connection, now: () => 0 },
  } as unknown as Request;
  const { lines } = await dlqList.run(request);
  return JSON.stringify(lines);
}

describe('dlq list', () => {
  it('dlq list says that no message waits when every dead-letter queue is empty', async () => {
    expect(await listed(0, 0)).toBe('["local (sandbox): no message waits for an operator."]');
  });

  it('dlq list counts the messages that SQS does not hand out', async () => {
    const text = await listed(3, 0);
    expect(text).not.toContain('nothing waits');
    expect(text).toContain('notifications-dlq: about 3 messages more');
    expect(text).toContain('fulfilment-dlq: about 3 messages more');
  });

  it('dlq list counts the messages beyond --limit', async () => {
    expect(await listed(5, 5, '2')).toContain('notifications-dlq: about 3 messages more');
    expect(await listed(5, 5)).not.toContain('more, beyond');
  });

  it('dlq list shows the oldest parked rows, and says that there are more parked rows beyond --limit', async () => {
    const store = new MemoryStore();
    const at = (n: number) => `2026-11-01T00:00:00.00${n}Z`;
    for (const n of [1, 2, 3]) {
      const row = { queue: 'fulfilment', reason: `r${n}`, digest: 'd', sealed: '', messageId: `m${n}` };
      const key = parkedKey('fulfilment', at(n), 'd', `m${n}`);
      await store.write([{ put: parkedItem(key, { ...row, receives: 1, at: at(n) }), when: 'always' }]);
    }
    const text = await listed(0, 0, '2', store);
    expect(text).toContain('fulfilment: more parked rows, beyond --limit');
    expect(text).toContain('r2');
    expect(text).not.toContain('r3');
    expect(await listed(0, 0, '3', store)).not.toContain('beyond --limit');
  });
});
