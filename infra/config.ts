/**
 * The merchant's configuration: the context key `payhooks` of cdk.json. If anything in it is wrong, synth stops with
 * one message (ConfigError) that names each key, the value found and what is allowed.
 */

import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { EdgeMode } from '../shared/app/platform/edge.ts';
import type { Environment } from '../shared/payment/types.ts';
import type { Account, ProviderName } from '../shared/providers/index.ts';
import { providers } from '../shared/providers/index.ts';
import type { FunctionSettings } from './function-settings.ts';
import { ConfigError, type Problem, problemOf, secretsPastedInto, shown } from './problems.ts';
import { accountProblems, allProblems } from './rules.ts';
import { accountSchema, partialPolicySchema, policySchema, settingsSchema } from './schema.ts';
import type { Settings } from './settings.ts';
import type { Throttles } from './throttles.ts';

export { ConfigError } from './problems.ts';

export interface Config {
  readonly environment: Environment;
  readonly accounts: readonly Account[];
  /** Where effects are delivered: to an event bus that the stack makes, or to the merchant's endpoint. */
  readonly target:
    | { readonly type: 'eventbridge'; readonly sign: boolean; readonly log: boolean }
    | { readonly type: 'https'; readonly url: string };
  readonly retention: Retention;
  /** Accounts whose provider sends at least one notification in this number of hours; silence raises an alarm. */
  readonly expected: readonly {
    readonly provider: ProviderName;
    readonly account: string;
    readonly hours: number;
  }[];
  /** Tags on every resource, for the merchant's own bookkeeping of costs and owners. */
  readonly tags: Readonly<Record<string, string>>;
  /** The address that gets alarms by mail. Without it and without `alarmActions`, alarms exist and notify nobody. */
  readonly alarmEmail?: string;
  /** ARNs of the merchant's own SNS topics that alarms also notify. */
  readonly alarmActions: readonly string[];
  /** Whether the same recipients are also notified when an alarm ends. */
  readonly okActions: boolean;
  /** Whether X-Ray traces functions and the messages that pass through the queues. */
  readonly tracing: boolean;
  /** canary: a new version takes a tenth of the calls for half an hour before it takes all. */
  readonly rollout: 'all-at-once' | 'canary';
  readonly functions: FunctionSettings;
  readonly throttles: Throttles;
  /**
   * A domain name of the merchant in front of the HTTP API; its certificate must be in the stack's region. The API's
   * own address also answers while `keepOwnAddress` is true.
   */
  readonly customDomain?: {
    readonly name: string;
    readonly certificateArn: string;
    /** Id of a hosted zone of Route 53, in which the stack makes the record. Absent: the merchant makes it. */
    readonly hostedZoneId?: string;
    readonly keepOwnAddress: boolean;
  };
  /** The address that providers and shoppers get, if something (a CDN, a firewall) stands in front of the API. */
  readonly publicUrl?: string;
  /** What intake does with a request that lacks the secret header of CloudFront. */
  readonly edgeHeader: 'off' | EdgeMode;
  /**
   * Whether the stack tests its public address every five minutes, with a signed and a forged request of each account.
   */
  readonly probe: boolean;
  /** The role of the merchant's capture code. When set, no other principal may read the key that opens splitTokens. */
  readonly captureRoleArn?: string;
  /** What happens to tables, queues, keys and secrets when the stack is removed. Live always retains them. */
  readonly onRemoval: 'retain' | 'destroy';
}

interface Retention {
  /** Retention of verified notifications, sealed. */
  readonly evidenceDays: number;
  /** Retention of delivered effects in the Powertools idempotency table. */
  readonly idempotencyDays: number;
  readonly logDays: number;
  readonly accessLogDays: number;
}

/**
 * Reads the value of the context key: an object, its JSON text, or the name of a .json file that holds it
 * (`cdk synth -c payhooks=live.json` makes the live stack beside the one in cdk.json).
 *
 * @throws ConfigError naming every problem
 */
export const parseConfig = (context: unknown): Config => checked(rawConfig(context));

/** The value of the context key as written, without checks. @throws ConfigError */
export const rawConfig = (context: unknown): unknown =>
  typeof context === 'string' ? read(context) : context;

/**
 * The configuration of a construct: a result of parseConfig is used as it is, settings are checked. @throws ConfigError
 */
export const checkedConfig = (given: Config | Settings): Config =>
  'expected' in given ? given : parseConfig(given);

function checked(value: unknown): Config {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError([{ path: '', found: shown(value), allowed: 'an object' }]);
  }
  const raw = value as Readonly<Record<string, unknown>>;
  const found = v.safeParse(settingsSchema, raw);
  const problems: Problem[] = (found.issues ?? []).map((issue) => problemOf(issue));
  const settings = found.typed ? found.output : undefined;
  const basePolicy = v.safeParse(partialPolicySchema, raw.policy ?? {});

  const accounts: Account[] = [];
  const expected: { provider: ProviderName; account: string; hours: number }[] = [];
  for (const [index, entry] of (Array.isArray(raw.accounts) ? raw.accounts : []).entries()) {
    const path = `accounts[${index}]`;
    const parsed = v.safeParse(accountSchema, entry);
    if (!parsed.success) {
      problems.push(...parsed.issues.map((issue) => problemOf(issue, path)));
      continue;
    }
    const environment = raw.environment === 'live' ? 'live' : 'sandbox';
    const account = complete(parsed.output, basePolicy.success ? basePolicy.output : {}, environment);
    accounts.push(account);
    const { expectedEveryHours: hours } = parsed.output;
    if (hours !== undefined) expected.push({ provider: account.provider, account: account.account, hours });
    problems.push(...accountProblems(account, path));
  }
  // A value that is wrong by itself is not reported again for how it combines with others.
  const wrong = new Set(problems.map(({ path }) => path));
  problems.push(...allProblems(accounts, raw).filter(({ path }) => !wrong.has(path)));

  const secrets = secretsPastedInto(raw);
  const others = problems.filter(({ path }) => !secrets.some((secret) => secret.path === path));
  if (secrets.length + others.length > 0 || settings === undefined)
    throw new ConfigError([...secrets, ...others]);
  const { policy: _policyOfAll, accounts: _unchecked, ...rest } = settings;
  return { ...rest, accounts, expected };
}

function read(text: string): unknown {
  const source = text.trim().startsWith('{') ? text : readFile(text);
  try {
    return JSON.parse(source);
  } catch {
    const allowed = 'a JSON object, or the name of a .json file that holds one';
    throw new ConfigError([{ path: '', found: 'text that is not JSON', allowed }]);
  }
}

function readFile(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    const allowed = 'an object, or the name of a .json file that can be read';
    throw new ConfigError([{ path: '', found: JSON.stringify(name), allowed }]);
  }
}

/** Merges the defaults, the policy for all accounts and the account's own; the last one wins. */
function complete(
  { policy, expectedEveryHours: _, ...account }: v.InferOutput<typeof accountSchema>,
  base: v.InferOutput<typeof partialPolicySchema>,
  environment: Environment,
): Account {
  const { account: name } = account;
  // The schema admits no other name.
  const provider = account.provider as ProviderName;
  const defaults = v.parse(policySchema, {});
  const resolved = { ...defaults, ...base, ...policy, provider, account: name, environment };
  const byDefault = providers[provider].config.confirmsByDefault?.(resolved) ?? false;
  const { confirm = byDefault } = account as { readonly confirm?: boolean };
  return { ...account, ...(confirm ? { confirm } : {}), policy: resolved } as Account;
}
