import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

describe('queues that are kept', () => {
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

  it('have their messages again after a restart; who had received one is gone', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'received' });
    await receive();
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'waiting' });
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'delayed', DelaySeconds: 900 });
    await restart();
    expect((await sqs.depths()).work).toMatchObject({ visible: 2, inFlight: 0, delayed: 1 });
    expect(await receive()).toMatchObject({ Body: 'received', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('give a message back that was made visible at once, with its count', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'again' });
    const first = await receive();
    const ReceiptHandle = first?.ReceiptHandle ?? '';
    await sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await restart();
    expect(await receive()).toMatchObject({ Body: 'again', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('forget what was deleted', async () => {
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'done' });
    const message = await receive();
    await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: message?.ReceiptHandle ?? '' });
    await restart();
    expect((await sqs.depths()).work).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
  });
});
