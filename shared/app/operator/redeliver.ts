/**
 * Sending an effect again that is final: one that failed (its backoff was spent), or one that was delivered and
 * that the merchant lost. The target sees the very event of the first time, under the same id and idempotency key
 * (HTTPS: webhook-id and Idempotency-Key; only time and signature are new; EventBridge: `detail.id`), so one that
 * honours the key does nothing twice.
 *
 * Powertools still holds a record of what was delivered, and would keep the target from being called. The effect
 * therefore counts its redeliveries, and each is a turn of its own there (deliver.ts); within a turn the record
 * protects as always.
 *
 * The fence decides as for any delivery: goods whose grant is over are not given again, and a notice
 * that a later one takes back is not sent.
 *
 * One that is on its way gets another message, not another delivery; while its backoff runs it becomes due at once.
 */
import { randomUUID } from 'node:crypto';
import { fence, takenBackBy } from '../../payment/index.ts';
import type { Effect, PaymentKey } from '../../payment/types.ts';
import { StoreBusyError, type WriteResult } from '../ports.ts';
import { type EffectRow, effectItem, ledgerItem } from '../table/rows.ts';
import { effectsOf, publish, sendEffect } from '../transition/outbox.ts';
import {
  checkOperatorNote,
  type OperateDeps,
  OperatorError,
  type OperatorNote,
  paymentNow,
} from './holds.ts';

export type RedeliverDeps = Pick<OperateDeps, 'store' | 'clock' | 'pause' | 'fulfilment' | 'log'>;

export interface Redelivered {
  readonly effect: Effect;
  /** True: it was on its way. Its message was sent once more, and a backoff that was running is over. */
  readonly underWay: boolean;
}

const MAX_ATTEMPTS = 6;

/**
 * @param id the effect's id, `<payment key>#<name>`, as the merchant's event carries it
 * @throws OperatorError, StoreBusyError, or what store and queue threw
 */
export async function redeliver(
  id: string,
  operatorNote: OperatorNote,
  deps: RedeliverDeps,
): Promise<Redelivered> {
  const by = checkOperatorNote(operatorNote);
  const { payment, name } = splitId(id);
  const correlationId = `redeliver-${randomUUID()}`;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const row = await find(payment, name, deps);
    if (isUnderWay(row.effect)) {
      const now = deps.clock();
      const due = isResting(row.effect, now) ? hurried(row, now) : row;
      if (due === row || (await write(row, due, by, deps))) {
        // The row decides what becomes of a message too many.
        if (due.effect.state === 'pending') await publish([due], correlationId, deps);
        else await sendEffect(due, correlationId, deps.fulfilment);
        return { effect: due.effect, underWay: true };
      }
      await deps.pause(attempt);
      continue;
    }
    await checkStillTrue(row, deps);
    const again = reopened(row, deps.clock());
    if (await write(row, again, by, deps)) {
      deps.log.info('effect sent again', { effect: id, payment, correlationId });
      await publish([again], correlationId, deps);
      return { effect: again.effect, underWay: false };
    }
    await deps.pause(attempt);
  }
  throw new StoreBusyError(`${id} changed at every attempt`);
}

/** Payment keys hold no "#" (it is escaped), so the first one ends the key. */
function splitId(id: string): { readonly payment: PaymentKey; readonly name: string } {
  const at = id.indexOf('#');
  if (at <= 0) throw new OperatorError(`"${id}" is no effect; expected <payment key>#<name>`);
  return { payment: id.slice(0, at), name: id.slice(at + 1) };
}

async function find(payment: PaymentKey, name: string, { store }: RedeliverDeps): Promise<EffectRow> {
  const row = (await effectsOf(store, payment)).find(({ effect }) => effect.name === name);
  if (row === undefined) throw new OperatorError(`there is no effect ${payment}#${name}`);
  if (row.effect.state !== 'superseded') return row;
  throw new OperatorError(`${row.effect.id} was superseded: what it says was no longer true when it was due`);
}

const isUnderWay = ({ state }: Effect): boolean =>
  state === 'pending' || state === 'queued' || state === 'delivering';

/** Its backoff runs. While a worker has it there is nothing to hurry: it is being tried. */
const isResting = ({ state, leaseUntil, notBefore }: Effect, nowMs: number): boolean => {
  const isLeased = state === 'delivering' && Date.parse(leaseUntil ?? '') > nowMs;
  return !isLeased && Date.parse(notBefore ?? '') > nowMs;
};

/**
 * Due at once, and its backoff starts anew: else each hurrying would take an attempt from the 48 hours. A lease that
 * is over stays written, for the fence.
 */
function hurried({ effect, version }: EffectRow, nowMs: number): EffectRow {
  const { notBefore: _over, ...rest } = effect;
  const updatedAt = new Date(nowMs).toISOString();
  return { effect: { ...rest, attempts: Math.min(effect.attempts, 1), updatedAt }, version: version + 1 };
}

async function checkStillTrue({ effect }: EffectRow, deps: RedeliverDeps): Promise<void> {
  const siblings = (await effectsOf(deps.store, effect.payment)).map((row) => row.effect);
  const verdict = fence(effect, await paymentNow(effect.payment, deps), siblings);
  if (verdict !== 'supersede') return;
  const why = {
    revoke: 'its fulfil was never sent, or the goods were given again since',
    fulfil: `the grant of epoch ${effect.epoch} is over`,
    notice: `${takenBackBy(effect, siblings)?.name ?? 'a later notice'} says otherwise`,
  }[effect.type === 'revoke' || effect.type === 'fulfil' ? effect.type : 'notice'];
  throw new OperatorError(`${effect.id} is not sent again: ${why}`);
}

/**
 * The backoff starts anew, but from one attempt: 0 would say that the target cannot have seen it (fence.ts).
 * `pending`, so that the sweeper finds it soon if we die before it is published.
 */
function reopened({ effect, version }: EffectRow, nowMs: number): EffectRow {
  const { notBefore: _over, ...rest } = effect;
  return {
    effect: {
      ...rest,
      state: 'pending',
      attempts: 1,
      redeliveries: (effect.redeliveries ?? 0) + 1,
      updatedAt: new Date(nowMs).toISOString(),
    },
    version: version + 1,
  };
}

async function write(
  before: EffectRow,
  after: EffectRow,
  operatorNote: OperatorNote,
  { store }: RedeliverDeps,
): Promise<boolean> {
  const { payment, name, updatedAt, redeliveries } = after.effect;
  const isTurn = redeliveries !== before.effect.redeliveries;
  const which = isTurn ? String(redeliveries) : `hurried${after.version}`;
  const ledger = ledgerItem(payment, `redelivery#${name}#${which}`, {
    what: 'redeliver',
    ...operatorNote,
    at: updatedAt,
    effects: [name],
    detail: { effect: name, was: before.effect.state },
  });
  const result: WriteResult | undefined = await store
    .write([
      { put: effectItem(after, updatedAt), when: { versionIs: before.version } },
      { put: ledger, when: 'absent' },
    ])
    .catch((error: unknown) => {
      if (error instanceof StoreBusyError) return undefined;
      throw error;
    });
  return result?.ok === true;
}
