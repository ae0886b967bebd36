/**
 * The sweeper: what should have happened by now and did not. Effects that are not final are published again
 * (the row decides, so a message too many is harmless); open payments are counted.
 */
import type { Effect, EffectState } from '../payment/types.ts';
import { openShards } from './keys.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type OutboxDeps, sendEffect } from './outbox.ts';
import { type Key, StoreBusyError } from './ports.ts';
import { effectItem, effectOf } from './rows.ts';

export interface SweepDeps extends OutboxDeps {
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Looked at in one run and shard; the rest is for the next run. */
const MAX_PER_SHARD = 200;
/** Counted at most per shard: a number this high is an alarm anyway. */
const MAX_COUNTED = 1_000;
/** A payment that waits is reported from this age on. */
const PAYMENT_AGE_MS = 3_600_000;
const CLOSING_MS = 5_000;

const FINAL: ReadonlySet<EffectState> = new Set(['delivered', 'superseded', 'failed']);

export interface Swept {
  readonly republished: number;
  /** Effects that were due. */
  readonly effects: number;
  readonly payments: number;
}

/** @param remainingMs time left in this invocation */
export async function sweep(deps: SweepDeps, remainingMs: () => number): Promise<Swept> {
  const now = new Date(deps.clock()).toISOString();
  let republished = 0;
  let effects = 0;
  for (const shard of openShards('effect')) {
    const keys = await deps.store.open(shard, now, MAX_PER_SHARD);
    effects += keys.length;
    for (const key of keys) {
      if (remainingMs() < CLOSING_MS) break;
      if (await republish(key, now, deps)) republished++;
    }
  }
  let payments = 0;
  const old = new Date(deps.clock() - PAYMENT_AGE_MS).toISOString();
  for (const shard of openShards('payment'))
    payments += (await deps.store.open(shard, old, MAX_COUNTED)).length;
  deps.metrics.emit({ EffectsRepublished: republished, EffectsOpen: effects, PaymentsOpen: payments });
  if (republished > 0) deps.log.warn('effects published again', { count: republished });
  return { republished, effects, payments };
}

/** The index is eventually consistent, so the row has the word. */
async function republish(key: Key, now: string, deps: SweepDeps): Promise<boolean> {
  const item = await deps.store.get(key);
  if (item === undefined || item.openAt === undefined || item.openAt > now) return false;
  const row = effectOf(item);
  if (FINAL.has(row.effect.state)) return false;
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
  return true;
}
