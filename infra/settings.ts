/** The configuration as a program writes it: the same keys as in cdk.json, with types. */
import type * as v from 'valibot';
import type { Account } from '../shared/providers/index.ts';
import type { partialPolicySchema, settingsSchema } from './schema.ts';

/**
 * For every provider: the keys that all share, then its own. Keys that a provider requires are checked at synth, like
 * everything else.
 */
export type AccountSettings = Account extends infer A
  ? A extends Account
    ? Pick<A, 'provider' | 'account'> &
        Partial<Omit<A, 'provider' | 'account' | 'policy'>> & {
          readonly policy?: v.InferInput<typeof partialPolicySchema>;
          /** Hours without an accepted notification after which an alarm rings. */
          readonly expectedEveryHours?: number;
        }
    : never
  : never;

/** The input of `parseConfig` and of `new Payhooks(scope, id, {…})`. */
export type Settings = Omit<v.InferInput<typeof settingsSchema>, 'accounts'> & {
  readonly accounts: readonly AccountSettings[];
};
