import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../local/aws/json-protocol.ts';
import type { InvocationResult } from '../../../local/aws/lambda/environment.ts';
import { handledBy, type Poller, startPoller } from '../../../local/aws/pollers.ts';
import { queueUrl, type Sqs, startSqs } from '../../../local/aws/sqs.ts';
import type { MappingSpec } from '../../../local/template/template.ts';

const ok = (value: unknown): InvocationResult => ({ ok: true, payload: JSON.stringify(value) });
const WAIT = { timeout: 300_000 };
const reporting = { reportBatchItemFailures: true };

describe('a partial batch response', () => {
  const ids = ['a', 'b'];
  const handled = (value: unknown) => [...handledBy(ids, ok(value), reporting).handled];

  it.each([[null], [{}], [{ batchItemFailures: [] }], [{ batchItemFailures: null }]])(
    'the response %j means that the whole batch was handled',
    (value) => expect(handled(value)).toEqual(ids),
  );

  it('a message that batchItemFailures names is not handled', () => {
    expect(handled({ batchItemFailures: [{ itemIdentifier: 'a' }] })).toEqual(['b']);
  });

  it.each([
    [{ batchItemFailures: [{ itemIdentifier: '' }] }],
    [{ batchItemFailures: [{ itemIdentifier: 'c' }] }],
    [{ batchItemFailures: [{ itemIdentifier: null }] }],
    [{ batchItemFailures: [{ id: 'a' }] }],
    [{ batchItemFailures: 'a' }],
  ])('the response %j fails the whole batch', (value) => expect(handled(value)).toEqual([]));

  it('a mapping without ReportBatchItemFailures ignores batchItemFailures: the whole batch is handled', () => {
    const result = ok({ batchItemFailures: [{ itemIdentifier: 'a' }] });
    expect([...handledBy(ids, result, { reportBatchItemFailures: false }).handled]).toEqual(ids);
  });

  it('an error of the function fails the whole batch', () => {
    const error = { errorType: 'Error', errorMessage: 'no', trace: [] };
    expect([...handledBy(ids, { ok: false, error }, reporting).handled]).toEqual([]);
  });
});

