/** What a redrive may never do: take away what was not sent, or show what is sealed. */
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { type ParkedLetter, type ReceivedLetter, shownOf } from '../../cli/dlq/dead-letters.ts';
import { discardParked } from '../../cli/dlq/discard.ts';
import { redriveMessage, redriveParked } from '../../cli/dlq/redrive.ts';
import { parkedContext } from '../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { hashText, parkedKey } from '../../shared/app/table/keys.ts';
import { parkedItem } from '../../shared/app/table/rows.ts';
import { MemoryStore } from '../support/memory-store.ts';

const keys = parseEnvelopeKeys({ current: 'k'.repeat(64) });

/** `failing`: the commands that SQS refuses. */
function world(failing: readonly (typeof SendMessageCommand | typeof DeleteMessageCommand)[] = []) {
  const calls: { readonly name: string; readonly input: object }[] = [];
  const store = new MemoryStore();
  const send = async (command: object & { readonly input: object }) => {
    const refused = failing.some((kind) => command instanceof kind);
    calls.push({ name: command.constructor.name, input: command.input });
    if (refused) throw new Error('refused');
    return {};
  };
  const connection = {
    clients: { sqs: { send } },
    store,
    queueUrl: async (name: string) => `queue/${name}`,
  } as unknown as Connection;
  return { calls, store, connection };
}

const letter: ReceivedLetter = {
  queue: 'notifications',
  from: 'dead-letter queue',
  id: 'm1',
  sentAt: '2026-11-01T00:00:00.000Z',
  receives: 50,
  reason: 'received too often',
  envelope: {},
  message: { MessageId: 'm1', Body: 'body', ReceiptHandle: 'r1', Attributes: { MessageGroupId: 'g' } },
};

function parkedLetter(body: string, digest = hashText(body)): ParkedLetter {
  const row = {
    ...{ queue: 'notifications', reason: 'seal_altered', digest, messageId: 'm2', receives: 1 },
    sealed: seal(body, parkedContext('notifications', digest), keys),
    at: '2026-11-01T00:00:00.000Z',
  };
  const item = parkedItem(parkedKey('notifications', row.at, digest), row);
  return { ...letter, from: 'parked', id: digest.slice(0, 16), row, item };
}

describe('a dead letter', () => {
  it('is sent to its queue, with its group, and then taken away', async () => {
    const { connection, calls } = world();
    expect(await redriveMessage(connection, letter)).toBe('sent');
    expect(calls).toEqual([
      {
        name: 'SendMessageCommand',
        input: { QueueUrl: 'queue/notifications', MessageBody: 'body', MessageGroupId: 'g' },
      },
      { name: 'DeleteMessageCommand', input: { QueueUrl: 'queue/notifications-dlq', ReceiptHandle: 'r1' } },
    ]);
  });

  it('stays where it is when SQS did not accept the copy', async () => {
    const { connection, calls } = world([SendMessageCommand]);
    await expect(redriveMessage(connection, letter)).rejects.toThrow('refused');
    expect(calls.map(({ name }) => name)).toEqual(['SendMessageCommand']);
  });

  it('that was sent and could not be taken away says so', async () => {
    const { connection } = world([DeleteMessageCommand]);
    expect(await redriveMessage(connection, letter)).toContain('still here');
  });
});

describe('a parked row', () => {
  it('is sent as it came, and then removed', async () => {
    const { connection, calls, store } = world();
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    expect(await redriveParked(connection, parked, keys)).toBe('sent');
    expect(calls).toEqual([
      {
        name: 'SendMessageCommand',
        input: { QueueUrl: 'queue/notifications', MessageBody: '{"version":1}' },
      },
    ]);
    expect(store.all()).toEqual([]);
  });

  it('stays when SQS did not accept it', async () => {
    const { connection, store } = world([SendMessageCommand]);
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await expect(redriveParked(connection, parked, keys)).rejects.toThrow('refused');
    expect(store.all()).toHaveLength(1);
  });

  it('that was cut is not sent: it is not what came', async () => {
    const { connection, calls } = world();
    const cut = parkedLetter('the first half', hashText('the first half and the second'));
    await expect(redriveParked(connection, cut, keys)).rejects.toThrow('too long');
    expect(calls).toEqual([]);
  });

  it('sealed under a key that is gone is not sent', async () => {
    const { connection, calls } = world();
    const others = parseEnvelopeKeys({ current: 'o'.repeat(64) });
    await expect(redriveParked(connection, parkedLetter('{}'), others)).rejects.toThrow('not configured');
    expect(calls).toEqual([]);
  });
});

describe('a discarded row', () => {
  const who = { by: 'on-call', note: 'a test of ours' };
  const now = Date.parse('2026-11-02T00:00:00Z');

  it('is gone, and who, why and its digest stay, without what it carried', async () => {
    const { connection, calls, store } = world();
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await discardParked(connection, parked, who, now);
    const [entry, ...others] = store.all();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      pk: 'discarded#notifications',
      data: { ...who, digest: parked.row.digest },
    });
    expect(JSON.stringify(entry)).not.toContain(parked.row.sealed);
    expect(calls).toEqual([]);
  });

  it('that somebody else took away is refused, and no entry claims it', async () => {
    const { connection, store } = world();
    await expect(discardParked(connection, parkedLetter('{}'), who, now)).rejects.toThrow(
      'not parked any more',
    );
    expect(store.all()).toEqual([]);
  });

  it('needs a reason that can be read later', async () => {
    const { connection, store } = world();
    const parked = parkedLetter('{}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await expect(discardParked(connection, parked, { ...who, note: ' ' }, now)).rejects.toThrow('note');
    expect(store.all()).toHaveLength(1);
  });
});

describe('what is shown of a message', () => {
  it('is an allow-list: nothing sealed, and no field of tomorrow', () => {
    const body = { version: 1, kind: 'notification', digest: 'd', sealed: 's', splitToken: 't', email: 'e' };
    expect(shownOf(JSON.stringify(body))).toEqual({ version: 1, kind: 'notification', digest: 'd' });
  });

  it.each(['not json', 'null', '7'])('%s shows nothing', (body) => expect(shownOf(body)).toEqual({}));
});
