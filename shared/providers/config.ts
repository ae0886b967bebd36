/**
 * What a provider's folder says of itself at synth and on the command line: config.ts in each folder. It never
 * reaches a function's bundle: the folders' index.ts leave it out there (infra/constructs/bundles.ts).
 */
import type * as v from 'valibot';
import type { AccountBase } from './account.ts';
import type { SecretForm } from './secret-form.ts';

/** What is wrong with one key of an account; `path` is the account's, with the key. */
export interface AccountProblem {
  readonly path: string;
  readonly found: string;
  readonly allowed: string;
}

export interface ProviderConfig<A extends AccountBase = AccountBase> {
  /** For people: "Trustly Americas". */
  readonly title: string;
  /** What is registered with the provider, below the API's address; `{account}` is the account's name. */
  readonly path: `/${string}/{account}/${string}`;
  /** The keys of an account beside provider, account, policy and expectedEveryHours. */
  readonly entries: v.ObjectEntries;
  /** What one complete account may not combine, beside what holds for every provider (infra/rules.ts). */
  problems(account: A, path: string): readonly AccountProblem[];
  /** Whether it asks questions that only the merchant can answer (accounts say which, `asksQuestions`). */
  readonly asksQuestions: boolean;
  /** Whether notifications name the amount; else it is known from the provider's API or from the order alone. */
  readonly namesAmounts: boolean;
  /** Why a payment without an order belongs to no order in live: a part of a sentence. */
  readonly whyOrder: string;
  /** `confirm` where the account does not say. */
  readonly confirmsByDefault?: (policy: A['policy']) => boolean;
  /** What may wait without `confirm` although no amount is required: a part of a sentence. */
  readonly waitsUnconfirmed?: string;
  /** Whether it publishes this address as one that it sends from. Absent: it publishes none. */
  readonly sendsFrom?: (address: string) => boolean;
  readonly secret: SecretForm;
}
