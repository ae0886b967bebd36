/**
 * Get Transaction and the transaction listing (docs/protocols/trustly-americas.md#get-transaction). Both documented
 * shapes are read: wrapped in {"transaction": …} with numbers, and bare with the names of the enumerations as text.
 * Only the fields below leave this file: an answer also contains names, accounts and addresses.
 */

import { createHash } from 'node:crypto';
import { defined } from '../../payment/defined.ts';
import { hasCurrencyForm, isDecimal, moneyText } from '../../payment/money.ts';
import type { Alias, FactEntry, NormalizedEvent } from '../../payment/types.ts';
import { type Fields, fieldsOf, outcomeOf, parseJson, textOf } from '../answers.ts';
import type { ProviderApi } from '../api.ts';
import type { ApiAnswer, ApiOutcome } from '../api-call.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { idsToPoll } from './facts.ts';
import { precedenceOf } from './precedence.ts';
import {
  AMERICAS_PAYMENT_TYPES,
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
  CONFIRMED,
  movesNothing,
  typeRow,
} from './tables.ts';
import { parseKeys } from './verify.ts';

interface Credentials {
  readonly accessId: string;
  readonly accessKey: string;
}

/** The fields of a transaction that are kept, each as text. Amounts are plain decimals in `currency`. */
interface Snapshot {
  readonly transactionId: string;
  readonly originalTransactionId?: string;
  readonly transactionType?: string;
  readonly paymentType?: string;
  readonly merchantReference?: string;
  readonly status: string;
  readonly statusCode?: string;
  readonly recordVersion?: string;
  /** Milliseconds since 1970. */
  readonly updatedAt?: string;
  readonly currency?: string;
  readonly amount?: string;
  readonly paid?: string;
  readonly refunded?: string;
  readonly reversed?: string;
}

const AMOUNTS = ['amount', 'paid', 'refunded', 'reversed'] as const;
/** The possible kinds in the code `<kind>:<money>` of a snapshot; see facts.ts. */
const AMOUNT_CODES = ['paid', 'refunded', 'reversed'] as const;

/** Maps the names of an enumeration, without case and punctuation, to their numbers. */
const numbersOf = (table: Readonly<Record<string, { readonly name: string }>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(table).map(([number, { name }]) => [fold(name), number]));
const fold = (name: string): string => name.replaceAll(/[^A-Za-z]/g, '').toLowerCase();

const STATUS_NAMES = numbersOf(AMERICAS_STATUSES);
const TYPE_NAMES = numbersOf(AMERICAS_TRANSACTION_TYPES);
const PAYMENT_TYPE_NAMES = numbersOf(AMERICAS_PAYMENT_TYPES);

/**
 * The number of an enumeration value as text: accepts "4", 4, "Completed", "PARTIALLY_REFUNDED"; not "4.0". Undefined
 * for any unknown value.
 */
function numberOf(
  value: unknown,
  table: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, string>,
): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  return Object.hasOwn(table, text) ? text : names.get(fold(text));
}

/** Fixed width, so that texts sort like numbers. */
const VERSION_DIGITS = 12;
const TIME_DIGITS = 15;

/** Text that sorts later snapshots of one transaction after earlier ones: by recordVersion, then updatedAt. */
function snapshotOrder({ recordVersion, updatedAt }: Pick<Snapshot, 'recordVersion' | 'updatedAt'>) {
  return `${(recordVersion ?? '').padStart(VERSION_DIGITS, '0')}.${(updatedAt ?? '').padStart(TIME_DIGITS, '0')}`;
}

function millisecondsOf(value: unknown): string | undefined {
  const text = textOf(value) ?? '';
  if (/^\d{1,15}$/.test(text)) return text;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : String(parsed);
}

