/** Event source mappings: disabled and enabled as `payhooks pause` and `resume` do, and stopped with the stack. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { EventSourceMappings, MAPPINGS_PATH } from '../../../local/aws/event-source-mappings.ts';
import type { Sqs } from '../../../local/aws/sqs.ts';
import { object } from '../../../local/template/resolve.ts';
import type { MappingSpec } from '../../../local/template/template.ts';

const mapping = (functionName: string): MappingSpec => ({
  ...{ functionName, queueName: `${functionName}-queue`, batchSize: 10, windowSeconds: 0 },
  ...{ maxConcurrency: 2, reportBatchItemFailures: true },
});

let started: EventSourceMappings | undefined;
afterEach(() => started?.stop(0));

/** Mappings of queues that hold no message, or one message whose handling never ends. */
function start({ hasMessage = false, denied = false } = {}) {
  const receives: string[] = [];
  const errors: string[] = [];
  let left = hasMessage ? 1 : 0;
  const handled = Promise.withResolvers<void>();
  const call: Sqs['call'] = async (operation, { QueueUrl }) => {
    if (operation === 'GetQueueAttributes' && denied) throw new Error('not authorized');
    if (operation !== 'ReceiveMessage') return {};
    receives.push(String(QueueUrl).split('/').pop() ?? '');
    await nextTurn();
    if (left-- <= 0) return {};
    return { Messages: [{ MessageId: 'm', ReceiptHandle: 'h', Body: '{}' }] };
  };
  started = new EventSourceMappings([mapping('transition-worker'), mapping('fulfilment-worker')], {
    sqsFor: () => ({ call }),
    invoke: () => {
      handled.resolve();
      return new Promise(() => {});
    },
    onError: (name, reason) => errors.push(`${name}: ${reason}`),
  });
  const mappings = started;
  const request = (method: string, path = '', query = '', body = {}) =>
    mappings.call(method, `${MAPPINGS_PATH}/${path}`, new URLSearchParams(query), body);
  const list = async (query = '') =>
    (object(await request('GET', '', query)).EventSourceMappings ?? []) as readonly {
      readonly UUID: string;
    }[];
  return { mappings, request, list, receives, errors, handled: handled.promise };
}

describe('the list of event source mappings', () => {
  it('the list names each mapping with its queue and function, under the same id at every start', async () => {
    const first = await start().list();
    expect(first).toMatchObject([
      {
        ...{ UUID: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/), State: 'Enabled' },
        EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:transition-worker-queue',
        FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:transition-worker',
      },
      { State: 'Enabled' },
    ]);
    await started?.stop(0);
    expect(await start().list()).toEqual(first);
  });

  it('the list for one function has only the mapping of the function, also when an alias is named', async () => {
    const { list } = start();
    const [, wanted] = await list();
    expect(await list('FunctionName=fulfilment-worker')).toEqual([wanted]);
    expect(await list('FunctionName=fulfilment-worker:current')).toEqual([wanted]);
    expect(await list('FunctionName=sweeper')).toEqual([]);
  });
});

describe('an event source mapping', () => {
  it('a disabled mapping receives no messages until the mapping is enabled again', async () => {
    const { list, request, receives } = start();
    const [{ UUID } = { UUID: '' }] = await list();
    expect(await request('PUT', UUID, '', { Enabled: false })).toMatchObject({ UUID, State: 'Disabled' });
    const count = () => receives.filter((queue) => queue === 'transition-worker-queue').length;
    const before = count();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(count()).toBe(before);
    expect(receives.length).toBeGreaterThan(before);
    expect(await request('PUT', UUID, '', { Enabled: true })).toMatchObject({ State: 'Enabled' });
    await expect.poll(count).toBeGreaterThan(before);
  });

  it('a request for an unknown mapping is a 404, and a change of anything but Enabled is refused', async () => {
    const { list, request } = start();
    const [{ UUID } = { UUID: '' }] = await list();
    await expect(request('GET', 'nobody')).rejects.toMatchObject({ status: 404 });
    await expect(request('PUT', UUID, '', { BatchSize: 1 })).rejects.toThrow('only Enabled can be changed');
    await expect(request('DELETE', UUID)).rejects.toThrow('only Enabled can be changed');
    expect(await request('GET', UUID)).toMatchObject({ State: 'Enabled', BatchSize: 10 });
  });

  it('a mapping reports an error when the role of its function may not read the queue', async () => {
    const { errors } = start({ denied: true });
    await expect.poll(() => errors).toContain('transition-worker: its queue failed: Error: not authorized');
  });
});

it('the stack stops also when the function of a mapping never finishes a batch', async () => {
  const { mappings, handled } = start({ hasMessage: true });
  await handled;
  await mappings.stop(1);
});