describe('the poller of a queue', () => {
  const mapping: MappingSpec = {
    functionName: 'worker',
    queueName: 'work',
    batchSize: 10,
    windowSeconds: 0,
    maxConcurrency: 2,
    reportBatchItemFailures: true,
  };
  let sqs: Sqs;
  let poller: Poller | undefined;

  beforeEach(async () => {
    sqs = await startSqs([
      {
        logicalId: 'Work',
        name: 'work',
        attributes: {
          VisibilityTimeout: '60',
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
            maxReceiveCount: 2,
          }),
        },
        deadLetterQueue: 'dead',
      },
      { logicalId: 'Dead', name: 'dead', attributes: {}, deadLetterQueue: undefined },
    ]);
  });

  afterEach(async () => {
    await poller?.stop();
    await sqs.stop();
  });

  const send = (body: string) => sqs.call('SendMessage', { QueueUrl: queueUrl('work'), MessageBody: body });

  it('the poller hands over records in the form of Lambda, and deletes the handled messages', async () => {
    const events: unknown[] = [];
    const handledOne = new Promise<void>((resolve) => {
      poller = startPoller(mapping, {
        sqs,
        invoke: async (_, event) => {
          events.push(event);
          resolve();
          return ok({ batchItemFailures: [] });
        },
        onError: () => {},
      });
    });
    await send('hello');
    await handledOne;
    await poller?.stop();
    expect(events[0]).toMatchObject({
      Records: [
        {
          body: 'hello',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:work',
          attributes: { ApproximateReceiveCount: '1' },
        },
      ],
    });
    expect((await sqs.depths()).work).toEqual({
      visible: 0,
      inFlight: 0,
      delayed: 0,
      dlq: { name: 'dead', visible: 0, inFlight: 0 },
    });
  });

  it('the poller deletes the handled messages of a batch with one call, as Lambda does', async () => {
    const bodies = ['a', 'b', 'c'];
    for (const body of bodies) await send(body);
    const deletions: unknown[] = [];
    poller = startPoller(mapping, {
      sqs: {
        call: (operation, input) => {
          if (operation.startsWith('Delete')) deletions.push([operation, (input.Entries as []).length]);
          return sqs.call(operation, input);
        },
      },
      invoke: async () => ok({ batchItemFailures: [] }),
      onError: () => {},
    });
    await expect.poll(async () => (await sqs.depths()).work, WAIT).toMatchObject({ visible: 0, inFlight: 0 });
    expect(deletions).toEqual([['DeleteMessageBatch', bodies.length]]);
  });

  it('the poller reports an error when the queue cannot delete a handled message', async () => {
    await send('kept');
    const reported = new Promise<string>((resolve) => {
      poller = startPoller(mapping, {
        sqs: {
          call: async (operation, input) =>
            operation === 'DeleteMessageBatch'
              ? { Successful: [], Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] }
              : sqs.call(operation, input),
        },
        invoke: async () => ok({ batchItemFailures: [] }),
        onError: (_, reason) => resolve(reason),
      });
    });
    expect(await reported).toBe('its queue failed: a handled message stays: InternalError');
  });

  it('a failed message is received maxReceiveCount times, and then moves to the dead-letter queue', async () => {
    await sqs.call('SetQueueAttributes', {
      QueueUrl: queueUrl('work'),
      Attributes: { VisibilityTimeout: '0' },
    });
    let received = 0;
    poller = startPoller(mapping, {
      sqs,
      invoke: async (_, event) => {
        const { Records } = event as { Records: { messageId: string }[] };
        received += Records.length;
        return ok({ batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) });
      },
      onError: () => {},
    });
    await send('bad');
    await expect.poll(async () => (await sqs.depths()).work?.dlq?.visible, WAIT).toBe(1);
    expect(received).toBe(2);
  });

  it('the poller never runs more batches at once than maxConcurrency of the mapping', async () => {
    const together = Promise.withResolvers<void>();
    let running = 0;
    let greatest = 0;
    let done = 0;
    poller = startPoller(
      { ...mapping, batchSize: 1 },
      {
        sqs,
        invoke: async () => {
          running += 1;
          greatest = Math.max(greatest, running);
          // The first invocation waits for the second, so that the greatest concurrency occurs.
          if (running === 2) together.resolve();
          await together.promise;
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
          done += 1;
          return ok(null);
        },
        onError: () => {},
      },
    );
    await Promise.all(Array.from({ length: 12 }, (_, index) => send(String(index))));
    await expect.poll(() => done, WAIT).toBe(12);
    expect(greatest).toBe(2);
  });
});

describe('the limits of SQS', () => {
  let sqs: Sqs;
  beforeEach(async () => {
    sqs = await startSqs([{ logicalId: 'Q', name: 'q', attributes: {}, deadLetterQueue: undefined }]);
  });
  afterEach(() => sqs.stop());

  it.each([
    ['a message group with a space', { MessageGroupId: 'a b' }],
    ['a message group beyond ASCII', { MessageGroupId: 'ä' }],
    ['a message group of 129 letters', { MessageGroupId: 'x'.repeat(129) }],
    ['a deduplication id with a line break', { MessageDeduplicationId: 'a\n' }],
    ['a delay over 15 minutes', { DelaySeconds: 901 }],
    ['half a second of delay', { DelaySeconds: 0.5 }],
    ['a body over 1 MiB', { MessageBody: 'x'.repeat(1_048_577) }],
    ['a control character in the body', { MessageBody: '\u0000' }],
    ['an empty body', { MessageBody: '' }],
  ])('SendMessage refuses %s', async (_, input) => {
    await expect(
      sqs.call('SendMessage', { QueueUrl: queueUrl('q'), MessageBody: 'x', ...input }),
    ).rejects.toThrow(AwsError);
  });

  it('SendMessage accepts 1 MiB of body, a message group of 128 characters and a delay of 900 s', async () => {
    const message = {
      MessageBody: 'x'.repeat(1_048_576),
      MessageGroupId: '!~'.repeat(64),
      DelaySeconds: 900,
    };
    await sqs.call('SendMessage', { QueueUrl: queueUrl('q'), ...message });
    expect((await sqs.depths()).q?.delayed).toBe(1);
  });
});
