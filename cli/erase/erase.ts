/**
 * Erases a person: the stored notifications, the bank account and splitToken on file, a shipping report, and the end
 * user's id wherever it is stored. What remains proves that something was processed: the event rows (hashes of ids),
 * the payment with its facts, amounts and status (facts contain no personal data), effects and the ledger.
 *
 * The payment's own row comes last, so that the same search finds an incomplete run again.
 */

import type { OperatorNote } from '../../shared/app/operator/holds.ts';
import type { Item, Key, Store, Write } from '../../shared/app/ports.ts';
import { everyRow } from '../../shared/app/table/all-rows.ts';
import { EVIDENCE_PREFIX, orderKey, paymentKeyOf, shippingKey } from '../../shared/app/table/keys.ts';
import {
  effectItem,
  ledgerItem,
  orderItem,
  orderOf,
  paymentItem,
  paymentOf,
  shippingItem,
  shippingRowOf,
} from '../../shared/app/table/rows.ts';
import { readEffects } from '../../shared/app/transition/outbox.ts';
import type { Effect, Payment, PaymentKey } from '../../shared/payment/types.ts';
import { providerOf } from '../../shared/providers/index.ts';
import { count } from '../output.ts';
import { erasingOnFile } from './on-file.ts';

export interface Erasure {
  readonly payment: PaymentKey;
  /** Number of stored notifications erased. */
  readonly evidence: number;
  /** Number of events to the merchant that named the end user or a bank account. */
  readonly effects: number;
  /** Number of rows with the authorization's bank account or splitToken, or with a shipping report's address. */
  readonly onFile: number;
  /** Why nothing of this payment was erased; absent when it was. */
  readonly refused?: string;
}

const FINAL: ReadonlySet<Effect['state']> = new Set(['delivered', 'superseded', 'failed']);

/**
 * Erases one payment. A held payment is refused: its holds may depend on the end user, and erasing would answer them.
 * @param who undefined to search only
 */
export async function erasePayment(
  key: PaymentKey,
  operatorNote: OperatorNote | undefined,
  {
    store,
    vault,
    now,
  }: { readonly store: Store; readonly vault: Store | undefined; readonly now: () => number },
): Promise<Erasure | undefined> {
  const row = await store.get(paymentKeyOf(key));
  if (row === undefined) return undefined;
  const payment = paymentOf(row);
  const effects = await readEffects(store, key);
  const evidence = await evidenceKeys(store, key);
  const at = new Date(now()).toISOString();
  const delivery = await store.get(shippingKey(key));
  const kept = [
    ...(await erasingOnFile(key, { store, vault, at })),
    ...erasingReport(delivery).map((write) => ({ write, in: store })),
  ];
  const named = effects.filter(
    ({ effect: { event } }) => event.endUser !== undefined || event.details.bankAccount !== undefined,
  );
  const found = {
    payment: key,
    evidence: evidence.length,
    effects: named.length,
    onFile: kept.length,
  };
  const refused = refusal(
    payment,
    effects.map(({ effect }) => effect),
    delivery,
  );
  if (refused !== undefined) return { ...found, refused };
  if (operatorNote === undefined) return found;

  for (const { effect, version } of named) {
    const { endUser: _, details, ...event } = effect.event;
    const { bankAccount: __, ...rest } = details;
    const put = effectItem(
      { effect: { ...effect, event: { ...event, details: rest } }, version: version + 1 },
      at,
    );
    await wrote(store, [{ put, when: { versionIs: version } }]);
  }
  for (const item of evidence) await wrote(store, [{ remove: item, when: 'always' }]);
  for (const { write, in: where } of kept) await wrote(where, [write]);
  await wrote(store, closing(payment, operatorNote, at, found));
  return found;
}

/** Row and ledger entry, for one transaction. */
function closing(
  payment: Payment,
  operatorNote: OperatorNote,
  at: string,
  { evidence, effects, onFile }: Pick<Erasure, 'evidence' | 'effects' | 'onFile'>,
): readonly Write[] {
  const version = payment.version + 1;
  // Rows of older versions also contain the bank account.
  const { bankAccount: _, ...details } = payment.details;
  return [
    {
      put: paymentItem(
        { ...payment, details, endUsers: [], version },
        // Of any account: whether it is polled is not known here, and a place that nobody reads does no harm.
        { isPolled: providerOf(payment.provider).rules.pollsEachPayment === true },
      ),
      when: { versionIs: payment.version },
    },
    {
      put: ledgerItem(payment.key, `erasure#${version}`, {
        what: 'erase',
        ...operatorNote,
        at,
        effects: [],
        detail: { evidence: String(evidence), effects: String(effects), onFile: String(onFile) },
      }),
      when: 'absent',
    },
  ];
}

/** A shipping report is kept until the provider has accepted it; afterwards nobody needs the address. */
function erasingReport(row: Item | undefined): readonly Write[] {
  if (row === undefined || shippingRowOf(row).sealed === undefined) return [];
  const { sealed: _, ...data } = shippingRowOf(row);
  const version = row.version ?? 1;
  return [{ put: shippingItem(data, version + 1, undefined), when: { versionIs: version } }];
}

function refusal(
  { holds }: Payment,
  effects: readonly Effect[],
  delivery: Item | undefined,
): string | undefined {
  if (holds.length > 0)
    return `it is held for ${holds.map(({ reason }) => reason).join(', ')}: release or reject it first`;
  const open = effects.filter(({ state }) => !FINAL.has(state));
  if (open.length > 0) return `${count(open.length, 'event')} not delivered to the merchant yet`;
  const isReported = delivery?.openShard !== undefined && shippingRowOf(delivery).state === 'reported';
  return isReported ? 'its shipping report is not sent to the provider yet' : undefined;
}

async function evidenceKeys(store: Store, key: PaymentKey): Promise<readonly Key[]> {
  const rows = everyRow(store, paymentKeyOf(key).pk, {
    prefix: EVIDENCE_PREFIX,
    most: Number.POSITIVE_INFINITY,
  });
  return Array.fromAsync(rows, ({ pk, sk }) => ({ pk, sk }));
}

/** The order stays, without its end user. @returns false when it names none */
export async function eraseOrder(store: Store, reference: string, apply: boolean): Promise<boolean> {
  const row = await store.get(orderKey(reference));
  if (row === undefined) return false;
  const { endUser, ...order } = orderOf(row);
  if (endUser === undefined) return false;
  if (apply) {
    const put = orderItem({ ...order, version: order.version + 1 });
    await wrote(store, [{ put, when: { versionIs: order.version } }]);
  }
  return true;
}

/** The payment changed during the erasure: a message about this very person was applied. */
class ChangedMeanwhileError extends Error {
  override readonly name = 'ChangedMeanwhileError';
}

export async function wrote(store: Store, writes: readonly Write[]): Promise<void> {
  const result = await store.write(writes);
  if (!result.ok) throw new ChangedMeanwhileError('a row changed during the erasure; repeat the command');
}
