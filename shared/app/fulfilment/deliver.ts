/**
 * The fulfilment worker: a message names one effect or two; the rows say whether they are still true. Fence, lease,
 * deliver inside idempotency, mark. A crash anywhere leaves a lease that ends, and the message comes again.
 *
 *   pending ─────────────────────► delivering (lease) ─► delivered
 *      └─ sent again ─► queued ─►──────┘ │
 *                         ▲── backoff ───┴─► failed     superseded: from any state before delivery
 */
import { defined } from '../../payment/defined.ts';
import { fence } from '../../payment/index.ts';
import type { Effect, EffectState, Payment } from '../../payment/types.ts';
import { EFFECT_ENVELOPE_SCHEMA, type EffectEnvelope } from '../platform/effect-schema.ts';
import type { Log } from '../platform/log.ts';
import type { MetricName, Metrics } from '../platform/metrics.ts';
import { CannotSucceedError, readMessage } from '../platform/read-message.ts';
import type { Clock, Store, Write } from '../ports.ts';
import { effectKey, paymentKeyOf } from '../table/keys.ts';
import { type EffectRow, effectItem, effectOf, paymentOf } from '../table/rows.ts';
import { effectsOf } from '../transition/outbox.ts';
import { backoffSeconds, MAX_BACKOFF_SECONDS, MAX_RETRY_AFTER_SECONDS, secondsUntilNext } from './backoff.ts';
import { type Once, StillRunningError } from './idempotency.ts';
import { type Target, TargetError } from './targets/target.ts';

