/**
 * The sweeper: what should have happened by now and did not. Effects that are not final and due are published
 * again (the row decides, so a message too many is harmless); what is open is counted, with the age of the oldest.
 */
import type { Effect, EffectState, Payment } from '../payment/types.ts';
import { correlated } from './correlation.ts';
import { openShards } from './keys.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type OutboxDeps, sendEffect } from './outbox.ts';
import { type Key, StoreBusyError } from './ports.ts';
import { type EffectRow, effectItem, effectOf, NewerRowError, paymentOf } from './rows.ts';

export interface SweepDeps extends OutboxDeps {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Looked at in one run and shard; the rest is for the next run. What is due comes first. */
const MAX_PER_SHARD = 200;
/** The index is by the time of the next look, which is never so far ahead. */
const AHEAD_MS = 7 * 86_400_000;
/** Awaiting a confirmation for so long, without any news, is stuck. */
const STUCK_MS = 86_400_000;
const CLOSING_MS = 5_000;

const FINAL: ReadonlySet<EffectState> = new Set(['delivered', 'superseded', 'failed']);

export interface Swept {
  readonly republished: number;
  /** Effects that are not final. */
  readonly effects: number;
  /** Payments that are held, wait for the provider, or are disputed. */
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
    const effects = await attempted(() => sweepEffects(now, () => remainingMs() >= CLOSING_MS, deps), deps);
    deps.metrics.emit({ ...effects.done?.counted, ...payments.done?.counted });
    const republished = effects.done?.republished ?? 0;
    if (republished > 0) deps.log.warn('effects published again', { count: republished });
    if (effects.done === undefined) throw effects.error;
    if (payments.done === undefined) throw payments.error;
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

async function sweepEffects(now: number, hasTime: () => boolean, deps: SweepDeps) {
  const until = new Date(now + AHEAD_MS).toISOString();
  let republished = 0;
  let open = 0;
  let oldest = 0;
  for (const shard of openShards('effect')) {
    for (const key of await deps.store.open(shard, until, MAX_PER_SHARD)) {
      if (!hasTime()) break;
      const found = await openEffect(key, deps);
      if (found === undefined) continue;
      open++;
      oldest = Math.max(oldest, secondsSince(found.row.effect.createdAt, now));
      if (Date.parse(found.openAt) > now) continue;
      await republish(found.row, new Date(now).toISOString(), deps);
      republished++;
    }
  }
  return {
    republished,
    counted: { EffectsRepublished: republished, EffectsOpen: open, OldestEffectAge: oldest },
  };
}

/** The index is eventually consistent, so the row has the word. */
async function openEffect(
  key: Key,
  { store, log }: SweepDeps,
): Promise<{ readonly row: EffectRow; readonly openAt: string } | undefined> {
  const item = await store.get(key);
  if (item?.openAt === undefined) return undefined;
  let row: EffectRow;
  try {
    row = effectOf(item);
  } catch (error) {
    if (!(error instanceof NewerRowError)) throw error;
    // After going back a version: what that one wrote waits for it, and must not keep the others.
    log.warn('an effect was written by a newer version', { error });
    return undefined;
  }
  return FINAL.has(row.effect.state) ? undefined : { row, openAt: item.openAt };
}

async function republish(row: EffectRow, now: string, deps: SweepDeps): Promise<void> {
  await sendEffect(row, `sweep-${now}`, deps.fulfilment);
  // A lease stays what it is; only the time of the next look moves.
  const state = row.effect.state === 'pending' ? 'queued' : row.effect.state;
  const effect: Effect = { ...row.effect, state, updatedAt: now };
  try {
    await deps.store.write([
      { put: effectItem({ effect, version: row.version + 1 }, now), when: { versionIs: row.version } },
    ]);
  } catch (error) {
    if (!(error instanceof StoreBusyError)) throw error;
  }
}

/** Ages run from a payment's last news: a hold has no beginning of its own. */
async function countPayments(now: number, hasTime: () => boolean, { store }: SweepDeps) {
  const counted = { PaymentsHeldNow: 0, OldestHeldAge: 0, PaymentsWaiting: 0, PaymentsStuck: 0 };
  let open = 0;
  for (const shard of openShards('payment')) {
    for (const key of await store.open(shard, new Date(now).toISOString(), MAX_PER_SHARD)) {
      if (!hasTime()) break;
      const item = await store.get(key);
      if (item?.openAt === undefined) continue;
      open++;
      count(paymentOf(item), now, counted);
    }
  }
  return { open, counted };
}

function count(
  { holds, status, updatedAt }: Payment,
  now: number,
  counted: { PaymentsHeldNow: number; OldestHeldAge: number; PaymentsWaiting: number; PaymentsStuck: number },
): void {
  if (holds.length > 0) {
    counted.PaymentsHeldNow++;
    counted.OldestHeldAge = Math.max(counted.OldestHeldAge, secondsSince(updatedAt, now));
    return;
  }
  if (status === 'awaiting_confirmation' || status === 'in_review') counted.PaymentsWaiting++;
  if (status === 'awaiting_confirmation' && now - Date.parse(updatedAt) >= STUCK_MS) counted.PaymentsStuck++;
}
