/** An account of a local stack, as its senders need it. */
import type { Account } from '../shared/providers/index.ts';
import type { Credential } from './template/credentials.ts';

/** Omit on each member of the union by itself, so that `provider` still narrows the type. */
type WithoutPolicy<A> = A extends unknown ? Omit<A, 'policy'> : never;

/** An account as an outside client needs it: where to send, and what to sign with. */
export type LocalAccount = WithoutPolicy<Account> & {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  readonly credentials: Credential;
};
