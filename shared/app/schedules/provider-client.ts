/**
 * Calls the APIs of providers, with limits of time and size, a limited rate per account, and credentials from the
 * account's secret. Every failure is returned as an outcome; nothing is thrown.
 */

import { defined } from '../../payment/defined.ts';
import type { Environment } from '../../payment/types.ts';
import type { Listing, Poll, ProviderApi } from '../../providers/api.ts';
import type { ApiAnswer, ApiOutcome, ApiRequest } from '../../providers/api-call.ts';
import { providerApis } from '../../providers/apis.ts';
import type { Account, ProviderName } from '../../providers/index.ts';
import { UnusableSecretError } from '../../providers/provider.ts';
import type { Shipment } from '../../providers/shipping.ts';
import type { Log } from '../platform/log.ts';
import { accountSecretName, type SecretOf, type Secrets } from '../platform/secrets.ts';
import type { Clock } from '../ports.ts';
import { scopeOf } from '../table/keys.ts';

/** `unsupported`: this provider's API has no such call. */
export type CallOutcome = ApiOutcome | { readonly type: 'unsupported' };

export interface ProviderClient {
  poll(account: Account, poll: Poll): Promise<CallOutcome>;
  /** Reads a page of the changes. `unsupported`: the API has no listing. */
  list(account: Account, listing: Listing): Promise<CallOutcome>;
  /** Reports a shipment. `unsupported`: the provider takes no reports. */
  deliver(account: Account, shipment: Shipment): Promise<CallOutcome>;
}

export interface ProviderClientDeps {
  readonly secrets: Secrets;
  readonly environment: Environment;
  /** Base URL of each API: the documented hosts, or fakes. */
  readonly baseUrls: Readonly<Partial<Record<ProviderName, string>>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (ms: number) => Promise<void>;
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 2_000_000;
/** No limit is documented. Five requests a second are few for a payment provider. */
const MIN_INTERVAL_MS = 200;

/** "found", "unavailable.network"…: a closed set, used as a metric dimension. */
export const outcomeName = (answered: CallOutcome): string =>
  'reason' in answered ? `${answered.type}.${answered.reason}` : answered.type;

/** @example createProviderClient(deps).poll(account, { about: 'payment', id: '1006755981' }) */
export function createProviderClient(deps: ProviderClientDeps): ProviderClient {
  const send = rateLimited(deps);
  const call = async (
    account: Account,
    api: Pick<ProviderApi, 'parseCredentials' | 'read'>,
    makeRequest: (credentials: unknown, baseUrl: string) => ApiRequest | undefined,
  ): Promise<CallOutcome> => {
    const baseUrl = deps.baseUrls[account.provider];
    if (baseUrl === undefined) return { type: 'unsupported' };
    const secret: SecretOf<unknown> = {
      name: accountSecretName(deps.environment, account),
      parse: (value) => api.parseCredentials(value, account),
    };
    const signal = () => AbortSignal.timeout(TIMEOUT_MS);
    const attempt = async (credentials: unknown): Promise<CallOutcome> => {
      const request = makeRequest(credentials, baseUrl);
      if (request === undefined) return { type: 'unsupported' };
      const answer = await send(account, request);
      return answer === undefined ? { type: 'unavailable', reason: 'network' } : api.read(answer);
    };
    try {
      const credentials = await deps.secrets.read(secret, signal());
      const first = await attempt(credentials);
      if (first.type !== 'refused' || first.reason !== 'credentials') return first;
      // The key may have been rotated since it was cached, or a refresh may have run during the request.
      await deps.secrets.reread(secret, signal());
      const fresh = await deps.secrets.read(secret, signal());
      return fresh === credentials ? first : await attempt(fresh);
    } catch (error) {
      // An unusable secret was reported when it was read.
      const unusable = error instanceof UnusableSecretError;
      if (!unusable) deps.log.error('a provider could not be polled', { ...scopeOf(account), error });
      return unusable
        ? { type: 'refused', reason: 'credentials' }
        : { type: 'unavailable', reason: 'network' };
    }
  };
  return {
    poll: (account, poll) =>
      withApi(account, (api) => call(account, api, (keys, url) => api.pollRequest(poll, account, keys, url))),
    list: (account, listing) =>
      withApi(account, (api) => call(account, api, (keys, url) => api.list?.(listing, keys, url))),
    deliver: (account, shipment) =>
      withApi(account, async ({ shipping }) =>
        shipping === undefined
          ? { type: 'unsupported' }
          : call(account, shipping, (keys, url) => shipping.request(shipment, account, keys, url)),
      ),
  };
}

async function withApi(
  account: Account,
  run: (api: ProviderApi) => Promise<CallOutcome>,
): Promise<CallOutcome> {
  const api = providerApis[account.provider];
  return api === undefined ? { type: 'unsupported' } : run(api);
}

/** Sends the requests of an account one after another, with a pause in between. Undefined: no answer. */
function rateLimited({ fetch: send = fetch, clock, wait }: ProviderClientDeps) {
  const lastAt = new Map<string, number>();
  return async (account: Account, request: ApiRequest): Promise<ApiAnswer | undefined> => {
    const key = `${account.provider}/${account.account}`;
    const due = (lastAt.get(key) ?? 0) + MIN_INTERVAL_MS;
    if (due > clock()) await wait(due - clock());
    lastAt.set(key, clock());
    const { method, url, headers, body } = request;
    try {
      const response = await send(url, {
        method,
        headers,
        ...defined({ body }),
        // A redirect would send the credentials to another address.
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, body: await textOf(response) };
    } catch {
      // Timeout, no route, or a body that never ends. The error contains what was sent, so it is not stored.
      return undefined;
    }
  };
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('an answer larger than anything documented');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
