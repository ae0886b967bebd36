/**
 * A cooperative scheduler with virtual time. Every call of a handler to the outside (table, queue, target, idempotency
 * store) becomes an operation that waits in the scheduler. The seed chooses the next operation and its fault: it runs,
 * fails, runs but loses its answer, or ends the process. So concurrent invocations interleave in every way that awaits
 * allow, and a process can crash at every await.
 */
import { Random } from './random.ts';

/** One invocation of a handler: a Lambda environment that handles one event. A dead invocation gets no answers. */
export interface Invocation {
  readonly name: string;
  dead: boolean;
  /** The invocation has answered: its time limit ends, and its pending work continues in its environment. */
  over?: boolean;
}

export type Fault =
  | 'none'
  | 'crash-before'
  | 'crash-after'
  | 'refused'
  | 'answer-lost'
  | 'slow'
  | 'late'
  | 'stall';

/** How a call may fail; without an error of a kind, the call never fails in that way. */
export interface CallOptions {
  /** The error when the call had no effect: throttled, in conflict, unavailable. */
  readonly refused?: () => Error;
  /** The error when the call had its effect, but the answer was lost. */
  readonly lost?: () => Error;
  /** Milliseconds until the caller gives up (with `lost`); absent: the caller waits until its process ends. */
  readonly timeoutMs?: number;
  /** The longest time after which a request takes effect, even if its caller has given up. */
  readonly latestMs?: number;
}

interface Operation {
  readonly run: () => void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export interface FaultRates {
  /** Probability that the process dies before or after the call takes effect. */
  readonly crash: number;
  /** The call has no effect: throttled, or in conflict with another transaction. */
  readonly refused: number;
  /** The call has its effect, but the caller gets an error. */
  readonly answerLost: number;
  /** The answer or the request takes seconds to a minute, often longer than the caller's time limit. */
  readonly slow: number;
  /** The request takes long, but less than every time limit: other invocations write between a read and a write. */
  readonly stall: number;
}

export const NO_FAULTS: FaultRates = { crash: 0, refused: 0, answerLost: 0, slow: 0, stall: 0 };

const LONGEST_STALL_MS = 1_500;
const SLOWEST_MS = 60_000;

/**
 * More steps mean an endless loop, which must fail the seed. The longest of 20,000 worlds takes 55,000 steps: its shop
 * is closed for ever, and operators redrive dead letters many times.
 */
const MAX_STEPS = 200_000;

export class Engine {
  readonly random: Random;
  /** Virtual time in milliseconds since 1970. */
  now: number;
  faults: FaultRates = NO_FAULTS;
  steps = 0;
  readonly log: string[] = [];
  /** Number of occurrences by name ("refused write", "crash-after deliver"), to see which of them a seed reaches. */
  readonly counts = new Map<string, number>();
  readonly #operations: Operation[] = [];
  readonly #timers: Timer[] = [];
  #order = 0;

  constructor(seed: number, startMs: number) {
    this.random = new Random(seed);
    this.now = startMs;
  }

  note(line: string): void {
    this.log.push(`${((this.now - 1_700_000_000_000) / 1000).toFixed(1)}s ${line}`);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Runs the action at a virtual time; timers of the same time run in the order in which they were set. */
  at(time: number, run: () => void): void {
    this.#order += 1;
    this.#timers.push({ at: Math.max(time, this.now), order: this.#order, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** A call of an invocation to the outside. @param effect the work that the called service does */
  call<T>(invocation: Invocation, label: string, effect: () => T, options: CallOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (invocation.dead) return;
      const run = (): void => {
        if (invocation.dead) return;
        const fault = this.#draw(options);
        if (fault !== 'none') {
          this.count(`${fault} ${label.split(' ')[0]}`);
          this.note(`${invocation.name} ${label}: ${fault}`);
        }
        this.#perform(invocation, effect, fault, options, {
          resolve: (value) => {
            if (!invocation.dead) resolve(value);
          },
          reject: (cause) => {
            if (!invocation.dead) reject(cause);
          },
        });
      };
      this.#operations.push({ run });
    });
  }

  /** Runs until no operation and no timer is left, or virtual time reaches `until`. */
  async run(until: number): Promise<void> {
    for (;;) {
      await settle();
      this.steps += 1;
      if (this.steps > MAX_STEPS) throw new Error(`does not come to rest: more than ${MAX_STEPS} steps`);
      if (this.#operations.length > 0) {
        const index = this.random.below(this.#operations.length);
        const [operation] = this.#operations.splice(index, 1);
        // Calls take time, so that leases and deadlines pass while others run.
        this.now += this.random.between(1, 20);
        operation?.run();
        this.#fire();
        continue;
      }
      const next = this.#nextTimer();
      if (next === undefined || next > until) {
        this.now = Math.max(this.now, Math.min(until, next ?? until));
        return;
      }
      this.now = Math.max(this.now, next);
      this.#fire();
    }
  }

  #perform<T>(
    invocation: Invocation,
    effect: () => T,
    fault: Fault,
    { refused, lost, timeoutMs, latestMs = SLOWEST_MS }: CallOptions,
    { resolve, reject }: { readonly resolve: (value: T) => void; readonly reject: (cause: unknown) => void },
  ): void {
    if (fault === 'crash-before') {
      invocation.dead = true;
      return;
    }
    if (fault === 'refused') {
      reject(refused?.());
      return;
    }
    const carryOut = (): (() => void) => {
      try {
        const value = effect();
        return () => resolve(value);
      } catch (error) {
        return () => reject(error);
      }
    };
    if (fault === 'stall') {
      this.after(this.random.between(10, LONGEST_STALL_MS), () => carryOut()());
      return;
    }
    const delayMs = this.random.between(1_000, SLOWEST_MS);
    if (fault === 'slow' || fault === 'late') {
      if (timeoutMs !== undefined && delayMs > timeoutMs) this.after(timeoutMs, () => reject(lost?.()));
      if (fault === 'slow') {
        const respond = carryOut();
        this.after(delayMs, respond);
      } else {
        // A sent request arrives, even after its sender has died.
        this.after(Math.min(delayMs, latestMs), () => carryOut()());
      }
      return;
    }
    const respond = carryOut();
    if (fault === 'crash-after') invocation.dead = true;
    else if (fault === 'answer-lost') reject(lost?.());
    else respond();
  }

  #draw({ refused, lost }: CallOptions): Fault {
    const { crash, refused: refusals, answerLost, slow, stall } = this.faults;
    if (this.random.chance(stall)) return 'stall';
    const roll = this.random.next();
    if (roll < crash) return this.random.chance(0.5) ? 'crash-before' : 'crash-after';
    if (roll < crash + slow) return this.random.chance(0.5) ? 'slow' : 'late';
    if (refused !== undefined && roll < crash + slow + refusals) return 'refused';
    if (lost !== undefined && roll < crash + slow + refusals + answerLost) return 'answer-lost';
    return 'none';
  }

  #nextTimer(): number | undefined {
    return this.#timers.reduce<number | undefined>(
      (soonest, timer) => (soonest === undefined || timer.at < soonest ? timer.at : soonest),
      undefined,
    );
  }

  #fire(): void {
    for (;;) {
      const due = this.#timers
        .filter((timer) => timer.at <= this.now)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (due === undefined) return;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      due.run();
    }
  }
}

/** Waits until every promise callback has run: a macrotask runs after all microtasks. */
async function settle(): Promise<void> {
  // Two turns, because the intake waits one turn before it signs its answer.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
