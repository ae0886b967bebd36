/** One configured account of a provider, and the application's questions about it. */
import type { AccountPolicy, OrderKind } from '../payment/types.ts';

/**
 * The properties that every account has, and the optional ones that the application supports. A provider's account.ts
 * adds its own keys; its config.ts says which of them cdk.json may set.
 */
export interface AccountBase {
  /** The name of the provider's folder. */
  readonly provider: string;
  /** Path segment and configuration name, [a-z0-9-]{1,32}. */
  readonly account: string;
  readonly policy: AccountPolicy;
  /** The provider's API is polled about payments that wait (api.ts). */
  readonly confirm?: boolean;
  /** physical: the money is captured only after the shipping is confirmed. */
  readonly goods?: 'digital' | 'physical';
  /** Debits of withdrawals are questions to the merchant. */
  readonly withdrawals?: boolean;
  /** Kyc notifications are questions to the merchant. */
  readonly kyc?: boolean;
  /** URL of the merchant's decision hook; present with `withdrawals` or `kyc`. */
  readonly decision?: { readonly url: string };
  /** Public JWK (EC P-256) to which intake seals splitTokens. Absent: they are dropped and counted. */
  readonly splitTokenKey?: Readonly<Record<string, string>>;
  /** Settings of checkout and redirects. Absent: the account has neither. */
  readonly checkout?: { readonly pages: RedirectPages };
}

export interface RedirectPages {
  /** The shopper has agreed; whether money arrived is not known yet. */
  readonly pending: string;
  /** Our own verified evidence says that the payment succeeded. */
  readonly confirmed: string;
  /** The shop's selection of payment methods, after a cancellation. */
  readonly selection: string;
  /** Gets the parameter `message`, a code that the merchant translates. */
  readonly declined: string;
}

/** Whether the provider is polled about this account's payments. */
export const isPolled = ({ confirm }: AccountBase): boolean => confirm === true;

/** Whether the money is captured only after the shipping of the goods is confirmed. */
export const shipsGoods = ({ goods }: AccountBase): boolean => goods === 'physical';

/**
 * Whether an order of this kind can be carried out for the account: a withdrawal needs an account with `withdrawals`.
 */
export const takesOrders = ({ withdrawals }: AccountBase, kind: OrderKind): boolean =>
  kind !== 'withdrawal' || withdrawals === true;

/** Whether the provider asks this account questions that only the merchant can answer. */
export const asksQuestions = ({ withdrawals, kyc }: AccountBase): boolean =>
  withdrawals === true || kyc === true;
