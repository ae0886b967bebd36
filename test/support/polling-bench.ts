/** The whole backend on memory ports, with real providers and faked provider APIs. The test sets the clock. */

import type { FunctionName } from '../../infra/functions.ts';
import { FakePaymentwall } from '../../local/demo/fakes/paymentwall.ts';
import { FakeTrustlyAmericas } from '../../local/demo/fakes/trustly-americas.ts';
import { createDeliver, type Invocation } from '../../shared/app/fulfilment/deliver.ts';
import type { Deliverable } from '../../shared/app/fulfilment/targets/target.ts';
import { createLog } from '../../shared/app/platform/log.ts';
import { notificationContext } from '../../shared/app/platform/message.ts';
import type { NotificationEnvelope } from '../../shared/app/platform/message-schema.ts';
import { createMetrics } from '../../shared/app/platform/metrics.ts';
import { seal } from '../../shared/app/platform/seal.ts';
import { createSecrets } from '../../shared/app/platform/secrets.ts';
import type { Store } from '../../shared/app/ports.ts';
import { confirmDue } from '../../shared/app/schedules/confirm.ts';
import { createProviderClient } from '../../shared/app/schedules/provider-client.ts';
import { type ReconcileRequest, reconcile } from '../../shared/app/schedules/reconcile.ts';
import { sendDueReports } from '../../shared/app/schedules/shipping.ts';
import { hashText, paymentKeyOf } from '../../shared/app/table/keys.ts';
import { registerOrder } from '../../shared/app/transition/orders.ts';
import { createApply } from '../../shared/app/transition/receive.ts';
import type { AccountPolicy, MerchantEvent, Payment } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import { providers } from '../../shared/providers/index.ts';
import { parseOrder } from '../../shared/providers/orders.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';
import { americasAccount, europeAccount, paymentwallAccount, policyOf } from './accounts.ts';
import { MemoryQueue } from './memory-queue.ts';
import { MemoryStore } from './memory-store.ts';
import { guarded } from './row-guard.ts';
import { publicKeys, signedByTrustly } from './trustly-signature.ts';
import { envelopeKeys } from './worker-bench.ts';

export const START = Date.parse('2026-03-01T12:00:00.000Z');
const AMERICAS_SECRET = { current: { accessId: 'access-id', accessKey: 'access-key' } };
const PAYMENTWALL_SECRET = { current: { secretKey: 'secret-key', projectKey: 'project-key' } };

/** The policy of a live account, with the strict values of `policyOf`. */
export const livePolicyOf = (provider: ProviderName, more: Partial<AccountPolicy> = {}): AccountPolicy =>
  policyOf(provider, { environment: 'live', ...more });

export interface PollingBenchOptions {
  readonly americas?: Partial<TrustlyAmericasAccount>;
  readonly paymentwall?: Partial<PaymentwallAccount>;
  readonly europe?: Partial<TrustlyEuropeAccount>;
  readonly evidenceDays?: number;
}

