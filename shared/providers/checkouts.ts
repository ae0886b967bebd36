/** The registry of providers' checkouts, see checkout.ts. */
import type { ProviderCheckout } from './checkout.ts';
import type { ProviderName } from './index.ts';
import { trustlyAmericasCheckout } from './trustly-americas/checkout.ts';

/** Paymentwall's widget and Trustly Europe's API open their payments without Payhooks. */
export const providerCheckouts: Readonly<Partial<Record<ProviderName, ProviderCheckout>>> = {
  'trustly-americas': trustlyAmericasCheckout as ProviderCheckout,
};
