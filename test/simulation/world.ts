/**
 * One simulated world: the deployed handlers over modelled queues, table, idempotency table and shop; providers
 * that retry on their schedules; a merchant who registers orders; operators who answer holds. First everything
 * may fail, then faults heal and the world runs until nothing is left to do.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ReevaluateEnvelope } from '../../shared/aws/envelope.ts';
import { createFulfilmentHandler } from '../../shared/aws/fulfilment-handler.ts';
import { createIntake } from '../../shared/aws/intake.ts';
import type { Log } from '../../shared/aws/log.ts';
import type { Metrics } from '../../shared/aws/metrics.ts';
import { registerOrder } from '../../shared/aws/orders.ts';
import type { Item, Key, Queue, Store } from '../../shared/aws/ports.ts';
import { effectOf, paymentOf } from '../../shared/aws/rows.ts';
import type { Secrets } from '../../shared/aws/secrets.ts';
import { sweep } from '../../shared/aws/sweep.ts';
import type { Target } from '../../shared/aws/targets/target.ts';
import { changePayment } from '../../shared/aws/transact.ts';
import { createTransitionHandler } from '../../shared/aws/transition-handler.ts';
import { DecisionError } from '../../shared/payment/index.ts';
import type { Effect, HoldDecision, Order, Payment, ProviderName } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Account, Provider } from '../../shared/providers/provider.ts';
import { drawAccounts, ENVELOPE_KEYS, SECRETS } from './accounts.ts';
import { Engine, type FaultRates, type Invocation, NO_FAULTS } from './engine.ts';
import { IdempotencyTable, ModelledPersistence } from './idempotency.ts';
import { QueueModel, TableModel } from './models.ts';
import { type PlannedOrder, type PlannedPayment, plan } from './plans.ts';
import { poll, type SqsHandler } from './poller.ts';
import { ShopModel } from './shop.ts';
import { isForged, type Planned } from './wire.ts';

const START_MS = 1_700_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TRANSITION_TIMEOUT_MS = 30_000;
const FULFILMENT_TIMEOUT_MS = 30_000;
/** The gateway answers 503 itself when an integration takes longer. */
const GATEWAY_TIMEOUT_MS = 2_900;
/** Merchants and operators run our library themselves, and try again after so long. */
const CALLER_TIMEOUT_MS = 60_000;

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
const silentMetrics: Metrics = { emit: () => {} };

/** Keys are parsed once per process, as in a warm environment. */
const parsed = new Map<ProviderName, unknown>();

/** How long after an attempt without a 2xx the next one comes. */
function retryDelay(provider: ProviderName, attempt: number): number | undefined {
  if (provider === 'trustly-americas') return attempt <= 144 ? 5 * MINUTE : undefined;
  if (provider === 'paymentwall') return attempt <= 96 ? 30 * MINUTE : undefined;
  const first = [5_000, 15_000, 45_000, 15 * MINUTE, 45 * MINUTE, 90 * MINUTE];
  return attempt <= 87 ? (first[attempt - 1] ?? 3 * HOUR) : undefined;
}

export type Role = 'intake' | 'transition' | 'fulfilment' | 'merchant' | 'operator' | 'sweeper';

/** Where in the system a port is used. */
export interface Seam {
  readonly role: Role;
  readonly invocation: Invocation;
  readonly world: World;
}

/** What the system may be tested with instead of the real thing (test/controls); nothing of it: as deployed. */
export interface Variant {
  /** False: the second net is taken away, the rest must hold by itself. */
  readonly sweeps?: boolean;
  readonly providers?: typeof providers;
  readonly store?: (store: Store, seam: Seam) => Store;
  readonly queue?: (queue: Queue, seam: Seam) => Queue;
  readonly target?: (target: Target, seam: Seam) => Target;
  readonly worker?: (handler: SqsHandler, seam: Seam) => SqsHandler;
}

