/**
 * Sends a final effect again: one that failed (its attempts were used up), or one that was delivered and that the
 * merchant lost. The target receives the same event as the first time, under the same id and idempotency key (HTTPS:
 * webhook-id and Idempotency-Key, only time and signature are new; EventBridge: `detail.id`), so a target that respects
 * the key does nothing twice.
 *
 * Powertools still has a record of a delivered effect, which would prevent the call of the target. The effect therefore
 * counts its redeliveries, and each has a record of its own (deliver.ts); within one redelivery the record protects as
 * usual.
 *
 * The fence decides as for any delivery: goods whose grant is over are not given again, and a notice that a later one
 * contradicts is not sent.
 *
 * An effect that is under way gets another message, not another delivery. If its backoff is running, it becomes due at
 * once.
 */
import { randomUUID } from 'node:crypto';
import { contradictedBy, fence } from '../../payment/index.ts';
import type { Effect, PaymentKey } from '../../payment/types.ts';
import { StoreBusyError, type WriteResult } from '../ports.ts';
import { type EffectRow, effectItem, ledgerItem } from '../table/rows.ts';
import { publish, readEffects, sendEffect } from '../transition/outbox.ts';
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
  /** True: the effect was under way. Its message was sent once more, and a running backoff was ended. */
  readonly underWay: boolean;
}

const MAX_ATTEMPTS = 6;

/**
 * @param id the effect's id, `<payment key>#<name>`, as in the merchant's event
 * @throws OperatorError, StoreBusyError, or an error of store or queue
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
      const due = isBackingOff(row.effect, now) ? dueNow(row, now) : row;
      if (due === row || (await write(row, due, by, deps))) {
        // The row decides whether a superfluous message has an effect.
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

/** Payment keys contain no "#" (it is escaped), so the first one ends the key. */
function splitId(id: string): { readonly payment: PaymentKey; readonly name: string } {
  const at = id.indexOf('#');
  if (at <= 0) throw new OperatorError(`"${id}" is no effect; expected <payment key>#<name>`);
  return { payment: id.slice(0, at), name: id.slice(at + 1) };
}

async function find(payment: PaymentKey, name: string, { store }: RedeliverDeps): Promise<EffectRow> {
  const row = (await readEffects(store, payment)).find(({ effect }) => effect.name === name);
  if (row === undefined) throw new OperatorError(`there is no effect ${payment}#${name}`);
  if (row.effect.state !== 'superseded') return row;
  throw new OperatorError(`${row.effect.id} was superseded: what it says was no longer true when it was due`);
}

const isUnderWay = ({ state }: Effect): boolean =>
  state === 'pending' || state === 'queued' || state === 'delivering';

/** Its backoff is running. While a worker has the lease, the effect is being tried, so there is nothing to speed up. */
const isBackingOff = ({ state, leaseUntil, notBefore }: Effect, nowMs: number): boolean => {
  const isLeased = state === 'delivering' && Date.parse(leaseUntil ?? '') > nowMs;
  return !isLeased && Date.parse(notBefore ?? '') > nowMs;
};

/**
 * The row with the effect due at once and its backoff restarted: otherwise each such call would use up one of the
 * attempts of 49 hours. An expired lease stays in the row, for the fence.
 */
function dueNow({ effect, version }: EffectRow, nowMs: number): EffectRow {
  const { notBefore: _over, ...rest } = effect;
  const updatedAt = new Date(nowMs).toISOString();
  return { effect: { ...rest, attempts: Math.min(effect.attempts, 1), updatedAt }, version: version + 1 };
}

async function checkStillTrue({ effect }: EffectRow, deps: RedeliverDeps): Promise<void> {
  const siblings = (await readEffects(deps.store, effect.payment)).map((row) => row.effect);
  const verdict = fence(effect, await paymentNow(effect.payment, deps), siblings);
  if (verdict !== 'supersede') return;
  const why = {
    revoke: 'its fulfil was never sent, or the goods were given again since',
    fulfil: `the grant of epoch ${effect.epoch} is over`,
    notice: `${contradictedBy(effect, siblings)?.name ?? 'a later notice'} says otherwise`,
  }[effect.type === 'revoke' || effect.type === 'fulfil' ? effect.type : 'notice'];
  throw new OperatorError(`${effect.id} is not sent again: ${why}`);
}

/**
 * The row with its backoff restarted, but from one attempt: 0 would mean that the target cannot have received it
 * (fence.ts). The state is `pending`, so that the sweeper finds it soon if this process dies before publishing it.
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
