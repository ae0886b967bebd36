/** Signs events the way Trustly Americas does, for the local stack, the demo and tests. Never deployed. */
import { createHmac } from 'node:crypto';

export interface AmericasCredentials {
  readonly accessId: string;
  readonly accessKey: string;
  /** sha1 is what Trustly sends unless the account is in the SHA-512 beta. */
  readonly algorithm?: 'sha1' | 'sha512';
}

/** Fields in their order → form body and headers, ready for a POST. */
export function signNotification(
  fields: Readonly<Record<string, string>>,
  credentials: AmericasCredentials,
): { headers: Record<string, string>; body: string } {
  return signBody(new URLSearchParams(fields).toString(), credentials);
}

/** Signs a body as it is, however odd: what is signed is its form-decoded bytes, UTF-8 or not. */
export function signBody(
  body: string,
  { accessId, accessKey, algorithm = 'sha1' }: AmericasCredentials,
): { headers: Record<string, string>; body: string } {
  const bytes = Buffer.from(body.replaceAll('+', ' '), 'utf8').toString('latin1');
  const canonical = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const label = algorithm === 'sha512' ? 'HmacSHA512:' : '';
  const signature = label + createHmac(algorithm, accessKey).update(canonical, 'latin1').digest('base64');
  return {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${accessId}:${signature}`).toString('base64')}`,
    },
    body,
  };
}
