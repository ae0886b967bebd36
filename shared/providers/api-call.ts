/** One call of a provider's API, as data: the request, the answer, and its meaning. */

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * `found`: one message per payment in the answer. `unknown`: the provider has no such payment. `refused`: it will not
 * answer until something is changed (credentials, activation). `unavailable`: try again later. The reasons are closed
 * sets, because they become metric dimensions.
 */
export type ApiOutcome =
  | { readonly type: 'found'; readonly messages: readonly string[] }
  | { readonly type: 'unknown' }
  | { readonly type: 'refused'; readonly reason: 'credentials' | 'request' }
  | { readonly type: 'unavailable'; readonly reason: 'network' | 'status' | 'throttled' | 'unreadable' };
