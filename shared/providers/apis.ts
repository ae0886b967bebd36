/** The registry of providers' APIs, see api.ts. */

import type { Alias, NormalizedEvent } from '../payment/types.ts';
import type { ProviderApi } from './api.ts';
import type { Account, ProviderName } from './index.ts';
import { paymentwallApi } from './paymentwall/api.ts';
import { trustlyAmericasApi } from './trustly-americas/api.ts';

/** Trustly Europe documents no API that could be polled; see docs/confirmation.md. */
export const providerApis: Readonly<Partial<Record<ProviderName, ProviderApi>>> = {
  'trustly-americas': trustlyAmericasApi as ProviderApi,
  paymentwall: paymentwallApi as ProviderApi,
};

/** The normalized event of an API's answer for this account. @throws Error if the provider has no API */
export function normalizeAnswer(account: Account, message: string): NormalizedEvent {
  const api = providerApis[account.provider];
  if (api === undefined) throw new Error(`${account.provider} has no API that answers`);
  return api.normalize(message, account);
}

/** The references among the aliases of a message. */
export const referencesOf = (aliases: readonly Alias[]): readonly string[] =>
  aliases.filter(({ type }) => type === 'reference').map(({ value }) => value);