export class World {
  readonly engine: Engine;
  readonly table: TableModel;
  readonly notifications: QueueModel;
  readonly fulfilment: QueueModel;
  readonly shop: ShopModel;
  readonly payments: readonly PlannedPayment[];
  readonly accounts: readonly Account[];
  /** Names of messages that were answered 2xx, with the time of the first such answer. */
  readonly acknowledged = new Map<string, number>();
  /** When the first copy of a message went out. */
  readonly sent = new Map<string, number>();
  readonly registered = new Map<string, number>();
  /** Orders on which an operator let a second payment through. */
  readonly releasedTwice = new Set<string>();
  readonly orders: readonly PlannedOrder[];
  readonly #idempotency = new IdempotencyTable();
  /** Everything comes at once and every call takes its own time: that is when writers meet. */
  readonly races: boolean;
  readonly #begun = new Set<string>();
  readonly #variant: Variant;
  readonly #providers: typeof providers;
  /** What forgeries were answered. */
  readonly refusals: number[] = [];
  #invocations = 0;

  constructor(seed: number, variant: Variant = {}, options: { readonly races?: boolean } = {}) {
    this.engine = new Engine(seed, START_MS);
    this.#variant = variant;
    this.#providers = variant.providers ?? providers;
    const { random } = this.engine;
    this.races = options.races ?? random.chance(0.2);
    this.table = new TableModel(this.engine);
    const duplicates = random.pick([0, 0.05, 0.3]);
    this.notifications = new QueueModel(this.engine, 'notifications', {
      visibilityMs: 6 * TRANSITION_TIMEOUT_MS,
      maxReceives: 50,
      duplicates,
    });
    this.fulfilment = new QueueModel(this.engine, 'fulfilment', {
      visibilityMs: 6 * FULFILMENT_TIMEOUT_MS,
      maxReceives: 1000,
      duplicates,
      backlogMs: this.races ? random.pick([0, 2 * SECOND]) : random.pick([0, 0, 20 * MINUTE]),
    });
    this.shop = new ShopModel(this.engine);
    this.accounts = drawAccounts(random);
    const startAt = new Date(START_MS).toISOString();
    const { payments, orders } = plan(random, this.accounts, startAt, this.races);
    this.payments = payments;
    this.orders = orders;
  }

