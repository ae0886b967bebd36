/**
 * The fulfilment worker. A message names one or two effects; the rows decide whether they are still valid. The steps
 * are: fence, lease, delivery, mark. `once` keeps a record of the delivery, so that it is not repeated if the mark fails;
 * events that are only information have no such record. After a crash at any point the lease expires, and the message is
 * received again.
 *
 * first delivery: pending → delivering (lease) → delivered
 * a failed attempt: delivering → queued (backoff) → delivering …, or failed after the last attempt
 * redelivered by an operator: delivered or failed → queued → delivering
 * superseded: from any state that is not final
 */

import { defined } from '../../payment/defined.ts';
import { canonicalText, fence, isFinal } from '../../payment/index.ts';
import type { Effect, MerchantEvent, Payment } from '../../payment/types.ts';
import { EFFECT_ENVELOPE_SCHEMA, type EffectEnvelope } from '../platform/effect-schema.ts';
import type { MetricName } from '../platform/metrics.ts';
import { CannotSucceedError, readMessage } from '../platform/read-message.ts';
import type { Telemetry } from '../platform/telemetry.ts';
import type { Store, Write } from '../ports.ts';
import { effectKey, paymentKeyOf } from '../table/keys.ts';
import { type EffectRow, effectItem, effectOf, paymentOf } from '../table/rows.ts';
import { readEffects } from '../transition/outbox.ts';
import { backoffSeconds, MAX_BACKOFF_SECONDS, MAX_RETRY_AFTER_SECONDS, secondsUntilNext } from './backoff.ts';
import { type Once, StillRunningError } from './idempotency.ts';
import { type Target, TargetError } from './targets/target.ts';

export interface DeliverDeps extends Telemetry {
  readonly store: Store;
  readonly target: Target;
}

/** What one invocation of the function provides. */
export interface Invocation {
  readonly once: Once;
  remainingMs(): number;
}

type Delivery =
  | { readonly type: 'done'; readonly how: 'delivered' | 'superseded' | 'failed' | 'final' }
  /** Not now: make the message visible again after this number of seconds. */
  | { readonly type: 'later'; readonly seconds: number };

/** Pause if another effect of the payment must be delivered first. */
const WAIT_SECONDS = 30;
const CHANGED_MEANWHILE_SECONDS = 1;
const DELIVERY_TIMEOUT_MS = 10_000;
/** Time reserved at the end of an invocation to record the result of the delivery. */
const RESERVED_MS = 3_000;
/** Added to the remaining time of the invocation, so that the lease ends after it. */
const LEASE_MARGIN_MS = 5_000;

/** Attempts to mark a delivered effect, if others write its row at the same time. */
const MAX_MARK_ATTEMPTS = 3;

/**
 * How long an effect waits for another one: until shortly after the other's next attempt. If that attempt is overdue,
 * it waits as long as the attempt is already overdue, at most an hour and 30 s. Each check is one receive of the
 * message, and the receives are limited (infra/queue-limits.ts). A fulfil may wait 49 hours for a revoke that fails.
 */
function waitSeconds({ type, epoch }: Effect, siblings: readonly Effect[], nowMs: number): number {
  const name = type === 'fulfil' ? `${epoch - 1}#revoke` : `${epoch}#fulfil`;
  const other = siblings.find((sibling) => sibling.name === name);
  if (other === undefined) return WAIT_SECONDS;
  const leasedUntil = leaseEndOf(other);
  // A delivery takes only a moment.
  if (leasedUntil > nowMs) return WAIT_SECONDS;
  const again = Date.parse(other.updatedAt) + backoffSeconds(other.attempts) * 1_000;
  const due = Math.max(leasedUntil, dueOf(other) || again);
  if (due > nowMs) return Math.ceil((due - nowMs) / 1_000) + WAIT_SECONDS;
  const overdue = Math.ceil((nowMs - due) / 1_000);
  return Math.max(WAIT_SECONDS, Math.min(MAX_BACKOFF_SECONDS + WAIT_SECONDS, overdue));
}

