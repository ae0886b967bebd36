/**
 * Worker processes over one engine, with two queues that behave like standard queues of SQS: at-least-once delivery, no
 * order, and a new receive after the receiver died. When everything waits, the clock jumps forward, so backoffs and
 * leases take no real time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { EFFECT_ENVELOPE_SCHEMA } from '../../shared/app/platform/effect-schema.ts';
import { readMessage } from '../../shared/app/platform/read-message.ts';
import type { MerchantEvent } from '../../shared/payment/types.ts';
import { root } from '../support/source-files.ts';
import type { FromWorker, ToWorker, WorkerRequest } from './worker.ts';

export type Kind = 'transition' | 'fulfilment';

interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
  taken: boolean;
}

/** An event that the shop received, with its number of deliveries. */
export interface Received {
  readonly event: MerchantEvent;
  copies: number;
}

export interface FleetOptions {
  readonly endpoint: string;
  readonly table: string;
  readonly idempotencyTable: string;
  readonly workers: Readonly<Record<Kind, number>>;
  /** Number of SIGKILLs for each kind of worker: the first at a handover, the others at random moments. */
  readonly kills: number;
  readonly random: () => number;
}

const BATCH = 5;
/** Share of the batches whose worker is killed, while kills are left. */
const KILL_SHARE = 0.5;
/** Time limit of an invocation: a killed invocation blocks its idempotency key for this real time. */
const TIMEOUT_MS = 400;
/** After this many receives the test fails (infra/queue-limits.ts has 50 for notifications). */
const MAX_RECEIVES = 200;

interface Running {
  readonly batch: readonly QueuedMessage[];
  /** The request at which the worker is killed before its answer (0: the first), or the first that hands over data. */
  killAtRequest: number | 'handover' | undefined;
  readonly finish: (failures: readonly string[] | 'killed') => void;
  readonly delivering: Set<string>;
}

class Worker {
  readonly kind: Kind;
  readonly ready: Promise<void>;
  running: Running | undefined;
  readonly #child: ChildProcess;

