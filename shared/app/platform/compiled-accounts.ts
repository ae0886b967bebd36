/**
 * The form in which accounts are compiled into a bundle (docs/decisions/004-bundles.md): values that all accounts of
 * one provider have in common are written once, so that a hundred accounts do not slow down a cold start.
 */
import type { Account } from '../../providers/index.ts';

type Fields = Readonly<Record<string, unknown>>;
type Written = readonly [account: Fields, policy?: Fields];

export interface CompiledAccounts {
  /** The common values of the accounts of one provider, including its name: account and policy. */
  readonly alike: readonly Written[];
  /** The accounts in their order: the index of their common values in `alike`, and their own values. */
  readonly each: readonly (readonly [shares: number, ...Written])[];
}

export function compiledAccounts(accounts: readonly Account[]): CompiledAccounts {
  const providers = [...new Set(accounts.map(({ provider }) => provider))];
  const alike = providers.map((name): readonly [Fields, Fields] => {
    const those = accounts.filter(({ provider }) => provider === name).map(partsOf);
    return [sharedBy(those.map(([account]) => account)), sharedBy(those.map(([, policy]) => policy))];
  });
  return {
    alike,
    each: accounts.map((each) => {
      const shares = providers.indexOf(each.provider);
      const [account, policy] = partsOf(each);
      const own = without(account, { ...alike[shares]?.[0] });
      // The policy contains its account's name, like the account itself.
      const ownPolicy = without(policy, { account: each.account, ...alike[shares]?.[1] });
      return Object.keys(ownPolicy).length === 0 ? [shares, own] : [shares, own, ownPolicy];
    }),
  };
}

/** The reverse of `compiledAccounts`. */
export const accountsOf = ({ alike, each }: CompiledAccounts): readonly Account[] =>
  each.map(([shares, own, ownPolicy]) => {
    const [shared, sharedPolicy] = alike[shares] ?? [];
    const account: Fields = { ...shared, ...own };
    const policy = { account: account.account, ...sharedPolicy, ...ownPolicy };
    return { ...account, policy } as unknown as Account;
  });

const partsOf = ({ policy, ...account }: Account): readonly [Fields, Fields] => [
  account as Fields,
  policy as unknown as Fields,
];

/** The fields that all of them have, with the same value. */
function sharedBy([first = {}, ...others]: readonly Fields[]): Fields {
  const entries = Object.entries(first).filter(([name, value]) =>
    others.every((other) => isSame(other[name], value)),
  );
  return Object.fromEntries(entries);
}

const without = (fields: Fields, known: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => !isSame(known[name], value)));

/** Both values come from JSON. */
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