  async run(): Promise<void> {
    const { engine } = this;
    const story = this.races ? SECOND : engine.random.pick([5 * MINUTE, HOUR, 6 * HOUR]);
    engine.faults = this.#faults();
    this.#drawShop(story);
    poll(engine, this.notifications, TRANSITION_TIMEOUT_MS, () => this.#transition());
    poll(engine, this.fulfilment, FULFILMENT_TIMEOUT_MS, () => this.#fulfil());
    for (const payment of this.payments) this.#tell(payment, story);
    for (const { order, when } of this.orders) {
      const at = when === 'with its news' ? 1.2 : when;
      engine.at(START_MS + at * story, () => this.#registerOnce(order));
    }
    if (engine.random.chance(0.3)) {
      for (let n = 1; n <= 3; n += 1)
        engine.at(START_MS + n * Math.max(story / 2, MINUTE), () => this.#decide());
    }
    if (this.#variant.sweeps !== false) this.#sweepRegularly();
    engine.at(START_MS + Math.max(2 * story, 10 * MINUTE), () => {
      engine.faults = NO_FAULTS;
      engine.note('faults heal');
    });
    await engine.run(START_MS + 14 * DAY);
  }

  account(provider: ProviderName): Account {
    const account = this.accounts.find(({ provider: its }) => its === provider);
    if (account === undefined) throw new Error('no such account');
    return account;
  }

  row(key: Key): Item | undefined {
    return this.table.rows.get(`${key.pk}\u0000${key.sk}`);
  }

  /** Rows of a partition, counters left out. */
  rowsOf(pk: string): readonly Item[] {
    return this.table.query(pk, { limit: 1000 }).filter(({ sk }) => !sk.startsWith('count#'));
  }

  payment(planned: PlannedPayment): Payment | undefined {
    const pk = `payment#${planned.provider}:${planned.account}:${planned.id}`;
    const row = this.row({ pk, sk: 'payment' });
    return row === undefined ? undefined : paymentOf(row);
  }

  effects(planned: PlannedPayment): readonly Effect[] {
    const pk = `payment#${planned.provider}:${planned.account}:${planned.id}`;
    return this.table.query(pk, { prefix: 'effect#', limit: 1000 }).map((row) => effectOf(row).effect);
  }

  #faults(): FaultRates {
    if (this.races) {
      return this.engine.random.pick([
        { crash: 0, refused: 0, answerLost: 0, slow: 0, stall: 0.4 },
        { crash: 0.02, refused: 0.02, answerLost: 0.02, slow: 0.02, stall: 0.3 },
      ]);
    }
    return this.engine.random.pick([
      NO_FAULTS,
      { crash: 0.02, refused: 0.02, answerLost: 0.02, slow: 0.01, stall: 0.1 },
      { crash: 0.1, refused: 0.05, answerLost: 0.1, slow: 0.02, stall: 0 },
      { crash: 0, refused: 0.3, answerLost: 0, slow: 0, stall: 0 },
      { crash: 0.01, refused: 0, answerLost: 0, slow: 0.15, stall: 0 },
    ]);
  }

  #drawShop(story: number): void {
    const { random } = this.engine;
    const roll = random.next();
    if (roll < 0.06) this.shop.mood = 'picky';
    else if (roll < 0.1) {
      this.shop.mood = 'closed';
      this.shop.closesAt = START_MS + random.next() * story;
    }
  }

  #invocation(what: Role, timeoutMs?: number): Invocation {
    this.#invocations += 1;
    const invocation = { name: `${what}#${this.#invocations}`, dead: false };
    if (timeoutMs !== undefined) {
      this.engine.after(timeoutMs, () => {
        invocation.dead = true;
      });
    }
    return invocation;
  }

  #store(seam: Seam): Store {
    const store = this.table.portFor(seam.invocation);
    return this.#variant.store?.(store, seam) ?? store;
  }

  #queue(queue: QueueModel, seam: Seam): Queue {
    const port = queue.portFor(seam.invocation);
    return this.#variant.queue?.(port, seam) ?? port;
  }

  #seam(role: Role, timeoutMs?: number): Seam {
    return { role, invocation: this.#invocation(role, timeoutMs), world: this };
  }

  // --- providers ---------------------------------------------------------------------------------------------

