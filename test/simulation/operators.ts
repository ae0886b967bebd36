/**
 * Operators, with the library calls of the command line. They answer holds, and confirm or reject payments that wait:
 * sometimes two operators at once, sometimes long after they read the payment, in some worlds until nothing is open.
 * They redeliver effects, rederive payments and redrive dead letters. Each call is repeated until it succeeds or is
 * refused.
 */
import { OperatorError, rejectHold, releaseHold } from '../../shared/app/operator/holds.ts';
import { listedPayments } from '../../shared/app/operator/payment-pages.ts';
import { redeliver } from '../../shared/app/operator/redeliver.ts';
import { type RederiveDeps, type Rederived, rederive } from '../../shared/app/operator/rederive.ts';
import { confirmPayment, rejectPayment } from '../../shared/app/operator/waiting.ts';
import { DecisionError, waitingOf } from '../../shared/payment/index.ts';
import type { HoldDecision, Payment, PaymentKey } from '../../shared/payment/types.ts';
import { CALLER_TIMEOUT_MS, DAY, HOUR, MINUTE, START_MS } from './constants.ts';
import type { Message, QueueModel } from './models.ts';
import type { Seam } from './variant.ts';
import type { World } from './world.ts';

/** An operator's answer to a hold or to a payment that waits, as the operator read it. */
export interface Answer extends Pick<HoldDecision, 'reason' | 'digest' | 'verdict' | 'paid' | 'returned'> {
  readonly payment: PaymentKey;
}

const OPERATOR_NOTE = { by: 'operator', note: 'simulated' };
/** By this time, a shop that opens again is open, and the effects that it did not get have failed. */
const LATE_MS = 8 * DAY;
/**
 * From this time on, in some worlds, operators answer everything in rounds, because an answer may cause another hold.
 */
const ANSWERED_MS = 9 * DAY;
const ROUNDS = 8;
/** From this round on, operators only reject. */
const GIVE_UP = 5;

/** Whether a payment is held, or has a status that is not final. */
export const isOpen = ({ holds, status, reading, decisions }: Payment): boolean =>
  !decisions.some(({ verdict }) => verdict === 'reject') &&
  (holds.length > 0 ||
    (reading.kind === 'payment' &&
      reading.noMoneyReported !== true &&
      ['pending', 'authorized', 'processing', 'in_review', 'awaiting_confirmation', 'disputed'].includes(
        status,
      )));

