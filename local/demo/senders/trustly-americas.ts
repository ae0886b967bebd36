/** Signs events like Trustly Americas, for the local stack, the demo and tests. Never deployed. */
import { createHmac } from 'node:crypto';

export interface AmericasCredentials {
  readonly accessId: string;
  readonly accessKey: string;
  /** Trustly sends sha1 unless the account is in the SHA-512 beta. */
  readonly algorithm?: 'sha1' | 'sha512';
}

type Key = Pick<AmericasCredentials, 'accessKey' | 'algorithm'>;

const hmac = (content: string | Buffer, { accessKey, algorithm = 'sha1' }: Key): string =>
  (algorithm === 'sha512' ? 'HmacSHA512:' : '') +
  createHmac(algorithm, accessKey).update(content).digest('base64');

/** Returns form body and headers for a POST; the body has the fields in their order. */
export function signNotification(
  fields: Readonly<Record<string, string>>,
  credentials: AmericasCredentials,
): { headers: Record<string, string>; body: string } {
  return signBody(new URLSearchParams(fields).toString(), credentials);
}

/** Signs any body unchanged: the signature covers its form-decoded bytes, UTF-8 or not. */
export function signBody(
  body: string,
  { accessId, ...key }: AmericasCredentials,
): { headers: Record<string, string>; body: string } {
  const bytes = Buffer.from(body.replaceAll('+', ' '), 'utf8').toString('latin1');
  const canonical = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const signature = hmac(Buffer.from(canonical, 'latin1'), key);
  return {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${accessId}:${signature}`).toString('base64')}`,
    },
    body,
  };
}

/**
 * The signed address to which the shopper's browser is sent: the fields in their order, then what the Lightbox appends.
 */
export function signRedirect(url: string, fields: Readonly<Record<string, string>>, key: Key): string {
  const address = `${url}?${new URLSearchParams(fields).toString()}`;
  return `${address}&requestSignature=${encodeURIComponent(hmac(address, key))}&instantPayoutAvail=true`;
}

/**
 * The provider's order of fields, written a second time
 * (docs/protocols/trustly-americas-signatures.md#establish-requestsignature).
 */
const ESTABLISH_ORDER = [
  'accessId merchantId description currency amount displayAmount minimumBalance merchantReference paymentType timeZone',
  'recurrence.startDate recurrence.endDate recurrence.frequency recurrence.frequencyUnit recurrence.frequencyUnitType',
  'recurrence.recurringAmount recurrence.automaticCapture verification.status verification.verifyCustomer',
  'customer.customerId customer.externalId customer.name customer.vip customer.taxId customer.driverLicense.number',
  'customer.driverLicense.state customer.address.address1 customer.address.address2 customer.address.city',
  'customer.address.state customer.address.zip customer.address.country customer.phone customer.email customer.balance',
  'customer.currency customer.enrollDate customer.externalTier customer.dateOfBirth account.nameOnAccount account.name',
  'account.type account.profile account.accountNumber account.routingNumber transactionId',
].flatMap((line) => line.split(' '));

/** The requestSignature that establishData must have, calculated as the Lightbox does. */
export function establishSignature(data: Readonly<Record<string, unknown>>, key: Key): string {
  const fieldAt = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], data);
  const text = ESTABLISH_ORDER.flatMap((path) => {
    const value = fieldAt(path);
    return value === undefined || value === null ? [] : [`${path}=${String(value)}`];
  }).join('&');
  return hmac(text, key);
}
