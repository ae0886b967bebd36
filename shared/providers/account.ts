/** One configured account of a provider, and what the application asks of it. */
import type { AccountPolicy, OrderKind } from '../payment/types.ts';

/**
 * What every account has, and what it may have of what the application can do: a provider's account.ts adds keys of its
 * own, and config.ts says which of these cdk.json may set.
 */
export interface AccountBase {
  /** The name of the provider's folder. */
  readonly provider: string;
  /** Path segment and configuration name, [a-z0-9-]{1,32}. */
  readonly account: string;
  readonly policy: AccountPolicy;
  /** The provider's API is asked about payments that wait (api.ts). */
  readonly confirm?: boolean;
  /** physical: money is only captured once the shipping is confirmed. */
  readonly goods?: 'digital' | 'physical';
  /** Debits of withdrawals are questions to the merchant. */
  readonly withdrawals?: boolean;
  /** Kyc notifications are questions to the merchant. */
  readonly kyc?: boolean;
  /** Where the merchant is asked. */
  readonly decision?: { readonly url: string };
  /** Public JWK (EC P-256) to which splitTokens are sealed at intake; without it they are dropped, and counted. */
  readonly splitTokenKey?: Readonly<Record<string, string>>;
  /** What checkout signs and redirects lead to; without it the account has neither. */
  readonly checkout?: { readonly pages: RedirectPages };
}

export interface RedirectPages {
  /** The shopper has agreed; whether money came is not known yet. */
  readonly pending: string;
  /** Our own verified evidence says that it went well. */
  readonly confirmed: string;
  /** The checkout's selection of payment methods, after a cancellation. */
  readonly selection: string;
  /** Gets `message`, a code that the merchant translates. */
  readonly declined: string;
}

/** Whether the provider is asked about this account's payments. */
export const isConfirmed = ({ confirm }: AccountBase): boolean => confirm === true;

/** Money for physical goods is only captured once their shipping is confirmed. */
export const shipsGoods = ({ goods }: AccountBase): boolean => goods === 'physical';

/** Whether an order for this account could ever be carried out: a withdrawal is answered where it is asked about. */
export const takesOrders = ({ withdrawals }: AccountBase, kind: OrderKind): boolean =>
  kind !== 'withdrawal' || withdrawals === true;

/** Whether the provider asks this account questions that only the merchant can answer. */
export const asksQuestions = ({ withdrawals, kyc }: AccountBase): boolean =>
  withdrawals === true || kyc === true;
