/**
 * The sweeper: publishes again the effects that are due and not final (the row decides, so a superfluous message does
 * no harm), and counts what is open, with the age of the oldest. It also has payments derived anew for functions that
 * have no access to the queue, such as the redirect's.
 */
import { isFinal } from '../../payment/index.ts';
import type { Effect, PaymentKey } from '../../payment/types.ts';
import { correlated } from '../platform/correlation.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { type Item, type Queue, StoreBusyError } from '../ports.ts';
import { EFFECT_SCHEMA } from '../table/effect-form.ts';
import { paymentKeyOf } from '../table/keys.ts';
import { openRows } from '../table/open-index.ts';
import { isOverdue, LEAST_AGE_MS, waitsAs } from '../table/overdue.ts';
import { type EffectRow, effectItem, effectOf, paymentOf, renewOf, SCHEMA } from '../table/rows.ts';
import { type OutboxDeps, sendEffect } from '../transition/outbox.ts';
import { queueRederivation } from '../transition/rederive-later.ts';

export interface SweepDeps extends OutboxDeps {
  readonly notifications: Queue;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The most rows that one run reads per shard, due ones first. The rest is left to the next run. */
const MAX_PER_SHARD = 200;
/** The index is sorted by the time of the next check, which is never further ahead than this. */
const AHEAD_MS = 7 * 86_400_000;
const RESERVED_MS = 5_000;

export interface Swept {
  readonly republished: number;
  /** The number of effects that are not final. */
  readonly effects: number;
  /** The number of payments that are held or wait for the provider. */
  readonly payments: number;
}

/** @param remainingMs time left in this invocation */
export function sweep(deps: SweepDeps, remainingMs: () => number): Promise<Swept> {
  const now = deps.clock();
  const restMs = Math.max(RESERVED_MS, remainingMs() / 2);
  return correlated(`sweep-${now}`, async () => {
    // Payments are counted first: during an outage with thousands of effects to publish, a zero here would end the
    // alarm about holds. The count takes at most half of the time, and its failure does not stop the effects.
    const payments = await attempted(() => countPayments(now, () => remainingMs() >= restMs, deps), deps);
    const renewed = await attempted(() => rederiveDue(now, () => remainingMs() >= restMs / 2, deps), deps);
    const effects = await attempted(() => sweepEffects(now, () => remainingMs() >= RESERVED_MS, deps), deps);
    deps.metrics.emit({ ...effects.done?.counted, ...payments.done?.counted });
    const republished = effects.done?.republished ?? 0;
    if (republished > 0) deps.log.warn('effects published again', { count: republished });
    if (effects.done === undefined) throw effects.error;
    if (payments.done === undefined) throw payments.error;
    if (renewed.done === undefined) throw renewed.error;
    return { republished, effects: effects.done.counted.EffectsOpen, payments: payments.done.open };
  });
}

type Attempted<T> = { readonly done: T } | { readonly done?: undefined; readonly error: unknown };

async function attempted<T>(work: () => Promise<T>, { log }: SweepDeps): Promise<Attempted<T>> {
  try {
    return { done: await work() };
  } catch (error) {
    log.error('a part of the sweep failed', { error });
    return { error };
  }
}

const secondsSince = (at: string, now: number): number =>
  Math.max(0, Math.round((now - Date.parse(at)) / 1_000));

/**
 * Publishes the longest due first, whichever shard they are in, so that a lack of time does not always affect the same
 * shard.
 */
async function sweepEffects(now: number, hasTime: () => boolean, deps: SweepDeps) {
  let newer = 0;
  const found = await openRows(deps.store, ['effect'], {
    until: new Date(now + AHEAD_MS).toISOString(),
    most: MAX_PER_SHARD,
    // After a return to an older version, effects of the newer version wait for it, and must not stop the others.
    keep: (row) => {
      if (row.schema > EFFECT_SCHEMA) newer++;
      return row.schema <= EFFECT_SCHEMA && !isFinal(effectOf(row).effect);
    },
    hasTime,
    turn: firstShardOf(now),
  });
  if (newer > 0) deps.log.warn('effects were written by a newer version', { count: newer });
  let republished = 0;
  let oldest = 0;
  for (const item of found.rows) {
    const row = effectOf(item);
    oldest = Math.max(oldest, secondsSince(row.effect.createdAt, now));
    if (Date.parse(item.openAt ?? '') > now || !hasTime()) continue;
    await republish(row, new Date(now).toISOString(), deps);
    republished++;
  }
  return {
    republished,
    counted: { EffectsRepublished: republished, EffectsOpen: found.rows.length, OldestEffectAge: oldest },
  };
}

/** The sweeper runs every minute, and begins with another shard each time. */
const firstShardOf = (now: number): number => Math.floor(now / 60_000);

/**
 * Sends payments that must be derived anew: a redirect found their order, or the payment that had claimed their order
 * lost it. The message is sent before the row is removed, so that a crash in between only causes a superfluous message.
 * A payment without a row finds the order at its first write.
 * @returns how many were sent
 */
async function rederiveDue(now: number, hasTime: () => boolean, deps: SweepDeps): Promise<number> {
  const { rows } = await openRows(deps.store, ['renew'], {
    until: new Date(now).toISOString(),
    most: MAX_PER_SHARD,
    keep: (row) => row.schema <= SCHEMA,
    hasTime,
    turn: firstShardOf(now),
  });
  let count = 0;
  for (const row of rows) {
    if (!hasTime()) break;
    const { payment, cause, evenGranted } = renewOf(row);
    if (evenGranted === true || (await mayWait(payment, deps))) {
      const id = `renew-${new Date(now).toISOString()}`;
      await queueRederivation(deps.notifications, { payment, cause }, id);
      count++;
    }
    await unlessBusy(() => deps.store.write([{ remove: row, when: { versionIs: row.version ?? 1 } }]));
  }
  if (count > 0) deps.log.info('payments are derived anew', { count });
  return count;
}

/** Whether the payment may still wait for its order. A row of a newer version is left to the worker. */
async function mayWait(key: PaymentKey, { store }: SweepDeps): Promise<boolean> {
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) return false;
  return row.schema > SCHEMA || paymentOf(row).grant.epoch === 0;
}

