/**
 * The stack's own notification, by which it tries its public address. It is a forged one alone: Trustly signs with a private
 * key that nobody else has. Intake knows it by its whole text.
 */
import type { ProviderProbe } from '../provider.ts';
import type { TrustlyEuropeAccount } from './account.ts';
import type { TrustlyEuropeKeys } from './keys.ts';

const ID = /"uuid":"00000000-0000-4000-8000-0([0-9]{11})"/;
const SIGNATURE_BYTES = 256;

/** No key makes the signature. @param id thirteen digits, of which a uuid holds the last eleven */
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
  // What Trustly has signed is Trustly's.
  isSigned: () => false,
  isForged({ body }) {
    const message = Buffer.from(body).toString();
    const id = ID.exec(message)?.[1];
    return id !== undefined && message === text(id);
  },
};
