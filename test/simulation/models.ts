/** Models of DynamoDB and SQS. The comment of each class names the modelled behaviour. */
import type { Item, Key, Queue, Store, Write, WriteResult } from '../../shared/app/ports.ts';
import { StoreBusyError } from '../../shared/app/ports.ts';
import { MAX_WRITES } from '../../shared/aws/dynamodb-store.ts';
import { checkRow } from '../support/aws-limits.ts';
import type { Engine, Invocation } from './engine.ts';

const address = (key: Key): string => `${key.pk}\u0000${key.sk}`;

/**
 * A DynamoDB table. The writes of one call are atomic, and a failed condition returns the stored row. Of two
 * transactions on one row at the same time, one is refused (the engine injects `StoreBusyError`). The sparse index
 * lags: a row enters and leaves the index some time after its write.
 */
export class TableModel {
  readonly rows = new Map<string, Item>();
  /** Called with every row that is put. */
  onPut: (item: Item) => void = () => {};
  /** Number of transactions until now; during a transaction, its own number. */
  transactions = 0;
  readonly #engine: Engine;
  readonly #created = new Map<string, number>();
  #index: { at: number; key: Key; shard?: string; openAt?: string }[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  portFor(invocation: Invocation): Store {
    // Throttled, or in conflict with another transaction. For the caller, a lost answer is the same error.
    const busy = {
      refused: () => new StoreBusyError('simulated'),
      lost: () => new StoreBusyError('simulated: answer lost'),
    };
    return {
      get: (key) =>
        this.#engine.call(invocation, `get ${key.sk}`, () => this.rows.get(address(key)), {
          refused: busy.refused,
        }),
      query: (pk, options) =>
        this.#engine.call(invocation, `query ${options.prefix ?? ''}`, () => this.query(pk, options), {
          refused: busy.refused,
        }),
      write: (writes) =>
        this.#engine.call(
          invocation,
          `write ${writes.map(name).join(' + ')}`,
          () => this.write(writes),
          busy,
        ),
      open: (shard, until, limit) =>
        this.#engine.call(invocation, `open ${shard}`, () => this.open(shard, until, limit)),
    };
  }

  /** A store without delays and faults, to read the state of a world. */
  plainPort(): Store {
    return {
      get: async (key) => this.rows.get(address(key)),
      query: async (pk, options) => this.query(pk, options),
      open: async (shard, until, limit) => this.open(shard, until, limit),
      write: async () => {
        throw new Error('this store is read-only');
      },
    };
  }

  query(pk: string, options: { prefix?: string; limit: number; after?: string }): Item[] {
    return [...this.rows.values()]
      .filter(
        (row) => row.pk === pk && row.sk.startsWith(options.prefix ?? '') && row.sk > (options.after ?? ''),
      )
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .slice(0, options.limit);
  }

  write(writes: readonly Write[]): WriteResult {
    const refused = writes.flatMap((write, index) => {
      const existing = this.rows.get(address(keyOf(write)));
      if (holds(write, existing)) return [];
      return [{ index, ...(existing === undefined ? {} : { existing }) }];
    });
    if (refused.length > 0) {
      this.#engine.count('condition refused');
      return { ok: false, refused };
    }
    if (new Set(writes.map((write) => address(keyOf(write)))).size !== writes.length) {
      throw new Error(
        'ValidationException: Transaction request cannot include multiple operations on one item',
      );
    }
    if (writes.length > MAX_WRITES) throw new RangeError(`${writes.length} writes in one transaction`);
    for (const write of writes) checkRow('put' in write ? write.put : keyOf(write));
    this.transactions += 1;
    for (const write of writes) this.#apply(write);
    return { ok: true };
  }

  /** Time of the first write of a row, in milliseconds. */
  createdAt(key: Key): number | undefined {
    return this.#created.get(address(key));
  }

  open(shard: string, until: string, limit: number): Key[] {
    return this.#index
      .filter(
        (entry) => entry.at <= this.#engine.now && entry.shard === shard && (entry.openAt ?? '') <= until,
      )
      .map((entry) => entry.key)
      .slice(0, limit);
  }

  #apply(write: Write): void {
    if ('check' in write) return;
    const key = keyOf(write);
    const item = 'put' in write ? stored(write.put) : undefined;
    if (item === undefined) this.rows.delete(address(key));
    else {
      this.rows.set(address(key), item);
      this.onPut(item);
      if (!this.#created.has(address(key))) this.#created.set(address(key), this.#engine.now);
    }
    // The index is updated later.
    const lag = this.#engine.random.between(0, 500);
    this.#engine.after(lag, () => {
      this.#index = this.#index.filter((entry) => address(entry.key) !== address(key));
      const row = this.rows.get(address(key));
      if (row?.openShard === undefined) return;
      this.#index.push({
        at: this.#engine.now,
        key: { pk: key.pk, sk: key.sk },
        shard: row.openShard,
        ...(row.openAt === undefined ? {} : { openAt: row.openAt }),
      });
    });
  }
}

function keyOf(write: Write): Key {
  if ('put' in write) return write.put;
  return 'check' in write ? write.check : write.remove;
}

