/** The sentence for the developer about a request that was refused before verification. */
import type { Account } from '../../providers/index.ts';

const MAX_ADDED = 3;
const MAX_NAMES_CHARS = 200;

/**
 * The log contains no text of a stranger: the requested name is repeated only if it is a configured name with up to
 * three characters more or fewer at its end.
 */
export function unknownAccount(
  requested: string,
  accounts: readonly Account[],
  provider: Account['provider'],
): string {
  const names = accounts.flatMap((each) => (each.provider === provider ? [each.account] : []));
  const isSlip = names.some(
    (name) =>
      Math.abs(requested.length - name.length) <= MAX_ADDED &&
      (requested.startsWith(name) || name.startsWith(requested)),
  );
  const shown = isSlip && /^[a-z0-9-]+$/.test(requested) ? ` ${requested}` : '';
  return `unknown account${shown}; there are ${names.join(', ').slice(0, MAX_NAMES_CHARS)}`;
}
