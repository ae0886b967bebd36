/**
 * The only module that reads the environment. Each value is read when it is used, so a function needs only the
 * variables that it uses, and a missing or wrong value fails with its name.
 */
import { defined } from '../../payment/defined.ts';
import type { Environment } from '../../payment/types.ts';
import type { Account } from '../../providers/index.ts';
import { accountsOf, type CompiledAccounts } from './compiled-accounts.ts';
import type { EdgeMode } from './edge.ts';

/** The accounts of cdk.json, put into the bundle by esbuild's `define` (docs/decisions/004-bundles.md). */
declare const PAYHOOKS_ACCOUNTS: CompiledAccounts | undefined;

/** The message names the wrong value. Never thrown for anything that a sender can cause. */
class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type TargetConfig =
  | { readonly type: 'eventbridge'; readonly busName: string; readonly sign: boolean }
  | { readonly type: 'https'; readonly url: string };

export interface Config {
  readonly environment: Environment;
  readonly accounts: readonly Account[];
  readonly table: string;
  /** What intake does with requests that did not come through the edge. Absent: it does not check that. */
  readonly edge: EdgeMode | undefined;
  /** The endpoints of AWS services, from the variables that the SDK reads too. */
  readonly endpoints: {
    readonly region: string;
    readonly fips: boolean;
    readonly dualStack: boolean;
    readonly urls: Readonly<Partial<Record<'sqs' | 'secretsmanager' | 'dynamodb', string>>>;
  };
  readonly idempotencyTable: string;
  /** The table of splitTokens. Undefined: no account of this stack has a key for them. */
  readonly vaultTable: string | undefined;
  /** The stack's public URL, without a slash at its end. */
  readonly publicUrl: string;
  readonly notificationsQueueUrl: string;
  readonly fulfilmentQueueUrl: string;
  readonly target: TargetConfig;
  /** URL of the merchant's decision hook, by account. */
  readonly decisionUrls: Readonly<Record<string, string>>;
  /** Base URL of the provider's API, by provider. */
  readonly providerApis: Readonly<Record<string, string>>;
  /** For how many days evidence is kept. */
  readonly evidenceDays: number;
  /** For how many days a delivery is remembered: longer than any message can live. */
  readonly idempotencyDays: number;
  readonly service: string;
  readonly metricsNamespace: string;
  readonly functionName: string;
  /** Trace header of the current invocation, for X-Ray. Lambda sets another one for each invocation. */
  readonly trace: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** @example configFrom({ PAYHOOKS_TABLE: 'payhooks' }, []).table // 'payhooks' */
export function configFrom(variables: Variables, accounts: readonly Account[]): Config {
  const text = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === '') throw new ConfigurationError(`${name} is not set`);
    return value;
  };
  const days = (name: string): number => {
    const value = text(name);
    if (/^[1-9][0-9]{0,4}$/.test(value)) return Number(value);
    throw new ConfigurationError(`${name} is "${value}"; allowed: 1 to 99999`);
  };
  return {
    accounts,
    get environment() {
      const value = text('PAYHOOKS_ENVIRONMENT');
      if (value === 'sandbox' || value === 'live') return value;
      throw new ConfigurationError(`PAYHOOKS_ENVIRONMENT is "${value}"; allowed: sandbox, live`);
    },
    get edge() {
      const value = variables.PAYHOOKS_EDGE_HEADER || undefined;
      if (value === undefined || value === 'count' || value === 'require') return value;
      throw new ConfigurationError(`PAYHOOKS_EDGE_HEADER is "${value}"; allowed: count, require`);
    },
    get table() {
      return text('PAYHOOKS_TABLE');
    },
    get endpoints() {
      return endpointsOf(variables, text('AWS_REGION'));
    },
    get idempotencyTable() {
      return text('PAYHOOKS_IDEMPOTENCY_TABLE');
    },
    vaultTable: variables.PAYHOOKS_VAULT_TABLE || undefined,
    get publicUrl() {
      return text('PAYHOOKS_URL');
    },
    get notificationsQueueUrl() {
      return text('PAYHOOKS_NOTIFICATIONS_QUEUE_URL');
    },
    get fulfilmentQueueUrl() {
      return text('PAYHOOKS_FULFILMENT_QUEUE_URL');
    },
    get target() {
      return parseTarget(text('PAYHOOKS_TARGET'));
    },
    get decisionUrls() {
      return parseUrls('PAYHOOKS_DECISION_URLS', 'account', text('PAYHOOKS_DECISION_URLS'));
    },
    get providerApis() {
      return parseUrls('PAYHOOKS_PROVIDER_APIS', 'provider', text('PAYHOOKS_PROVIDER_APIS'));
    },
    get evidenceDays() {
      return days('PAYHOOKS_EVIDENCE_DAYS');
    },
    get idempotencyDays() {
      return days('PAYHOOKS_IDEMPOTENCY_DAYS');
    },
    service: variables.POWERTOOLS_SERVICE_NAME || 'payhooks',
    metricsNamespace: variables.POWERTOOLS_METRICS_NAMESPACE || 'Payhooks',
    functionName: variables.AWS_LAMBDA_FUNCTION_NAME || 'local',
    get trace() {
      return variables._X_AMZN_TRACE_ID || undefined;
    },
  };
}

function endpointsOf(variables: Variables, region: string): Config['endpoints'] {
  const flag = (name: string): boolean => {
    const value = variables[name] || 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    throw new ConfigurationError(`${name} is "${value}"; allowed: true, false`);
  };
  const general = flag('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') ? undefined : variables.AWS_ENDPOINT_URL;
  const own = (service: string): string | undefined =>
    flag('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') ? undefined : variables[`AWS_ENDPOINT_URL_${service}`];
  return {
    region,
    fips: flag('AWS_USE_FIPS_ENDPOINT'),
    dualStack: flag('AWS_USE_DUALSTACK_ENDPOINT'),
    urls: defined({
      // A queue's URL contains its host, which has precedence over the general variable in the SDK, too.
      sqs: own('SQS') || undefined,
      secretsmanager: own('SECRETS_MANAGER') || general || undefined,
      dynamodb: own('DYNAMODB') || general || undefined,
    }),
  };
}

function parseUrls(name: string, by: string, text: string): Readonly<Record<string, string>> {
  const wrong = new ConfigurationError(`${name} is not {"<${by}>": "<url>"}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong;
  if (!Object.values(value).every((url) => typeof url === 'string')) throw wrong;
  return value as Record<string, string>;
}

function parseTarget(text: string): TargetConfig {
  const wrong = (why: string) => new ConfigurationError(`PAYHOOKS_TARGET ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw wrong('is not an object');
  if (
    'type' in value &&
    value.type === 'eventbridge' &&
    'busName' in value &&
    typeof value.busName === 'string'
  ) {
    // The environment of the previous version does not contain `sign`.
    return { type: 'eventbridge', busName: value.busName, sign: 'sign' in value && value.sign === true };
  }
  if ('type' in value && value.type === 'https' && 'url' in value && typeof value.url === 'string') {
    return { type: 'https', url: value.url };
  }
  throw wrong('is neither {"type":"eventbridge","busName"} nor {"type":"https","url"}');
}

/** The account of a route or an envelope. Undefined: it is not configured. */
export function findAccount(
  accounts: readonly Account[],
  provider: string,
  account: string,
): Account | undefined {
  return accounts.find((candidate) => candidate.provider === provider && candidate.account === account);
}

export const config: Config = configFrom(
  process.env,
  typeof PAYHOOKS_ACCOUNTS === 'undefined' ? [] : accountsOf(PAYHOOKS_ACCOUNTS),
);
