/** The simplest account of each provider, with its policy. A test names only the members that differ. */
import type { AccountPolicy } from '../../shared/payment/types.ts';
import type { ProviderName } from '../../shared/providers/index.ts';
import type { PaymentwallAccount } from '../../shared/providers/paymentwall/account.ts';
import type { TrustlyAmericasAccount } from '../../shared/providers/trustly-americas/account.ts';
import type { TrustlyEuropeAccount } from '../../shared/providers/trustly-europe/account.ts';

/** A policy with strict values. Tests that are not about orders and amounts add `LENIENT`. */
export const policyOf = (provider: ProviderName, more: Partial<AccountPolicy> = {}): AccountPolicy => ({
  provider,
  account: 'shop',
  environment: 'sandbox',
  mode: 'act',
  amountCheck: 'required',
  unknownOrder: 'hold',
  grantOn: 'paid',
  regrant: false,
  testUsers: [],
  ...more,
});

/** Payments need no registered order. An amount is compared only if the order and the payment both have one. */
export const LENIENT = { amountCheck: 'when-present', unknownOrder: 'trust' } as const;

type Own<Account> = Partial<Omit<Account, 'provider' | 'policy'>>;

const common = <Name extends ProviderName>(
  provider: Name,
  { account = 'shop' }: { readonly account?: string },
  policy: Partial<AccountPolicy>,
) => ({ provider, account, policy: policyOf(provider, { account, ...policy }) });

export const americasAccount = (
  more: Own<TrustlyAmericasAccount> = {},
  policy: Partial<AccountPolicy> = {},
): TrustlyAmericasAccount => ({ ...common('trustly-americas', more, policy), ...more });

export const europeAccount = (
  more: Own<TrustlyEuropeAccount> = {},
  policy: Partial<AccountPolicy> = {},
): TrustlyEuropeAccount => ({
  ...common('trustly-europe', more, policy),
  ...{ replyAlgorithm: 'SHA1', withdrawals: false, kyc: false },
  ...more,
});

export const paymentwallAccount = (
  more: Own<PaymentwallAccount> = {},
  policy: Partial<AccountPolicy> = {},
): PaymentwallAccount => ({
  ...common('paymentwall', more, policy),
  ...{ api: 'digital_goods', signatureVersion: 3, sourceAddresses: 'any' },
  ...{ goods: 'digital', orderParameter: 'goodsid' },
  ...more,
});
