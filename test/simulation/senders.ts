/**
 * The providers: they send the planned messages, signed with the current key, and retry on their own schedules until
 * they get a 2xx. Each request runs the real intake in a warm or a new environment.
 */

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { checkReply } from '../../local/demo/senders/trustly-europe.ts';
import { createIntake, type IntakeDeps } from '../../shared/app/http/intake.ts';
import { createQuestions } from '../../shared/app/http/withdrawal-kyc-answers.ts';
import type { ProviderName, RegisteredProvider } from '../../shared/providers/index.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import { MERCHANT_PUBLIC_KEY } from './accounts.ts';
import { HOUR, MINUTE, SECOND, START_MS, silentLog, silentMetrics } from './constants.ts';
import { type Environment, parsedOnce } from './environments.ts';
import type { PlannedPayment } from './plans.ts';
import type { Seam } from './variant.ts';
import { isForged, type Planned } from './wire.ts';
import type { World } from './world.ts';

/** The gateway answers 503 when the integration takes longer. */
const GATEWAY_TIMEOUT_MS = 2_900;
const INTAKE_TIMEOUT_MS = 5 * SECOND;

/** Milliseconds from an attempt without a 2xx to the next attempt; undefined after the last attempt. */
function retryDelay(provider: ProviderName, attempt: number): number | undefined {
  if (provider === 'trustly-americas') return attempt <= 144 ? 5 * MINUTE : undefined;
  if (provider === 'paymentwall') return attempt <= 96 ? 30 * MINUTE : undefined;
  const first = [5_000, 15_000, 45_000, 15 * MINUTE, 45 * MINUTE, 90 * MINUTE];
  return attempt <= 87 ? (first[attempt - 1] ?? 3 * HOUR) : undefined;
}

export class Senders {
  /** Names of messages that were answered 2xx, with the time of the first 2xx. */
  readonly acknowledged = new Map<string, number>();
  /** By name of a message: when its first copy was sent. */
  readonly sent = new Map<string, number>();
  /** Status codes of the answers to forgeries. */
  readonly refusals: number[] = [];
  /** Trustly Europe: every status in the answers to a question. */
  readonly replies = new Map<string, Set<string>>();
  /** Answers that Trustly Europe would not accept. */
  readonly unreadable: string[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(storyMs: number): void {
    for (const payment of this.#world.payments) this.schedule(payment, storyMs);
  }

  schedule(payment: PlannedPayment, storyMs: number): void {
    const { random } = this.#world.engine;
    const disorder = random.pick([0, 0.2, 1]);
    payment.history.forEach((message, n) => {
      if (message.follows !== undefined) return;
      const inOrder = (n + 1) / (payment.history.length + 1);
      const drawn = inOrder * (1 - disorder) + random.next() * disorder;
      const at = START_MS + storyMs * (message.at ?? drawn);
      this.#sendCopies(payment, message, at, storyMs);
    });
  }

  #sendCopies(payment: PlannedPayment, message: Planned, at: number, storyMs: number): void {
    const { engine } = this.#world;
    const { random } = engine;
    const copies = random.chance(0.3) ? random.between(2, 3) : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      engine.at(at + copy * random.between(0, Math.min(storyMs, 10 * MINUTE)), () =>
        this.#send(payment, message, 1),
      );
    }
  }