  constructor(
    kind: Kind,
    child: ChildProcess,
    hooks: { requested(worker: Worker, request: WorkerRequest): void; ended(worker: Worker): void },
  ) {
    this.kind = kind;
    this.#child = child;
    this.ready = new Promise((resolve) => {
      child.on('message', (message: FromWorker) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'ask') hooks.requested(this, message);
        else this.running?.finish(message.failures);
      });
    });
    child.once('exit', () => hooks.ended(this));
  }

  notify(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/**
 * Bundles the worker into one file, without the modules that the deployed bundles leave out
 * (infra/constructs/bundles.ts): each test starts dozens of processes, and loading takes most of their time.
 */
export async function bundleWorker(): Promise<{ readonly path: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'payhooks-worker-'));
  const path = join(folder, 'worker.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(root, 'shared/aws/environment-credentials.ts') },
    external: ['@smithy/core/event-streams'],
    define: { PAYHOOKS_BUNDLED: 'true' },
    logLevel: 'silent',
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export class Fleet {
  readonly received = new Map<string, Received>();
  readonly altered: string[] = [];
  /** Effects whose worker was killed after the shop got the event: these effects may be delivered twice. */
  readonly uncertain = new Set<string>();
  /** Effects whose worker was killed while it held their message, at any moment. */
  readonly interrupted = new Set<string>();
  readonly kills = { transition: 0, fulfilment: 0 };
  mostReceives = 0;
  readonly #queues: Readonly<Record<Kind, Map<string, QueuedMessage>>> = {
    transition: new Map(),
    fulfilment: new Map(),
  };
  readonly #options: FleetOptions;
  readonly #scripts: Readonly<Record<Kind, string>>;
  readonly #workers = new Set<Worker>();
  #messages = 0;
  #skewMs = 0;
  #lastKill = 0;
  #resume: () => void = () => {};
  #stopped = false;

  /** @param script the bundled worker, one for both kinds or one for each */
  constructor(script: string | Readonly<Record<Kind, string>>, options: FleetOptions) {
    this.#scripts = typeof script === 'string' ? { transition: script, fulfilment: script } : script;
    this.#options = options;
    for (const kind of ['transition', 'fulfilment'] as const) {
      for (let n = 0; n < options.workers[kind]; n++) this.#start(kind);
    }
  }

  send(kind: Kind, body: string): void {
    const id = `m${++this.#messages}`;
    this.#queues[kind].set(id, { id, body, visibleAt: 0, receives: 0, taken: false });
    this.#resume();
  }

  /** Resolves when both queues are empty and no worker runs. @param busy until it settles, messages may be sent */
  async drain(busy: Promise<unknown> = Promise.resolve()): Promise<void> {
    let more = true;
    busy.finally(() => {
      more = false;
      this.#resume();
    });
    await Promise.all([...this.#workers].map(({ ready }) => ready));
    for (;;) {
      const resumed = new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      for (const worker of this.#workers) this.#dispatch(worker);
      const waiting = [...this.#queues.transition.values(), ...this.#queues.fulfilment.values()];
      if (waiting.length === 0 && !more) return;
      const idle = [...this.#workers].every(({ running }) => running === undefined);
      if (!idle || waiting.length === 0) {
        await resumed;
        continue;
      }
      await this.#jump(waiting);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const ended = [...this.#workers].map(
      (worker) =>
        new Promise<void>((resolve) => {
          const poll = setInterval(() => {
            if (this.#workers.has(worker)) return;
            clearInterval(poll);
            resolve();
          }, 5);
        }),
    );
    for (const worker of this.#workers) worker.kill();
    await Promise.all(ended);
  }

  get #now(): number {
    return Date.now() + this.#skewMs;
  }

  /** Jumps forward in time when everything waits. The time limit of a killed invocation must pass in real time. */
  async #jump(waiting: readonly QueuedMessage[]): Promise<void> {
    await Promise.all([...this.#workers].map(({ ready }) => ready));
    const rest = this.#lastKill + TIMEOUT_MS + 50 - Date.now();
    if (rest > 0) await sleep(rest);
    const next = Math.min(...waiting.map(({ visibleAt }) => visibleAt));
    this.#skewMs += Math.max(0, next - this.#now);
  }

  #start(kind: Kind): void {
    const { endpoint, table, idempotencyTable } = this.#options;
    const child = fork(this.#scripts[kind], [kind, endpoint, table, idempotencyTable], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#workers.add(
      new Worker(kind, child, {
        requested: (worker, request) => this.#requested(worker, request),
        ended: (worker) => this.#ended(worker),
      }),
    );
  }

  #dispatch(worker: Worker): void {
    if (worker.running !== undefined) return;
    const queue = this.#queues[worker.kind];
    const visible = [...queue.values()].filter(({ taken, visibleAt }) => !taken && visibleAt <= this.#now);
    const batch = visible.sort(() => this.#options.random() - 0.5).slice(0, BATCH);
    if (batch.length === 0) return;
    for (const message of batch) {
      message.taken = true;
      message.receives += 1;
      this.mostReceives = Math.max(this.mostReceives, message.receives);
      if (message.receives > MAX_RECEIVES)
        throw new Error(
          `message ${message.id} was received more than ${MAX_RECEIVES} times: ${message.body}`,
        );
    }
    const finish = (failures: readonly string[] | 'killed') => {
      // The planned request never came, so the kill is still to be done.
      if (worker.running?.killAtRequest !== undefined && failures !== 'killed') this.kills[worker.kind] -= 1;
      worker.running = undefined;
      for (const message of batch) {
        message.taken = false;
        if (failures !== 'killed' && !failures.includes(message.id)) queue.delete(message.id);
      }
      this.#resume();
    };
    worker.running = { batch, finish, killAtRequest: undefined, delivering: new Set() };
    this.#planKill(worker, worker.running);
    worker.notify({
      type: 'invoke',
      skewMs: this.#skewMs,
      timeoutMs: TIMEOUT_MS,
      event: { Records: batch.map((message) => recordOf(message)) },
    });
  }

  /** Plans a kill: the first at a handover, the others at a random request or after a random time. */
  #planKill(worker: Worker, running: Running): void {
    const { kills, random } = this.#options;
    const given = this.kills[worker.kind];
    if (given >= kills || random() >= KILL_SHARE) return;
    this.kills[worker.kind] += 1;
    if (given === 0) running.killAtRequest = 'handover';
    else if (random() < 0.5) running.killAtRequest = Math.floor(random() * 3);
    else {
      setTimeout(() => {
        if (worker.running === running) this.#kill(worker);
        else this.kills[worker.kind] -= 1;
      }, random() * 12);
    }
  }

  #kill(worker: Worker): void {
    this.#lastKill = Date.now();
    for (const id of worker.running?.delivering ?? []) this.uncertain.add(id);
    if (worker.kind === 'fulfilment') {
      for (const { body } of worker.running?.batch ?? []) {
        const { payment, effect, also = effect } = readMessage(body, EFFECT_ENVELOPE_SCHEMA);
        for (const name of [effect, also]) this.interrupted.add(`${payment}#${name}`);
      }
    }
    worker.kill();
  }

  #requested(worker: Worker, { number, what, body, seconds = 0 }: WorkerRequest): void {
    const { running } = worker;
    if (running === undefined) return;
    // The request takes effect, but a killed worker gets no answer.
    if (what === 'send') this.send('fulfilment', body);
    else if (what === 'deliver') running.delivering.add(this.#receive(body));
    else {
      const message = running.batch.find(({ id }) => id === body);
      if (message !== undefined) message.visibleAt = this.#now + seconds * 1_000;
    }
    const { killAtRequest } = running;
    if (killAtRequest === 0 || (killAtRequest === 'handover' && what !== 'putOff')) {
      this.#kill(worker);
      return;
    }
    if (typeof killAtRequest === 'number') running.killAtRequest = killAtRequest - 1;
    worker.notify({ type: 'answer', number });
  }

  #receive(body: string): string {
    const event = JSON.parse(body) as MerchantEvent;
    const known = this.received.get(event.id);
    if (known === undefined) this.received.set(event.id, { event, copies: 1 });
    else {
      known.copies += 1;
      if (JSON.stringify(known.event) !== JSON.stringify(event)) this.altered.push(event.id);
    }
    return event.id;
  }

  #ended(worker: Worker): void {
    this.#workers.delete(worker);
    if (!this.#stopped) this.#start(worker.kind);
    worker.running?.finish('killed');
  }
}

function recordOf({ id, body, receives }: QueuedMessage) {
  return {
    messageId: id,
    receiptHandle: id,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(Date.now()),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:queue',
    awsRegion: 'eu-west-1',
  };
}
