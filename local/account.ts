/** An account of a local stack, as its senders need it. */
import type { Account } from '../shared/providers/index.ts';
import type { Credential } from './template/credentials.ts';

/** Of each account type on its own, so that `provider` still tells them apart. */
type WithoutPolicy<A> = A extends unknown ? Omit<A, 'policy'> : never;

/** An account as an outside client needs it: where to send, and what to sign with. */
export type LocalAccount = WithoutPolicy<Account> & {
  readonly method: 'POST' | 'GET';
  readonly url: string;
  readonly credentials: Credential;
};
