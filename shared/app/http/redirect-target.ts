/** Which of the merchant's pages a shopper sees next, and what it is told. Pure. */
import type { RedirectPages } from '../../providers/provider.ts';
import { explainCodes, type ShopperMessage } from '../../providers/trustly-americas/codes.ts';
import { AGREED, type AmericasRedirect } from '../../providers/trustly-americas/redirect.ts';
import type { StandingRow } from '../table/rows.ts';
import type { RedirectKind, Session } from '../transition/sessions.ts';

/** Trustly's status codes: 5 failed, 6 expired, 8 denied. */
const DECLINED: Readonly<Record<string, ShopperMessage>> = {
  5: 'try_again',
  6: 'try_again',
  8: 'try_another_bank',
};

/**
 * A cancellation leads back to the selection. "Confirmed" is said on the word of verified events alone: the
 * redirect's own status says no more than that the shopper agreed.
 */
export function targetOf(
  kind: RedirectKind,
  { status }: AmericasRedirect,
  standing: StandingRow | undefined,
): keyof RedirectPages {
  if (Object.hasOwn(DECLINED, status)) return 'declined';
  if (kind === 'cancel') return 'selection';
  if (!AGREED.includes(status)) return status === '7' || status === '13' ? 'selection' : 'pending';
  return standing?.confirmed === true ? 'confirmed' : 'pending';
}

/** The page's configured address with `order`, and `message` and `retryAmount` where the codes say so. */
export function locationOf(to: keyof RedirectPages, session: Session, redirect: AmericasRedirect): string {
  const url = new URL(session.pages[to]);
  url.searchParams.set('order', session.orderReference);
  const message = to === 'declined' || to === 'selection' ? messageOf(redirect) : undefined;
  if (message !== undefined && message !== 'canceled_by_shopper') url.searchParams.set('message', message);
  const { suggestedRetryAmount } = redirect;
  if (to === 'declined' && suggestedRetryAmount !== undefined) {
    url.searchParams.set('retryAmount', suggestedRetryAmount);
  }
  return url.href;
}

function messageOf({ status, code, errorCode }: AmericasRedirect): ShopperMessage | undefined {
  const explained = explainCodes({ reasonCode: undefined, providerStatus: code, errorCode });
  const usual = Object.hasOwn(DECLINED, status) ? DECLINED[status] : undefined;
  const { shopperMessage } = explained ?? {};
  // A declined payment was not the shopper's choice, whichever page it was left on.
  return shopperMessage === 'canceled_by_shopper' && usual !== undefined ? usual : (shopperMessage ?? usual);
}