/** End of the lease in milliseconds since 1970. 0: no worker has the lease. */
const leaseEndOf = ({ state, leaseUntil }: Effect): number =>
  (state === 'delivering' && Date.parse(leaseUntil ?? '')) || 0;

/** Time of the next attempt in milliseconds since 1970. 0: at once. */
const dueOf = ({ notBefore }: Effect): number => Date.parse(notBefore ?? '') || 0;

/**
 * For how many seconds a message is hidden because its effect is not due. 0: the effect is due. Several messages may
 * name one effect: copies of the notification, the sweeper and an operator send them. None is dropped, because it may
 * be the last one. The message whose attempt failed returns when the effect is due. The others return a little later,
 * after that attempt. So each message is received once per attempt; the receives are limited (infra/queue-limits.ts).
 */
function secondsUntilDue(effect: Effect, nowMs: number): number {
  const [leased, due] = [leaseEndOf(effect) - nowMs, dueOf(effect) - nowMs];
  // While a worker has the lease, nobody else may try. The message returns when both the lease and the backoff are
  // over.
  if (leased > 0) return Math.ceil(Math.max(leased, due) / 1_000);
  return due > 0 ? Math.ceil(due / 1_000) + WAIT_SECONDS : 0;
}

export type Deliver = (body: string, invocation: Invocation) => Promise<Delivery>;

/**
 * Handles one message of the fulfilment queue. @throws CannotSucceedError, or an error after which a retry may succeed
 */
export function createDeliver(deps: DeliverDeps): Deliver {
  return async (body, invocation) => {
    const envelope = readMessage(body, EFFECT_ENVELOPE_SCHEMA);
    const { payment: key, effect, also } = envelope;
    const row = await deps.store.get(paymentKeyOf(key));
    const effects = await readEffects(deps.store, key);
    const names = also === undefined || also === effect ? [effect] : [effect, also];
    const named = names.flatMap((name) => effects.filter((each) => each.effect.name === name));
    // The rows were written in one transaction before the message was sent, so strongly consistent reads find them.
    if (row === undefined || named.length < names.length) throw new CannotSucceedError('unknown_effect');
    const read: RowsRead = { payment: paymentOf(row), effects, envelope };
    // In parallel, as two separate messages would be: each write is conditional on the rows as they were read.
    const ended = await Promise.allSettled(named.map((mine) => deliverOne(mine, read, invocation, deps)));
    return joinResults(ended);
  };
}

/**
 * Joins the results: the message returns when the first of its effects is due. Effects that are final or not due by
 * then are left unchanged.
 */
function joinResults(ended: readonly PromiseSettledResult<Delivery>[]): Delivery {
  const deliveries = ended.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
  const later = deliveries.flatMap((each) => (each.type === 'later' ? [each.seconds] : []));
  const [first] = deliveries;
  return later.length > 0 || first === undefined ? { type: 'later', seconds: Math.min(...later) } : first;
}

/** The rows as they were read when the message was received. */
interface RowsRead {
  readonly payment: Payment;
  readonly effects: readonly EffectRow[];
  readonly envelope: EffectEnvelope;
}

async function deliverOne(
  mine: EffectRow,
  { payment, effects, envelope }: RowsRead,
  invocation: Invocation,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { effect } = mine;
  if (isFinal(effect)) return { type: 'done', how: 'final' };
  const now = deps.clock();
  const untilDue = secondsUntilDue(effect, now);
  if (leaseEndOf(effect) > now) return { type: 'later', seconds: untilDue };

  const siblings = effects.map((each) => each.effect);
  const verdict = fence(effect, payment, siblings, new Date(now).toISOString());
  if (verdict === 'wait') return { type: 'later', seconds: waitSeconds(effect, siblings, now) };
  const toSupersede = effect.type === 'revoke' ? unfinishedFulfil(effect, effects) : [];
  if (verdict === 'supersede') return supersede([mine, ...toSupersede], envelope.correlationId, deps);
  if (untilDue > 0) return { type: 'later', seconds: untilDue };
  const others = { toSupersede, toCheck: rowsOfOtherEpochs(effect, effects) };
  const lease = await takeLease(mine, others, invocation, deps);
  return lease === undefined
    ? { type: 'later', seconds: CHANGED_MEANWHILE_SECONDS }
    : deliverLeased(lease, envelope, invocation, deps);
}

