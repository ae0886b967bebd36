/**
 * Reads quarantined messages again with the present code. Such a message was authentic, answered OK and not applied,
 * and the provider does not send it again. If an update can read it, it is sent to the notifications queue and
 * processed like any other. A message that the present parser still refuses stays: an operator cannot order that an
 * ambiguous message is applied.
 *
 * Whether a message was applied is derived from its event row, not stored. The quarantine row stays until it expires,
 * so that nothing is lost if sending or the worker fails.
 */
import { defined } from '../../payment/defined.ts';
import { isSameMaterial, materialHash } from '../../payment/index.ts';
import type { NormalizedEvent } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { CONFIRMATION, type Envelope } from '../platform/message-schema.ts';
import type { Clock, Item, Queue, Store } from '../ports.ts';
import { everyRow } from '../table/all-rows.ts';
import { conflictKey, eventKey, quarantineKey } from '../table/keys.ts';
import { eventOf, type QuarantineRow, SCHEMA } from '../table/rows.ts';
import { findOrder } from '../transition/order-search.ts';
import { normalizeMessage } from '../transition/receive.ts';
import { checkOperatorNote, OperatorError, type OperatorNote } from './holds.ts';
import { type EvidenceDeps, openSealed } from './rederive-evidence.ts';

export type ReadToday =
  /** The present parser has exactly one reading of it. */
  | 'readable'
  /** The present parser refuses it too; or the reason of its refusal cannot be checked with the stored data. */
  | 'unreadable'
  /** Readable, but it is a question that was answered no: applying it would have no effect. */
  | 'question'
  /** Its envelope key is gone, or it was altered. */
  | 'not_opened'
  /** It was applied since, or is stored as a conflicting duplicate. */
  | 'applied';

export interface QuarantinedMessage {
  /** The first sixteen characters of its row's sort key. */
  readonly id: string;
  readonly account: Account;
  readonly row: QuarantineRow;
  readonly today: ReadToday;
  readonly item: Item;
}

const SHOWN_DIGITS = 16;

/**
 * Quarantined messages of one account, in no particular order, from at most `most` rows. Rows that `erase` has emptied,
 * and counters, are skipped.
 */
export async function* readQuarantine(
  account: Account,
  most: number,
  deps: EvidenceDeps,
): AsyncGenerator<QuarantinedMessage, undefined> {
  for await (const item of everyRow(deps.store, quarantineKey(account, '').pk, { most })) {
    const row = item.data as Partial<QuarantineRow>;
    if (row.sealed === undefined) continue;
    const whole = row as QuarantineRow;
    const today = await readToday(whole, account, deps);
    yield { id: item.sk.slice(0, SHOWN_DIGITS), account, row: whole, today, item };
  }
}

async function readToday(row: QuarantineRow, account: Account, deps: EvidenceDeps): Promise<ReadToday> {
  const message = await openSealed(row, account, deps);
  if (message === undefined) return 'not_opened';
  if (deps.providers[account.provider].uncheckableReasons?.has(row.reason)) return 'unreadable';
  let normalized: NormalizedEvent;
  try {
    normalized = normalizeMessage(row, message, account, deps);
  } catch {
    return 'unreadable';
  }
  if (await isApplied(normalized, account, deps.store)) return 'applied';
  return (await isQuestion(row, { message, normalized }, account, deps)) ? 'question' : 'readable';
}

async function isApplied(normalized: NormalizedEvent, account: Account, store: Store): Promise<boolean> {
  const row = await store.get(eventKey(account, normalized.key));
  if (row === undefined) return false;
  const { outcome, materialHash: known } = eventOf(row);
  const hash = materialHash(normalized);
  if (outcome === 'imported' || isSameMaterial(known, normalized)) return true;
  return (await store.get(conflictKey(account, normalized.key, hash))) !== undefined;
}

/**
 * Whether the message is a question: kyc, or the debit of a withdrawal or of an unknown order. An account without
 * questions has none, and the debit of any other order only reports that money was returned
 * (withdrawal-kyc-answers.ts).
 */
