/**
 * The stack's own notification, which tests its public address. There is only a forged one: Trustly signs with a
 * private key that only Trustly has. Intake recognizes it by its whole text.
 */
import type { ProviderProbe } from '../provider.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import type { TrustlyEuropeKeys } from './keys.ts';

const ID = /"uuid":"00000000-0000-4000-8000-0([0-9]{11})"/;
const SIGNATURE_BYTES = 256;

/** A notification with a signature that no key makes. @param id thirteen digits; the uuid contains the last eleven */
const text = (id: string): string =>
  JSON.stringify({
    method: 'pending',
    version: '1.1',
    params: {
      signature: Buffer.alloc(SIGNATURE_BYTES).toString('base64'),
      uuid: `00000000-0000-4000-8000-0${id.slice(-11)}`,
      data: { messageid: '0', orderid: '0', enduserid: '0', notificationid: '0' },
    },
  });

export const probe: ProviderProbe<TrustlyEuropeKeys, TrustlyEuropeAccount> = {
  path: ({ account }) => `/trustly/europe/${account}/notifications`,
  forged: (_account, id) => ({
    method: 'POST',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: text(id),
  }),
  // A message that Trustly has signed is always Trustly's.
  isSigned: () => false,
  isForged({ body }) {
    const message = Buffer.from(body).toString();
    const id = ID.exec(message)?.[1];
    return id !== undefined && message === text(id);
  },
};
