/** Names and addresses that people type, read or register elsewhere. All are derived from the configuration. */

import type { Environment } from '../shared/payment/types.ts';
import type { Account, ProviderName } from '../shared/providers/index.ts';
import { providers } from '../shared/providers/index.ts';

/** Alias that routes and queues call with a canary rollout or provisioned concurrency. */
export const ALIAS = 'current';

/** "payhooks-sandbox-notifications": one Payhooks per environment, AWS account and region. */
export const resourceName = (environment: Environment, name: string): string =>
  `payhooks-${environment}-${name}`;

/** Vended logs need no resource policy of ours, which could grow too large. */
export const gatewayLogGroup = (environment: Environment): string =>
  `/aws/vendedlogs/payhooks/${environment}/gateway`;

/** CloudWatch namespace of our own metrics; each metric has at least the dimension `service`. */
export const METRICS_NAMESPACE = 'Payhooks';
export const serviceName = (environment: Environment): string => `payhooks-${environment}`;

export const secretNames = {
  account: (environment: Environment, { provider, account }: Pick<Account, 'provider' | 'account'>): string =>
    `payhooks/${environment}/${provider}/${account}`,
  envelopeKey: (environment: Environment): string => `payhooks/${environment}/envelope-key`,
  decision: (environment: Environment, account: string): string =>
    `payhooks/${environment}/decision/${account}`,
  target: (environment: Environment): string => `payhooks/${environment}/target`,
  edge: (environment: Environment): string => `payhooks/${environment}/edge`,
  splitTokenKey: (environment: Environment): string => `payhooks/${environment}/split-token-key`,
};

/** One route per provider; the account is chosen by the path, never by the payload. */
export const intakeRoute = (provider: ProviderName): string => providers[provider].config.path;

/** All other paths below a provider's addresses: the provider has a wrong address, or a stranger tries paths. */
export const elsewhereRoute = (provider: ProviderName): string =>
  intakeRoute(provider).replace(/\{account\}.*$/, '{proxy+}');

export const CHECKOUT_ROUTE = '/checkout/orders';
export const CHANGES_ROUTE = '/checkout/orders/changes';
export const REFUNDS_ROUTE = '/checkout/refunds';

/** The nonce binds a shopper's redirect to one attempt (shared/app/transition/sessions.ts makes the addresses). */
export const REDIRECT_ROUTES = {
  Return: '/trustly/americas/{account}/return/{nonce}',
  Cancel: '/trustly/americas/{account}/cancel/{nonce}',
} as const;

/** The path that is registered with the provider, below the API's address. */
export const intakePath = ({ provider, account }: Account): string =>
  intakeRoute(provider).replace('{account}', account);

/** "goods-v2" → "GoodsV2", for ids in templates. */
export const pascal = (name: string): string =>
  name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());

/** `source` of our events on the bus, as shared/aws/eventbridge-target.ts sends them. */
export const EVENT_SOURCE = 'payhooks';