async function isQuestion(
  { variant }: QuarantineRow,
  { message, normalized }: { readonly message: string; readonly normalized: NormalizedEvent },
  account: Account,
  { providers, store }: EvidenceDeps,
): Promise<boolean> {
  const provider = providers[account.provider];
  if (provider.questions === undefined || variant === CONFIRMATION) return false;
  const found = provider.questions.questionOf(provider.parse(message, account), message, account);
  if (found?.question.asks !== 'debit') return found !== undefined;
  const { order } = await findOrder(store, {
    scope: account,
    rules: provider.rules,
    payment: undefined,
    names: normalized,
  });
  return order === undefined || order.kind === 'withdrawal';
}

/**
 * Sends the message to the worker, with the time at which it was received. Sending it twice has no further effect. A
 * message that is gone since it was listed is not sent: an operator may have discarded it.
 * @throws OperatorError if it is not readable or gone, or an error of store or queue
 */
export async function applyQuarantined(
  { id, account, row, today, item }: QuarantinedMessage,
  queue: Queue,
  store: Pick<Store, 'get'>,
): Promise<void> {
  if (today !== 'readable') throw new OperatorError(`${id} is not sent: ${WHY_NOT[today]}`);
  if ((await store.get(item)) === undefined) throw new OperatorError(`${id} is not sent: ${GONE}`);
  const { provider } = account;
  const { sealed, digest, receivedAt, correlationId, keyId, keyFingerprint, variant } = row;
  const of = {
    version: 1,
    correlationId,
    provider,
    account: account.account,
    receivedAt,
    sealed,
    digest,
  } as const;
  const envelope: Envelope =
    variant === CONFIRMATION
      ? { ...of, kind: 'confirmation' }
      : // Named by its present row, so that an older worker quarantines it under the same name again.
        {
          ...{ ...of, kind: 'notification', keyId, variant, signatureDigest: item.sk },
          ...defined({ keyFingerprint }),
        };
  await queue.send(JSON.stringify(envelope), { group: `${provider}.${account.account}` });
}

/** Another operator discarded the message since it was listed, or it has expired. */
const GONE = 'the message is no longer in quarantine: another operator applied or discarded it';

/** One sentence each, for the operator. */
export const WHY_NOT: Readonly<Record<Exclude<ReadToday, 'readable'>, string>> = {
  unreadable: 'this version finds no reading or several, or the stored message does not suffice to decide',
  question: 'it asked something and was answered no; what it asked about is over',
  not_opened: 'it cannot be opened: its envelope key is gone, or it was altered',
  applied: 'it is already applied',
};

/** The ledger entry, which is kept: it records that such a message existed, without its content. */
export interface DiscardedMessage extends OperatorNote {
  readonly what: 'discard';
  readonly reason: string;
  /** SHA-256 of the message, in full. */
  readonly digest: string;
  readonly receivedAt: string;
  readonly at: string;
}

/**
 * Deletes a quarantined message for good, with its content. A later copy is quarantined again.
 * @throws OperatorError if the row is gone, or if by or note is not a valid text
 */
export async function discardQuarantined(
  { item, row }: Pick<QuarantinedMessage, 'item' | 'row'>,
  given: OperatorNote,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<DiscardedMessage> {
  const { reason, digest, receivedAt } = row;
  const at = new Date(clock()).toISOString();
  const data: DiscardedMessage = {
    what: 'discard',
    ...checkOperatorNote(given),
    reason,
    digest,
    receivedAt,
    at,
  };
  const entry: Item = { pk: `discarded#${item.pk}`, sk: `${at}#${item.sk}`, schema: SCHEMA, data };
  const result = await store.write([
    { remove: { pk: item.pk, sk: item.sk }, when: 'present' },
    { put: entry, when: 'absent' },
  ]);
  if (!result.ok) throw new OperatorError(GONE);
  return data;
}
