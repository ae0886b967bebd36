/** One call of a provider's API, as data: what is sent, what came back, and what that means. */

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
 * `found`: one message per payment of the answer. `unknown`: the provider has no such payment. `refused`: it will
 * not answer until somebody changes something (credentials, activation). `unavailable`: ask again later. The
 * reasons are closed sets: they become metric dimensions.
 */
export type ApiOutcome =
  | { readonly type: 'found'; readonly messages: readonly string[] }
  | { readonly type: 'unknown' }
  | { readonly type: 'refused'; readonly reason: 'credentials' | 'request' }
  | { readonly type: 'unavailable'; readonly reason: 'network' | 'status' | 'throttled' | 'unreadable' };
