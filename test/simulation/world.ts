/**
 * One simulated world: the deployed handlers over modelled queues, table, idempotency table, secret store and shop;
 * providers that retry on their schedules, ask questions and are polled; a merchant that registers orders; operators.
 * At first every call may fail. Then the faults end, and the world runs until nothing is left to do.
 */

import { FUNCTIONS, type FunctionName } from '../../infra/functions.ts';
import { MAX_RECEIVE_COUNT, VISIBILITY_FACTOR } from '../../infra/queue-limits.ts';
import { createFulfilmentHandler } from '../../shared/app/fulfilment/handler.ts';
import type { Item, Key, PutOff, Queue, Store } from '../../shared/app/ports.ts';
import { sweep } from '../../shared/app/schedules/sweep.ts';
import { effectOf, paymentOf } from '../../shared/app/table/rows.ts';
import { createTransitionHandler } from '../../shared/app/transition/handler.ts';
import type { ApplyDeps } from '../../shared/app/transition/receive.ts';
import type { Effect, Payment } from '../../shared/payment/types.ts';
import type { Account, ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { guarded } from '../support/row-guard.ts';
import { drawAccounts } from './accounts.ts';
import { Attempts } from './attempts.ts';
import {
  CALLER_TIMEOUT_MS,
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  START_MS,
  silentLog,
  silentMetrics,
} from './constants.ts';
import { Engine, type FaultRates, type Invocation, NO_FAULTS } from './engine.ts';
import { type Environment, Environments } from './environments.ts';
import { drawFaults, drawShop } from './faults.ts';
import { History } from './history.ts';
import { IdempotencyTable, ModelledPersistence } from './idempotency.ts';
import { Merchant } from './merchant.ts';
import type { PlannedChange, PlannedRefund } from './merchant-requests.ts';
import { QueueModel, TableModel } from './models.ts';
import { Operators } from './operators.ts';
import { type PlannedOrder, type PlannedPayment, plan } from './plans.ts';
import { poll, type SqsHandler } from './poller.ts';
import { ProviderApis } from './polling.ts';
import { Senders } from './senders.ts';
import { ShopModel } from './shop.ts';
import type { Role, Seam, Variant } from './variant.ts';

/** So few receives that ordinary failures make dead letters. */
const FEW_RECEIVES = { notifications: 3, fulfilment: 4 };

const timeoutMs = (name: 'transition-worker' | 'fulfilment-worker'): number =>
  FUNCTIONS[name].timeoutSeconds * SECOND;

/** The function of each role: a role that uses a row which its function may not use fails. */
const FUNCTION_OF: Readonly<Record<Role, FunctionName | undefined>> = {
  intake: 'intake-trustly-europe-decisions',
  transition: 'transition-worker',
  fulfilment: 'fulfilment-worker',
  merchant: 'checkout',
  operator: undefined,
  sweeper: 'sweeper',
  confirmer: 'confirmer',
};

export class World {
  readonly engine: Engine;
  readonly table: TableModel;
  readonly notifications: QueueModel;
  readonly fulfilment: QueueModel;
  readonly shop: ShopModel;
  readonly attempts = new Attempts();
  readonly history = new History();
  readonly payments: readonly PlannedPayment[];
  readonly orders: readonly PlannedOrder[];
  readonly refunds: readonly PlannedRefund[];
  readonly changes: readonly PlannedChange[];
  readonly accounts: readonly Account[];
  readonly variant: Variant;
  readonly providers: typeof providers;
  readonly environments: Environments;
  readonly senders: Senders;
  readonly merchant: Merchant;
  readonly operators: Operators;
  readonly apis: ProviderApis;
  readonly faults: FaultRates;
  /** Whether all messages come within a second and every call takes its own time, so that writers race. */
  readonly races: boolean;
  /** Whether a message becomes a dead letter after a few receives (FEW_RECEIVES). */
  readonly hasFewReceives: boolean;
  readonly #idempotency = new IdempotencyTable();
  #invocations = 0;

  constructor(seed: number, variant: Variant = {}, options: { readonly races?: boolean } = {}) {
    this.engine = new Engine(seed, START_MS);
    this.variant = variant;
    this.providers = variant.providers ?? providers;
    const { random } = this.engine;
    this.races = options.races ?? random.chance(0.2);
    this.faults = drawFaults(random, this.races);
    this.table = new TableModel(this.engine);
    this.table.onPut = (item) => {
      this.attempts.wrote(item, this.engine.now);
      this.history.wrote(item, { transaction: this.table.transactions, at: this.engine.now });
    };
    const duplicates = random.pick([0, 0.05, 0.3]);
    this.hasFewReceives = random.chance(0.12);
    const maxReceives = this.hasFewReceives ? FEW_RECEIVES : MAX_RECEIVE_COUNT;
    this.notifications = new QueueModel(this.engine, 'notifications', {
      visibilityMs: VISIBILITY_FACTOR * timeoutMs('transition-worker'),
      maxReceives: maxReceives.notifications,
      duplicates,
    });
    this.fulfilment = new QueueModel(this.engine, 'fulfilment', {
      visibilityMs: VISIBILITY_FACTOR * timeoutMs('fulfilment-worker'),
      maxReceives: maxReceives.fulfilment,
      duplicates,
      backlogMs: this.races ? random.pick([0, 2 * SECOND]) : random.pick([0, 0, 20 * MINUTE]),
    });
    this.shop = new ShopModel(this.engine);
    this.accounts = drawAccounts(random);
    const startAt = new Date(START_MS).toISOString();
    const sweeps = variant.sweeps !== false;
    const planned = plan(random, { accounts: this.accounts, startAt, races: this.races, sweeps });
    this.payments = planned.payments;
    this.orders = planned.orders;
    this.refunds = planned.refunds;
    this.changes = planned.changes;
    this.environments = new Environments(this.engine, this.races);
    this.senders = new Senders(this);
    this.merchant = new Merchant(this);
    this.operators = new Operators(this);
    this.apis = new ProviderApis(this);
  }

  async run(): Promise<void> {
    const { engine } = this;
    const storyMs = this.races ? SECOND : engine.random.pick([5 * MINUTE, HOUR, 6 * HOUR]);
    engine.faults = this.faults;
    drawShop(this.shop, engine.random, storyMs);
    this.environments.start(storyMs);
    poll(engine, this.notifications, timeoutMs('transition-worker'), () => this.#transition());
    poll(engine, this.fulfilment, timeoutMs('fulfilment-worker'), () => this.#fulfil());
    this.senders.start(storyMs);
    this.merchant.start(storyMs);
    this.operators.start(storyMs);
    this.apis.start();
    this.#sweepRegularly();
    // A late answer of an operator may release another payment, which the sweeper has derived anew.
    if (this.operators.answersAll) engine.at(START_MS + 9 * DAY, () => this.#sweepRegularly());
    engine.at(START_MS + Math.max(2 * storyMs, 10 * MINUTE), () => {
      engine.faults = NO_FAULTS;
      this.apis.endFaults();
      engine.note('faults end');
    });
    await engine.run(START_MS + 14 * DAY);
  }

  // --- reading the state -------------------------------------------------------------------------------------

  account(provider: ProviderName): Account {
    const account = this.accounts.find(({ provider: its }) => its === provider);
    if (account === undefined) throw new Error(`no account of ${provider}`);
    return account;
  }

  row(key: Key): Item | undefined {
    return this.table.rows.get(`${key.pk}\u0000${key.sk}`);
  }

  /** The rows of a partition without its counters. */
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

  // --- ports and callers -------------------------------------------------------------------------------------

  /** @param timeoutMs the process of the invocation ends after this time; absent: no own time limit */
  seam(role: Role, timeoutMs?: number): Seam {
    this.#invocations += 1;
    const invocation: Invocation = { name: `${role}#${this.#invocations}`, dead: false };
    if (timeoutMs !== undefined) {
      this.engine.after(timeoutMs, () => {
        if (invocation.over !== true) invocation.dead = true;
      });
    }
    return { role, invocation, world: this };
  }

  store(seam: Seam): Store {
    const port = this.table.portFor(seam.invocation);
    const name = FUNCTION_OF[seam.role];
    const store = name === undefined ? port : guarded(port, name);
    return this.variant.store?.(store, seam) ?? store;
  }

  queue(queue: QueueModel, seam: Seam): Queue {
    const port = queue.portFor(seam.invocation);
    return this.variant.queue?.(port, seam) ?? port;
  }

  shared({ invocation }: Seam, environment?: Environment) {
    return {
      providers: this.providers,
      accounts: this.accounts,
      evidenceDays: 400,
      envelopeKeys: environment?.envelopeKeys ?? (async () => this.environments.envelopeKeysNow()),
      publicKeys: environment?.publicKeys ?? (async () => undefined),
      pause: (attempt: number) => this.#pause(invocation, attempt),
      clock: () => this.engine.now,
      log: silentLog,
      metrics: silentMetrics,
    } satisfies Partial<ApplyDeps>;
  }

  /**
   * Runs a call of a merchant or an operator, and runs `again` until the call succeeds.
   * @param isOver whether an error is a final answer
   */
  untilDone(
    work: () => Promise<unknown>,
    { invocation }: Seam,
    done: () => void,
    again: () => void,
    isOver: (error: unknown) => boolean = () => false,
  ): void {
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
        over = isOver(error);
        this.engine.note(`${invocation.name} failed: ${String(error)}`);
      },
    );
  }

  // --- the functions -----------------------------------------------------------------------------------------

  #transition(): ReturnType<Parameters<typeof poll>[3]> {
    const seam = this.seam('transition');
    const environment = this.environments.take('worker', seam.invocation);
    const handler = createTransitionHandler({
      ...this.shared(seam, environment),
      store: this.store(seam),
      fulfilment: this.queue(this.fulfilment, seam),
      putOff: this.#putOff(this.notifications, seam.invocation),
    });
    return this.#worker(seam, handler, environment);
  }

  #fulfil(): ReturnType<Parameters<typeof poll>[3]> {
    const seam = this.seam('fulfilment');
    const { invocation } = seam;
    const target = this.shop.targetFor(invocation);
    const environment = this.environments.take('worker', invocation);
    const handler = createFulfilmentHandler({
      ...this.shared(seam, environment),
      store: this.store(seam),
      target: this.variant.target?.(target, seam) ?? target,
      persistence: new ModelledPersistence(this.#idempotency, this.engine, invocation),
      putOff: this.#putOff(this.fulfilment, invocation),
    });
    return this.#worker(seam, handler, environment);
  }

  #putOff(queue: QueueModel, invocation: Invocation): PutOff {
    return (receipt, seconds) =>
      this.engine.call(
        invocation,
        `postpone ${queue.label}`,
        () => {
          const [id = '', number = ''] = receipt.split(':');
          const message = queue.messages.get(id);
          if (message !== undefined) queue.postpone(message, Number(number), seconds);
        },
        { refused: () => new Error(`${queue.label}: ServiceUnavailable`) },
      );
  }

  #worker(seam: Seam, handler: SqsHandler, environment: Environment) {
    return {
      invocation: seam.invocation,
      handler: this.variant.worker?.(handler, seam) ?? handler,
      end: () => this.environments.give(environment),
    };
  }

  #pause(invocation: Invocation, attempt: number): Promise<void> {
    return new Promise((resolve) => {
      this.engine.after(this.engine.random.between(1, 20 * attempt), () => {
        if (!invocation.dead) resolve();
      });
    });
  }

  /** Runs the sweeper every 15 minutes while there is a row to sweep. A run without a row is skipped. */
  #sweepRegularly(): void {
    const { engine } = this;
    const swept = this.variant.sweeps === false ? /^renew#/ : /^(effect|renew)#/;
    engine.after(15 * MINUTE, () => {
      const open = [...this.table.rows.values()].some(({ openShard }) => swept.test(openShard ?? ''));
      if (open) {
        const seam = this.seam('sweeper', CALLER_TIMEOUT_MS);
        const fulfilment = this.queue(this.fulfilment, seam);
        const notifications = this.queue(this.notifications, seam);
        const whole = this.store(seam);
        const store: Store = {
          ...whole,
          open: async (shard, ...rest) => (swept.test(shard) ? whole.open(shard, ...rest) : []),
        };
        const deps = { ...this.shared(seam), store, fulfilment, notifications };
        sweep(deps, () => CALLER_TIMEOUT_MS).catch(() => {});
      }
      const goesOn = open || engine.now < START_MS + DAY || engine.now > START_MS + 9 * DAY;
      if (engine.now < START_MS + 13 * DAY && goesOn) this.#sweepRegularly();
    });
  }
}
