/**
 * The outcome of each notification that is stored with a payment. Two notifications may have the same id of the
 * provider: the event row names the applied one by its correlation id, the conflict rows name those with other content.
 */

import { parsePaymentKey } from '../../payment/index.ts';
import type { Effect, NormalizedEvent, PaymentKey } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { findAccount } from '../platform/config.ts';
import { CONFIRMATION } from '../platform/message-schema.ts';
import type { Store } from '../ports.ts';
import { CONFLICT_PREFIX, eventKey, type Scope } from '../table/keys.ts';
import { type EventRow, type EvidenceRow, eventOf } from '../table/rows.ts';
import { normalizeMessage } from '../transition/receive.ts';
import { type EvidenceDeps, openSealed } from './rederive-evidence.ts';

export type NotificationOutcome =
  | 'applied'
  /** A conflicting duplicate: kept beside, and the payment is held. */
  | 'conflict'
  /** A duplicate of an applied notification that was received at the same time. */
  | 'copy'
  /** Its transaction has not happened yet: the message is on the queue or in the dead-letter queue. */
  | 'waiting';

/** Amounts and the provider's codes, as facts contain them; or why the notification cannot be read. */
export type Content =
  | {
      /** The id of the payment that it is about. Absent: this payment. */
      readonly about?: string;
      readonly entries: readonly {
        readonly entry: string;
        readonly codes: readonly string[];
        readonly amounts: readonly string[];
      }[];
    }
  | 'not_opened'
  | 'not_parsed';

export interface KeptNotification {
  readonly row: EvidenceRow;
  readonly as: NotificationOutcome;
  /** Names of the effects that the notification caused. */
  readonly caused: readonly string[];
  /** Only for notifications that contradict each other. */
  readonly content?: Content;
  /**
   * By the provider's own times it is older than a notification that was received earlier. Absent: it is not, or this
   * is unknown.
   */
  readonly outOfOrder?: true;
}

/** What is needed to open sealed notifications, with the envelope key. */
export type ContentDeps = Pick<EvidenceDeps, 'envelopeKeys' | 'providers'> & {
  readonly accounts: readonly Account[];
};

const AT_ONCE = 25;
const MAX_BESIDE = 50;

/** The stored notifications with their outcome. @param deps undefined: contents are not read */
export async function keptNotifications(
  payment: PaymentKey,
  { rows, effects }: { readonly rows: readonly EvidenceRow[]; readonly effects: readonly Effect[] },
  store: Store,
  deps?: ContentDeps,
): Promise<readonly KeptNotification[]> {
  const { provider, account, id } = parsePaymentKey(payment);
  const scope: Scope = { provider, account };
  const keys = [...new Set(rows.map(({ normalizedKey }) => normalizedKey))];
  const known = new Map<string, EventCopies>();
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const batch = keys.slice(from, from + AT_ONCE);
    const found = await Promise.all(batch.map((key) => copiesOf(scope, key, rows, store)));
    for (const [index, each] of found.entries()) known.set(batch[index] ?? '', each);
  }
  const of = deps === undefined ? undefined : findAccount(deps.accounts, provider, account);
  const late = deps === undefined || of === undefined ? new Set() : await outOfOrder(rows, of, deps);
  return Promise.all(
    rows.map(async (row): Promise<KeptNotification> => {
      const { event, conflicting } = known.get(row.normalizedKey) ?? NO_COPIES;
      const as = outcomeOf(row, event, conflicting);
      const caused = causedBy(row, as, event, effects);
      const kept: KeptNotification = { row, as, caused, ...(late.has(row) ? { outOfOrder: true } : {}) };
      if (conflicting.size === 0 || deps === undefined || of === undefined) return kept;
      return { ...kept, content: await contentOf(row, id, of, deps) };
    }),
  );
}

/** The most notifications of one payment that are opened for their times. */
const MAX_TIMED = 100;

