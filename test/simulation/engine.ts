/**
 * A cooperative scheduler under virtual time. Every call a handler makes to the outside (table, queue, target,
 * idempotency store) becomes an operation that waits here; the seed decides which one runs next, and whether it
 * runs, fails, runs and loses its answer, or takes the whole process down with it. So concurrent invocations
 * interleave in every way that awaits allow, and a crash can happen at every await.
 */
import { Random } from './random.ts';

/** One run of a handler: a Lambda environment busy with one event. A dead one never hears an answer again. */
export interface Invocation {
  readonly name: string;
  dead: boolean;
}

export type Fault = 'none' | 'crash-before' | 'crash-after' | 'refused' | 'answer-lost';

interface Operation {
  readonly label: string;
  readonly invocation: Invocation;
  readonly run: () => void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export interface FaultRates {
  /** Process dies before or after the call took effect. */
  readonly crash: number;
  /** Nothing happened: throttled, or in conflict with another transaction. */
  readonly refused: number;
  /** It happened, but the caller sees an error. */
  readonly answerLost: number;
}

export const NO_FAULTS: FaultRates = { crash: 0, refused: 0, answerLost: 0 };

/** More steps than this means that something spins: a bug worth a failing seed. */
const MAX_STEPS = 200_000;

export class Engine {
  readonly random: Random;
  /** Milliseconds since 1970, virtual. */
  now: number;
  faults: FaultRates = NO_FAULTS;
  steps = 0;
  readonly log: string[] = [];
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

  /** Runs `action` at a virtual time; timers due at the same time run in the order they were set. */
  at(time: number, run: () => void): void {
    this.#order += 1;
    this.#timers.push({ at: Math.max(time, this.now), order: this.#order, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /**
   * A call from an invocation to the outside. `effect` is what happens there; `refusal` is the error for a call
   * that was refused without effect (absent: this kind of call is never refused).
   */
  call<T>(
    invocation: Invocation,
    label: string,
    effect: () => T,
    errors: { readonly refused?: () => Error; readonly lost?: () => Error } = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (invocation.dead) return;
      const run = (): void => {
        if (invocation.dead) return;
        const fault = this.#draw(errors.refused !== undefined, errors.lost !== undefined);
        if (fault === 'crash-before') {
          this.#kill(invocation, label, 'before');
        } else if (fault === 'refused') {
          this.note(`${invocation.name} ${label}: refused`);
          reject(errors.refused?.());
        } else {
          this.#perform(effect, fault, { invocation, label }, resolve, (cause) =>
            reject(cause ?? errors.lost?.()),
          );
        }
      };
      this.#operations.push({ label, invocation, run });
    });
  }

  /** Runs until nothing is left to do or virtual time reaches `until`. */
  async run(until: number): Promise<void> {
    for (;;) {
      await settle();
      this.steps += 1;
      if (this.steps > MAX_STEPS) throw new Error(`more than ${MAX_STEPS} steps: something spins`);
      if (this.#operations.length > 0) {
        const index = this.random.below(this.#operations.length);
        const [operation] = this.#operations.splice(index, 1);
        // Calls take time, so leases and deadlines really pass while others run.
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
    effect: () => T,
    fault: Fault,
    { invocation, label }: { readonly invocation: Invocation; readonly label: string },
    resolve: (value: T) => void,
    /** Without a cause: it happened, but the answer was lost. */
    reject: (cause?: unknown) => void,
  ): void {
    let value: T;
    try {
      value = effect();
    } catch (error) {
      reject(error);
      return;
    }
    if (fault === 'crash-after') {
      this.#kill(invocation, label, 'after');
    } else if (fault === 'answer-lost') {
      this.note(`${invocation.name} ${label}: done, answer lost`);
      reject();
    } else {
      resolve(value);
    }
  }

  #draw(refusable: boolean, losable: boolean): Fault {
    const { crash, refused, answerLost } = this.faults;
    const roll = this.random.next();
    if (roll < crash) return this.random.chance(0.5) ? 'crash-before' : 'crash-after';
    if (refusable && roll < crash + refused) return 'refused';
    if (losable && roll < crash + refused + answerLost) return 'answer-lost';
    return 'none';
  }

  #kill(invocation: Invocation, label: string, when: string): void {
    invocation.dead = true;
    this.note(`${invocation.name} killed ${when} ${label}`);
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

/** Lets every promise callback run: a macrotask comes after all microtasks. */
async function settle(): Promise<void> {
  // Twice, because intake itself yields one turn before it signs its answer.
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
