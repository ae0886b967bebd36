/** The registry: adding a provider is one folder and one line here. */
import type { ProviderName } from '../payment/types.ts';
import { paymentwall } from './paymentwall/index.ts';
import type { ProviderFolder } from './provider.ts';
import { trustlyAmericas } from './trustly-americas/index.ts';
import { trustlyEurope } from './trustly-europe/index.ts';

export const providers: Readonly<Record<ProviderName, ProviderFolder>> = {
  'trustly-americas': trustlyAmericas as ProviderFolder,
  'trustly-europe': trustlyEurope as ProviderFolder,
  paymentwall: paymentwall as ProviderFolder,
};
