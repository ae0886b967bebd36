/** A redrive never removes a message that was not sent, and never shows a sealed content. */
import { DeleteMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Command, Request } from '../../cli/command.ts';
import { dlqDiscard } from '../../cli/commands/dlq-discard.ts';
import { dlqRedrive } from '../../cli/commands/dlq-redrive.ts';
import { dlqShow } from '../../cli/commands/dlq-show.ts';
import type { Connection } from '../../cli/connect.ts';
import {
  isNamed,
  type ParkedLetter,
  parked as parkedRows,
  type ReceivedLetter,
  theOne,
} from '../../cli/dlq/dead-letters.ts';
import { discardParked } from '../../cli/dlq/discard.ts';
import { redriveMessage, redriveParked } from '../../cli/dlq/redrive.ts';
import { Flags } from '../../cli/flags.ts';
import { EXIT } from '../../cli/problem.ts';
import { parkedContext, readableFieldsOf } from '../../shared/app/platform/message.ts';
import { parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import { hashText, parkedKey } from '../../shared/app/table/keys.ts';
import { parkedItem } from '../../shared/app/table/rows.ts';
import { MemoryStore } from '../support/memory-store.ts';

const keys = parseEnvelopeKeys({ current: 'k'.repeat(64) });

/** @param failing the commands that SQS refuses */
function stackOf(failing: readonly (typeof SendMessageCommand | typeof DeleteMessageCommand)[] = []) {
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

function parkedLetter(body: string, digest = hashText(body), messageId = 'm2'): ParkedLetter {
  const row = {
    ...{ queue: 'notifications', reason: 'seal_altered', digest, messageId, receives: 1 },
    described: readableFieldsOf(body),
    sealed: seal(body, parkedContext('notifications', digest), keys),
    at: '2026-11-01T00:00:00.000Z',
  };
  const item = parkedItem(parkedKey('notifications', row.at, digest, messageId), row);
  return { ...letter, from: 'parked', id: digest.slice(0, 16), row, item };
}

describe('a dead letter', () => {
  it('redriveMessage sends a dead letter to its queue with its group, and then deletes the dead letter', async () => {
    const { connection, calls } = stackOf();
    expect(await redriveMessage(connection, letter)).toBe('sent');
    expect(calls).toEqual([
      {
        name: 'SendMessageCommand',
        input: { QueueUrl: 'queue/notifications', MessageBody: 'body', MessageGroupId: 'g' },
      },
      { name: 'DeleteMessageCommand', input: { QueueUrl: 'queue/notifications-dlq', ReceiptHandle: 'r1' } },
    ]);
  });

  it('a dead letter is not deleted when SQS refuses the copy', async () => {
    const { connection, calls } = stackOf([SendMessageCommand]);
    await expect(redriveMessage(connection, letter)).rejects.toThrow('refused');
    expect(calls.map(({ name }) => name)).toEqual(['SendMessageCommand']);
  });

  it('redriveMessage says that a dead letter was sent and could not be deleted', async () => {
    const { connection } = stackOf([DeleteMessageCommand]);
    expect(await redriveMessage(connection, letter)).toContain('the dead letter was not deleted');
  });
});

describe('a parked row', () => {
  it('redriveParked sends a parked row as received, and then removes the row', async () => {
    const { connection, calls, store } = stackOf();
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

  it('a parked row stays when SQS refuses the message', async () => {
    const { connection, store } = stackOf([SendMessageCommand]);
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await expect(redriveParked(connection, parked, keys)).rejects.toThrow('refused');
    expect(store.all()).toHaveLength(1);
  });

  it('a parked row that was discarded after it was listed is not sent', async () => {
    const { connection, calls, store } = stackOf();
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await discardParked(connection, parked, { by: 'on-call', note: 'ours' }, 0);
    await expect(redriveParked(connection, parked, keys)).rejects.toThrow('not parked any more');
    expect(calls).toEqual([]);
  });

  it('redriveParked says that a parked row was discarded at the same time', async () => {
    const parked = parkedLetter('{"version":1}');
    const { connection, store } = stackOf();
    await store.write([{ put: parked.item, when: 'always' }]);
    const discarding = {
      ...connection,
      queueUrl: async (name: string) => {
        await discardParked(connection, parked, { by: 'on-call', note: 'ours' }, 0);
        return `queue/${name}`;
      },
    } as unknown as Connection;
    expect(await redriveParked(discarding, parked, keys)).toContain('discarded it at the same time');
  });

  it('dlq show, dlq redrive and dlq discard find a parked row behind a thousand other rows', async () => {
    const { store, calls, connection } = stackOf();
    const rows = Array.from({ length: 1_001 }, (_, n) => parkedLetter('{}', hashText('{}'), `m${n}`).item);
    for (const item of rows) await store.write([{ put: item, when: 'always' }]);
    const [last] = (await parkedRows(connection, 'notifications', 2_000)).slice(-1);
    const { id } = last ?? expect.fail('no row');
    const config = { environment: 'sandbox' };
    const secrets = { send: async () => ({ SecretString: JSON.stringify({ current: 'k'.repeat(64) }) }) };
    const clients = { sqs: connection.clients.sqs, secrets };
    const run = (command: Command, more: Record<string, string> = {}) =>
      command.run({
        args: [id],
        flags: new Flags({ by: 'ada', ...more }),
        world: {
          connect: async () => ({ ...connection, label: 'local', config, clients }),
          ...{ now: () => 0, user: 'ada' },
        },
      } as unknown as Request);
    expect((await run(dlqShow)).json).toMatchObject({ id });
    expect((await run(dlqRedrive)).json).toMatchObject({ outcomes: [{ id, sent: true }], missing: [] });
    expect(calls.filter(({ name }) => name === 'SendMessageCommand')).toHaveLength(1);
    await store.write([
      { put: rows.find(({ sk }) => sk === last?.item.sk) ?? expect.fail(), when: 'always' },
    ]);
    expect((await run(dlqDiscard, { note: 'ours' })).json).toMatchObject({ what: 'discard' });
    expect(await parkedRows(connection, 'notifications', 2_000)).toHaveLength(1_000);
  });

  it('a parked row with a cut body is not sent, because its digest differs', async () => {
    const { connection, calls } = stackOf();
    const cut = parkedLetter('the first half', hashText('the first half and the second'));
    await expect(redriveParked(connection, cut, keys)).rejects.toThrow('too long');
    expect(calls).toEqual([]);
  });

  it('a parked row that is sealed under a missing key is not sent', async () => {
    const { connection, calls } = stackOf();
    const others = parseEnvelopeKeys({ current: 'o'.repeat(64) });
    await expect(redriveParked(connection, parkedLetter('{}'), others)).rejects.toThrow('not configured');
    expect(calls).toEqual([]);
  });
});

describe('parked rows of one body', () => {
  const body = '{"version":1,"kind":"notification","provider":"paymentwall","account":"goods"}';

  /** Two messages with the same text, sent in the same millisecond. */
  async function twoParkedRows() {
    const { connection, store } = stackOf();
    for (const messageId of ['m1', 'm2']) {
      const { item } = parkedLetter(body, hashText(body), messageId);
      await store.write([{ put: item, when: 'always' }]);
    }
    return { connection, store, letters: await parkedRows(connection, 'notifications', 10) };
  }

  it('two parked rows of one body have an id each, and a discard removes only the named row', async () => {
    const { connection, store, letters } = await twoParkedRows();
    const [first, second] = letters;
    expect(new Set(letters.map(({ id }) => id)).size).toBe(2);
    expect(theOne(letters, first?.id ?? '')).toBe(first);
    await discardParked(connection, first as ParkedLetter, { by: 'on-call', note: 'ours' }, 0);
    const remaining = await parkedRows(connection, 'notifications', 10);
    expect(remaining.map(({ id }) => id)).toEqual([second?.id]);
    expect(store.all()).toHaveLength(2);
  });

  it('a digest that two parked rows have is refused, and the refusal lists both ids', async () => {
    const { letters } = await twoParkedRows();
    const ids = letters.map(({ id }) => id).join(', ');
    const digest = hashText(body).slice(0, 16);
    expect(letters.every((letter) => isNamed(letter, digest))).toBe(true);
    expect(() => theOne(letters, digest)).toThrow(`2 parked rows have this message: ${ids}.`);
    expect(() => theOne(letters, digest)).toThrow(expect.objectContaining({ code: EXIT.refused }));
    expect(theOne(letters.slice(1), digest)).toBe(letters[1]);
    expect(theOne(letters, digest.slice(0, 4))).toBeUndefined();
  });

  it('a parked row names provider and account, in the list and in the entry of a discard', async () => {
    const { connection, letters } = await twoParkedRows();
    expect(letters[0]?.envelope).toMatchObject({ provider: 'paymentwall', account: 'goods', version: 1 });
    const operatorNote = { by: 'on-call', note: 'ours' };
    const entry = await discardParked(connection, letters[0] as ParkedLetter, operatorNote, 0);
    expect(entry.described).toMatchObject({ provider: 'paymentwall', account: 'goods' });
  });

  it('a parked row of an older version, whose key is the digest alone, is read', async () => {
    const { connection, store } = stackOf();
    const { item, row } = parkedLetter(body);
    const { described: _, ...old } = row;
    const sk = `${row.at}#${row.digest.slice(0, 16)}`;
    await store.write([{ put: { ...item, sk, data: old }, when: 'always' }]);
    const letters = await parkedRows(connection, 'notifications', 10);
    expect(theOne(letters, row.digest.slice(0, 16))?.envelope).toEqual({
      ...{ messageId: 'm2', digest: row.digest },
    });
  });
});

describe('a discarded row', () => {
  const operatorNote = { by: 'on-call', note: 'a test of ours' };
  const now = Date.parse('2026-11-02T00:00:00Z');

  it('a discarded row is removed, and its entry keeps the operator note and the digest without the sealed content', async () => {
    const { connection, calls, store } = stackOf();
    const parked = parkedLetter('{"version":1}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await discardParked(connection, parked, operatorNote, now);
    const [entry, ...others] = store.all();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      pk: 'discarded#notifications',
      data: { ...operatorNote, digest: parked.row.digest },
    });
    expect(JSON.stringify(entry)).not.toContain(parked.row.sealed);
    expect(calls).toEqual([]);
  });

  it('discardParked refuses a row that is not parked any more, and writes no entry', async () => {
    const { connection, store } = stackOf();
    await expect(discardParked(connection, parkedLetter('{}'), operatorNote, now)).rejects.toThrow(
      'not parked any more',
    );
    expect(store.all()).toEqual([]);
  });

  it('discardParked refuses a blank note, and the row stays', async () => {
    const { connection, store } = stackOf();
    const parked = parkedLetter('{}');
    await store.write([{ put: parked.item, when: 'always' }]);
    await expect(discardParked(connection, parked, { ...operatorNote, note: ' ' }, now)).rejects.toThrow(
      'note',
    );
    expect(store.all()).toHaveLength(1);
  });
});
