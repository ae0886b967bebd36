/** The configuration as a program writes it: the same keys as in cdk.json, with types. */
import type * as v from 'valibot';
import type { Account } from '../shared/providers/index.ts';
import type { partialPolicySchema, settingsSchema } from './schema.ts';

/**
 * Of each provider: what is common to all, then the keys of its own. What a provider needs beside its name is checked
 * at synth, like everything else.
 */
export type AccountSettings = Account extends infer A
  ? A extends Account
    ? Pick<A, 'provider' | 'account'> &
        Partial<Omit<A, 'provider' | 'account' | 'policy'>> & {
          readonly policy?: v.InferInput<typeof partialPolicySchema>;
          /** Silence for so long rings. */
          readonly expectedEveryHours?: number;
        }
    : never
  : never;

/** What `parseConfig` reads, and `new Payhooks(scope, id, {…})` takes. */
export type Settings = Omit<v.InferInput<typeof settingsSchema>, 'accounts'> & {
  readonly accounts: readonly AccountSettings[];
};