/** Notifications that, by the provider's own times, are older than one that was received earlier. */
async function outOfOrder(
  rows: readonly EvidenceRow[],
  account: Account,
  deps: ContentDeps,
): Promise<ReadonlySet<EvidenceRow>> {
  const provider = deps.providers[account.provider];
  const late = new Set<EvidenceRow>();
  // An answer of the provider's API is not a message that can arrive late.
  const sent = rows.filter(({ variant }) => variant !== CONFIRMATION);
  if (provider.statedAt === undefined || sent.length < 2) return late;
  const received = sent
    .slice(0, MAX_TIMED)
    .sort((a, b) => Date.parse(a.receivedAt) - Date.parse(b.receivedAt));
  let newest = Number.NEGATIVE_INFINITY;
  for (const row of received) {
    const at = await statedAtOf(row, account, deps);
    // Without the key none of them can be opened.
    if (at === 'not_opened') return late;
    if (at === undefined) continue;
    if (at < newest) late.add(row);
    newest = Math.max(newest, at);
  }
  return late;
}

async function statedAtOf(
  row: EvidenceRow,
  account: Account,
  deps: ContentDeps,
): Promise<number | 'not_opened' | undefined> {
  const message = await openSealed(row, account, deps).catch(() => undefined);
  if (message === undefined) return 'not_opened';
  const provider = deps.providers[account.provider];
  try {
    return provider.statedAt?.(provider.parse(message, account));
  } catch {
    // This version cannot parse it, so its time is unknown.
    return undefined;
  }
}

interface EventCopies {
  readonly event: EventRow | undefined;
  /** Correlation ids of the conflicting duplicates. */
  readonly conflicting: ReadonlySet<string>;
}
const NO_COPIES: EventCopies = { event: undefined, conflicting: new Set() };

async function copiesOf(
  scope: Scope,
  normalizedKey: string,
  rows: readonly EvidenceRow[],
  store: Store,
): Promise<EventCopies> {
  const key = eventKey(scope, normalizedKey);
  const item = await store.get(key);
  if (item === undefined) return NO_COPIES;
  const event = eventOf(item);
  const isItself = ({ normalizedKey: other, correlationId }: EvidenceRow): boolean =>
    other !== normalizedKey || correlationId === event.correlationId;
  // The usual case: one notification with this id, which is the applied one.
  if (rows.every(isItself)) return { event, conflicting: new Set() };
  const others = await store.query(key.pk, { prefix: CONFLICT_PREFIX, limit: MAX_BESIDE });
  const ids = others.map(({ data }) => (data as { readonly correlationId: string }).correlationId);
  return { event, conflicting: new Set(ids) };
}

function outcomeOf(
  { correlationId }: EvidenceRow,
  event: EventRow | undefined,
  conflicting: ReadonlySet<string>,
): NotificationOutcome {
  if (event === undefined) return 'waiting';
  if (conflicting.has(correlationId)) return 'conflict';
  return event.correlationId === correlationId ? 'applied' : 'copy';
}

/**
 * Effects name the provider's id as their cause, which copies share. Only the correlation id tells the copies apart.
 */
function causedBy(
  { normalizedKey, correlationId }: EvidenceRow,
  as: NotificationOutcome,
  event: EventRow | undefined,
  effects: readonly Effect[],
): readonly string[] {
  const own = as === 'applied' ? (event?.effects ?? []) : [];
  return effects
    .filter(
      ({ name, event: sent }) =>
        own.includes(name) || (sent.causedBy.includes(normalizedKey) && sent.correlationId === correlationId),
    )
    .map(({ name }) => name);
}

/** Shows only facts, which contain no personal data. */
async function contentOf(
  row: EvidenceRow,
  id: string,
  account: Account,
  deps: ContentDeps,
): Promise<Content> {
  // Without access to the key, or without an answer, the rest of the payment is still shown.
  const message = await openSealed(row, account, deps).catch(() => undefined);
  if (message === undefined) return 'not_opened';
  let normalized: NormalizedEvent;
  try {
    normalized = normalizeMessage(row, message, account, deps);
  } catch {
    return 'not_parsed';
  }
  const other = normalized.subject?.id;
  return {
    ...(other === undefined || other === id ? {} : { about: other }),
    entries: Object.entries(normalized.facts).map(([entry, { codes, amounts }]) => ({
      entry,
      codes,
      amounts,
    })),
  };
}