export function pollingBench(options: PollingBenchOptions = {}) {
  const time = { now: START };
  const clock = () => time.now;
  const store = new MemoryStore();
  const [notifications, fulfilment] = [new MemoryQueue(), new MemoryQueue()];
  const lines: string[] = [];
  const sink = (line: string) => lines.push(line);
  const log = createLog({ service: 'test', functionName: 'test', clock, sink });
  const metrics = createMetrics({ namespace: 'Test', service: 'test', clock, sink });
  const events: MerchantEvent[] = [];
  const reports: Deliverable[] = [];
  const target = {
    name: 'eventbridge' as const,
    deliver: async (event: Deliverable) => {
      if (event.type === 'reconciliation.finished') reports.push(event);
      else events.push(event as MerchantEvent);
    },
  };

  const live = { environment: 'live' } as const;
  const americas = { ...americasAccount({ confirm: true }, live), ...options.americas };
  const europe = { ...europeAccount({}, live), ...options.europe };
  const wall = { ...paymentwallAccount({ confirm: true }, live), ...options.paymentwall };
  const accounts = [americas, europe, wall];
  const secretTexts: Record<string, string> = {
    'payhooks/live/trustly-americas/shop': JSON.stringify(AMERICAS_SECRET),
    'payhooks/live/paymentwall/shop': JSON.stringify(PAYMENTWALL_SECRET),
  };
  const fakes = {
    americas: new FakeTrustlyAmericas(clock, (id, key) => id === 'access-id' && key === 'access-key'),
    paymentwall: new FakePaymentwall(
      (key) => (key === 'project-key' ? 'secret-key' : undefined),
      (key) => key === 'secret-key',
    ),
  };
  const client = createProviderClient({
    secrets: createSecrets({
      fetch: async (name) => secretTexts[name] ?? Promise.reject(new Error('no such secret')),
      clock,
      report: () => undefined,
    }),
    environment: 'live',
    baseUrls: { 'trustly-americas': 'https://americas.fake/api/v1', paymentwall: 'https://wall.fake/api' },
    clock,
    log,
    wait: async (ms) => {
      time.now += ms;
    },
    fetch: (input, init) =>
      (String(input).includes('americas') ? fakes.americas : fakes.paymentwall).fetch(input, init),
  });
  const deps = {
    ...{ store, notifications, fulfilment, client, accounts, clock, log, metrics, target, providers },
    envelopeKeys: async () => envelopeKeys,
    publicKeys,
    evidenceDays: options.evidenceDays ?? 400,
    pause: async () => undefined,
  };
  const as = <D extends { readonly store: Store }>(name: FunctionName, of: D): D => ({
    ...of,
    store: guarded(of.store, name),
  });
  const apply = createApply(as('transition-worker', deps));
  const deliver = createDeliver(as('fulfilment-worker', deps));
  const invocation: Invocation = { once: (_id, work) => work(), remainingMs: () => 30_000 };
  const remaining = () => 600_000;

  /** Handles both queues until they are empty. */
  async function settle(): Promise<void> {
    for (let left = 5_000; left > 0; left--) {
      const notification = notifications.sent.shift();
      if (notification !== undefined) await apply(notification.body);
      const effect = fulfilment.sent.shift();
      if (effect !== undefined) await deliver(effect.body, invocation);
      if (notification === undefined && effect === undefined) return;
    }
    throw new Error('the queues never empty');
  }

  /** Puts a notification on the queue as an intake does after verification. */
  async function queue(provider: ProviderName, unsigned: string): Promise<void> {
    const message = provider === 'trustly-europe' ? signedByTrustly(unsigned) : unsigned;
    const digest = hashText(message);
    const envelope: NotificationEnvelope = {
      version: 1,
      kind: 'notification',
      correlationId: `c${lines.length}-${digest.slice(0, 8)}`,
      provider,
      account: 'shop',
      receivedAt: new Date(time.now).toISOString(),
      keyId: 'current',
      variant: 'test',
      sealed: seal(message, notificationContext(provider, 'shop', digest), envelopeKeys),
      digest,
    };
    await notifications.send(JSON.stringify(envelope));
  }

  /** Puts a notification on the queue, and handles both queues until they are empty. */
  async function arrive(provider: ProviderName, unsigned: string): Promise<void> {
    await queue(provider, unsigned);
    await settle();
  }

  const order = async (reference: string, amount: string, more: Record<string, unknown> = {}) => {
    const at = new Date(time.now).toISOString();
    const exact = { amounts: [{ currency: 'USD', exact: amount }], kind: 'payment', use: 'once' };
    await registerOrder(
      guarded(store, 'checkout'),
      notifications,
      parseOrder({ reference, ...exact, ...more }, at),
    );
    await settle();
  };
  const payment = async (provider: ProviderName, id: string): Promise<Payment | undefined> =>
    (await store.get(paymentKeyOf(`${provider}:shop:${id}`)))?.data as Payment | undefined;
  const status = async (provider: ProviderName, id: string) => (await payment(provider, id))?.status;
  const types = (id: string) =>
    events.filter(({ payment: of }) => of.endsWith(`:${id}`)).map(({ type }) => type);
  const metric = (name: string): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => name in line);

  return {
    ...{ time, store, notifications, fulfilment, lines, events, reports, fakes, deps, accounts },
    ...{
      americas,
      paymentwall: wall,
      secretTexts,
      settle,
      queue,
      arrive,
      order,
      payment,
      status,
      types,
      metric,
    },
    async confirm(afterMs = 0) {
      time.now += afterMs;
      const done = await confirmDue(as('confirmer', deps), remaining);
      await settle();
      return done;
    },
    async ship(afterMs = 0) {
      time.now += afterMs;
      const done = await sendDueReports(as('confirmer', deps), remaining);
      await settle();
      return done;
    },
    async reconcile(request: ReconcileRequest = {}) {
      const report = await reconcile(request, as('reconciler', deps), remaining);
      await settle();
      return report;
    },
  };
}
export type PollingBench = ReturnType<typeof pollingBench>;

/** An event of a capture as Trustly Americas sends it. */
export const capture = (id: string, eventId: string, eventType: string, status: string): string =>
  new URLSearchParams({
    ...{ merchantId: '1', merchantReference: `order-${id}`, paymentType: '2', transactionType: '3' },
    ...{ eventId, eventType, objectId: id, objectType: 'Transaction', status, createdAt: '1701986450064' },
  }).toString();

/** The query of a Digital Goods pingback. */
export const pingback = (ref: string, type: string, more: Record<string, string> = {}): string =>
  new URLSearchParams({
    ...{ uid: 'u1', goodsid: `order-${ref}`, slength: '', speriod: '', type, ref, ...more },
    ...{ sign_version: '3', sig: 'a'.repeat(64) },
  }).toString();
