/**
 * The event source mappings of the stack: one poller each, which can be switched off and on, and the part of Lambda's
 * API that does it (ListEventSourceMappings, UpdateEventSourceMapping).
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, LOCAL_ACCOUNT, LOCAL_REGION, object } from '../template/resolve.ts';
import type { MappingSpec } from '../template/template.ts';
import { AwsError } from './json-protocol.ts';
import { type Poller, type PollerOptions, startPoller } from './pollers.ts';
import { queueUrl } from './sqs.ts';

/** Lambda's own path, including its API version. */
export const MAPPINGS_PATH = '/2015-03-31/event-source-mappings';

interface Mapping {
  readonly uuid: string;
  readonly spec: MappingSpec;
  poller: Poller | undefined;
  /** The last change; changes run one after another. */
  changing: Promise<void>;
}

export interface MappingOptions extends Omit<PollerOptions, 'sqs'> {
  /** The queue as the function's role may use it, because Lambda reads it with that role. */
  sqsFor(functionName: string): PollerOptions['sqs'];
}

export class EventSourceMappings {
  readonly #mappings: readonly Mapping[];
  readonly #options: MappingOptions;

  /** Starts a poller for each mapping. */
  constructor(specs: readonly MappingSpec[], options: MappingOptions) {
    this.#options = options;
    this.#mappings = specs.map((spec) => ({
      uuid: uuidOf(spec),
      spec,
      poller: this.#start(spec),
      changing: Promise.resolve(),
    }));
  }

  /** Answers one request below MAPPINGS_PATH. @throws AwsError as Lambda would answer */
  async call(method: string, path: string, query: URLSearchParams, body: Json): Promise<Json> {
    const uuid = path.slice(MAPPINGS_PATH.length).replaceAll('/', '');
    if (method === 'GET' && uuid === '') {
      // In the local stack, an alias points to its function.
      const name = query.get('FunctionName')?.replace(/:[\w-]+$/, '') ?? null;
      const wanted = this.#mappings.filter(({ spec }) => name === null || spec.functionName === name);
      return { EventSourceMappings: wanted.map(described) };
    }
    const mapping = this.#mappings.find((candidate) => candidate.uuid === uuid);
    if (mapping === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    }
    if (method === 'GET') return described(mapping);
    const { Enabled } = object(body);
    if (method !== 'PUT' || typeof Enabled !== 'boolean') {
      throw new AwsError('InvalidParameterValueException', 'only Enabled can be changed on this computer');
    }
    await this.#switch(mapping, Enabled);
    return described(mapping);
  }

  /** Waits for running batches, at most this number of milliseconds. */
  async stop(graceMs: number): Promise<void> {
    const stopping = Promise.all(this.#mappings.map(({ poller }) => poller?.stop()));
    const grace = new AbortController();
    await Promise.race([stopping, sleep(graceMs, undefined, { signal: grace.signal }).catch(() => {})]);
    grace.abort();
  }

  /** Lambda also reads the queue's attributes, and requires that permission of the function's role. */
  #start(spec: MappingSpec): Poller {
    const sqs = this.#options.sqsFor(spec.functionName);
    const look = { QueueUrl: queueUrl(spec.queueName), AttributeNames: ['All'] };
    sqs.call('GetQueueAttributes', look).catch((error: unknown) => {
      this.#options.onError(spec.functionName, `its queue failed: ${String(error)}`);
    });
    return startPoller(spec, { ...this.#options, sqs });
  }

  async #switch(mapping: Mapping, enabled: boolean): Promise<void> {
    mapping.changing = mapping.changing.then(async () => {
      if (enabled) mapping.poller ??= this.#start(mapping.spec);
      else {
        const { poller } = mapping;
        mapping.poller = undefined;
        await poller?.stop();
      }
    });
    await mapping.changing;
  }
}

/** The same at every start, so that scripts may store it. */
function uuidOf({ functionName, queueName }: MappingSpec): string {
  const hex = createHash('sha256').update(`${functionName}/${queueName}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

const described = ({ uuid, spec, poller }: Mapping): Json => ({
  UUID: uuid,
  State: poller === undefined ? 'Disabled' : 'Enabled',
  EventSourceArn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${spec.queueName}`,
  FunctionArn: `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${spec.functionName}`,
  BatchSize: spec.batchSize,
});