export interface DeliverDeps {
  readonly store: Store;
  readonly target: Target;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What an invocation offers. */
export interface Invocation {
  readonly once: Once;
  remainingMs(): number;
}

type Delivery =
  | { readonly type: 'done'; readonly how: 'delivered' | 'superseded' | 'failed' | 'final' }
  /** Not now: show the message again after so many seconds. */
  | { readonly type: 'later'; readonly seconds: number };

/** Another effect of the order comes first: look again later. */
const WAIT_SECONDS = 30;
const CHANGED_MEANWHILE_SECONDS = 1;
const DELIVERY_TIMEOUT_MS = 10_000;
/** Kept free at the end of an invocation to write down how the delivery went. */
const CLOSING_MS = 3_000;
/** The lease outlives the invocation that took it. */
const LEASE_MARGIN_MS = 5_000;

/** Times that a delivered effect is marked, where others write its row. */
const MARKS = 3;

const FINAL: ReadonlySet<EffectState> = new Set(['delivered', 'superseded', 'failed']);

/**
 * Behind another effect: until that one is tried again and a little longer, or for as long as it is overdue. A look
 * is a receive of the message, and it has only so many (infra/queue-limits.ts): a fulfil may wait for two days
 * behind a revoke that fails.
 */
function waitSeconds({ type, epoch }: Effect, siblings: readonly Effect[], nowMs: number): number {
  const name = type === 'fulfil' ? `${epoch - 1}#revoke` : `${epoch}#fulfil`;
  const other = siblings.find((sibling) => sibling.name === name);
  if (other === undefined) return WAIT_SECONDS;
  const leasedUntil = leaseEndOf(other);
  // A delivery is over in a moment.
  if (leasedUntil > nowMs) return WAIT_SECONDS;
  const again = Date.parse(other.updatedAt) + backoffSeconds(other.attempts) * 1_000;
  const due = Math.max(leasedUntil, dueOf(other) || again);
  if (due > nowMs) return Math.ceil((due - nowMs) / 1_000) + WAIT_SECONDS;
  const overdue = Math.ceil((nowMs - due) / 1_000);
  return Math.max(WAIT_SECONDS, Math.min(MAX_BACKOFF_SECONDS + WAIT_SECONDS, overdue));
}

/** Milliseconds; 0: no worker has the lease. */
const leaseEndOf = ({ state, leaseUntil }: Effect): number =>
  (state === 'delivering' && Date.parse(leaseUntil ?? '')) || 0;

/** Milliseconds; 0: at once. */
const dueOf = ({ notBefore }: Effect): number => Date.parse(notBefore ?? '') || 0;

/**
 * How long a message rests whose effect is not to be tried now; 0: it is its turn. Any number of messages may
 * name an effect (copies of the news, the sweeper, an operator), and none may be dropped: this one may be the last.
 * The one whose attempt failed comes back when the effect is due, the others a little later, when it has had its
 * attempt: so each is received once per attempt, and it has only so many receives (infra/queue-limits.ts).
 */
function restSeconds(effect: Effect, nowMs: number): number {
  const [leased, due] = [leaseEndOf(effect) - nowMs, dueOf(effect) - nowMs];
  // Should the lease's holder die, the effect is due no sooner than this; should it fail, a little later.
  if (leased > 0) return Math.ceil(Math.max(leased, due) / 1_000);
  return due > 0 ? Math.ceil(due / 1_000) + WAIT_SECONDS : 0;
}

export type Deliver = (body: string, invocation: Invocation) => Promise<Delivery>;

/** Handles one message of the fulfilment queue. @throws CannotSucceedError, or anything that a retry may cure */
export function createDeliver(deps: DeliverDeps): Deliver {
  return async (body, invocation) => {
    const envelope = readMessage(body, EFFECT_ENVELOPE_SCHEMA);
    const { payment: key, effect, also } = envelope;
    const row = await deps.store.get(paymentKeyOf(key));
    const effects = await effectsOf(deps.store, key);
    const names = also === undefined || also === effect ? [effect] : [effect, also];
    const named = names.flatMap((name) => effects.filter((each) => each.effect.name === name));
    // Written in one transaction before the message was sent, so strong reads see them.
    if (row === undefined || named.length < names.length) throw new CannotSucceedError('unknown_effect');
    const seen: Seen = { payment: paymentOf(row), effects, envelope };
    // Beside each other, as two messages would be: each of their writes is conditional on the rows as they were read.
    const ended = await Promise.allSettled(named.map((mine) => deliverOne(mine, seen, invocation, deps)));
    return together(ended);
  };
}

/** The message comes again when the first of them is due: what is final or not due by then is left alone. */
function together(ended: readonly PromiseSettledResult<Delivery>[]): Delivery {
  const deliveries = ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
  const later = deliveries.flatMap((each) => (each.type === 'later' ? [each.seconds] : []));
  const [first] = deliveries;
  return later.length > 0 || first === undefined ? { type: 'later', seconds: Math.min(...later) } : first;
}

/** What the rows said when the message was received. */
interface Seen {
  readonly payment: Payment;
  readonly effects: readonly EffectRow[];
  readonly envelope: EffectEnvelope;
}

async function deliverOne(
  mine: EffectRow,
  { payment, effects, envelope }: Seen,
  invocation: Invocation,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { effect } = mine;
  if (FINAL.has(effect.state)) return { type: 'done', how: 'final' };
  const now = deps.clock();
  const rest = restSeconds(effect, now);
  if (leaseEndOf(effect) > now) return { type: 'later', seconds: rest };

  const siblings = effects.map((each) => each.effect);
  const verdict = fence(effect, payment, siblings, new Date(now).toISOString());
  if (verdict === 'wait') return { type: 'later', seconds: waitSeconds(effect, siblings, now) };
  const closing = effect.type === 'revoke' ? openFulfil(effect, effects) : [];
  if (verdict === 'supersede') return supersede([mine, ...closing], envelope.correlationId, deps);
  if (rest > 0) return { type: 'later', seconds: rest };
  const lease = await takeLease(mine, { closing, seen: betweenEpochs(effect, effects) }, invocation, deps);
  return lease === undefined
    ? { type: 'later', seconds: CHANGED_MEANWHILE_SECONDS }
    : deliverLeased(lease, envelope, invocation, deps);
}

/**
 * The fulfil that a revoke answers, while it isn't final. It is closed in the revoke's own transaction, so that
 * no worker takes its lease in between and delivers goods after they were taken back.
 */
const openFulfil = (revoke: Effect, effects: readonly EffectRow[]): readonly EffectRow[] =>
  effects.filter(
    ({ effect }) => effect.type === 'fulfil' && effect.epoch === revoke.epoch && !FINAL.has(effect.state),
  );

/**
 * What the fence looked at in other epochs, and must still be so when the lease is taken: the revoke before a fulfil
 * (an operator may be sending it again), the fulfils after a revoke. Nearly always there is none.
 */
const betweenEpochs = ({ type, epoch }: Effect, effects: readonly EffectRow[]): readonly EffectRow[] =>
  effects.filter(({ effect: other }) =>
    type === 'fulfil'
      ? other.type === 'revoke' && other.epoch === epoch - 1
      : type === 'revoke' && other.type === 'fulfil' && other.epoch > epoch,
  );

async function supersede(
  rows: readonly EffectRow[],
  correlationId: string,
  deps: DeliverDeps,
): Promise<Delivery> {
  const result = await deps.store.write(
    rows.map((row) => change(row, { state: 'superseded' }, deps.clock())),
  );
  if (!result.ok) return { type: 'later', seconds: CHANGED_MEANWHILE_SECONDS };
  for (const { effect } of rows) report('EffectsSuperseded', effect, { correlationId }, deps);
  return { type: 'done', how: 'superseded' };
}

/**
 * Undefined: somebody changed a row in between. The backoff is written with the lease: a worker that dies in the
 * middle leaves it, and its attempt counts like any other.
 */
async function takeLease(
  row: EffectRow,
  { closing, seen }: { readonly closing: readonly EffectRow[]; readonly seen: readonly EffectRow[] },
  invocation: Invocation,
  { store, clock }: DeliverDeps,
): Promise<EffectRow | undefined> {
  const now = clock();
  const leaseUntil = new Date(now + invocation.remainingMs() + LEASE_MARGIN_MS).toISOString();
  const attempts = row.effect.attempts + 1;
  const pause = backoffSeconds(attempts);
  const taken = { state: 'delivering', leaseUntil, attempts, notBefore: inSeconds(now, pause) } as const;
  const lease = change(row, taken, now, pause);
  const result = await store.write([
    lease,
    ...closing.map((other) => change(other, { state: 'superseded' }, now)),
    ...seen.map(({ effect, version }): Write => {
      return { check: effectKey(effect.payment, effect.name), when: { versionIs: version } };
    }),
  ]);
  if (!result.ok) return undefined;
  return { effect: { ...row.effect, ...taken }, version: row.version + 1 };
}

async function deliverLeased(
  row: EffectRow,
  envelope: EffectEnvelope,
  { once, remainingMs }: Invocation,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { effect } = row;
  const { correlationId } = envelope;
  const timeoutMs = Math.max(1, Math.min(DELIVERY_TIMEOUT_MS, remainingMs() - CLOSING_MS));
  try {
    const event = inFixedOrder(effect.event);
    const webhookId = effect.webhookId ?? effect.id;
    const deliver = () => deps.target.deliver(event, AbortSignal.timeout(timeoutMs), webhookId);
    await (isInformation(effect) ? deliver() : once(turnOf(effect), deliver));
  } catch (error) {
    return failed(
      { ...row, effect: { ...effect, lastFailure: whyFailed(error) } },
      error,
      correlationId,
      deps,
    );
  }
  if (await markDelivered(row, deps)) delivered(effect, envelope, deps);
  return { type: 'done', how: 'delivered' };
}

/**
 * The sweeper, or an operator who erases a name, may have written the row meanwhile: as long as this attempt has the
 * lease, the row is marked as it is now. Else another one has it, and what is in the row is its business.
 */
async function markDelivered(row: EffectRow, { store, clock }: DeliverDeps): Promise<boolean> {
  const { payment, name, attempts } = row.effect;
  for (let left = MARKS, read = row; ; left--) {
    const { ok } = await store.write([change(read, { state: 'delivered' }, clock())]);
    if (ok || left === 1) return ok;
    const item = await store.get(effectKey(payment, name));
    if (item === undefined) return false;
    read = effectOf(item);
    if (read.effect.state !== 'delivering' || read.effect.attempts !== attempts) return false;
  }
}

/**
 * Asks nothing of the merchant (docs/effects.md), so its row alone remembers that it was delivered: one that a crash
 * between delivery and mark sends twice has the same id and changes nothing. Powertools' record is for all others.
 */
const INFORMATION = /^(?:payment|payout|authorization)\.(?:authorized|processing|paid)$/;
const isInformation = ({ type }: Effect): boolean => INFORMATION.test(type);

/**
 * What Powertools remembers. A delivered effect's record would make sending it again a no-op, so each redelivery is
 * a turn of its own here; towards the target the key stays the effect's id.
 */
const turnOf = ({ id, redeliveries }: Effect): string =>
  redeliveries === undefined ? id : `${id}#again${redeliveries}`;

/** Accepted to told; later than this, the objective counts it (infra/constructs/alarms/objectives.ts). */
const ANNOUNCED_WITHIN_MS = 30_000;

/** Of an event's first attempt alone: each counts once, also one that is tried for days. */
const firstTry = ({ attempts, redeliveries }: Effect, isLate: boolean) =>
  attempts === 1 && redeliveries === undefined
    ? ({ EffectsTried: 1, EffectsLate: isLate ? 1 : 0 } as const)
    : {};

function delivered(
  effect: Effect,
  { correlationId, acceptedAt }: EffectEnvelope,
  { clock, metrics, target }: DeliverDeps,
): void {
  const { event, createdAt } = effect;
  const { provider, account } = event;
  const now = clock();
  const lag = Math.max(0, now - Date.parse(createdAt));
  const isLate = now - Date.parse(acceptedAt ?? createdAt) > ANNOUNCED_WITHIN_MS;
  const dimensions = { provider, account, target: target.name };
  const counted = { EffectsDelivered: 1, FulfilmentLag: lag, ...firstTry(effect, isLate) };
  metrics.emit(counted, dimensions, { correlationId });
}

/** A row's map has no order of its own: sorted by name, every retry is the same text, byte for byte. */
function inFixedOrder<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inFixedOrder) as T;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, inFixedOrder(inner)])) as T;
}