/** Undefined: not a transaction that can be read without guessing. */
function snapshotOf(value: unknown): Snapshot | undefined {
  const outer = fieldsOf(value);
  const fields = fieldsOf(outer?.transaction) ?? outer;
  if (fields === undefined) return undefined;
  const payment = fieldsOf(fields.payment);
  const transactionId = idOf(fields.transactionId);
  const status = numberOf(fields.status, AMERICAS_STATUSES, STATUS_NAMES);
  if (transactionId === undefined || status === undefined) return undefined;
  const version = textOf(fields.recordVersion);
  const currency = textOf(fields.currency) ?? textOf(payment?.currency);
  const found = {
    transactionId,
    originalTransactionId: idOf(fields.originalTransactionId),
    transactionType: numberOf(fields.transactionType, AMERICAS_TRANSACTION_TYPES, TYPE_NAMES),
    paymentType: numberOf(
      fields.paymentType ?? payment?.paymentType,
      AMERICAS_PAYMENT_TYPES,
      PAYMENT_TYPE_NAMES,
    ),
    merchantReference: textOf(fields.merchantReference) ?? textOf(payment?.merchantReference),
    status,
    statusCode: textOf(fields.statusCode),
    recordVersion: version !== undefined && /^\d{1,12}$/.test(version) ? version : undefined,
    updatedAt: millisecondsOf(fields.updatedAt),
    ...(currency !== undefined && hasCurrencyForm(currency) ? { currency, ...amountsOf(fields) } : {}),
  };
  return Object.fromEntries(
    Object.entries(found).filter(([, field]) => field !== undefined),
  ) as unknown as Snapshot;
}

function idOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^\d{1,32}$/.test(text) ? text : undefined;
}

/** The amounts. An amount without its currency, or that is not a plain decimal, is ignored. */
function amountsOf(fields: Fields): Partial<Record<(typeof AMOUNTS)[number], string>> {
  const amounts: Partial<Record<(typeof AMOUNTS)[number], string>> = {};
  for (const name of AMOUNTS) {
    const text = textOf(fields[name]);
    if (text !== undefined && isDecimal(text)) amounts[name] = text;
  }
  return amounts;
}

/** A single transaction, or {transactions: […]}, or an object keyed "0", "1"… (all three were seen). */
function transactionsIn(body: Fields): readonly unknown[] {
  if (body.transactionId !== undefined || body.transaction !== undefined) return [body];
  return Object.entries(body.transactions ?? body)
    .filter(([key]) => /^\d+$/.test(key))
    .map(([, value]) => value);
}

function read(answer: ApiAnswer): ApiOutcome {
  const plain = outcomeOf(answer);
  if (plain !== undefined) return plain;
  const body = parseJson(answer.body);
  if (answer.status >= 400) {
    // "Could not find a transaction using Id …": 404, or code 200 (invalid parameter) with 400.
    return answer.status === 404 || isNotFound(body)
      ? { type: 'unknown' }
      : { type: 'refused', reason: 'request' };
  }
  const fields = fieldsOf(body);
  if (fields === undefined) return { type: 'unavailable', reason: 'unreadable' };
  const messages = transactionsIn(fields).map(snapshotOf);
  // An unreadable transaction would otherwise look like a missing one.
  if (messages.some((message) => message === undefined)) return { type: 'unavailable', reason: 'unreadable' };
  return { type: 'found', messages: messages.map((message) => JSON.stringify(message)) };
}

function isNotFound(body: unknown): boolean {
  const errors = fieldsOf(body)?.errors;
  return (
    Array.isArray(errors) &&
    errors.some((error) => {
      const fields = fieldsOf(error);
      return (
        textOf(fields?.code) === '200' && /could not find a transaction/i.test(textOf(fields?.message) ?? '')
      );
    })
  );
}

/**
 * The normalized event of one snapshot. A child (refund, reversal…) adds facts to its parent's row, like its events.
 */
export function normalizeConfirmation(message: string): NormalizedEvent {
  const snapshot = snapshotOf(parseJson(message));
  if (snapshot === undefined) throw new Error('not a transaction of the API');
  const {
    transactionId: id,
    transactionType,
    paymentType,
    originalTransactionId,
    status,
    statusCode,
  } = snapshot;
  const type = typeRow(transactionType);
  const isChild = type?.role === 'child';
  const rowId = isChild ? (originalTransactionId ?? id) : id;
  const authorizes = type?.role === 'authorization' || movesNothing(paymentType);
  const material = Object.fromEntries(Object.entries(snapshot)) as Record<string, string>;
  return {
    source: 'confirmation',
    // The content is part of the key: an API may change a field without raising the version.
    key: `confirmation/${id}/${snapshotOrder(snapshot)}/${digestOf(message)}`,
    material,
    subject: { kind: authorizes ? 'authorization' : 'payment', id: rowId },
    facts: factsOf(snapshot, type?.entry ?? 'own'),
    aliases: aliasesOf(snapshot, rowId, isChild),
    test: false,
    details: {
      eventType: 'Confirmation',
      ...defined({ code: statusCode, transactionType, paymentType, parentId: originalTransactionId }),
    },
    precedence: precedenceOf(CONFIRMED, status, type),
  };
}