function name(write: Write): string {
  const verb = 'put' in write ? 'put' : 'check' in write ? 'check' : 'remove';
  return `${verb} ${keyOf(write).sk}`;
}

function holds(write: Write, existing: Item | undefined): boolean {
  const { when } = write;
  if (when === 'always') return true;
  if (when === 'absent') return existing === undefined;
  if (when === 'present') return existing !== undefined;
  return existing?.version === when.versionIs;
}

/** Serializes a row as a write does, which drops undefined members. The row is frozen, so that reads need no copy. */
const stored = (item: Item): Item => frozen(JSON.parse(JSON.stringify(item)) as Item);

function frozen<T extends object>(value: T): T {
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) frozen(member);
  return Object.freeze(value);
}

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  /** The receipt that can delete the message: a new receive makes older receipts invalid. */
  receipt: number;
}

/**
 * A standard SQS queue: no order, and at-least-once delivery (a message may be received again, even after its
 * deletion). A received message is invisible, becomes visible again after the visibility timeout, and moves to the
 * dead-letter queue after `maxReceives`.
 */
export class QueueModel {
  readonly messages = new Map<string, Message>();
  readonly label: string;
  /** The messages of the dead-letter queue. */
  deadLetters: readonly Message[] = [];
  accepted = 0;
  /** Number of messages that were moved to the dead-letter queue, also of those that were redriven. */
  deadLetterCount = 0;
  /** Called when a message is put: the poller then receives. */
  onPut: () => void = () => {};
  /** Called when a message becomes a dead letter: operators then redrive. */
  onDead: () => void = () => {};
  readonly #engine: Engine;
  readonly #visibilityMs: number;
  readonly #maxReceives: number;
  readonly #duplicates: number;
  readonly #backlogMs: number;

  /** @param options.backlogMs the longest time until a message becomes visible: messages change their order */
  constructor(
    engine: Engine,
    label: string,
    options: {
      readonly visibilityMs: number;
      readonly maxReceives: number;
      readonly duplicates: number;
      readonly backlogMs?: number;
    },
  ) {
    this.#engine = engine;
    this.label = label;
    this.#visibilityMs = options.visibilityMs;
    this.#maxReceives = options.maxReceives;
    this.#duplicates = options.duplicates;
    this.#backlogMs = options.backlogMs ?? 0;
  }

  portFor(invocation: Invocation): Queue {
    const error = (what: string) => () => new Error(`${this.label}: ${what}`);
    return {
      send: (body, options) =>
        this.#engine.call(
          invocation,
          `send ${this.label}`,
          () => this.put(body, (options?.delaySeconds ?? 0) * 1000),
          {
            refused: error('ServiceUnavailable'),
            lost: error('timeout after the message was accepted'),
          },
        ),
    };
  }

  put(body: string, delayMs = 0): void {
    this.accepted += 1;
    const id = `${this.label}-${this.accepted}`;
    const backlog = this.#backlogMs === 0 ? 0 : this.#engine.random.between(0, this.#backlogMs);
    this.messages.set(id, {
      id,
      body,
      sentAt: this.#engine.now,
      visibleAt: this.#engine.now + delayMs + backlog,
      receives: 0,
      receipt: 0,
    });
    this.onPut();
  }

  /** Up to `limit` visible messages in random order. */
  receive(limit: number): { message: Message; receipt: number }[] {
    const visible = [...this.messages.values()].filter((message) => message.visibleAt <= this.#engine.now);
    const batch: { message: Message; receipt: number }[] = [];
    for (const message of this.#engine.random.shuffled(visible).slice(0, limit)) {
      if (message.receives >= this.#maxReceives) {
        this.messages.delete(message.id);
        this.deadLetters = [...this.deadLetters, message];
        this.deadLetterCount += 1;
        this.#engine.count(`dead letter ${this.label}`);
        this.onDead();
        continue;
      }
      message.receives += 1;
      if (message.receives > 1) this.#engine.count(`received again ${this.label}`);
      message.receipt += 1;
      message.visibleAt = this.#engine.now + this.#visibilityMs;
      batch.push({ message, receipt: message.receipt });
    }
    return batch;
  }

  delete(message: Message, receipt: number): void {
    if (this.messages.get(message.id)?.receipt !== receipt) return;
    this.messages.delete(message.id);
    if (!this.#engine.random.chance(this.#duplicates)) return;
    this.#engine.count(`duplicated ${this.label}`);
    this.put(message.body, this.#engine.random.between(0, 60_000));
  }

  /** Removes a message from the dead-letter queue. */
  discard(message: Message): void {
    this.deadLetters = this.deadLetters.filter((letter) => letter !== message);
  }

  /** ChangeMessageVisibility: seconds from now until it may be received again. */
  postpone(message: Message, receipt: number, seconds: number): void {
    if (this.messages.get(message.id)?.receipt !== receipt) return;
    message.visibleAt = this.#engine.now + seconds * 1000;
  }

  nextVisibleAt(): number | undefined {
    let soonest: number | undefined;
    for (const { visibleAt } of this.messages.values()) {
      if (soonest === undefined || visibleAt < soonest) soonest = visibleAt;
    }
    return soonest;
  }
}
