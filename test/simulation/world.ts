/**
 * One simulated world: the deployed handlers over modelled queues, table, idempotency table and shop; providers
 * that retry on their schedules; a merchant who registers orders; operators who answer holds. First everything
 * may fail, then faults heal and the world runs until nothing is left to do.
 */
import type { APIGatewayProxyEventV2, Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { ApplyDeps } from '../../shared/aws/apply.ts';
import { createFulfilmentHandler } from '../../shared/aws/fulfilment-handler.ts';
import { createIntake } from '../../shared/aws/intake.ts';
import type { Log } from '../../shared/aws/log.ts';
import type { Metrics } from '../../shared/aws/metrics.ts';
import { registerOrder } from '../../shared/aws/orders.ts';
import { effectOf, paymentOf } from '../../shared/aws/rows.ts';
import { parseEnvelopeKeys } from '../../shared/aws/seal.ts';
import type { Secrets } from '../../shared/aws/secrets.ts';
import { sweep } from '../../shared/aws/sweep.ts';
import { changePayment } from '../../shared/aws/transact.ts';
import { createTransitionHandler } from '../../shared/aws/transition-handler.ts';
import { DecisionError } from '../../shared/payment/index.ts';
import type { AccountPolicy, Effect, Order, Payment, ProviderName } from '../../shared/payment/types.ts';
import { providers } from '../../shared/providers/index.ts';
import type { Account, Provider } from '../../shared/providers/provider.ts';
import { Engine, type FaultRates, type Invocation, NO_FAULTS } from './engine.ts';
import { IdempotencyTable, ModelledPersistence } from './idempotency.ts';
import { QueueModel, TableModel } from './models.ts';
import {
  ACCESS,
  merchantKeys,
  PAYMENTWALL_SECRET,
  type Planned,
  type PlannedPayment,
  pem,
  plan,
  trustlyKeys,
} from './plans.ts';
import { ShopModel } from './shop.ts';

const START_MS = 1_700_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TRANSITION_TIMEOUT_MS = 30_000;
const FULFILMENT_TIMEOUT_MS = 30_000;
const BATCH = 5;
const CONCURRENCY = 3;

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
const silentMetrics: Metrics = { emit: () => {} };
const ENVELOPE_KEYS = parseEnvelopeKeys({
  current: 'simulated-envelope-key-0123456789-0123456789-0123456789-01234567',
});

const SECRETS: Readonly<Record<ProviderName, unknown>> = {
  'trustly-americas': { current: ACCESS },
  'trustly-europe': {
    current: { privateKey: pem(merchantKeys.privateKey) },
    trustly: { current: pem(trustlyKeys.publicKey) },
  },
  paymentwall: { current: { secretKey: PAYMENTWALL_SECRET } },
};

/** Keys are parsed once per process, as in a warm environment. */
const parsed = new Map<ProviderName, unknown>();

/** How long after an attempt without a 2xx the next one comes. */
function retryDelay(provider: ProviderName, attempt: number): number | undefined {
  if (provider === 'trustly-americas') return attempt <= 144 ? 5 * MINUTE : undefined;
  if (provider === 'paymentwall') return attempt <= 96 ? 30 * MINUTE : undefined;
  const first = [5_000, 15_000, 45_000, 15 * MINUTE, 45 * MINUTE, 90 * MINUTE];
  return attempt <= 87 ? (first[attempt - 1] ?? 3 * HOUR) : undefined;
}

/** What the rest of the system may be tested with instead of the real thing: see test/controls. */
export interface Variant {
  readonly name: string;
  readonly apply?: (deps: ApplyDeps) => ApplyDeps;
  readonly createTransitionHandler?: typeof createTransitionHandler;
  readonly createFulfilmentHandler?: typeof createFulfilmentHandler;
  readonly createIntake?: typeof createIntake;
  readonly registerOrder?: typeof registerOrder;
  readonly sweep?: typeof sweep;
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
  readonly #orders: ReturnType<typeof plan>['orders'];
  readonly #idempotency = new IdempotencyTable();
  readonly #variant: Variant;
  #invocations = 0;

  constructor(seed: number, variant: Variant = { name: 'as it is' }) {
    this.engine = new Engine(seed, START_MS);
    this.#variant = variant;
    const { random } = this.engine;
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
    });
    this.shop = new ShopModel(this.engine);
    const { payments, orders } = plan(random, new Date(START_MS).toISOString());
    this.payments = payments;
    this.#orders = orders;
    this.accounts = (['trustly-americas', 'trustly-europe', 'paymentwall'] as const).map((provider) =>
      this.#account(provider),
    );
  }

  async run(): Promise<void> {
    const { engine } = this;
    const story = engine.random.pick([5 * MINUTE, HOUR, 6 * HOUR]);
    engine.faults = this.#faults();
    this.#poll(this.notifications, TRANSITION_TIMEOUT_MS, (invocation) => this.#transition(invocation));
    this.#poll(this.fulfilment, FULFILMENT_TIMEOUT_MS, (invocation) => this.#fulfil(invocation));
    for (const payment of this.payments) this.#tell(payment, story);
    for (const { order, when } of this.#orders) {
      engine.at(START_MS + when * story, () => this.#register(order));
    }
    if (engine.random.chance(0.3)) {
      for (let n = 1; n <= 3; n += 1) engine.at(START_MS + n * story * 0.5, () => this.#decide());
    }
    this.#sweepRegularly();
    engine.at(START_MS + 2 * story, () => {
      engine.faults = NO_FAULTS;
      engine.note('faults heal');
    });
    await engine.run(START_MS + 14 * DAY);
  }

  payment(planned: PlannedPayment): Payment | undefined {
    const pk = `payment#${planned.provider}:${planned.account}:${planned.id}`;
    const row = this.table.rows.get(`${pk}\u0000payment`);
    return row === undefined ? undefined : paymentOf(row);
  }

  effects(planned: PlannedPayment): readonly Effect[] {
    const pk = `payment#${planned.provider}:${planned.account}:${planned.id}`;
    return this.table.query(pk, { prefix: 'effect#', limit: 1000 }).map((row) => effectOf(row).effect);
  }

  #faults(): FaultRates {
    return this.engine.random.pick([
      NO_FAULTS,
      { crash: 0.02, refused: 0.02, answerLost: 0.02 },
      { crash: 0.1, refused: 0.05, answerLost: 0.1 },
      { crash: 0, refused: 0.3, answerLost: 0 },
    ]);
  }

  #account(provider: ProviderName): Account {
    const { random } = this.engine;
    const policy: AccountPolicy = {
      provider,
      account: 'simulated',
      environment: 'sandbox',
      mode: 'act',
      amountCheck: random.chance(0.8) ? 'when-present' : 'required',
      unknownOrder: random.chance(0.3) ? 'trust' : 'hold',
      grantOn: random.chance(0.85) ? 'paid' : 'processing',
      regrant: random.chance(0.2),
      testUsers: [],
    };
    const base = { account: 'simulated', policy };
    if (provider === 'trustly-americas') return { provider, ...base };
    if (provider === 'trustly-europe') {
      return { provider, ...base, replyAlgorithm: 'SHA1', withdrawals: false, kyc: false };
    }
    return {
      provider,
      ...base,
      api: 'digital_goods',
      signatureVersion: 3,
      sourceAddresses: 'any',
      goods: 'digital',
      orderParameter: 'goodsid',
    };
  }

  #invocation(what: string, timeoutMs?: number): Invocation {
    this.#invocations += 1;
    const invocation = { name: `${what}#${this.#invocations}`, dead: false };
    if (timeoutMs !== undefined) {
      this.engine.after(timeoutMs, () => {
        invocation.dead = true;
      });
    }
    return invocation;
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
        this.engine.at(at + copy * random.between(0, 10 * MINUTE), () => this.#send(payment, message, 1));
      }
    });
  }

  #send(payment: PlannedPayment, message: Planned, attempt: number): void {
    const { engine } = this;
    if (!this.sent.has(message.name)) this.sent.set(message.name, engine.now);
    const retry = () => {
      const delay = retryDelay(payment.provider, attempt);
      if (delay !== undefined) engine.after(delay, () => this.#send(payment, message, attempt + 1));
    };
    const invocation = this.#invocation('intake');
    // A crashed function is a 502 of the gateway, so the provider comes again.
    let answered = false;
    engine.after(10_000, () => {
      if (!answered) retry();
    });
    void this.#intake(payment, message, invocation).then((status) => {
      if (invocation.dead) return;
      answered = true;
      if (status >= 200 && status < 300) {
        engine.note(`${message.name} acknowledged`);
        if (!this.acknowledged.has(message.name)) this.acknowledged.set(message.name, engine.now);
      } else {
        engine.note(`${message.name} answered ${status}`);
        retry();
      }
    });
  }

  async #intake(payment: PlannedPayment, message: Planned, invocation: Invocation): Promise<number> {
    const { engine } = this;
    const provider = providers[payment.provider] as Provider;
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
    const handler = (this.#variant.createIntake ?? createIntake)(provider, {
      accounts: this.accounts,
      environment: 'sandbox',
      queue: this.notifications.portFor(invocation),
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

  #transition(invocation: Invocation): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
    const deps: ApplyDeps = {
      store: this.table.portFor(invocation),
      fulfilment: this.fulfilment.portFor(invocation),
      providers,
      accounts: this.accounts,
      envelopeKeys: async () => ENVELOPE_KEYS,
      evidenceDays: 400,
      pause: (attempt) => this.#pause(invocation, attempt),
      clock: () => this.engine.now,
      log: silentLog,
      metrics: silentMetrics,
    };
    return (this.#variant.createTransitionHandler ?? createTransitionHandler)(
      this.#variant.apply?.(deps) ?? deps,
    );
  }

  #fulfil(invocation: Invocation): (event: SQSEvent, context: Context) => Promise<SQSBatchResponse> {
    return (this.#variant.createFulfilmentHandler ?? createFulfilmentHandler)({
      store: this.table.portFor(invocation),
      target: this.shop.targetFor(invocation),
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
  }

  #pause(invocation: Invocation, attempt: number): Promise<void> {
    return new Promise((resolve) => {
      this.engine.after(this.engine.random.between(1, 20 * attempt), () => {
        if (!invocation.dead) resolve();
      });
    });
  }

  /** An event source mapping: batches of what is visible, a few at a time, woken by whatever becomes visible. */
  #poll(
    queue: QueueModel,
    timeoutMs: number,
    handlerFor: (invocation: Invocation) => (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>,
  ): void {
    let running = 0;
    let wakeAt = Number.POSITIVE_INFINITY;
    const wake = (at: number): void => {
      if (at >= wakeAt) return;
      wakeAt = at;
      this.engine.at(at, () => {
        if (wakeAt !== at) return;
        wakeAt = Number.POSITIVE_INFINITY;
        look();
      });
    };
    const look = (): void => {
      while (running < CONCURRENCY) {
        const batch = queue.receive(this.engine.random.between(1, BATCH));
        if (batch.length === 0) break;
        start(batch);
      }
      const next = queue.nextVisibleAt();
      if (next !== undefined) wake(Math.max(next, this.engine.now + 1_000));
    };
    const start = (batch: ReturnType<QueueModel['receive']>): void => {
      running += 1;
      const invocation = this.#invocation(
        queue === this.notifications ? 'transition' : 'fulfilment',
        timeoutMs,
      );
      const endsAt = this.engine.now + timeoutMs;
      let ended = false;
      const end = (): void => {
        if (ended) return;
        ended = true;
        running -= 1;
        wake(this.engine.now);
      };
      this.engine.at(endsAt + 1, end);
      const context = { getRemainingTimeInMillis: () => Math.max(0, endsAt - this.engine.now) } as Context;
      const event = {
        Records: batch.map(({ message, receipt }) => ({
          messageId: message.id,
          receiptHandle: `${message.id}:${receipt}`,
          body: message.body,
          attributes: {
            ApproximateReceiveCount: String(message.receives),
            SentTimestamp: String(message.sentAt),
          },
          messageAttributes: {},
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:simulated',
          awsRegion: 'eu-west-1',
        })),
      } as unknown as SQSEvent;
      void handlerFor(invocation)(event, context).then((response) => {
        if (invocation.dead) return;
        const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        for (const { message, receipt } of batch) {
          if (!failed.has(message.id)) queue.delete(message, receipt);
        }
        end();
      });
    };
    queue.onPut = () => wake(this.engine.now);
  }

  // --- merchant and operators --------------------------------------------------------------------------------

  #register(order: Order): void {
    const invocation = this.#invocation('register', 60_000);
    let done = false;
    // A merchant's caller tries again until it hears of success.
    this.engine.after(60_001, () => {
      if (!done) this.#register(order);
    });
    const register = this.#variant.registerOrder ?? registerOrder;
    register(this.table.portFor(invocation), this.notifications.portFor(invocation), order).then(
      () => {
        if (invocation.dead) return;
        done = true;
        this.registered.set(order.reference, this.engine.now);
        this.engine.note(`order ${order.reference} registered`);
      },
      () => {},
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
    if (
      hold.reason === 'order_already_paid' &&
      verdict === 'release' &&
      payment.orderReference !== undefined
    ) {
      this.releasedTwice.add(payment.orderReference);
    }
    engine.note(`operator: ${verdict} ${hold.reason} of ${payment.key}`);
    const account = this.accounts.find(({ provider }) => provider === payment.provider);
    if (account === undefined) throw new Error('no such account');
    const invocation = this.#invocation('operator', 60_000);
    changePayment(
      {
        readFacts: providers[payment.provider].readFacts,
        account,
        paymentId: payment.id,
        input: {
          type: 'decide',
          decision: {
            ...hold,
            verdict,
            by: 'operator',
            note: 'simulated',
            at: new Date(engine.now).toISOString(),
          },
        },
        at: new Date(engine.now).toISOString(),
        cause: 'operator',
      },
      {
        store: this.table.portFor(invocation),
        clock: () => engine.now,
        pause: (attempt) => this.#pause(invocation, attempt),
      },
    ).catch((error: unknown) => {
      // Changed meanwhile is a legitimate answer to an operator.
      if (!(error instanceof DecisionError)) engine.note(`operator failed: ${String(error)}`);
    });
  }

  /** Every quarter of an hour while there is anything to sweep; looking at nothing would only cost steps. */
  #sweepRegularly(): void {
    const { engine } = this;
    engine.after(15 * MINUTE, () => {
      const open = [...this.table.rows.values()].some((row) => row.openShard?.startsWith('effect') === true);
      if (open) {
        const invocation = this.#invocation('sweeper', 60_000);
        const deps = {
          store: this.table.portFor(invocation),
          fulfilment: this.fulfilment.portFor(invocation),
          clock: () => engine.now,
          log: silentLog,
          metrics: silentMetrics,
        };
        (this.#variant.sweep ?? sweep)(deps, () => 60_000).catch(() => {});
      }
      if (engine.now < START_MS + 13 * DAY && (open || engine.now < START_MS + DAY)) this.#sweepRegularly();
    });
  }
}
