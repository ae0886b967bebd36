/**
 * establishData: the data that the merchant's page passes to Trustly's Lightbox, signed on the server for one attempt
 * (docs/protocols/trustly-americas-signatures.md#establish-requestsignature). Pure: nonce and addresses come from the
 * caller.
 */
import { createHmac } from 'node:crypto';

/** The signed fields in their fixed order. Values are used as they are, unescaped. */
export const SIGNED_FIELDS = [
  'accessId',
  'merchantId',
  'description',
  'currency',
  'amount',
  'displayAmount',
  'minimumBalance',
  'merchantReference',
  'paymentType',
  'timeZone',
  'recurrence.startDate',
  'recurrence.endDate',
  'recurrence.frequency',
  'recurrence.frequencyUnit',
  'recurrence.frequencyUnitType',
  'recurrence.recurringAmount',
  'recurrence.automaticCapture',
  'verification.status',
  'verification.verifyCustomer',
  'customer.customerId',
  'customer.externalId',
  'customer.name',
  'customer.vip',
  'customer.taxId',
  'customer.driverLicense.number',
  'customer.driverLicense.state',
  'customer.address.address1',
  'customer.address.address2',
  'customer.address.city',
  'customer.address.state',
  'customer.address.zip',
  'customer.address.country',
  'customer.phone',
  'customer.email',
  'customer.balance',
  'customer.currency',
  'customer.enrollDate',
  'customer.externalTier',
  'customer.dateOfBirth',
  'account.nameOnAccount',
  'account.name',
  'account.type',
  'account.profile',
  'account.accountNumber',
  'account.routingNumber',
  'transactionId',
] as const;

export type EstablishAlgorithm = 'SHA1' | 'SHA512';
export type EstablishValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly string[]
  | EstablishFields;
export interface EstablishFields {
  readonly [name: string]: EstablishValue;
}

/**
 * The signed text. Trustly's own sample leaves out listed fields that are empty, zero or false; other sources do not.
 * The sources agree only if such a field is never sent, which `withoutEmpty` ensures.
 */
export function signedText(data: EstablishFields): string {
  return SIGNED_FIELDS.flatMap((name) => {
    const value = valueAt(data, name);
    return isEmpty(value) ? [] : [`${name}=${String(value)}`];
  }).join('&');
}

/** @param accessKey used as the bytes of its text. @returns base64, with the label `HmacSHA512:` for SHA-512 */
export function requestSignature(
  data: EstablishFields,
  accessKey: string,
  algorithm: EstablishAlgorithm = 'SHA1',
): string {
  const hash = algorithm === 'SHA512' ? 'sha512' : 'sha1';
  const signature = createHmac(hash, accessKey).update(signedText(data)).digest('base64');
  return algorithm === 'SHA512' ? `HmacSHA512:${signature}` : signature;
}

/**
 * The data without listed fields that are empty, zero or false: some sign them and others leave them out, so they are
 * never sent.
 */
export function withoutEmpty(data: EstablishFields, prefix = ''): EstablishFields {
  const kept: Record<string, EstablishValue> = {};
  for (const [name, value] of Object.entries(data)) {
    const path = `${prefix}${name}`;
    if (isObject(value)) {
      const inner = withoutEmpty(value, `${path}.`);
      if (Object.keys(inner).length > 0) kept[name] = inner;
    } else if (!isEmpty(value) || !LISTED.has(path)) kept[name] = value;
  }
  return kept;
}

/** A value by its dotted name; only own properties. */
export function valueAt(data: EstablishFields, path: string): EstablishValue {
  let value: EstablishValue = data;
  for (const name of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

const LISTED: ReadonlySet<string> = new Set(SIGNED_FIELDS);

/** "0" too: the language of one sample treats it as empty. "0.00" is an ordinary text. */
export const isEmpty = (value: EstablishValue): boolean =>
  value === undefined || value === null || value === '' || value === '0' || value === 0 || value === false;

export const isObject = (value: EstablishValue): value is EstablishFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
