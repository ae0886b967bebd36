/**
 * Opens an attempt to pay with a provider, and reads the shopper's signed redirect. Pure, like api.ts; the content of a
 * redirect never becomes a fact of a payment.
 */
import type { Order } from '../payment/types.ts';
import type { AccountBase, RedirectPages } from './account.ts';
import type { KeyId } from './provider.ts';

/** The message is one sentence for the merchant's engineer: key, fault, allowed values; no personal data. */
export class EstablishError extends Error {
  override readonly name = 'EstablishError';
}

export type RedirectKind = 'return' | 'cancel';

/** One attempt: its unique reference, and the addresses that the provider calls. */
export interface Attempt {
  readonly merchantReference: string;
  readonly returnUrl: string;
  readonly cancelUrl: string;
  readonly notificationUrl: string;
}

/** The signed data that the merchant's page passes to the provider's script. */
export interface Established {
  readonly data: Readonly<Record<string, unknown>>;
  /** The authorization that this attempt refreshes. Absent: none. */
  readonly refreshes?: string;
}

/** The content of a verified redirect. */
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
      /** The accepted form that matched. */
      readonly variant: string;
      readonly redirect: Redirect;
      /** The signed query, as received. It identifies this redirect when it is repeated. */
      readonly signed: string;
    };

export type CheckoutAccount<A extends AccountBase = AccountBase> = A & Required<Pick<A, 'checkout'>>;

export interface ProviderCheckout<K = unknown, A extends AccountBase = AccountBase> {
  /** Reads the account's secret. @throws UnusableSecretError */
  parseKeys(secret: unknown): K;
  /** The reference of one attempt; an order may be tried several times. @throws EstablishError */
  merchantReferenceOf(order: Order, suffix: string): string;
  /** The path below the stack's public address. The template has the same routes (infra/names.ts). */
  redirectPath(account: string, kind: RedirectKind, nonce: string): string;
  notificationPath(account: string): string;
  /** Checks the merchant's input, completes it and signs it with the current key. @throws EstablishError */
  establish(of: {
    readonly input: unknown;
    readonly order: Order;
    readonly attempt: Attempt;
    readonly account: CheckoutAccount<A>;
    readonly keys: K;
  }): Established;
  /**
   * Verifies a redirect.
   * @param query the query string as received
   * @param url the return or cancel URL of the attempt; the address that a proxy shows is never used
   */
  verifyRedirect(query: string, url: string, account: A, keys: K): RedirectVerdict;
  /** Whether the shopper agreed, so that there is an account on file. */
  hasAgreed(redirect: Redirect): boolean;
  /** The page that follows. @param isConfirmed a verified event says that the payment succeeded */
  pageOf(kind: RedirectKind, redirect: Redirect, isConfirmed: boolean): keyof RedirectPages;
  /** Parameters of that page beside the order: codes of a closed set, an amount to try again with. */
  pageParameters(page: keyof RedirectPages, redirect: Redirect): Readonly<Record<string, string>>;
}
