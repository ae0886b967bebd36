/**
 * How one attempt to pay is opened with a provider, and how the shopper's signed way back is read. Pure, as api.ts is;
 * what a redirect says never becomes a fact of a payment.
 */
import type { Order } from '../payment/types.ts';
import type { AccountBase, RedirectPages } from './account.ts';
import type { KeyId } from './provider.ts';

/** The message is one sentence for the merchant's engineer: key, what is wrong, what is allowed; no personal data. */
export class EstablishError extends Error {
  override readonly name = 'EstablishError';
}

export type RedirectKind = 'return' | 'cancel';

/** One attempt: what is unique in it, and the addresses that the provider calls. */
export interface Attempt {
  readonly merchantReference: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly notificationUrl: string;
}

/** What the merchant's page hands to the provider's script, signed. */
export interface Established {
  readonly data: Readonly<Record<string, unknown>>;
  /** The authorization that this attempt refreshes. */
  readonly refreshes?: string;
}

/** What a verified redirect says. */
export interface Redirect {
  readonly transactionId: string;
  readonly merchantReference: string;
  readonly status: string;
  readonly transactionType?: string;
  readonly paymentType?: string;
  /** 1 online banking, 2 manual electronic check. */
  readonly providerType?: string;
  readonly accountVerified?: boolean;
  readonly panel?: string;
  /** The payment provider's own status, such as "UC01". */
  readonly code?: string;
  readonly errorCode?: string;
  readonly suggestedRetryAmount?: string;
}

export type RedirectReason =
  | 'too_long'
  | 'missing_signature'
  | 'malformed_signature'
  | 'signature_too_weak'
  | 'wrong_signature'
  | 'unreadable';

export type RedirectVerdict =
  | { readonly authentic: false; readonly reason: RedirectReason }
  | {
      readonly authentic: true;
      readonly keyId: KeyId;
      /** Which accepted form matched. */
      readonly variant: string;
      readonly redirect: Redirect;
      /** The query that was signed, as received: names this redirect when it comes again. */
      readonly signed: string;
    };

export type CheckoutAccount<A extends AccountBase = AccountBase> = A & Required<Pick<A, 'checkout'>>;

export interface ProviderCheckout<K = unknown, A extends AccountBase = AccountBase> {
  /** From the account's secret. @throws UnusableSecretError */
  parseKeys(secret: unknown): K;
  /** The reference of one attempt: an order may be tried several times. @throws EstablishError */
  merchantReferenceOf(order: Order, suffix: string): string;
  /** Below the public address of the stack; the template's routes are the same (infra/names.ts). */
  redirectPath(account: string, kind: RedirectKind, nonce: string): string;
  notificationPath(account: string): string;
  /** Checks what the merchant sent, completes it and signs it with the current key. @throws EstablishError */
  establish(of: {
    readonly input: unknown;
    readonly order: Order;
    readonly attempt: Attempt;
    readonly account: CheckoutAccount<A>;
    readonly keys: K;
  }): Established;
  /**
   * @param query the query string as received
   * @param url the return or cancel URL of the attempt; the address that a proxy shows us is never used
   */
  verifyRedirect(query: string, url: string, account: A, keys: K): RedirectVerdict;
  /** Whether the shopper agreed: then there is an account on file. */
  hasAgreed(redirect: Redirect): boolean;
  /** Which page comes next. @param isConfirmed a verified event says that it went well */
  pageOf(kind: RedirectKind, redirect: Redirect, isConfirmed: boolean): keyof RedirectPages;
  /** What that page is given beside the order: codes of a closed set, an amount to try again with. */
  pageParameters(page: keyof RedirectPages, redirect: Redirect): Readonly<Record<string, string>>;
}