  #send(payment: PlannedPayment, message: Planned, attempt: number): void {
    const { engine, apis } = this.#world;
    if (!this.sent.has(message.name)) {
      this.sent.set(message.name, engine.now);
      apis.recordSent(payment, message);
    }
    const seam = this.#world.seam('intake', INTAKE_TIMEOUT_MS);
    // The first answer counts: the answer of the function, or the gateway's 503 when the function crashed or is too
    // slow.
    let answered = false;
    const receive = (status: number, body = ''): void => {
      if (answered) return;
      answered = true;
      if (status >= 200 && status < 300) {
        this.#acknowledged(payment, message, body);
        return;
      }
      engine.note(`${message.name} answered ${status}`);
      if (isForged(message.kind)) {
        engine.count('forgery refused');
        this.refusals.push(status);
        return;
      }
      engine.count(status === 401 ? 'refused while keys rotate' : 'provider retry');
      const delay = retryDelay(payment.provider, attempt);
      if (delay !== undefined) engine.after(delay, () => this.#send(payment, message, attempt + 1));
    };
    engine.after(GATEWAY_TIMEOUT_MS, () => receive(503));
    void this.#intake(payment, message, seam).then(({ statusCode, body }) => {
      if (!seam.invocation.dead) receive(statusCode ?? 500, body);
    });
  }

  #acknowledged(payment: PlannedPayment, message: Planned, body: string): void {
    const { engine, merchant } = this.#world;
    const isFirst = !this.acknowledged.has(message.name);
    if (isFirst) this.acknowledged.set(message.name, engine.now);
    const status = message.asked === undefined ? undefined : this.#reply(message, body);
    engine.note(`${message.name} acknowledged${status === undefined ? '' : ` with ${status}`}`);
    merchant.registerDuringNotification(payment);
    if (!isFirst) return;
    for (const next of payment.history) {
      if (next.follows?.name !== message.name || next.follows.status !== status) continue;
      this.#sendCopies(payment, next, engine.now + engine.random.between(SECOND, 10 * MINUTE), HOUR);
    }
  }

  /** Verifies the answer as Trustly Europe does: only an answer that is signed for this question counts. */
  #reply(message: Planned, body: string): string | undefined {
    if (message.asked === undefined) return undefined;
    const reply = checkReply(body, message.asked, MERCHANT_PUBLIC_KEY);
    if (!reply.accepted) {
      this.unreadable.push(`${message.name}: ${reply.problem}`);
      return undefined;
    }
    const status = String(reply.data.status);
    this.replies.set(message.name, (this.replies.get(message.name) ?? new Set()).add(status));
    this.#world.engine.count(`answered ${status}`);
    return status;
  }

  async #intake(
    payment: PlannedPayment,
    message: Planned,
    seam: Seam,
  ): Promise<APIGatewayProxyStructuredResultV2> {
    const { engine, accounts, environments, notifications, providers } = this.#world;
    const { parseKeys, ...rest } = providers[payment.provider] as RegisteredProvider;
    const provider: RegisteredProvider = {
      ...rest,
      parseKeys: (value, account) =>
        parsedOnce(payment.provider, value, (secret) => parseKeys(secret, account)),
    };
    const environment = environments.take(`intake-${payment.provider}`, seam.invocation);
    const deps: IntakeDeps = {
      accounts,
      environment: 'sandbox',
      queue: this.#world.queue(notifications, seam),
      secrets: environment.secrets,
      clock: () => engine.now,
      log: silentLog,
      metrics: silentMetrics,
    };
    const request = message.request(environments.signing());
    const event = {
      rawQueryString: request.rawQuery,
      headers: request.headers,
      body: Buffer.from(request.body).toString('base64'),
      isBase64Encoded: true,
      pathParameters: { account: payment.account },
      requestContext: {
        requestId: message.name,
        timeEpoch: engine.now,
        http: { method: request.method, sourceIp: '127.0.0.1' },
      },
    } as unknown as APIGatewayProxyEventV2;
    const answer = await createIntake(
      provider,
      deps,
      this.#questions(payment, seam, deps, environment),
    )(event);
    environments.give(environment);
    return answer;
  }

  #questions({ provider }: PlannedPayment, seam: Seam, deps: IntakeDeps, environment: Environment) {
    const account = this.#world.account(provider);
    if (account.provider !== 'trustly-europe' || !account.withdrawals) return undefined;
    const { clock, log, metrics } = deps;
    const { merchant, variant } = this.#world;
    const ask = merchant.askFor(environment.invocation);
    return createQuestions(trustlyEurope, {
      ...{ clock, log, metrics },
      store: this.#world.store(seam),
      ask: variant.ask?.(ask, seam) ?? ask,
      keys: async () => [Buffer.from('simulated-decision-key')],
    }) as unknown as Parameters<typeof createIntake>[2];
  }
}
