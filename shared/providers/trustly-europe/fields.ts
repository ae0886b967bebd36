/**
 * The fields of `data` that we read, and those that each method must have, as data: the schema check, the ambiguity
 * check and the docs all read these tables. A field that is not named for a method is kept in the evidence and never
 * interpreted, since Trustly may add parameters at any time.
 */

export const FIELDS = {
  accountid: { is: 'text' },
  amount: { is: 'pattern', pattern: /[0-9]{1,20}(?:\.[0-9]{1,12})?/y },
  attributes: { is: 'attributes' },
  currency: { is: 'pattern', pattern: /[A-Z]{3}/y },
  enduserid: { is: 'text' },
  errorcode: { is: 'text' },
  /** Never read; named so that errorcode cannot contain it unnoticed. */
  errormessage: { is: 'text' },
  kycentityid: { is: 'text' },
  messageid: { is: 'text' },
  notificationid: { is: 'pattern', pattern: /[0-9]{1,20}/y },
  orderid: { is: 'pattern', pattern: /[0-9]{1,20}/y },
  /** Always "1": the notification is about a DirectDebit refund, and orderid is the original order. */
  refund: { is: 'pattern', pattern: /1/y },
  /** PostgreSQL's timestamptz: up to six digits of fraction, trailing zeros trimmed (genuine: ".61671+00"). */
  timestamp: {
    is: 'pattern',
    pattern:
      /[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?[+-][0-9]{2}(?::?[0-9]{2})?/y,
  },
  verified: { is: 'pattern', pattern: /[01]/y },
} as const satisfies Record<string, Field>;

/** `text` is free; `pattern` (sticky) limits the value; `attributes` is an object, or empty as null or []. */
export type Field =
  | { readonly is: 'text' | 'attributes' }
  | { readonly is: 'pattern'; readonly pattern: RegExp };
export type FieldName = keyof typeof FIELDS;

/** Texts of an error notification that no rule uses. */
export const SHOWN_ONLY: ReadonlySet<FieldName> = new Set(['errorcode', 'errormessage']);

export interface MethodFields {
  readonly required: readonly FieldName[];
  readonly optional: readonly FieldName[];
}

const IDS = ['notificationid', 'orderid', 'messageid'] as const;
const MONEY = ['amount', 'currency', 'timestamp'] as const;

/**
 * enduserid is optional everywhere: Trustly's schema requires it for debit and payouts, but its mandate samples leave
 * it out, and quarantining such a message would lose a reversal. amount and currency are optional for credit in that
 * schema; a credit without them is kept, and is never read as paid (facts.ts).
 */
export const METHODS = {
  account: { required: [...IDS, 'accountid', 'verified'], optional: ['attributes'] },
  cancel: { required: IDS, optional: ['attributes', 'enduserid', 'refund', 'timestamp'] },
  credit: {
    required: IDS,
    optional: ['amount', 'attributes', 'currency', 'enduserid', 'refund', 'timestamp'],
  },
  debit: { required: [...IDS, ...MONEY], optional: ['attributes', 'enduserid', 'refund'] },
  kyc: { required: [...IDS, 'kycentityid'], optional: ['attributes'] },
  payoutconfirmation: { required: [...IDS, ...MONEY], optional: ['attributes', 'enduserid'] },
  /** Listed as a method without documented payload: only recorded. */
  payoutdowngraded: { required: ['notificationid'], optional: ['messageid', 'orderid'] },
  payoutfailed: {
    required: [...IDS, ...MONEY],
    optional: ['attributes', 'enduserid', 'errorcode', 'errormessage'],
  },
  pending: { required: [...IDS, ...MONEY], optional: ['attributes', 'enduserid', 'refund'] },
} as const satisfies Record<string, MethodFields>;
export type MethodName = keyof typeof METHODS;

/** A method that is not in the table is recorded and answered OK; only its identity is read. */
const UNKNOWN_METHOD: MethodFields = { required: ['notificationid'], optional: ['messageid', 'orderid'] };

export function isKnownMethod(method: string): method is MethodName {
  return Object.hasOwn(METHODS, method);
}

export function fieldsOf(method: string): MethodFields {
  return isKnownMethod(method) ? METHODS[method] : UNKNOWN_METHOD;
}

/** Whether the pattern matches the whole value. */
export function fits(pattern: RegExp, value: string): boolean {
  pattern.lastIndex = 0;
  return pattern.exec(value)?.[0].length === value.length;
}
