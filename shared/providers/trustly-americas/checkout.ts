/** Trustly's Lightbox: creates establishData and reads the signed redirects. */
import type { ProviderCheckout } from '../checkout.ts';
import type { TrustlyAmericasAccount } from './account.ts';
import { establishData, merchantReferenceOf } from './establish-data.ts';
import { hasAgreed, verifyRedirect } from './redirect.ts';
import { pageOf, pageParameters } from './redirect-target.ts';
import { type AmericasKeys, parseKeys } from './verify.ts';

export const trustlyAmericasCheckout: ProviderCheckout<AmericasKeys, TrustlyAmericasAccount> = {
  parseKeys,
  merchantReferenceOf,
  redirectPath: (account, kind, nonce) => `/trustly/americas/${account}/${kind}/${nonce}`,
  notificationPath: (account) => `/trustly/americas/${account}/events`,
  establish({ input, order, attempt, account, keys }) {
    const data = establishData(input, { order, attempt }, account.checkout, keys);
    const { transactionId } = data;
    return { data, ...(typeof transactionId === 'string' ? { refreshes: transactionId } : {}) };
  },
  verifyRedirect,
  hasAgreed,
  pageOf,
  pageParameters,
};