/** Another worker changed the row, or is about to: the next run reads it again. */
async function unlessBusy(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
  }
}

async function republish(row: EffectRow, now: string, deps: SweepDeps): Promise<void> {
  await sendEffect(row, `sweep-${now}`, deps.fulfilment);
  // A lease stays unchanged; only the time of the next check moves.
  const state = row.effect.state === 'pending' ? 'queued' : row.effect.state;
  const effect: Effect = { ...row.effect, state, updatedAt: now };
  const put = effectItem({ effect, version: row.version + 1 }, now);
  await unlessBusy(() => deps.store.write([{ put, when: { versionIs: row.version } }]));
}

/**
 * Counts payments that are held, waiting or stuck. Ages are counted from a payment's last change: a hold has no start
 * time of its own. Of payments that are under way or disputed, only rows that may be overdue are read. A row of a newer
 * version is counted by its shard.
 */
async function countPayments(now: number, hasTime: () => boolean, { store }: SweepDeps) {
  const until = (ageMs: number): string => new Date(now - ageMs).toISOString();
  const wanted = { most: MAX_PER_SHARD, hasTime, turn: firstShardOf(now) };
  const current = { ...wanted, until: until(0) };
  const held = await openRows(store, ['held', 'payment'], { ...current, keep: isHeld });
  const waiting = await openRows(store, ['waiting', 'payment'], { ...current, keep: isWaiting });
  const keep = (row: Item): boolean => isStuck(row, now);
  const late = await Promise.all(
    (['underway', 'disputed'] as const).map((kind) =>
      openRows(store, [kind], { ...wanted, until: until(LEAST_AGE_MS[kind]), keep }),
    ),
  );
  const stuck = [...waiting.rows.filter(keep), ...late.flatMap(({ rows }) => rows)];
  const counted = {
    PaymentsHeldNow: held.rows.length,
    OldestHeldAge: Math.max(0, ...held.rows.map((row) => ageOf(row, now))),
    PaymentsWaiting: waiting.rows.length,
    PaymentsStuck: stuck.length,
  };
  return { open: held.rows.length + waiting.rows.length, counted };
}

const ageOf = ({ openAt = '' }: Item, now: number): number => secondsSince(openAt, now);

const isStuck = (row: Item, now: number): boolean => row.schema <= SCHEMA && isOverdue(paymentOf(row), now);

function isHeld(row: Item): boolean {
  if (row.schema > SCHEMA) return row.openShard?.startsWith('held#') === true;
  return paymentOf(row).holds.length > 0;
}

function isWaiting(row: Item): boolean {
  if (row.schema > SCHEMA) return row.openShard?.startsWith('waiting#') === true;
  return waitsAs(paymentOf(row)) === 'waiting';
}
