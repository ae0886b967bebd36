/**
 * The normalized event of one notification.
 *
 * `own/<objectId>` gets `<Event>:<status>` as a code (beside `type:n`, `paymentType:n`). Children are added to their
 * parent's row under their own ids. Disputes, reconciliations, holds and approvals are one entry per event id, because
 * they are counted. createdAt is not a fact: timestamps never decide.
 */
import { defined } from '../../payment/defined.ts';
import type { Alias, Details, FactEntry, Facts, NormalizedEvent } from '../../payment/types.ts';
import { explainCodes } from './codes.ts';
import { type AmericasNotification, isTransaction, subjectId } from './notification.ts';
import { onFile } from './on-file.ts';
import { precedenceOf } from './precedence.ts';
import {
  AMERICAS_EVENTS,
  AMERICAS_STATUSES,
  type AmericasEventName,
  DISPUTE,
  movesNothing,
  type TransactionTypeRow,
  typeRow,
} from './tables.ts';

/** Fields that must be equal in all copies of one event. The others (message, texts, times, bank) are cosmetic. */
const MATERIAL_FIELDS = [
  'merchantId',
  'merchantReference',
  'objectId',
  'objectType',
  'parentObjectId',
  'transactionId',
  'transactionType',
  'paymentType',
  'status',
  'reference',
  'returnType',
  'amountReturned',
  'customer.externalId',
] as const;

/** The row that an event belongs to, or why it belongs to none. */
interface Place {
  readonly remark?: string;
  readonly subject?: NonNullable<NormalizedEvent['subject']>;
  readonly facts: Facts;
}

/** The normalized event of one notification; its key is the eventId. */
export function normalize(notification: AmericasNotification): NormalizedEvent {
  const { fields, event, eventId, eventType } = notification;
  const material: Record<string, string> = { event: event ?? eventType };
  for (const name of MATERIAL_FIELDS) {
    const value = fields[name];
    if (value !== undefined) material[name] = value;
  }
  const place =
    event === undefined ? { remark: 'unknown_event_type', facts: {} } : placeOf(event, notification);
  const endUser = fields['customer.externalId'];
  const kept = onFile(notification);
  return {
    source: 'notification',
    key: eventId,
    material,
    ...place,
    aliases: place.subject === undefined ? [] : aliasesOf(notification, place.subject.id),
    test: false,
    ...defined({ endUser }),
    details: {
      ...detailsOf(notification),
      ...defined({ bankAccount: kept?.account }),
    },
    ...(event === undefined
      ? {}
      : { precedence: precedenceOf(event, fields.status, typeRow(fields.transactionType)) }),
    ...defined({ onFile: kept }),
  };
}

function placeOf(event: AmericasEventName, notification: AmericasNotification): Place {
  const { fields, eventId } = notification;
  const { meaning } = AMERICAS_EVENTS[event];
  if (meaning === 'nothing') return { facts: {} };
  if (event !== 'Dispute' && !isTransaction(fields)) return { remark: 'unknown_object_type', facts: {} };
  const id = subjectId(event, fields);
  if (id === undefined) return { remark: 'no_object', facts: {} };
  const type = typeRow(fields.transactionType);
  if (fields.transactionType !== undefined && type === undefined) {
    return { remark: 'unknown_transaction_type', facts: {} };
  }
  const status = meaning === 'flag' ? undefined : fields.status;
  if (status !== undefined && !Object.hasOwn(AMERICAS_STATUSES, status)) {
    return { remark: 'unknown_status', facts: {} };
  }
  const facts: Record<string, FactEntry> = {
    [`${type?.entry ?? 'own'}/${id}`]: { codes: codesOf(event, status, fields).sort(), amounts: [] },
  };
  if (counts(meaning, type)) {
    const codes = fields.returnType === undefined ? [] : [`returnType:${fields.returnType}`];
    const dispute = meaning === 'dispute' ? disputeOf(fields) : undefined;
    if (dispute !== undefined) codes.unshift(`${DISPUTE}${dispute}`);
    facts[`${meaning}/${eventId}`] = { codes, amounts: [] };
  }
  const authorizes = type?.role === 'authorization' || movesNothing(fields.paymentType);
  const rowId = type?.role === 'child' ? (fields.parentObjectId ?? id) : id;
  return { subject: { kind: authorizes ? 'authorization' : 'payment', id: rowId }, facts };
}

/**
 * The identity of a dispute: its own object, if the event names one beside the transaction; otherwise the time at which
 * the bank returned the money. Undefined: each event is a dispute of its own.
 */
function disputeOf(fields: AmericasNotification['fields']): string | undefined {
  const { objectId, transactionId, returnDatetime } = fields;
  if (objectId !== undefined && transactionId !== undefined && objectId !== transactionId) return objectId;
  return returnDatetime;
}

/**
 * Whether the event is counted. A review of a refund is not a review of the payment; a dispute of a representment
 * disputes the payment.
 */
function counts(meaning: string, type: TransactionTypeRow | undefined): boolean {
  if (meaning === 'dispute' || meaning === 'reconcile') return true;
  return (meaning === 'hold' || meaning === 'approve') && type?.role !== 'child';
}

function codesOf(
  event: AmericasEventName,
  status: string | undefined,
  fields: AmericasNotification['fields'],
): string[] {
  const codes = [`${event}:${status ?? '-'}`];
  if (fields.transactionType !== undefined) codes.push(`type:${fields.transactionType}`);
  if (fields.paymentType !== undefined) codes.push(`paymentType:${fields.paymentType}`);
  return codes;
}

/**
 * Own id, parent, then reference. A capture's parent is its authorization, and its merchantReference may differ from
 * the authorization's. A refund has its own reference, which must not match the paid order.
 */
function aliasesOf({ fields }: AmericasNotification, rowId: string): Alias[] {
  const aliases: Alias[] = [{ type: 'id', value: rowId }];
  const { parentObjectId } = fields;
  if (parentObjectId !== undefined && parentObjectId !== rowId) {
    aliases.push({ type: 'parent', value: parentObjectId });
  }
  const reference = fields.merchantReference ?? fields.reference;
  const ofParent = parentObjectId === rowId && rowId !== fields.objectId;
  if (reference !== undefined && !ofParent) aliases.push({ type: 'reference', value: reference });
  return aliases;
}

function detailsOf({ fields, event, eventType }: AmericasNotification): Details {
  const providerStatus = fields['paymentProviderTransaction.status'];
  const reasonCode = fields['paymentProviderTransaction.reasonCode'];
  const extendedReasonCode = fields['paymentProviderTransaction.extendedReason.code'];
  const explained = explainCodes({
    extendedReasonCode,
    reasonCode,
    providerStatus,
    errorCode: fields.errorCode,
  });
  const details = {
    eventType: event ?? eventType,
    code: providerStatus ?? fields.errorCode ?? fields.returnType,
    errorCode: fields.errorCode,
    reason: explained?.meaning,
    reasonCode,
    extendedReasonCode,
    suggestedRetryAmount: fields.suggestedRetryAmount,
    shopperMessage: explained?.shopperMessage,
    paymentType: fields.paymentType,
    transactionType: fields.transactionType,
    parentId: fields.parentObjectId,
  };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