/** The reason for operators: why the event was not delivered. */
const whyFailed = (error: unknown): string =>
  error instanceof StillRunningError
    ? 'in_progress'
    : error instanceof TargetError
      ? error.failure
      : 'unavailable';

async function failed(
  row: EffectRow,
  error: unknown,
  correlationId: string,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { effect } = row;
  const failure = error instanceof TargetError ? error.failure : 'unavailable';
  const fields = { correlationId, effect: effect.id, attempts: effect.attempts, reason: failure, error };
  const asked = error instanceof TargetError ? (error.retryAfterSeconds ?? 0) : 0;
  const seconds = secondsUntilNext(failure, effect.attempts, asked);
  if (seconds === undefined) {
    const result = await deps.store.write([change(row, { state: 'failed' }, deps.clock())]);
    if (!result.ok) return { type: 'later', seconds: CHANGED_MEANWHILE_SECONDS };
    deps.log.error('gave up on an effect', fields);
    reportTry('EffectsFailed', effect, { correlationId, reason: failure }, deps);
    return { type: 'done', how: 'failed' };
  }
  const now = deps.clock();
  // Refused: a revoke closed it meanwhile; the next look will see that.
  await deps.store.write([
    change(row, { state: 'queued', notBefore: inSeconds(now, seconds) }, now, seconds),
  ]);
  // The target asked for a longer pause than is allowed: the log says the pause that is used.
  const longer = asked > MAX_RETRY_AFTER_SECONDS ? { retryAfterSeconds: asked } : {};
  deps.log.warn('delivery failed, will be tried again', { ...fields, ...longer, waitSeconds: seconds });
  const reason = error instanceof StillRunningError ? 'in_progress' : failure;
  reportTry('DeliveryRetries', effect, { correlationId, reason }, deps);
  return { type: 'later', seconds };
}

