import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import { queueUrl, type Sqs, startSqs } from '../../../local/aws/sqs.ts';

const specs = [
  {
    logicalId: 'Work',
    name: 'work',
    attributes: {
      VisibilityTimeout: '60',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
        maxReceiveCount: 3,
      }),
    },
    deadLetterQueue: 'dead',
  },
  { logicalId: 'Dead', name: 'dead', attributes: {}, deadLetterQueue: undefined },
];

describe('queues kept on disk', () => {
  let folder: string;
  let sqs: Sqs;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payhooks-sqs-'));
    sqs = await startSqs(specs, { dataDir: folder });
  });
  afterEach(async () => {
    await sqs.stop();
    rmSync(folder, { recursive: true });
  });

  const QueueUrl = queueUrl('work');
  const restart = async () => {
    await sqs.stop();
    sqs = await startSqs(specs, { dataDir: folder });
  };
  const receive = async () => {
    const { Messages } = await sqs.call('ReceiveMessage', { QueueUrl, MessageSystemAttributeNames: ['All'] });
    return (Messages as { ReceiptHandle: string; Body: string; Attributes: Record<string, string> }[])?.[0];
  };

  it('a restart keeps the messages, and makes a received message visible again', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'received' });
    await receive();
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'waiting' });
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'delayed', DelaySeconds: 900 });
    await restart();
    expect((await sqs.depths()).work).toMatchObject({ visible: 2, inFlight: 0, delayed: 1 });
    expect(await receive()).toMatchObject({ Body: 'received', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('a message made visible at once keeps its receive count over a restart', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'again' });
    const first = await receive();
    const ReceiptHandle = first?.ReceiptHandle ?? '';
    await sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await restart();
    expect(await receive()).toMatchObject({ Body: 'again', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('a deleted message stays deleted after a restart', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'done' });
    const message = await receive();
    await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: message?.ReceiptHandle ?? '' });
    await restart();
    expect((await sqs.depths()).work).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
  });
});

describe('a request beyond a limit of SQS', () => {
  let sqs: Sqs;
  beforeAll(async () => {
    sqs = await startSqs(specs);
  });
  afterAll(() => sqs.stop());
  const QueueUrl = queueUrl('work');
  const x = (length: number) => 'x'.repeat(length);
  const sends = (more: object) => sqs.call('SendMessage', { QueueUrl, MessageBody: 'x', ...more });
  const batch = (entries: readonly object[]) =>
    sqs.call('SendMessageBatch', {
      QueueUrl,
      Entries: entries.map((entry, index) => ({ Id: `m${index}`, MessageBody: 'x', ...entry })) as never,
    });
  const attributes = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`a${n}`, { DataType: 'String', StringValue: 'v' }]),
    );

  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    [
      '1 MiB a message',
      () => sends({ MessageBody: x(1_048_577) }),
      () => sends({ MessageBody: x(1_048_576) }),
    ],
    [
      '1 MiB a batch',
      () => batch([{ MessageBody: x(600_000) }, { MessageBody: x(448_577) }]),
      () => batch([{ MessageBody: x(600_000) }, { MessageBody: x(448_576) }]),
    ],
    ['ten messages a batch', () => batch(Array(11).fill({})), () => batch(Array(10).fill({}))],
    [
      'ids that differ in a batch',
      () => batch([{ Id: 'a' }, { Id: 'a' }]),
      () => batch([{ Id: 'a' }, { Id: 'b' }]),
    ],
    ['an id of 80 characters', () => batch([{ Id: x(81) }]), () => batch([{ Id: x(80) }])],
    ['characters of XML', () => sends({ MessageBody: 'a\u0000b' }), () => sends({ MessageBody: 'a\tb' })],
    [
      'characters of XML, U+FFFF',
      () => sends({ MessageBody: 'a\uffffb' }),
      () => sends({ MessageBody: 'a\ufffdb' }),
    ],
    ['a body that is not empty', () => sends({ MessageBody: '' }), () => sends({ MessageBody: ' ' })],
    ['a delay of 900 s', () => sends({ DelaySeconds: 901 }), () => sends({ DelaySeconds: 900 })],
    [
      'a message group of 128 characters',
      () => sends({ MessageGroupId: x(129) }),
      () => sends({ MessageGroupId: x(128) }),
    ],
    [
      'a message group without spaces',
      () => sends({ MessageGroupId: 'a b' }),
      () => sends({ MessageGroupId: 'a#b' }),
    ],
    [
      'ten attributes a message',
      () => sends({ MessageAttributes: attributes(11) }),
      () => sends({ MessageAttributes: attributes(10) }),
    ],
    [
      'ten messages a receive',
      () => sqs.call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 11 }),
      () => sqs.call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }),
    ],
    [
      'a wait of 20 s',
      () => sqs.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 21 }),
      async () => {
        await sends({});
        return sqs.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
      },
    ],
    [
      'a visibility of 12 hours',
      () => sqs.call('ReceiveMessage', { QueueUrl, VisibilityTimeout: 43_201 }),
      () => sqs.call('ReceiveMessage', { QueueUrl, VisibilityTimeout: 43_200 }),
    ],
  ])(
    '%s: a request beyond the limit of SQS is refused, and a request at the limit is accepted',
    async (_, beyond, within) => {
      await expect(beyond()).rejects.toThrow(AwsError);
      await within();
    },
  );

  it('a visibility timeout over 12 hours is refused for a received message, and 12 hours are accepted', async () => {
    await sends({});
    const { Messages } = await sqs.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 1 });
    const [{ ReceiptHandle } = { ReceiptHandle: '' }] = Messages as { ReceiptHandle: string }[];
    const change = (VisibilityTimeout: number) =>
      sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
    await expect(change(43_201)).rejects.toThrow(AwsError);
    await change(43_200);
  });
});
