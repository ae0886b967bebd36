/** The registry of providers. A new provider is one folder and one line here. */

import type { AccountBase } from './account.ts';
import { paymentwall } from './paymentwall/index.ts';
import type { Provider, ProviderFolder } from './provider.ts';
import { trustlyAmericas } from './trustly-americas/index.ts';
import { trustlyEurope } from './trustly-europe/index.ts';

const registry = {
  'trustly-americas': trustlyAmericas,
  'trustly-europe': trustlyEurope,
  paymentwall,
};

type AccountOf<F> = F extends ProviderFolder<infer _N, infer _K, infer A extends AccountBase> ? A : never;
/** An account of any registered provider. */
export type Account = AccountOf<(typeof registry)[keyof typeof registry]>;
export type ProviderName = Account['provider'];

/** Any registered provider, called with its own accounts, keys and notifications. */
export type RegisteredProvider = Provider<unknown, unknown, Account>;
type RegisteredFolder = ProviderFolder<unknown, unknown, Account>;

export const providers = registry as Readonly<Record<ProviderName, RegisteredFolder>>;
export const PROVIDERS = Object.keys(registry) as readonly ProviderName[];

/** Looks up the provider by the name in a row or in an operator's command. @throws Error for an unknown name */
export function providerOf(name: string): RegisteredFolder {
  if (isProviderName(name)) return providers[name];
  throw new Error(`there is no provider ${JSON.stringify(name)}`);
}

export const isProviderName = (value: unknown): value is ProviderName =>
  PROVIDERS.some((name) => name === value);
