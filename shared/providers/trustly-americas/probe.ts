/**
 * The stack's own events, which test its public address: of a type that Trustly does not have, about an object that
 * does not exist. Intake recognizes them by their whole text.
 */
import { createHmac } from 'node:crypto';
import type { ProviderProbe } from '../provider.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import type { AmericasKeys } from './verify.ts';

const ID = /^merchantId=0&eventId=([0-9]{13})&/;
const ACCESS_ID = 'payhooks-probe';

/** @param id thirteen digits */
const text = (id: string): string =>
  `merchantId=0&eventId=${id}&eventType=PayhooksProbe&objectId=0&objectType=Transaction&createdAt=${id}`;

/** The algorithm of the probe: SHA-512 if the account demands it. */
const strength = ({ minimumSignature }: TrustlyAmericasAccount) =>
  minimumSignature === 'SHA512'
    ? ({ hash: 'sha512', label: 'HmacSHA512:', bytes: 64 } as const)
    : ({ hash: 'sha1', label: '', bytes: 20 } as const);

const basic = (accessId: string, signature: string): string =>
  `Basic ${Buffer.from(`${accessId}:${signature}`).toString('base64')}`;

/** A signature that no key makes, with an access id that no account has. */
function forgedAuthorization(account: TrustlyAmericasAccount): string {
  const { label, bytes } = strength(account);
  return basic(ACCESS_ID, label + Buffer.alloc(bytes).toString('base64'));
}

const request = (authorization: string, body: string) =>
  ({
    method: 'POST',
    query: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
    body,
  }) as const;

export const probe: ProviderProbe<AmericasKeys, TrustlyAmericasAccount> = {
  path: ({ account }) => `/trustly/americas/${account}/events`,
  signed(account, [{ accessId, accessKey }], id) {
    const { hash, label } = strength(account);
    const body = text(id);
    // The text contains no escapes, so its form-decoded bytes are the same.
    const signature = label + createHmac(hash, accessKey).update(body).digest('base64');
    return request(basic(accessId, signature), body);
  },
  forged: (account, id) => request(forgedAuthorization(account), text(id)),
  isSigned(message) {
    const id = ID.exec(message)?.[1];
    return id !== undefined && message === text(id);
  },
  isForged({ headers, body }, account) {
    const message = Buffer.from(body).toString();
    const id = ID.exec(message)?.[1];
    return id !== undefined && message === text(id) && headers.authorization === forgedAuthorization(account);
  },
};