const digestOf = (message: string): string => createHash('sha256').update(message).digest('hex').slice(0, 16);

function factsOf(snapshot: Snapshot, entry: string): Record<string, FactEntry> {
  const { transactionId: id, transactionType, paymentType, status, currency } = snapshot;
  const types = [
    ...(transactionType === undefined ? [] : [`type:${transactionType}`]),
    ...(paymentType === undefined ? [] : [`paymentType:${paymentType}`]),
  ];
  const money = (amount: string | undefined): string[] =>
    amount === undefined || currency === undefined ? [] : [moneyText({ amount, currency })];
  if (entry !== 'own') {
    // A repeated debit is the payment's money, and a refund has its own amount. For other children, the payment's own
    // sums contain what they moved.
    const isRefund = entry === 'refund' || entry === 'reclaim';
    const amounts =
      entry === 'represent'
        ? money(snapshot.paid ?? snapshot.amount)
        : isRefund
          ? money(snapshot.amount)
          : [];
    return { [`${entry}/${id}`]: { codes: [`Confirmed:${status}`, ...types].sort(), amounts } };
  }
  const sums = AMOUNT_CODES.flatMap((name) => money(snapshot[name]).map((text) => `${name}:${text}`));
  return {
    [`confirmed/${id}/${snapshotOrder(snapshot)}`]: {
      codes: [`Confirmed:${status}`, ...types, ...sums].sort(),
      amounts: money(snapshot.amount),
    },
  };
}

function aliasesOf(
  { originalTransactionId: parent, merchantReference }: Snapshot,
  rowId: string,
  isChild: boolean,
): readonly Alias[] {
  return [
    { type: 'id', value: rowId },
    ...(parent === undefined || parent === rowId ? [] : [{ type: 'parent' as const, value: parent }]),
    // A refund's own reference must not match the paid order.
    ...(merchantReference === undefined || isChild
      ? []
      : [{ type: 'reference' as const, value: merchantReference }]),
  ];
}

const authorized = ({ accessId, accessKey }: Credentials): Record<string, string> => ({
  accept: 'application/json',
  // In our requests it is the key itself; only in incoming ones is the second half a signature.
  authorization: `Basic ${Buffer.from(`${accessId}:${accessKey}`).toString('base64')}`,
});

export const trustlyAmericasApi: ProviderApi<Credentials, TrustlyAmericasAccount> = {
  baseUrl: { live: 'https://trustly.one/api/v1', sandbox: 'https://sandbox.trustly.one/api/v1' },
  parseCredentials(secret) {
    const [current] = parseKeys(secret);
    return { accessId: current.accessId, accessKey: current.accessKey };
  },
  pollRequest(poll, _account, credentials, baseUrl) {
    if (poll.about !== 'payment') {
      const query = new URLSearchParams({ 'payment.merchantReference': poll.reference });
      return {
        method: 'GET',
        url: `${baseUrl}/transactions?${query}`,
        headers: authorized(credentials),
      };
    }
    const url = `${baseUrl}/transactions/${encodeURIComponent(poll.id)}`;
    return { method: 'GET', url, headers: authorized(credentials) };
  },
  read,
  list({ since, until, start, count }, credentials, baseUrl) {
    const query = new URLSearchParams({
      'updatedAt.start': String(Date.parse(since)),
      'updatedAt.end': String(Date.parse(until)),
      orderBy: 'updatedAt',
      sortOrder: 'ASC',
      startIndex: String(start),
      count: String(count),
    });
    return { method: 'GET', url: `${baseUrl}/transactions?${query}`, headers: authorized(credentials) };
  },
  // A transaction's status is never "disputed": only the Dispute event says it. After a representment the answer about
  // the payment itself still names the reversal: only the answer about the representment says that the money came again.
  agreeingStatuses: {
    disputed: ['paid', 'partially_refunded'],
    paid: ['reversed'],
    partially_refunded: ['reversed'],
  },
  idsToPoll,
  normalize: (message) => normalizeConfirmation(message),
};
