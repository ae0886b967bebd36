/** Rules that span several keys. Each returns what is wrong and what is allowed. */

import { BlockList, isIP } from 'node:net';
import { asksQuestions, isPolled, shipsGoods } from '../shared/providers/account.ts';
import type { Account } from '../shared/providers/index.ts';
import { PROVIDERS, providers } from '../shared/providers/index.ts';
import { type Problem, shown } from './problems.ts';

/** Combinations that are refused in one complete account. */
export function accountProblems(account: Account, path: string): Problem[] {
  return [
    ...trustProblems(account, path),
    ...amountProblems(account, path),
    ...shippingProblems(account, path),
    ...providers[account.provider].config.problems(account, path),
  ];
}

/**
 * "unknownOrder": "trust" in live. If notifications name no amount, only an order says how much was to be paid; if a
 * provider signs for all its merchants with one key, only an order proves that the payment was for us
 * (docs/decisions/009). In a sandbox it is convenient (a pasted notification becomes a fulfilled payment); with real
 * money it would give goods away.
 */
function trustProblems({ provider, policy }: Account, path: string): Problem[] {
  if (policy.environment !== 'live' || policy.unknownOrder !== 'trust') return [];
  const why = providers[provider].config.whyOrder;
  const allowed = `"hold" for ${provider} in a live environment: ${why}, so goods need a registered order`;
  return [{ path: `${path}.policy.unknownOrder`, found: '"trust"', allowed }];
}

/**
 * If an amount is required and nothing names one, every payment waits for ever. A sandbox may have that, except for
 * physical goods: they would never be shipped, and the provider voids what is not shipped within seven days.
 */
function amountProblems(account: Account, path: string): Problem[] {
  const { provider, policy } = account;
  const matters = policy.environment === 'live' || shipsGoods(account);
  const isKnown = providers[provider].config.namesAmounts || isPolled(account);
  if (!matters || policy.amountCheck !== 'required' || isKnown) return [];
  const where = shipsGoods(account) ? 'for physical goods' : 'in a live environment';
  const allowed = `"when-present", or "required" with "confirm": true, ${where}: notifications of ${provider} name no amount, so without polling its API every payment would wait for ever`;
  return [{ path: `${path}.policy.amountCheck`, found: '"required"', allowed }];
}

/** Shipping captures the money, so nothing is paid before the goods are shipped. */
function shippingProblems(account: Account, path: string): Problem[] {
  const { grantOn } = account.policy;
  if (!shipsGoods(account) || grantOn === 'authorized') return [];
  const allowed =
    '"authorized" for "goods": "physical": they are paid only once they are shipped, so any later they would never go out';
  return [{ path: `${path}.policy.grantOn`, found: JSON.stringify(grantOn), allowed }];
}

/** The configuration as written. */
type Raw = Readonly<Record<string, unknown>>;

/** Combinations that are refused between accounts, or between accounts and environment. */
export function allProblems(accounts: readonly Account[], raw: Raw): Problem[] {
  return [
    ...confusableNames(accounts),
    ...tooMany(accounts),
    ...tooManyWithQuestions(accounts),
    ...tooManyPolled(accounts),
    ...tooManyProbed(accounts, raw),
    ...sandboxOnly(raw),
    ...unreachable(raw),
    ...nothingToCapture(accounts, raw),
    ...withoutFront(accounts, raw),
  ];
}

/** Two URLs that differ only by a hyphen are easily confused when they are registered with the provider. */
function confusableNames(accounts: readonly Account[]): Problem[] {
  const seen = new Map<string, string>();
  return accounts.flatMap(({ provider, account }) => {
    const key = `${provider}/${account.replaceAll('-', '')}`;
    const earlier = seen.get(key);
    seen.set(key, earlier ?? account);
    if (earlier === undefined) return [];
    const found =
      earlier === account ? `${provider} "${account}" twice` : `${provider} "${earlier}" and "${account}"`;
    return [
      { path: 'accounts', found, allowed: 'names that differ by more than hyphens, each once per provider' },
    ];
  });
}

/** An intake's role names each secret it may read, and a role's policies hold 10,240 characters. */
const MAX_ACCOUNTS_PER_PROVIDER = 60;

const tooMany = (accounts: readonly Account[]): Problem[] =>
  PROVIDERS.flatMap((provider) => {
    const count = accounts.filter((account) => account.provider === provider).length;
    const limit = `${MAX_ACCOUNTS_PER_PROVIDER} per provider and stack`;
    return atMost(MAX_ACCOUNTS_PER_PROVIDER, count, `of ${provider}`, limit);
  });

const atMost = (limit: number, count: number, of: string, allowed: string): Problem[] =>
  count <= limit ? [] : [{ path: 'accounts', found: `${count} ${of}`, allowed: `at most ${allowed}` }];

/** The endpoints' addresses are in the environment of one function, which holds 4 KB (schema.ts limits each). */
const MAX_ACCOUNTS_WITH_QUESTIONS = 12;

const tooManyWithQuestions = (accounts: readonly Account[]): Problem[] =>
  atMost(
    MAX_ACCOUNTS_WITH_QUESTIONS,
    accounts.filter(asksQuestions).length,
    'with withdrawals or kyc',
    `${MAX_ACCOUNTS_WITH_QUESTIONS} per stack`,
  );

/** The roles of confirmer and reconciler name the secret of each account, in addition to their other permissions. */
const MAX_ACCOUNTS_POLLED = 60;

const tooManyPolled = (accounts: readonly Account[]): Problem[] =>
  atMost(
    MAX_ACCOUNTS_POLLED,
    accounts.filter((account) => isPolled(account) || shipsGoods(account)).length,
    'with "confirm" or physical goods',
    `${MAX_ACCOUNTS_POLLED} per stack (Trustly Americas accounts are polled in live unless "confirm" is false or "amountCheck" is "when-present")`,
  );

