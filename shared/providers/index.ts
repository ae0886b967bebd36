/** The registry: adding a provider is one folder and one line here. */
import { paymentwall } from './paymentwall/index.ts';
import type { AccountBase, ProviderFolder } from './provider.ts';
import { trustlyAmericas } from './trustly-americas/index.ts';
import { trustlyEurope } from './trustly-europe/index.ts';

const registry = {
  'trustly-americas': trustlyAmericas,
  'trustly-europe': trustlyEurope,
  paymentwall,
};

type AccountOf<F> = F extends ProviderFolder<infer _N, infer _K, infer A extends AccountBase> ? A : never;
export type RegisteredAccount = AccountOf<(typeof registry)[keyof typeof registry]>;

export const providers = registry as Readonly<Record<keyof typeof registry, ProviderFolder>>;
export const PROVIDERS = Object.keys(registry) as readonly (keyof typeof registry)[];

/** Of a name that a row or an operator says. */
export function providerOf(name: string): ProviderFolder {
  if (isProviderName(name)) return providers[name];
  throw new Error(`there is no provider ${JSON.stringify(name)}`);
}

export const isProviderName = (value: unknown): value is keyof typeof registry =>
  PROVIDERS.some((name) => name === value);
