/**
 * The sweeper: what should have happened by now and did not. Effects that are not final and due are published
 * again (the row decides, so a message too many is harmless); what is open is counted, with the age of the oldest.
 * And what a redirect leaves to it, which has no queue: payments to be derived anew.
 */
import type { Effect, EffectState, PaymentKey } from '../../payment/types.ts';
import { correlated } from '../platform/correlation.ts';
import type { Log } from '../platform/log.ts';
import type { ReevaluateEnvelope } from '../platform/message-schema.ts';
import type { Metrics } from '../platform/metrics.ts';
import { type Item, type Queue, StoreBusyError } from '../ports.ts';
import { EFFECT_SCHEMA } from '../table/effect-form.ts';
import { paymentKeyOf } from '../table/keys.ts';
import { openRows } from '../table/open-index.ts';
import { isOverdue, LEAST_AGE_MS, waitsAs } from '../table/overdue.ts';
import { type EffectRow, effectItem, effectOf, paymentOf, renewOf, SCHEMA } from '../table/rows.ts';
import { type OutboxDeps, sendEffect } from '../transition/outbox.ts';

export interface SweepDeps extends OutboxDeps {
  readonly notifications: Queue;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Read in one run and shard; the rest is for the next run. What is due comes first. */
const MAX_PER_SHARD = 200;
/** The index is by the time of the next look, which is never so far ahead. */
const AHEAD_MS = 7 * 86_400_000;
const CLOSING_MS = 5_000;

const FINAL: ReadonlySet<EffectState> = new Set(['delivered', 'superseded', 'failed']);

export interface Swept {
  readonly republished: number;
  /** Effects that are not final. */
  readonly effects: number;
  /** Payments that are held, or wait for the provider. */
  readonly payments: number;
}

/** @param remainingMs time left in this invocation */
export function sweep(deps: SweepDeps, remainingMs: () => number): Promise<Swept> {
  const now = deps.clock();
  const restMs = Math.max(CLOSING_MS, remainingMs() / 2);
  return correlated(`sweep-${now}`, async () => {
    // Counted first: an outage with thousands of effects to publish must not leave a zero here, which would end the
    // alarm about what is held. It takes half of the time at most, and cannot fail them: they are owed.
    const payments = await attempted(() => countPayments(now, () => remainingMs() >= restMs, deps), deps);
    const renewed = await attempted(() => renew(now, () => remainingMs() >= restMs / 2, deps), deps);
    const effects = await attempted(() => sweepEffects(now, () => remainingMs() >= CLOSING_MS, deps), deps);
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

/** Longest due first, wherever they stand: when time is short no shard is always the one that it is short for. */
async function sweepEffects(now: number, hasTime: () => boolean, deps: SweepDeps) {
  let newer = 0;
  const found = await openRows(deps.store, ['effect'], {
    until: new Date(now + AHEAD_MS).toISOString(),
    most: MAX_PER_SHARD,
    // After going back a version: what that one wrote waits for it, and must not keep the others.
    keep: (row) => {
      if (row.schema > EFFECT_SCHEMA) newer++;
      return row.schema <= EFFECT_SCHEMA && !FINAL.has(effectOf(row).effect.state);
    },
    hasTime,
    turn: turnOf(now),
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
const turnOf = (now: number): number => Math.floor(now / 60_000);

/**
 * Payments that a redirect gave their order, and those whose order lost the payment that had it. Sent first and removed then, so that a crash in between sends a message too
 * many. One without a row yet finds the order by itself, at its first write.
 * @returns how many were sent
 */
async function renew(now: number, hasTime: () => boolean, deps: SweepDeps): Promise<number> {
  const { rows } = await openRows(deps.store, ['renew'], {
    until: new Date(now).toISOString(),
    most: MAX_PER_SHARD,
    keep: (row) => row.schema <= SCHEMA,
    hasTime,
    turn: turnOf(now),
  });
  let count = 0;
  for (const row of rows) {
    if (!hasTime()) break;
    const { payment, cause, evenGranted } = renewOf(row);
    if (evenGranted === true || (await mayWait(payment, deps))) {
      const envelope: ReevaluateEnvelope = {
        version: 1,
        kind: 'reevaluate',
        correlationId: `renew-${new Date(now).toISOString()}`,
        payment,
        cause,
      };
      await deps.notifications.send(JSON.stringify(envelope));
      count++;
    }
    await unlessBusy(() => deps.store.write([{ remove: row, when: { versionIs: row.version ?? 1 } }]));
  }
  if (count > 0) deps.log.info('payments whose order a redirect named are derived anew', { count });
  return count;
}

/** One that a newer version wrote is for the worker to judge. */
async function mayWait(key: PaymentKey, { store }: SweepDeps): Promise<boolean> {
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) return false;
  return row.schema > SCHEMA || paymentOf(row).grant.epoch === 0;
}

/** Another worker changed the row, or will: the next run reads it again. */
async function unlessBusy(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
  }
}

async function republish(row: EffectRow, now: string, deps: SweepDeps): Promise<void> {
  await sendEffect(row, `sweep-${now}`, deps.fulfilment);
  // A lease stays what it is; only the time of the next look moves.
  const state = row.effect.state === 'pending' ? 'queued' : row.effect.state;
  const effect: Effect = { ...row.effect, state, updatedAt: now };
  const put = effectItem({ effect, version: row.version + 1 }, now);
  await unlessBusy(() => deps.store.write([{ put, when: { versionIs: row.version } }]));
}

/**
 * Ages run from a payment's last news: a hold has no beginning of its own. Of what is under way or disputed only rows
 * are read that are old enough to be overdue. A row of a newer version is counted by where it stands.
 */
async function countPayments(now: number, hasTime: () => boolean, { store }: SweepDeps) {
  const until = (ageMs: number): string => new Date(now - ageMs).toISOString();
  const wanted = { most: MAX_PER_SHARD, hasTime, turn: turnOf(now) };
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
