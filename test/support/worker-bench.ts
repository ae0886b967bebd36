/** The transition worker and the fulfilment worker on memory ports. */

import { createDeliver, type DeliverDeps, type Invocation } from '../../shared/app/fulfilment/deliver.ts';
import type { Target } from '../../shared/app/fulfilment/targets/target.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../shared/app/platform/message-schema.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { type EnvelopeKeys, parseEnvelopeKeys, seal } from '../../shared/app/platform/seal.ts';
import type { Store } from '../../shared/app/ports.ts';
import type { SweepDeps } from '../../shared/app/schedules/sweep.ts';
import { hashText } from '../../shared/app/table/keys.ts';
import type { TransitionDeps } from '../../shared/app/transition/handler.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import type { AccountPolicy, MerchantEvent } from '../../shared/payment/types.ts';
import type { RegisteredProvider } from '../../shared/providers/index.ts';
import { checkMessage } from './aws-limits.ts';
import { MemoryQueue } from './memory-queue.ts';
import { MemoryStore } from './memory-store.ts';
import { guarded } from './row-guard.ts';
import { policy, type ToyNotification, toyAccount, toyMessage, toyProvider } from './toy-provider.ts';
import { publicKeys } from './trustly-signature.ts';

export const envelopeKeys: EnvelopeKeys = parseEnvelopeKeys({ current: 'c'.repeat(64) });
export const START = Date.parse('2026-03-01T12:00:00.000Z');

/** A target that stores the delivered events. `fails` is called before each delivery; a throw fails the delivery. */
export class MemoryTarget implements Target {
  readonly name = 'eventbridge';
  readonly received: MerchantEvent[] = [];
  fails: ((event: MerchantEvent) => void | Promise<void>) | undefined;
  /** The webhook id of each delivery, as an endpoint gets it. */
  readonly webhookIds: (string | undefined)[] = [];
  async deliver(event: MerchantEvent, _?: AbortSignal, webhookId?: string): Promise<void> {
    await this.fails?.(event);
    checkMessage(JSON.stringify(event));
    this.received.push(event);
    this.webhookIds.push(webhookId);
  }
  get types(): string[] {
    return this.received.map(({ type }) => type);
  }
}

export interface BenchOptions {
  readonly store?: Store;
  readonly policy?: Partial<AccountPolicy>;
}

export function workerBench(options: BenchOptions = {}) {
  const memory = new MemoryStore();
  const store = options.store ?? memory;
  const fulfilment = new MemoryQueue();
  const notifications = new MemoryQueue();
  const target = new MemoryTarget();
  const lines: string[] = [];
  /** The receipt of each postponed notification, with the seconds. */
  const putOff: (readonly [receipt: string, seconds: number])[] = [];
  const time = { now: START };
  const clock = () => time.now;
  const sink = (line: string) => lines.push(line);
  const log = createLog({ service: 'test', functionName: 'test', clock, sink });
  const metrics = createMetrics({ namespace: 'Test', service: 'test', clock, sink });
  const toy = toyProvider as RegisteredProvider;
  const account = { ...toyAccount, policy: { ...policy, ...options.policy } };
  const deps: TransitionDeps & DeliverDeps & SweepDeps = {
    store,
    fulfilment,
    notifications,
    target,
    clock,
    log,
    metrics,
    providers: {
      paymentwall: { ...toy, rules: { ...toy.rules, pollsEachPayment: true } },
      'trustly-americas': {
        ...toy,
        rules: { ...toy.rules, capturesShareOrder: true, redirectsNameOrders: true, keepsAccounts: true },
      },
      'trustly-europe': toy,
    },
    accounts: [account],
    envelopeKeys: async () => envelopeKeys,
    publicKeys,
    evidenceDays: 400,
    pause: async () => undefined,
    putOff: async (receipt, seconds) => void putOff.push([receipt, seconds]),
  };
  const apply = createApply({ ...deps, store: guarded(store, 'transition-worker') });
  const deliver = createDeliver({ ...deps, store: guarded(store, 'fulfilment-worker') });
  let sequence = 0;

  /** An invocation with a fixed remaining time and without idempotency. Tests of `once` pass their own invocation. */
  const invocation: Invocation = { once: (_id, work) => work(), remainingMs: () => 30_000 };

  const envelope = (
    fields: Partial<ToyNotification> = {},
    over: Partial<NotificationEnvelope> = {},
  ): string => {
    const message = toyMessage(fields);
    const digest = hashText(message);
    const value: NotificationEnvelope = {
      version: 1,
      kind: 'notification',
      correlationId: `c${++sequence}`,
      provider: 'paymentwall',
      account: 'toy',
      receivedAt: new Date(time.now + sequence).toISOString(),
      keyId: 'current',
      variant: 'toy',
      sealed: seal(message, notificationContext('paymentwall', 'toy', digest), envelopeKeys),
      digest,
      ...over,
    };
    return JSON.stringify(value);
  };

  /** Delivers the messages of the fulfilment queue until it is empty. @returns the seconds of each postponed message */
  async function deliverAll(): Promise<number[]> {
    const later: number[] = [];
    for (let left = 200; fulfilment.sent.length > 0 && left > 0; left--) {
      const next = fulfilment.sent.shift();
      const delivery = await deliver(next?.body ?? '', invocation);
      if (delivery.type === 'later') later.push(delivery.seconds);
    }
    return later;
  }

  /** The log lines that have the metric, with its dimensions. */
  const metric = (name: string): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => name in line);

  return {
    ...{ memory, store, fulfilment, notifications, target, lines, putOff, time, deps, account },
    ...{ apply, deliver, invocation, envelope, deliverAll, metric },
  };
}
export type Bench = ReturnType<typeof workerBench>;