/**
 * The fulfil of the same epoch, if it is not final. The transaction of the revoke supersedes it. Otherwise another
 * worker could take its lease and deliver the fulfil after the revoke.
 */
const unfinishedFulfil = (revoke: Effect, effects: readonly EffectRow[]): readonly EffectRow[] =>
  effects.filter(
    ({ effect }) => effect.type === 'fulfil' && effect.epoch === revoke.epoch && !isFinal(effect),
  );

/**
 * Effects of other epochs that the fence has read. The transaction that takes the lease checks that they are unchanged.
 * For a fulfil: the revoke before it, which an operator may redeliver. For a revoke: the later fulfils. Usually there
 * are none.
 */
const rowsOfOtherEpochs = ({ type, epoch }: Effect, effects: readonly EffectRow[]): readonly EffectRow[] =>
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
 * Takes the lease and returns the row with it. Undefined: another process changed a row in between. The attempt and its
 * backoff are written together with the lease. So the attempt counts also if the worker dies.
 */
async function takeLease(
  row: EffectRow,
  {
    toSupersede,
    toCheck,
  }: { readonly toSupersede: readonly EffectRow[]; readonly toCheck: readonly EffectRow[] },
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
    ...toSupersede.map((other) => change(other, { state: 'superseded' }, now)),
    ...toCheck.map(({ effect, version }): Write => {
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
  const timeoutMs = Math.max(1, Math.min(DELIVERY_TIMEOUT_MS, remainingMs() - RESERVED_MS));
  try {
    const event = inFixedOrder(effect.event);
    const webhookId = effect.webhookId ?? effect.id;
    const deliver = () => deps.target.deliver(event, AbortSignal.timeout(timeoutMs), webhookId);
    await (isInformation(effect) ? deliver() : once(idempotencyKeyOf(effect), deliver));
  } catch (error) {
    return recordFailure(
      { ...row, effect: { ...effect, lastFailure: whyFailed(error) } },
      error,
      correlationId,
      deps,
    );
  }
  if (await markDelivered(row, deps)) countDelivered(effect, envelope, deps);
  return { type: 'done', how: 'delivered' };
}

/**
 * Marks the effect as delivered. The sweeper, or an operator who erases personal data, may have written the row in
 * between: while this attempt has the lease, the present row is marked. If another attempt has the lease, the row is
 * left to it.
 */
async function markDelivered(row: EffectRow, { store, clock }: DeliverDeps): Promise<boolean> {
  const { payment, name, attempts } = row.effect;
  for (let left = MAX_MARK_ATTEMPTS, read = row; ; left--) {
    const { ok } = await store.write([change(read, { state: 'delivered' }, clock())]);
    if (ok || left === 1) return ok;
    const item = await store.get(effectKey(payment, name));
    if (item === undefined) return false;
    read = effectOf(item);
    if (read.effect.state !== 'delivering' || read.effect.attempts !== attempts) return false;
  }
}

/**
 * Types of events that require no action of the merchant (docs/effects.md). Only their row records the delivery: if a
 * crash between delivery and mark causes a second one, it has the same id and changes nothing. All other types also get
 * a Powertools record.
 */
const INFORMATION = /^(?:payment|payout|authorization)\.(?:authorized|processing|paid)$/;
const isInformation = ({ type }: Effect): boolean => INFORMATION.test(type);

/**
 * The key of the Powertools record. The record of a delivered effect would prevent another delivery, so each redelivery
 * has a key of its own. Towards the target the key stays the effect's id.
 */
const idempotencyKeyOf = ({ id, redeliveries }: Effect): string =>
  redeliveries === undefined ? id : `${id}#again${redeliveries}`;

/**
 * Time from acceptance to delivery. A slower delivery counts against the objective
 * (infra/constructs/alarms/objectives.ts).
 */
const OBJECTIVE_MS = 30_000;

/** Metrics of an event's first attempt only, so that each event counts once, also if it is tried for days. */
const firstAttemptCounts = ({ attempts, redeliveries }: Effect, isLate: boolean) =>
  attempts === 1 && redeliveries === undefined
    ? ({ EffectsTried: 1, EffectsLate: isLate ? 1 : 0 } as const)
    : {};

function countDelivered(
  effect: Effect,
  { correlationId, acceptedAt }: EffectEnvelope,
  deps: DeliverDeps,
): void {
  const { createdAt } = effect;
  const now = deps.clock();
  const lag = Math.max(0, now - Date.parse(createdAt));
  const isLate = now - Date.parse(acceptedAt ?? createdAt) > OBJECTIVE_MS;
  const counted = { EffectsDelivered: 1, FulfilmentLag: lag, ...firstAttemptCounts(effect, isLate) };
  emit(counted, effect, { correlationId }, deps);
}

/**
 * The event with its members sorted by name. A map that was read from a row has no fixed order; sorted, the text of
 * every retry is identical byte for byte.
 */
const inFixedOrder = (event: MerchantEvent): MerchantEvent => JSON.parse(canonicalText(event));

/** Why the event was not delivered, as operators see it. */
const whyFailed = (error: unknown): string =>
  error instanceof StillRunningError
    ? 'in_progress'
    : error instanceof TargetError
      ? error.failure
      : 'unavailable';

async function recordFailure(
  row: EffectRow,
  error: unknown,
  correlationId: string,
  deps: DeliverDeps,
): Promise<Delivery> {
  const { effect } = row;
  const failure = error instanceof TargetError ? error.failure : 'unavailable';
  const fields = { correlationId, effect: effect.id, attempts: effect.attempts, reason: failure, error };
  const requested = error instanceof TargetError ? (error.retryAfterSeconds ?? 0) : 0;
  const seconds = secondsUntilNext(failure, effect.attempts, requested);
  if (seconds === undefined) {
    const result = await deps.store.write([change(row, { state: 'failed' }, deps.clock())]);
    if (!result.ok) return { type: 'later', seconds: CHANGED_MEANWHILE_SECONDS };
    deps.log.error('gave up on an effect', fields);
    reportAttempt('EffectsFailed', effect, { correlationId, reason: failure }, deps);
    return { type: 'done', how: 'failed' };
  }
  const now = deps.clock();
  // If this write is refused, a revoke has superseded the effect in between; the next receive reads that.
  await deps.store.write([
    change(row, { state: 'queued', notBefore: inSeconds(now, seconds) }, now, seconds),
  ]);
  // If the target asks for a longer pause than is allowed, the log contains its pause and ours.
  const longer = requested > MAX_RETRY_AFTER_SECONDS ? { retryAfterSeconds: requested } : {};
  deps.log.warn('delivery failed, will be tried again', { ...fields, ...longer, waitSeconds: seconds });
  const reason = error instanceof StillRunningError ? 'in_progress' : failure;
  reportAttempt('DeliveryRetries', effect, { correlationId, reason }, deps);
  return { type: 'later', seconds };
}

const inSeconds = (nowMs: number, seconds: number): string => new Date(nowMs + seconds * 1_000).toISOString();

/** The write of one change of state, conditional on the row as it was read. */
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

/** Counts an attempt that failed. */
const reportAttempt = (metric: MetricName, effect: Effect, about: Reported, deps: DeliverDeps): void =>
  emit({ [metric]: 1, ...firstAttemptCounts(effect, true) }, effect, about, deps);

function emit(
  values: Partial<Record<MetricName, number>>,
  { event }: Effect,
  { correlationId, reason }: Reported,
  { metrics, target }: DeliverDeps,
): void {
  const { provider, account } = event;
  const because = defined({ reason });
  metrics.emit(values, { provider, account, target: target.name, ...because }, { correlationId });
}
