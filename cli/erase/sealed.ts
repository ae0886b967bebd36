/**
 * Messages outside any payment: notifications about none, quarantined ones, parked ones. Their content is sealed, so
 * each is opened here to see whether it names the person; nothing of it is shown.
 */

import { checkOperatorNote, type OperatorNote } from '../../shared/app/operator/holds.ts';
import { notificationContext, parkedContext } from '../../shared/app/platform/message.ts';
import { ENVELOPE_SCHEMA, type Envelope } from '../../shared/app/platform/message-schema.ts';
import {
  CannotSucceedError,
  NewerMessageError,
  readMessage,
} from '../../shared/app/platform/read-message.ts';
import { type EnvelopeKeys, open, SealError } from '../../shared/app/platform/seal.ts';
import type { Item, Store, Write } from '../../shared/app/ports.ts';
import { everyRow } from '../../shared/app/table/all-rows.ts';
import {
  EVIDENCE_PREFIX,
  evidencePartition,
  parkedKey,
  quarantineKey,
  type Scope,
} from '../../shared/app/table/keys.ts';
import { type EvidenceRow, type ParkedRow, type QuarantineRow, SCHEMA } from '../../shared/app/table/rows.ts';
import { formDecode } from '../../shared/providers/bytes.ts';

/** Values to search a message for; a message matches when a whole value of it is equal to one of them. */
export interface Terms {
  /** Values that count in any account: the end user, the order. */
  readonly anywhere: ReadonlySet<string>;
  /** Payment ids, which are unique within their account: "<provider>/<account>/<id>". */
  readonly payments: ReadonlySet<string>;
}

export interface SealedMessage {
  readonly where: 'of no payment' | 'quarantine' | 'parked';
  /** ISO 8601. */
  readonly receivedAt: string;
  /** SHA-256 of the message, hex. */
  readonly digest: string;
  readonly item: Item;
}

export interface Looked {
  readonly found: readonly SealedMessage[];
  /**
   * Number of messages that are sealed with a missing key, or altered: nobody can read them, so it is unknown whom they
   * name.
   */
  readonly unreadable: number;
}

/** An erasure searches everything. */
const ALL = Number.POSITIVE_INFINITY;

export async function sealedMessages(
  terms: Terms,
  scopes: readonly Scope[],
  { store, keys }: { readonly store: Store; readonly keys: EnvelopeKeys },
): Promise<Looked> {
  const found: SealedMessage[] = [];
  let unreadable = 0;
  const look = (message: SealedMessage, opened: () => Opened) => {
    try {
      if (names(opened(), terms)) found.push(message);
    } catch (error) {
      if (!(error instanceof SealError || error instanceof NewerMessageError)) throw error;
      unreadable += 1;
    }
  };
  for (const scope of scopes) {
    const { provider, account } = scope;
    const opened = ({ sealed, digest }: Pick<EvidenceRow, 'sealed' | 'digest'>): Opened => ({
      scope,
      text: open(sealed, notificationContext(provider, account, digest), keys),
    });
    for await (const item of everyRow(store, evidencePartition(scope, undefined), {
      prefix: EVIDENCE_PREFIX,
      most: ALL,
    })) {
      const row = item.data as EvidenceRow;
      const { receivedAt, digest } = row;
      look({ where: 'of no payment', receivedAt, digest, item }, () => opened(row));
    }
    for await (const item of everyRow(store, quarantineKey(scope, '').pk, { most: ALL })) {
      const row = item.data as Partial<QuarantineRow>;
      const { sealed, receivedAt = '', digest = '' } = row;
      // A month's counter, or an erased row.
      if (sealed === undefined) continue;
      look({ where: 'quarantine', receivedAt, digest, item }, () => opened({ sealed, digest }));
    }
  }
  // The other queue's messages name an effect, and no person.
  for await (const item of everyRow(store, parkedKey('notifications', '', '', '').pk, { most: ALL })) {
    const row = item.data as ParkedRow;
    look({ where: 'parked', receivedAt: row.at, digest: row.digest, item }, () => unpacked(row, keys));
  }
  return { found, unreadable };
}

interface Opened {
  /** Undefined when the message does not name its account. */
  readonly scope?: Scope;
  readonly text: string;
}

/** A parked row contains a queue message, which contains the received message. */
function unpacked({ queue, digest, sealed }: ParkedRow, keys: EnvelopeKeys): Opened {
  const body = open(sealed, parkedContext(queue, digest), keys);
  const envelope = envelopeIn(body);
  if (envelope === undefined || envelope.kind === 'reevaluate') return { text: body };
  const { provider, account } = envelope;
  const text = open(envelope.sealed, notificationContext(provider, account, envelope.digest), keys);
  return { scope: { provider, account }, text };
}

/** Undefined for a foreign message, which is searched as it is. */
function envelopeIn(body: string): Envelope | undefined {
  try {
    return readMessage(body, ENVELOPE_SCHEMA);
  } catch (error) {
    if (error instanceof CannotSucceedError) return undefined;
    throw error;
  }
}

function names({ scope, text }: Opened, { anywhere, payments }: Terms): boolean {
  const inAccount = (value: string): boolean =>
    scope !== undefined && payments.has(`${scope.provider}/${scope.account}/${value}`);
  const isMeant = (term: string): boolean => term.length >= TELLING_CHARS || standsBehindName(text, term);
  return valuesOf(text).some((value) => (anywhere.has(value) && isMeant(value)) || inAccount(value));
}

/** An id of fewer characters ("1", "gold") also equals values of other people's messages that are not ids. */
const TELLING_CHARS = 8;
/** The three providers' names of end users and orders. */
const NAMES = [
  'uid',
  'enduserid',
  'customer\\.externalId',
  'merchantReference',
  'reference',
  'messageid',
  'orderid',
];

function standsBehindName(text: string, term: string): boolean {
  const value = term.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const named = new RegExp(`(?:${NAMES.join('|')})"?\\s*[=:]\\s*"?${value}(?:[&"',;\\s}]|$)`, 'i');
  return named.test(text) || named.test(decoded(text));
}

/** Every whole value of a message: of JSON, of a form, or (if it cannot be parsed) the words between separators. */
export function valuesOf(text: string): readonly string[] {
  const words = (source: string) => source.split(/[&=?;,:"'{}[\]\s]+/);
  return [...leaves(text), ...new URLSearchParams(text).values(), ...words(text), ...words(decoded(text))];
}

function leaves(text: string): readonly string[] {
  try {
    const values: string[] = [];
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value === 'string' || typeof value === 'number') values.push(String(value));
      return value;
    });
    return values;
  } catch {
    return [];
  }
}

function decoded(text: string): string {
  try {
    return formDecode(text);
  } catch {
    return text;
  }
}

/**
 * Removes the content, and leaves who did it and why. Quarantine keeps its row, so that a late copy is recognized and
 * not stored again; for a notification about no payment the event row does that.
 */
export function erasing(
  { where, receivedAt, digest, item }: SealedMessage,
  operatorNote: OperatorNote,
  at: string,
): readonly Write[] {
  const entry: Item = {
    pk: `erased#${item.pk}`,
    sk: `${at}#${item.sk}`,
    schema: SCHEMA,
    data: { what: 'erase', ...checkOperatorNote(operatorNote), where, digest, receivedAt, at },
  };
  const { sealed: _, ...rest } = item.data as { readonly sealed: string };
  return [
    where === 'quarantine'
      ? { put: { ...item, data: rest }, when: 'present' }
      : { remove: { pk: item.pk, sk: item.sk }, when: 'present' },
    { put: entry, when: 'absent' },
  ];
}
