/** The merchant's page that a shopper sees next, and its parameters. */

import type { RedirectPages } from '../account.ts';
import type { Redirect, RedirectKind } from '../checkout.ts';
import { explainCodes, type ShopperMessage } from './codes.ts';
import { hasAgreed } from './redirect.ts';

/** Trustly's status codes: 5 failed, 6 expired, 8 denied. */
const DECLINED: Readonly<Record<string, ShopperMessage>> = {
  5: 'try_again',
  6: 'try_again',
  8: 'try_another_bank',
};

/** Canceled (7) and voided (13): the shopper chose to leave. */
const CANCELED: readonly string[] = ['7', '13'];

/**
 * The page that follows. A cancellation leads back to the selection. "Confirmed" needs verified events: the redirect's
 * own status only says that the shopper agreed.
 */
export function pageOf(kind: RedirectKind, redirect: Redirect, isConfirmed: boolean): keyof RedirectPages {
  const { status } = redirect;
  if (Object.hasOwn(DECLINED, status)) return 'declined';
  if (kind === 'cancel') return 'selection';
  if (!hasAgreed(redirect)) return CANCELED.includes(status) ? 'selection' : 'pending';
  return isConfirmed ? 'confirmed' : 'pending';
}

/** The parameters `message` and `retryAmount`, if the codes give them. */
export function pageParameters(
  page: keyof RedirectPages,
  redirect: Redirect,
): Readonly<Record<string, string>> {
  const message = page === 'declined' || page === 'selection' ? messageOf(redirect) : undefined;
  const { suggestedRetryAmount } = redirect;
  return {
    ...(message === undefined || message === 'canceled_by_shopper' ? {} : { message }),
    ...(page !== 'declined' || suggestedRetryAmount === undefined
      ? {}
      : { retryAmount: suggestedRetryAmount }),
  };
}

function messageOf({ status, code, errorCode }: Redirect): ShopperMessage | undefined {
  const explained = explainCodes({ reasonCode: undefined, providerStatus: code, errorCode });
  const usual = Object.hasOwn(DECLINED, status) ? DECLINED[status] : undefined;
  const { shopperMessage } = explained ?? {};
  // A declined payment was not the shopper's choice, whichever page it was left on.
  return shopperMessage === 'canceled_by_shopper' && usual !== undefined ? usual : (shopperMessage ?? usual);
}
