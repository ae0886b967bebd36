/**
 * People, by the library calls that the command line makes: they answer holds (sometimes two at once, sometimes long
 * after they looked), send effects again, derive payments anew, and redrive dead letters. Each tries again until it
 * hears of success, or of a reason why not.
 */
import { OperatorError, rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { redeliver } from '../../shared/app/operator/redeliver.ts';
import { type RederiveDeps, type Rederived, rederive } from '../../shared/app/operator/rederive.ts';
import { DecisionError } from '../../shared/payment/index.ts';
import type { HoldDecision, PaymentKey } from '../../shared/payment/types.ts';
import { CALLER_TIMEOUT_MS, DAY, HOUR, MINUTE, START_MS } from './constants.ts';
import type { Message, QueueModel } from './models.ts';
import type { Seam } from './variant.ts';
import type { World } from './world.ts';

/** What somebody decided about a hold that they had looked at. */
export interface Answer extends Pick<HoldDecision, 'reason' | 'digest' | 'verdict'> {
  readonly payment: PaymentKey;
}

const OPERATOR_NOTE = { by: 'operator', note: 'simulated' };
/** By then a shop that opens again has done so, and its effects have failed. */
const LATE_MS = 8 * DAY;

export class Operators {
  readonly looked: Answer[] = [];
  /** Those of which the operator heard that they count. */
  readonly done: Answer[] = [];
  /** Effects that had failed for good when everything was quiet. */
  readonly failed = new Set<string>();
  /** Effects that were not sent again, because their grant is over. */
  readonly refused = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(story: number): void {
    const { engine, notifications, fulfilment } = this.#world;
    const { random } = engine;
    const sometimes = (probability: number, times: number, act: () => void): void => {
      if (!random.chance(probability)) return;
      for (let n = 1; n <= times; n += 1) engine.at(START_MS + n * Math.max(story / 2, MINUTE), act);
    };
    sometimes(0.35, 3, () => this.#look(story));
    sometimes(0.1, 2, () => this.#sendAgain(false));
    sometimes(0.15, 2, () => this.#deriveAnew());
    engine.at(START_MS + LATE_MS, () => this.#sendAgain(true));
    for (const queue of [notifications, fulfilment]) {
      queue.onDead = () => engine.after(random.between(10 * MINUTE, 3 * HOUR), () => this.#redrive(queue));
    }
  }

  /** Everything once more by today's code; nothing may be left to change. */
  lookAnew(): Promise<Rederived> {
    const { table, payments } = this.#world;
    const keys = payments.flatMap((planned) => this.#world.payment(planned)?.key ?? []);
    const seam = this.#world.seam('operator');
    return rederive(
      listedPayments(keys),
      { dryRun: true, ...OPERATOR_NOTE },
      { ...this.#deps(seam), store: table.plainPort() },
    );
  }

  #deps(seam: Seam): RederiveDeps {
    const world = this.#world;
    return {
      ...world.shared(seam),
      store: world.store(seam),
      fulfilment: world.queue(world.fulfilment, seam),
    };
  }

  #seam(): Seam {
    return this.#world.seam('operator', CALLER_TIMEOUT_MS);
  }

  #look(story: number): void {
    const { engine, payments } = this.#world;
    const { random } = engine;
    const held = payments.flatMap((planned) => {
      const payment = this.#world.payment(planned);
      return payment === undefined || payment.holds.length === 0 ? [] : [payment];
    });
    if (held.length === 0) return;
    const { key, holds } = random.pick(held);
    const { reason, digest } = random.pick(holds);
    const people = random.chance(0.3) ? 2 : 1;
    if (people === 2) engine.count('two operators');
    const thinkingMs = random.chance(0.5) ? 0 : random.between(0, Math.round(story / 2));
    for (let person = 0; person < people; person += 1) {
      const verdict = random.chance(0.7) ? 'release' : 'reject';
      const answer: Answer = { payment: key, reason, digest, verdict };
      this.looked.push(answer);
      engine.after(thinkingMs + random.between(0, 1_000), () => this.#answer(answer));
    }
  }

  #answer(answer: Answer): void {
    const { engine, variant } = this.#world;
    const seam = this.#seam();
    engine.note(`${seam.invocation.name}: ${answer.verdict} ${answer.reason} of ${answer.payment}`);
    const call = answer.verdict === 'release' ? releaseHold : rejectHold;
    const sent = variant.answer?.(answer, seam) ?? answer;
    this.#untilDone(
      () => call({ ...sent, ...OPERATOR_NOTE }, this.#deps(seam)),
      seam,
      () => {
        engine.count(`operator ${answer.verdict}`);
        this.done.push(answer);
      },
      () => this.#answer(answer),
    );
  }

  /** @param all every effect that failed; else one, whether it failed or arrived */
  #sendAgain(all: boolean): void {
    const { payments, engine } = this.#world;
    const effects = payments.flatMap((planned) => this.#world.effects(planned));
    const failed = effects.filter(({ state }) => state === 'failed');
    const arrived = effects.filter(({ state }) => state === 'delivered');
    if (all) for (const { id } of failed) this.failed.add(id);
    const one = failed.length > 0 ? failed : arrived;
    const chosen = all ? failed : one.length > 0 ? [engine.random.pick(one)] : [];
    for (const { id } of chosen) this.#redeliver(id);
  }

  #redeliver(id: string): void {
    const seam = this.#seam();
    this.#world.engine.note(`${seam.invocation.name}: send ${id} again`);
    this.#untilDone(
      () => redeliver(id, OPERATOR_NOTE, this.#deps(seam)),
      seam,
      () => this.#world.engine.count('operator redeliver'),
      () => this.#redeliver(id),
      () => this.refused.add(id),
    );
  }

  #deriveAnew(): void {
    const { engine, payments } = this.#world;
    const keys = payments.flatMap((planned) => this.#world.payment(planned)?.key ?? []);
    const dryRun = engine.random.chance(0.3);
    const seam = this.#seam();
    this.#untilDone(
      () => rederive(listedPayments(keys), { dryRun, ...OPERATOR_NOTE }, this.#deps(seam)),
      seam,
      () => engine.count(dryRun ? 'operator rederive, dry' : 'operator rederive'),
      () => this.#deriveAnew(),
    );
  }

  #redrive(queue: QueueModel): void {
    for (const letter of queue.deadLetters) this.#redriveOne(queue, letter);
  }

  /** As `payhooks dlq redrive` does: sent first, taken away when that is certain. */
  #redriveOne(queue: QueueModel, letter: Message): void {
    if (!queue.deadLetters.includes(letter)) return;
    const seam = this.#seam();
    const { engine } = this.#world;
    const port = this.#world.queue(queue, seam);
    this.#untilDone(
      async () => {
        await port.send(letter.body);
        await engine.call(seam.invocation, 'discard', () => queue.discard(letter));
      },
      seam,
      () => engine.count('operator redrive'),
      () => this.#redriveOne(queue, letter),
    );
  }

  #untilDone(
    work: () => Promise<unknown>,
    seam: Seam,
    done: () => void,
    again: () => void,
    refused: () => void = () => {},
  ): void {
    // Changed meanwhile, answered by another, no longer true: legitimate answers to an operator.
    const isAnswer = (error: unknown): boolean =>
      error instanceof DecisionError || error instanceof OperatorError;
    this.#world.untilDone(work, seam, done, again, (error) => {
      if (!isAnswer(error)) return false;
      this.#world.engine.count('operator refused');
      refused();
      return true;
    });
  }
}
