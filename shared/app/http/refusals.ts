/** The sentence for the developer about a request that was refused before a provider verified it. */
import type { Account } from '../../providers/index.ts';

const MAX_ADDED = 3;
const MAX_NAMES_CHARS = 200;

/** A stranger's text reaches no log: a name is only repeated where it is one of ours with a few characters more or less. */
export function unknownAccount(
  asked: string,
  accounts: readonly Account[],
  provider: Account['provider'],
): string {
  const names = accounts.flatMap((each) => (each.provider === provider ? [each.account] : []));
  const isSlip = names.some(
    (name) =>
      Math.abs(asked.length - name.length) <= MAX_ADDED && (asked.startsWith(name) || name.startsWith(asked)),
  );
  const shown = isSlip && /^[a-z0-9-]+$/.test(asked) ? ` ${asked}` : '';
  return `unknown account${shown}; there are ${names.join(', ').slice(0, MAX_NAMES_CHARS)}`;
}