const inSeconds = (nowMs: number, seconds: number): string => new Date(nowMs + seconds * 1_000).toISOString();

/** One change of state, conditional on the row as it was read. */
function change(
  { effect, version, openAt }: EffectRow,
  changed: Partial<Pick<Effect, 'state' | 'attempts' | 'leaseUntil' | 'notBefore'>>,
  nowMs: number,
  quietSeconds = 0,
): Write {
  const now = new Date(nowMs).toISOString();
  const { leaseUntil: _over, notBefore: _waited, ...rest } = effect;
  const next: EffectRow = {
    effect: { ...rest, ...changed, updatedAt: now },
    version: version + 1,
    ...defined({ openAt }),
  };
  return { put: effectItem(next, now, quietSeconds), when: { versionIs: version } };
}

interface Reported {
  readonly correlationId: string;
  readonly reason?: string | undefined;
}

const report = (metric: MetricName, effect: Effect, about: Reported, deps: DeliverDeps): void =>
  emit({ [metric]: 1 }, effect, about, deps);

/** An attempt that failed. */
const reportTry = (metric: MetricName, effect: Effect, about: Reported, deps: DeliverDeps): void =>
  emit({ [metric]: 1, ...firstTry(effect, true) }, effect, about, deps);

function emit(
  values: Partial<Record<MetricName, number>>,
  { event }: Effect,
  { correlationId, reason }: Reported,
  { metrics, target }: DeliverDeps,
): void {
  const { provider, account } = event;
  const because = reason === undefined ? {} : { reason };
  metrics.emit(values, { provider, account, target: target.name, ...because }, { correlationId });
}