/** The probe's role names the secret of each account. */
const MAX_ACCOUNTS_PROBED = 60;

/** With `probe`, limits the accounts whose key is shared with the provider: the probe signs for them. */
function tooManyProbed(accounts: readonly Account[], { probe }: Raw): Problem[] {
  if (probe === false) return [];
  const count = accounts.filter(({ provider }) => providers[provider].probe?.signed !== undefined).length;
  if (count <= MAX_ACCOUNTS_PROBED) return [];
  const allowed = `false, or at most ${MAX_ACCOUNTS_PROBED} accounts of Trustly Americas and Paymentwall in a stack`;
  return [{ path: 'probe', found: `true (the default) with ${count} accounts that it signs for`, allowed }];
}

/** Conveniences that are refused in live. */
function sandboxOnly({ environment, onRemoval }: Raw): Problem[] {
  if (environment !== 'live' || onRemoval !== 'destroy') return [];
  const allowed = '"retain" in live; "destroy" is for the sandbox';
  return [{ path: 'onRemoval', found: '"destroy"', allowed }];
}

/** CloudFormation's own limit for a stack. */
const MAX_RESOURCES = 500;

/** Limits that only the finished stack can show. */
export function stackProblems(resources: number, accounts: number): Problem[] {
  if (resources <= MAX_RESOURCES) return [];
  const allowed = `at most ${MAX_RESOURCES} resources in a stack: fewer accounts, fewer of them with "expectedEveryHours", or "rollout": "all-at-once"`;
  return [{ path: 'accounts', found: `${accounts} accounts, which make ${resources} resources`, allowed }];
}

/** Addresses that only this computer, or only the function's own host, would answer. */
const OWN_ADDRESSES = new BlockList();
OWN_ADDRESSES.addSubnet('0.0.0.0', 8);
OWN_ADDRESSES.addSubnet('127.0.0.0', 8);
OWN_ADDRESSES.addSubnet('169.254.0.0', 16);
OWN_ADDRESSES.addSubnet('::', 127, 'ipv6');
OWN_ADDRESSES.addSubnet('fe80::', 10, 'ipv6');

function isOwnAddress(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(name) === 0) return name === 'localhost' || name.endsWith('.localhost');
  return OWN_ADDRESSES.check(name, isIP(name) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Every URL of a live configuration must be reachable from outside: the merchant's endpoint and the shopper's pages.
 */
function unreachable(raw: Raw): Problem[] {
  if (raw.environment !== 'live') return [];
  const look = (value: unknown, path: string): Problem[] => {
    if (typeof value === 'object' && value !== null)
      return Object.entries(value).flatMap(([key, inner]) =>
        look(inner, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
      );
    if (typeof value !== 'string' || !/^https?:/i.test(value) || !URL.canParse(value)) return [];
    const { hostname } = new URL(value);
    const allowed = 'a host that is reached from outside, in live: not localhost, loopback or link-local';
    return isOwnAddress(hostname) ? [{ path, found: JSON.stringify(hostname), allowed }] : [];
  };
  return look(raw, '');
}

/** `captureRoleArn` suggests that a key is locked, so it is refused when there is no key. */
function nothingToCapture(accounts: readonly Account[], { captureRoleArn: role }: Raw): Problem[] {
  const hasKey = accounts.some(({ splitTokenKey }) => splitTokenKey !== undefined);
  if (role === undefined || hasKey) return [];
  const allowed = 'nothing, unless an account has a "splitTokenKey": there is no key that it could lock';
  return [{ path: 'captureRoleArn', found: shown(role), allowed }];
}

/**
 * Only CloudFront (or another front) sends the header, and providers, the probe and doctor need its address, so
 * `edgeHeader` needs `publicUrl`. Without the header, every request has the front's source address, and a check of it
 * would refuse everything.
 */
function withoutFront(accounts: readonly Account[], { publicUrl, edgeHeader = 'off' }: Raw): Problem[] {
  if (edgeHeader !== 'off') {
    const allowed =
      '"off", or with "publicUrl" the address of what stands in front and adds the header (CloudFront)';
    return publicUrl === undefined ? [{ path: 'edgeHeader', found: shown(edgeHeader), allowed }] : [];
  }
  if (publicUrl === undefined) return [];
  return accounts.flatMap((account, index) => {
    if (!('sourceAddresses' in account) || account.sourceAddresses !== 'check') return [];
    const allowed =
      '"any", or "edgeHeader" beside "publicUrl": without it every request has the address of what stands in front';
    return [{ path: `accounts[${index}].sourceAddresses`, found: '"check"', allowed }];
  });
}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 366;

/**
 * Problems that depend on the day of the synthesis: test users that have expired, or that last more than a year. Only a
 * deployment checks them; the command line must read the same configuration years later.
 */
export function clockProblems(accounts: readonly Account[], now: Date): Problem[] {
  const today = now.toISOString().slice(0, 10);
  const last = new Date(now.getTime() + YEAR_DAYS * DAY_MS).toISOString().slice(0, 10);
  const reported = new Set<string>();
  return accounts.flatMap(({ policy }, account) =>
    policy.testUsers.flatMap(({ endUser, until }, index) => {
      // A test user of the policy for all accounts is reported once.
      const isNamed = reported.has(`${until} ${endUser}`);
      reported.add(`${until} ${endUser}`);
      if (policy.environment !== 'live' || isNamed || (until >= today && until <= last)) return [];
      const path = `accounts[${account}].policy.testUsers[${index}].until`;
      return [{ path, found: JSON.stringify(until), allowed: `a day from today, ${today}, to ${last}` }];
    }),
  );
}
