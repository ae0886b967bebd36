/**
 * A provider's data for synth and the command line: config.ts in each folder. It is not in a function's bundle: the
 * folders' index.ts leave it out there (infra/constructs/bundles.ts).
 */
import type * as v from 'valibot';
import type { AccountBase } from './account.ts';
import type { Refusals } from './refusals.ts';
import type { SecretForm } from './secret-form.ts';

/** A fault in one key of an account; `path` is the account's path with the key. */
export interface AccountProblem {
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
}

export interface ProviderConfig<A extends AccountBase = AccountBase> {
  /** The display name: "Trustly Americas". */
  readonly title: string;
  /** The path that is registered with the provider, below the API's address. `{account}` is the account's name. */
  readonly path: `/${string}/{account}/${string}`;
  /** Addresses that it publishes as the only ones it sends from, as CIDR ranges; absent: it publishes none. */
  readonly publishedSources?: readonly string[];
  /** The keys of an account besides provider, account, policy and expectedEveryHours. */
  readonly entries: v.ObjectEntries;
  /** Forbidden combinations within one complete account, besides the rules for every provider (infra/rules.ts). */
  problems(account: A, path: string): readonly AccountProblem[];
  /** Whether the provider asks questions that only the merchant can answer (accounts choose which: `asksQuestions`). */
  readonly asksQuestions: boolean;
  /** Whether notifications name the amount. Otherwise it is known only from the provider's API or the order. */
  readonly namesAmounts: boolean;
  /** Why a payment without an order is not accepted in live: a part of a sentence. */
  readonly whyOrder: string;
  /** The default of `confirm`. Absent: none. */
  readonly confirmsByDefault?: (policy: A['policy']) => boolean;
  /** What may wait without `confirm` even if no amount is required: a part of a sentence. */
  readonly waitsUnconfirmed?: string;
  /** Whether the provider publishes this address as one that it sends from. Absent: it publishes none. */
  readonly sendsFrom?: (address: string) => boolean;
  readonly secret: SecretForm;
  /** Its own reasons of refusals, besides those that several providers share (refusals.ts). */
  readonly refusals: Refusals;
}
