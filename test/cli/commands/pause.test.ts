/** `pause` and `resume`: which mappings they switch, and until when no message is lost. */
import { UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { pause, pausedQueues, resume } from '../../../cli/commands/pause.ts';
import type { Connection } from '../../../cli/connect.ts';
import { parseConfig } from '../../../infra/config.ts';
import { smallest } from '../../infra/support.ts';
import { printed } from '../run.ts';

const NOW = Date.parse('2026-11-29T10:00:00Z');
const DAYS_14 = 14 * 86_400;

/** @param state of every mapping · @param oldest age in seconds that CloudWatch reports */
function connected({
  state = 'Enabled',
  waiting = 0,
  oldest,
}: {
  state?: string;
  waiting?: number;
  oldest?: number;
}) {
  const changed: (boolean | undefined)[] = [];
  const lambda = async (command: object) => {
    if (!(command instanceof UpdateEventSourceMappingCommand))
      return { EventSourceMappings: state === 'none' ? [] : [{ UUID: 'm1', State: state }] };
    changed.push(command.input.Enabled);
    return { State: command.input.Enabled ? 'Enabling' : 'Disabling' };
  };
  const Attributes = {
    MessageRetentionPeriod: String(DAYS_14),
    ApproximateNumberOfMessages: String(waiting),
  };
  const connection = {
    ...{ kind: 'deployed', label: 'here', selector: '', config: parseConfig(smallest) },
    resource: (name: string) => `payhooks-sandbox-${name}`,
    queueUrl: async (name: string) => name,
    clients: {
      lambda: { send: lambda },
      sqs: { send: async () => ({ Attributes }) },
      cloudWatch: { send: async () => ({ Datapoints: oldest === undefined ? [] : [{ Maximum: oldest }] }) },
    },
  } as unknown as Connection;
  return { connection, changed };
}
const run = async (command: typeof pause, of: Parameters<typeof connected>[0], values = {}) => {
  const { connection, changed } = connected(of);
  return { ...(await printed(command, connection, { values, now: NOW })), changed };
};

describe('pause', () => {
  it('pause disables both workers, and says until when SQS keeps the messages', async () => {
    const { text, changed, json } = await run(pause, {});
    expect(changed).toEqual([false, false]);
    expect(text).toContain('notifications: nothing is lost until 2026-12-13 10:00:00 UTC');
    expect(text).toContain('payments do not change, and the merchant gets no events.');
    expect(json).toMatchObject({
      paused: true,
      queues: [{ queue: 'notifications' }, { queue: 'fulfilment' }],
    });
  });

  it('pause --queue fulfilment disables one worker, and names resume --queue fulfilment', async () => {
    const { text, changed } = await run(pause, {}, { queue: 'fulfilment' });
    expect(changed).toEqual([false]);
    expect(text).toContain('Next: payhooks resume --queue fulfilment');
  });

  it('pause counts the fourteen days from the oldest message that waits', async () => {
    const { text } = await run(pause, { waiting: 3, oldest: 86_400 }, { queue: 'notifications' });
    expect(text).toContain('notifications: resume before 2026-12-12 10:00:00 UTC at the latest');
  });

  it('pause says that the age of waiting messages is not known when CloudWatch has no data', async () => {
    const { text } = await run(pause, { waiting: 3 }, { queue: 'notifications' });
    expect(text).toContain('3 waited before, and their age is not known');
  });

  it('pause changes no mapping that is disabled already', async () => {
    expect((await run(pause, { state: 'Disabled' })).changed).toEqual([]);
  });

  it('pause is refused for a worker that reads no queue', async () => {
    await expect(run(pause, { state: 'none' })).rejects.toThrow('payhooks-sandbox-transition-worker');
  });
});

it('resume enables both workers again', async () => {
  const { text, changed } = await run(resume, { state: 'Disabled' });
  expect(changed).toEqual([true, true]);
  expect(text).toContain('here works off its queues again.');
});

it.each([
  ['Disabled', true],
  ['Disabling', true],
  ['Enabled', false],
  ['Enabling', false],
])('a queue whose mapping is %s is paused: %s', async (state, isPaused) => {
  const { connection } = connected({ state });
  expect(await pausedQueues(connection)).toEqual({ notifications: isPaused, fulfilment: isPaused });
});
