/** Quarantined notifications of every configured account, for the commands and the doctor. */
import { type QuarantinedMessage, readQuarantine } from '../shared/app/operator/quarantine-review.ts';
import { providers } from '../shared/providers/index.ts';
import type { Connection } from './connect.ts';
import { envelopeKeysOf } from './deps.ts';
import { accountName } from './names.ts';
import { Problem } from './problem.ts';

/** A month of one account holds at most 10,000 (shared/app/transition/quarantine.ts), and rows are kept for a year. */
const MOST_PER_ACCOUNT = 150_000;

/** Oldest first. Each is opened to be read; nothing of its content is shown. */
export async function quarantined(connection: Connection): Promise<readonly QuarantinedMessage[]> {
  const { store, config } = connection;
  const deps = { store, providers, envelopeKeys: envelopeKeysOf(connection) };
  const all: QuarantinedMessage[] = [];
  for (const account of config.accounts) {
    for await (const kept of readQuarantine(account, MOST_PER_ACCOUNT, deps)) all.push(kept);
  }
  return all.sort((a, b) => Date.parse(a.row.receivedAt) - Date.parse(b.row.receivedAt));
}

/** Those that no operator has handled. */
export const waiting = (all: readonly QuarantinedMessage[]): readonly QuarantinedMessage[] =>
  all.filter(({ today }) => today !== 'applied');

/** Its id, or `<provider>/<account>/<id>`: two accounts may keep the same message. */
export const isNamed = (kept: Pick<QuarantinedMessage, 'id' | 'account'>, name: string): boolean =>
  kept.id === name || `${accountName(kept.account)}/${kept.id}` === name;

/** The named message. @throws Problem when several accounts keep it: an answer for one must not apply to another */
export function findQuarantined<K extends Pick<QuarantinedMessage, 'id' | 'account'>>(
  every: readonly K[],
  name: string,
): K | undefined {
  const [first, ...others] = every.filter((kept) => isNamed(kept, name));
  if (first === undefined || others.length === 0) return first;
  const names = [first, ...others].map((kept) => `${accountName(kept.account)}/${kept.id}`).join(', ');
  throw Problem.refused(`${others.length + 1} accounts have this message: ${names}.`, 'Name one of them.');
}
