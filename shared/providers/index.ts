/** The registry: adding a provider is one folder and one line here. */
import type { ProviderName } from '../payment/types.ts';
import { paymentwall } from './paymentwall/index.ts';
import type { Provider } from './provider.ts';
import { trustlyAmericas } from './trustly-americas/index.ts';
import { trustlyEurope } from './trustly-europe/index.ts';

export const providers: Readonly<Record<ProviderName, Provider>> = {
  'trustly-americas': trustlyAmericas as Provider,
  'trustly-europe': trustlyEurope as Provider,
  paymentwall: paymentwall as Provider,
};
