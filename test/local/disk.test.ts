/** A full disk has the same clear message in every part of the stack. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../cli/connect.ts';
import { type Examined, examine } from '../../cli/doctor/finding.ts';
import { platform } from '../../cli/doctor/queues.ts';
import { AwsError } from '../../local/aws/json-protocol.ts';
import { startPoller } from '../../local/aws/pollers.ts';
import { DISK_FULL_SENTENCE, hasNoRoom, isDiskFull } from '../../local/disk.ts';

const full = () => {
  // The error that fauxqs makes of SQLite's message.
  throw new AwsError('InternalError', 'database or disk is full', 500);
};

describe('a full disk', () => {
  it.each([
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    new Error('fetch failed', { cause: new Error('EDQUOT: disk quota exceeded') }),
    new AwsError('InternalError', 'database or disk is full', 500),
    'DynamoDB engine did not start: exited with code 1: No space left on device (os error 28)',
  ])('a full disk is recognised in %s', (error) => expect(isDiskFull(error)).toBe(true));

  it.each([new Error('the queue is full'), 'database is locked', undefined])(
    'the error %s is no full disk',
    (error) => expect(isDiskFull(error)).toBe(false),
  );

  it('a full disk is a failed check "disk" of doctor', async () => {
    const connection = { kind: 'local', warning: DISK_FULL_SENTENCE } as Connection;
    const findings = await examine([platform], { connection } as Examined);
    expect(findings).toContainEqual({
      ...{ area: 'platform', check: 'disk', verdict: 'fail', detail: DISK_FULL_SENTENCE },
    });
  });

  it('a missing folder is no full disk', () => expect(hasNoRoom('/no/such/folder')).toBe(false));

  it('a poller continues on a full disk, and reports the full disk once instead of at every attempt', async () => {
    const reasons: string[] = [];
    let receives = 0;
    const again = Promise.withResolvers<void>();
    const poller = startPoller(
      {
        ...{ functionName: 'worker', queueName: 'work', batchSize: 1, windowSeconds: 0, maxConcurrency: 1 },
        reportBatchItemFailures: true,
      },
      {
        sqs: {
          call: async (operation) => {
            // The delete of a handled message fails first, then every receive.
            if (operation !== 'ReceiveMessage' || ++receives > 1) {
              if (receives === 4) again.resolve();
              return full();
            }
            return { Messages: [{ MessageId: 'm', Body: 'x', ReceiptHandle: 'r' }] };
          },
        },
        invoke: async () => ({ ok: true, payload: 'null' }),
        onError: (_, reason) => reasons.push(reason),
      },
    );
    await again.promise;
    await poller.stop();
    expect(reasons).toEqual([DISK_FULL_SENTENCE]);
  });
});