export class Operators {
  readonly prepared: Answer[] = [];
  /** Answers that were confirmed to the operator. */
  readonly confirmed: Answer[] = [];
  /** Effects that had failed for good when operators redelivered all failed effects. */
  readonly failed = new Set<string>();
  /** Effects whose redelivery was refused, because their grant has ended. */
  readonly refused = new Set<string>();
  /** Whether operators answer everything in the end. */
  readonly answersAll: boolean;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.answersAll = world.engine.random.chance(0.35);
  }

  start(storyMs: number): void {
    const { engine, notifications, fulfilment } = this.#world;
    const { random } = engine;
    const sometimes = (probability: number, times: number, act: () => void): void => {
      if (!random.chance(probability)) return;
      for (let n = 1; n <= times; n += 1) engine.at(START_MS + n * Math.max(storyMs / 2, MINUTE), act);
    };
    sometimes(0.35, 3, () => this.#prepareAnswers(storyMs));
    sometimes(0.1, 2, () => this.#redeliverEffects(false));
    sometimes(0.15, 2, () => this.#rederive());
    engine.at(START_MS + LATE_MS, () => this.#redeliverEffects(true));
    for (let round = 0; this.answersAll && round < ROUNDS; round += 1) {
      engine.at(START_MS + ANSWERED_MS + round * 6 * HOUR, () => this.#answerAll(round));
    }
    for (const queue of [notifications, fulfilment]) {
      queue.onDead = () => engine.after(random.between(10 * MINUTE, 3 * HOUR), () => this.#redrive(queue));
    }
  }

  /** Rederives every payment as a dry run. */
  rederiveDry(): Promise<Rederived> {
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

  #prepareAnswers(storyMs: number): void {
    const { engine } = this.#world;
    const { random } = engine;
    const open = this.#payments().flatMap((payment) => {
      const [answer] = this.#optionsFor(payment, random.chance(0.7));
      return answer === undefined ? [] : [payment];
    });
    if (open.length === 0) return;
    const payment = random.pick(open);
    const people = random.chance(0.3) ? 2 : 1;
    if (people === 2) engine.count('two operators');
    const thinkingMs = random.chance(0.5) ? 0 : random.between(0, Math.round(storyMs / 2));
    for (let person = 0; person < people; person += 1) {
      const answers = this.#optionsFor(payment, random.chance(0.7));
      if (answers.length === 0) continue;
      const answer = random.pick(answers);
      this.prepared.push(answer);
      engine.after(thinkingMs + random.between(0, 1_000), () => this.#answer(answer));
    }
  }

  #answerAll(round: number): void {
    const { random } = this.#world.engine;
    for (const payment of this.#payments().filter(isOpen)) {
      const [answer] = this.#optionsFor(payment, round < GIVE_UP && random.chance(0.6));
      if (answer === undefined) continue;
      this.prepared.push(answer);
      this.#answer(answer);
    }
  }

  #payments(): readonly Payment[] {
    return this.#world.payments.flatMap((planned) => this.#world.payment(planned) ?? []);
  }

  /** Answers to every hold of the payment; without a hold, the answer to what the payment waits for. */
  #optionsFor(payment: Payment, isRelease: boolean): readonly Answer[] {
    const { key, holds } = payment;
    if (holds.length > 0) {
      const verdict = isRelease ? 'release' : 'reject';
      return holds.map(({ reason, digest }) => ({ payment: key, reason, digest, verdict }));
    }
    const waiting = waitingOf(payment);
    if (waiting === undefined) return [];
    const base = { payment: key, reason: 'waiting', digest: waiting.digest } as const;
    if (!isRelease || !waiting.confirmable) return [{ ...base, verdict: 'reject' }];
    return [{ ...base, verdict: 'confirm', ...this.#seenAtTheProvider(payment) }];
  }

  /** The amount that the operator saw at the provider; sometimes the operator mistypes it. */
  #seenAtTheProvider({ provider, id }: Payment): Pick<Answer, 'paid' | 'returned'> {
    const { random } = this.#world.engine;
    const amount = random.chance(0.85)
      ? (this.#world.apis.worth.get(`${provider} ${id}`) ?? '100.00')
      : '90.00';
    const paid = { amount, currency: 'EUR' };
    const back = random.next();
    if (back < 0.7) return { paid };
    return { paid, returned: back < 0.85 ? paid : { amount: '10.00', currency: 'EUR' } };
  }

  #answer(answer: Answer): void {
    const { engine, variant } = this.#world;
    const seam = this.#seam();
    engine.note(`${seam.invocation.name}: ${answer.verdict} ${answer.reason} of ${answer.payment}`);
    const sent = { ...answer, ...variant.answer?.(answer, seam) };
    this.#untilDone(
      () => this.#carryOut(sent, this.#deps(seam)),
      seam,
      () => {
        engine.count(
          answer.reason === 'waiting' ? `operator waiting ${answer.verdict}` : `operator ${answer.verdict}`,
        );
        this.confirmed.push(answer);
      },
      () => this.#answer(answer),
    );
  }

  #carryOut(
    { verdict, reason, payment, digest, paid, returned }: Answer,
    deps: RederiveDeps,
  ): Promise<unknown> {
    const given = { payment, digest, ...OPERATOR_NOTE };
    if (reason !== 'waiting')
      return (verdict === 'release' ? releaseHold : rejectHold)({ ...given, reason }, deps);
    if (verdict !== 'confirm' || paid === undefined) return rejectPayment(given, deps);
    return confirmPayment({ ...given, paid, ...(returned === undefined ? {} : { returned }) }, deps);
  }

  /** @param all every failed effect; otherwise one effect, failed or delivered */
  #redeliverEffects(all: boolean): void {
    const { payments, engine } = this.#world;
    const effects = payments.flatMap((planned) => this.#world.effects(planned));
    const failed = effects.filter(({ state }) => state === 'failed');
    const arrived = effects.filter(({ state }) => state === 'delivered');
    if (all) for (const { id } of failed) this.failed.add(id);
    const candidates = failed.length > 0 ? failed : arrived;
    const chosen = all ? failed : candidates.length > 0 ? [engine.random.pick(candidates)] : [];
    for (const { id } of chosen) this.#redeliver(id);
  }

  #redeliver(id: string): void {
    const seam = this.#seam();
    this.#world.engine.note(`${seam.invocation.name}: redeliver ${id}`);
    this.#untilDone(
      () => redeliver(id, OPERATOR_NOTE, this.#deps(seam)),
      seam,
      () => this.#world.engine.count('operator redeliver'),
      () => this.#redeliver(id),
      () => this.refused.add(id),
    );
  }

  #rederive(): void {
    const { engine, payments } = this.#world;
    const keys = payments.flatMap((planned) => this.#world.payment(planned)?.key ?? []);
    const dryRun = engine.random.chance(0.3);
    const seam = this.#seam();
    this.#untilDone(
      () => rederive(listedPayments(keys), { dryRun, ...OPERATOR_NOTE }, this.#deps(seam)),
      seam,
      () => engine.count(dryRun ? 'operator rederive, dry' : 'operator rederive'),
      () => this.#rederive(),
    );
  }

  #redrive(queue: QueueModel): void {
    for (const letter of queue.deadLetters) this.#redriveOne(queue, letter);
  }

  /** Like `payhooks dlq redrive`: sends a copy first, and removes the dead letter when the copy is accepted. */
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
    // Correct refusals: the payment changed meanwhile, another operator answered, or the hold has ended.
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
