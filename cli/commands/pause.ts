import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  type EventSourceMappingConfiguration,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { hasAlias } from '../../infra/function-settings.ts';
import { ALIAS } from '../../infra/names.ts';
import type { Command, Request } from '../command.ts';
import type { Connection } from '../connect.ts';
import { QUEUES } from '../dlq/dead-letters.ts';
import { textOption } from '../options.ts';
import { age, type Line, type Report, state, table, time } from '../output.ts';
import { Problem } from '../problem.ts';

const WORKER = { notifications: 'transition-worker', fulfilment: 'fulfilment-worker' } as const;
type QueueName = keyof typeof WORKER;

const options = {
  queue: textOption('QUEUE', 'one queue: notifications or fulfilment; default: both'),
} as const;

export const pause: Command = {
  details: [
    'Disables the event source mappings of the workers. SQS keeps messages for 14 days; prints until when none is lost.',
    'With --queue fulfilment, payments are still derived, but the merchant gets no events.',
  ],
  options,
  run: (request) => switched(request, false),
};

export const resume: Command = {
  options,
  run: (request) => switched(request, true),
};

interface Paused {
  readonly queue: QueueName;
  readonly state: string;
  readonly waiting: number;
  /** In work or backing off. Messages that failed before are among them, and CloudWatch's age omits those. */
  readonly notVisible: number;
  /** Latest safe time, ISO 8601; undefined when the age of the oldest message is not known. */
  readonly safeUntil: string | undefined;
  readonly oldestAgeMs: number | undefined;
  readonly retentionMs: number;
}

async function switched({ flags, world }: Request, enabled: boolean): Promise<Report> {
  const only = flags.oneOf('queue', QUEUES);
  const connection = await world.connect();
  const queues: Paused[] = [];
  for (const queue of only === undefined ? QUEUES : [only]) {
    const mappings = await mappingsOf(connection, queue);
    const states = await Promise.all(mappings.map((mapping) => change(connection, mapping, enabled)));
    queues.push(await measured(connection, queue, states.join(', '), world.now()));
  }
  return enabled ? resumed(connection, queues) : paused(connection, queues, world.now());
}

export async function mappingsOf(
  connection: Connection,
  queue: QueueName,
): Promise<readonly EventSourceMappingConfiguration[]> {
  const name = connection.resource(WORKER[queue]);
  // Lambda lists the mappings of a function and of its alias separately.
  const FunctionName = hasAlias(connection.config, WORKER[queue]) ? `${name}:${ALIAS}` : name;
  const { EventSourceMappings = [] } = await connection.clients.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  if (EventSourceMappings.length > 0) return EventSourceMappings;
  throw Problem.notFound(
    `${FunctionName} has no event source mapping.`,
    'Check AWS account and region. If they are right, deploy again: this restores the mapping.',
  );
}

/** Whether the worker of each queue is stopped or stopping. */
export async function pausedQueues(connection: Connection): Promise<Readonly<Record<QueueName, boolean>>> {
  const states = await Promise.all(
    QUEUES.map(async (queue) => {
      const mappings = await mappingsOf(connection, queue);
      return [queue, mappings.every(({ State = '' }) => /^Disabl/.test(State))] as const;
    }),
  );
  return Object.fromEntries(states) as Record<QueueName, boolean>;
}

async function change(
  { clients }: Connection,
  { UUID, State }: EventSourceMappingConfiguration,
  enabled: boolean,
): Promise<string> {
  if (State === (enabled ? 'Enabled' : 'Disabled')) return State;
  const changed = await clients.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
  return changed.State ?? 'unknown';
}

async function measured(connection: Connection, queue: QueueName, how: string, now: number): Promise<Paused> {
  const { Attributes = {} } = await connection.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await connection.queueUrl(queue),
      AttributeNames: ['All'],
    }),
  );
  const retentionMs = Number(Attributes.MessageRetentionPeriod ?? 0) * 1_000;
  const counted = (name: 'ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible') =>
    Number(Attributes[name] ?? 0);
  const notVisible = counted('ApproximateNumberOfMessagesNotVisible');
  const waiting = counted('ApproximateNumberOfMessages') + notVisible;
  const oldestAgeMs = waiting === 0 ? 0 : await oldestAge(connection, queue, now);
  const safeUntil =
    oldestAgeMs === undefined ? undefined : new Date(now + retentionMs - oldestAgeMs).toISOString();
  return { queue, state: how, waiting, notVisible, safeUntil, oldestAgeMs, retentionMs };
}

/** Age of the oldest message; undefined when not known. SQS publishes it to CloudWatch only. */
async function oldestAge({ kind, clients, resource }: Connection, queue: QueueName, now: number) {
  if (kind === 'local') return undefined;
  const { Datapoints = [] } = await clients.cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: resource(queue) }],
      StartTime: new Date(now - 15 * 60_000),
      EndTime: new Date(now),
      Period: 60,
      Statistics: ['Maximum'],
    }),
  );
  return Datapoints.length === 0
    ? undefined
    : Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum)) * 1_000;
}

function paused({ selector, label }: Connection, queues: readonly Paused[], now: number): Report {
  const lines = queues.map(({ queue, safeUntil, oldestAgeMs, retentionMs, waiting }): Line => {
    const days = `SQS keeps a message ${age(retentionMs)}`;
    if (safeUntil === undefined) {
      return `${queue}: ${days}; ${waiting} waited before, and their age is not known: messages that arrive from now on are kept until ${time(now + retentionMs)} UTC.`;
    }
    if (waiting === 0) {
      return `${queue}: nothing is lost until ${time(safeUntil)} UTC (${days}; nothing waits yet).`;
    }
    // The age is of the oldest message that was received less than three times: one that failed before may be older.
    return `${queue}: resume before ${time(safeUntil)} UTC at the latest (${days}; the oldest message waits for ${age(oldestAgeMs ?? 0)}; messages that failed before may be older, and are lost earlier).`;
  });
  return {
    json: { paused: true, queues },
    lines: [
      ...tableOf(queues),
      '',
      ...lines,
      `Notifications are still verified, answered and kept. Until you resume, ${STOPPED[only(queues)]}.`,
      `Next: ${['payhooks resume', ...(queues.length === 1 ? ['--queue', only(queues)] : []), selector].filter(Boolean).join(' ')}  (${label})`,
    ],
  };
}

const only = (queues: readonly Paused[]): QueueName | 'both' =>
  queues.length === 1 ? (queues[0]?.queue ?? 'both') : 'both';

const STOPPED: Readonly<Record<QueueName | 'both', string>> = {
  notifications: 'payments do not change, and the merchant gets only events of changes made before the pause',
  fulfilment: 'payments are derived, but the merchant gets no events',
  both: 'payments do not change, and the merchant gets no events',
};

const resumed = ({ label }: Connection, queues: readonly Paused[]): Report => {
  const one = only(queues);
  const what = one === 'both' ? 'its queues' : `its ${one} queue`;
  return {
    json: { paused: false, queues },
    lines: [...tableOf(queues), '', `${label} works off ${what} again.`],
  };
};

const tableOf = (queues: readonly Paused[]): readonly Line[] =>
  table(
    ['QUEUE', 'MAPPING', 'WAITING'],
    queues.map(({ queue, state: how, waiting }) => [queue, state(how), String(waiting)]),
  );