  #tell(payment: PlannedPayment, story: number): void {
    const { random } = this.engine;
    const disorder = random.pick([0, 0.2, 1]);
    payment.history.forEach((message, n) => {
      const inOrder = (n + 1) / (payment.history.length + 1);
      const at = START_MS + story * (inOrder * (1 - disorder) + random.next() * disorder);
      const copies = random.chance(0.3) ? random.between(2, 3) : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        this.engine.at(at + copy * random.between(0, Math.min(story, 10 * MINUTE)), () =>
          this.#send(payment, message, 1),
        );
      }
    });
  }

  #send(payment: PlannedPayment, message: Planned, attempt: number): void {
    const { engine } = this;
    if (!this.sent.has(message.name)) this.sent.set(message.name, engine.now);
    const seam = this.#seam('intake');
    // Whatever comes first is the answer: the function's, or the gateway's own when it crashed or is too slow.
    let answered = false;
    const hear = (status: number): void => {
      if (answered) return;
      answered = true;
      if (status >= 200 && status < 300) {
        engine.note(`${message.name} acknowledged`);
        if (!this.acknowledged.has(message.name)) this.acknowledged.set(message.name, engine.now);
        this.#newsOf(payment);
        return;
      }
      engine.note(`${message.name} answered ${status}`);
      if (isForged(message.kind)) {
        engine.count('forgery refused');
        this.refusals.push(status);
        return;
      }
      engine.count('provider retry');
      const delay = retryDelay(payment.provider, attempt);
      if (delay !== undefined) engine.after(delay, () => this.#send(payment, message, attempt + 1));
    };
    engine.after(GATEWAY_TIMEOUT_MS, () => hear(503));
    void this.#intake(payment, message, seam).then((status) => {
      if (!seam.invocation.dead) hear(status);
    });
  }

  async #intake(payment: PlannedPayment, message: Planned, seam: Seam): Promise<number> {
    const { engine } = this;
    const provider = this.#providers[payment.provider] as Provider;
    const secrets: Secrets = {
      read: async (secret) => {
        if (secret.name.endsWith('/envelope-key')) return ENVELOPE_KEYS as never;
        if (!parsed.has(payment.provider))
          parsed.set(payment.provider, secret.parse(SECRETS[payment.provider]));
        return parsed.get(payment.provider) as never;
      },
      reread: async () => undefined,
      settle: async () => {},
    };
    const handler = createIntake(provider, {
      accounts: this.accounts,
      environment: 'sandbox',
      queue: this.#queue(this.notifications, seam),
      secrets,
      clock: () => engine.now,
      log: silentLog,
      metrics: silentMetrics,
    });
    const { request } = message;
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
    return (await handler(event)).statusCode ?? 500;
  }

  // --- workers -----------------------------------------------------------------------------------------------

  #transition(): { invocation: Invocation; handler: SqsHandler } {
    const seam = this.#seam('transition');
    const { invocation } = seam;
    const handler = createTransitionHandler({
      store: this.#store(seam),
      fulfilment: this.#queue(this.fulfilment, seam),
      providers: this.#providers,
      accounts: this.accounts,
      envelopeKeys: async () => ENVELOPE_KEYS,
      evidenceDays: 400,
      pause: (attempt) => this.#pause(invocation, attempt),
      clock: () => this.engine.now,
      log: silentLog,
      metrics: silentMetrics,
    });
    return { invocation, handler: this.#variant.worker?.(handler, seam) ?? handler };
  }

  #fulfil(): { invocation: Invocation; handler: SqsHandler } {
    const seam = this.#seam('fulfilment');
    const { invocation } = seam;
    const target = this.shop.targetFor(invocation);
    const handler = createFulfilmentHandler({
      store: this.#store(seam),
      target: this.#variant.target?.(target, seam) ?? target,
      clock: () => this.engine.now,
      log: silentLog,
      metrics: silentMetrics,
      envelopeKeys: async () => ENVELOPE_KEYS,
      persistence: new ModelledPersistence(this.#idempotency, this.engine, invocation),
      putOff: (receipt, seconds) =>
        this.engine.call(invocation, 'postpone', () => {
          const [id = '', number = ''] = receipt.split(':');
          const message = this.fulfilment.messages.get(id);
          if (message !== undefined) this.fulfilment.postpone(message, Number(number), seconds);
        }),
    });
    return { invocation, handler: this.#variant.worker?.(handler, seam) ?? handler };
  }

  #pause(invocation: Invocation, attempt: number): Promise<void> {
    return new Promise((resolve) => {
      this.engine.after(this.engine.random.between(1, 20 * attempt), () => {
        if (!invocation.dead) resolve();
      });
    });
  }

  // --- merchant and operators --------------------------------------------------------------------------------

  /** The merchant registers some orders while their first news are being worked on. */
  #newsOf({ reference }: PlannedPayment): void {
    const { random } = this.engine;
    const planned = this.orders.find(({ order }) => order.reference === reference);
    if (planned?.when !== 'with its news' || !random.chance(0.5)) return;
    this.engine.after(random.between(0, 1_000), () => this.#registerOnce(planned.order));
  }

  #registerOnce(order: Order): void {
    if (this.#begun.has(order.reference)) return;
    this.#begun.add(order.reference);
    this.#register(order);
  }

  #register(order: Order): void {
    const seam = this.#seam('merchant', CALLER_TIMEOUT_MS);
    this.#untilDone(
      () => registerOrder(this.#store(seam), this.#queue(this.notifications, seam), order),
      seam,
      () => {
        this.registered.set(order.reference, this.engine.now);
        this.engine.note(`order ${order.reference} registered`);
      },
      () => this.#register(order),
    );
  }

  /** Somebody outside who tries again until it hears of success. */
  #untilDone(work: () => Promise<unknown>, { invocation }: Seam, done: () => void, again: () => void): void {
    let over = false;
    this.engine.after(CALLER_TIMEOUT_MS + 1, () => {
      if (!over) again();
    });
    work().then(
      () => {
        if (invocation.dead) return;
        over = true;
        done();
      },
      (error: unknown) => {
        // Changed meanwhile is a legitimate answer to an operator.
        if (error instanceof DecisionError) over = true;
        this.engine.note(`${invocation.name} failed: ${String(error)}`);
      },
    );
  }

  #decide(): void {
    const { engine } = this;
    const held = this.payments.flatMap((planned) => {
      const payment = this.payment(planned);
      return payment === undefined || payment.holds.length === 0 ? [] : [payment];
    });
    if (held.length === 0) return;
    const payment = engine.random.pick(held);
    const hold = engine.random.pick(payment.holds);
    const verdict = engine.random.chance(0.7) ? 'release' : 'reject';
    const releasesSecond = hold.reason === 'order_already_paid' && verdict === 'release';
    if (releasesSecond && payment.orderReference !== undefined)
      this.releasedTwice.add(payment.orderReference);
    engine.note(`operator: ${verdict} ${hold.reason} of ${payment.key}`);
    engine.count(`operator ${verdict}`);
    const at = new Date(engine.now).toISOString();
    this.#answer(payment, { ...hold, verdict, by: 'operator', note: 'simulated', at });
  }

  /** The decision, then a message so that what follows from it is published. */
  #answer(payment: Payment, decision: HoldDecision): void {
    const seam = this.#seam('operator', CALLER_TIMEOUT_MS);
    const { engine } = this;
    const work = async (): Promise<void> => {
      await changePayment(
        {
          readFacts: this.#providers[payment.provider].readFacts,
          account: this.account(payment.provider),
          paymentId: payment.id,
          input: { type: 'decide', decision },
          at: decision.at,
          cause: 'operator',
        },
        {
          store: this.#store(seam),
          clock: () => engine.now,
          pause: (attempt) => this.#pause(seam.invocation, attempt),
        },
      );
      const envelope: ReevaluateEnvelope = {
        version: 1,
        kind: 'reevaluate',
        correlationId: 'operator',
        payment: payment.key,
        cause: 'operator',
      };
      await this.#queue(this.notifications, seam).send(JSON.stringify(envelope));
    };
    this.#untilDone(
      work,
      seam,
      () => engine.note('operator done'),
      () => this.#answer(payment, decision),
    );
  }

  /** Every quarter of an hour while there is anything to sweep; looking at nothing would only cost steps. */
  #sweepRegularly(): void {
    const { engine } = this;
    engine.after(15 * MINUTE, () => {
      const open = [...this.table.rows.values()].some((row) => row.openShard?.startsWith('effect') === true);
      if (open) {
        const seam = this.#seam('sweeper', CALLER_TIMEOUT_MS);
        const deps = {
          store: this.#store(seam),
          fulfilment: this.#queue(this.fulfilment, seam),
          clock: () => engine.now,
          log: silentLog,
          metrics: silentMetrics,
        };
        sweep(deps, () => CALLER_TIMEOUT_MS).catch(() => {});
      }
      if (engine.now < START_MS + 13 * DAY && (open || engine.now < START_MS + DAY)) this.#sweepRegularly();
    });
  }
}
