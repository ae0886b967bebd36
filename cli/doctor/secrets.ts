import { checkSecret } from '../commands/secrets-check.ts';
import type { Connection } from '../connect.ts';
import { commandFor } from '../names.ts';
import { count } from '../output.ts';
import { secretsOf } from '../secret-store.ts';
import { everySecret, sharedKeys } from '../shared-keys.ts';
import { type Area, attempt, type Found, finding } from './finding.ts';

const CHECK = 'no shared key';

/** The same key in two accounts or environments makes a message to one valid for the other. */
export async function sharedKeysFinding(connection: Connection): Promise<Found> {
  const { held, unread } = await everySecret(connection);
  const [shared, ...more] = sharedKeys(held);
  if (shared !== undefined) {
    const others = more.length === 0 ? '' : `, and ${count(more.length, 'other key')} in two places`;
    return finding(
      CHECK,
      'fail',
      `the same key is in ${shared.places.join(' and in ')}${others}`,
      `Ask the provider for a separate key for each, then: ${commandFor(connection, 'secrets rotate NAME')}`,
    );
  }
  if (unread.length > 0) return finding(CHECK, 'unknown', `not compared with ${unread.join(', ')}`);
  const detail = `${count(held.length, 'secret')} of this AWS account and region compared`;
  return finding(CHECK, 'ok', detail);
}

/**
 * Secrets are checked by the same code that verifies with them, and, if a key names its environment, for the right one.
 */
export const secrets: Area = {
  name: 'secrets',
  async *examine({ connection }) {
    // In parallel: a service that does not answer costs its timeout once.
    yield* await Promise.all(
      secretsOf(connection.config).map((kind) =>
        attempt(kind.short, async () => {
          const { secret: check, ok, detail } = await checkSecret(connection, kind);
          const next = commandFor(connection, `secrets set ${check} --file FILE`);
          return finding(check, ok ? 'ok' : 'fail', detail, next);
        }),
      ),
    );
    yield await attempt(CHECK, () => sharedKeysFinding(connection));
    const detail =
      'keys of Trustly Americas and Paymentwall do not show whether they are sandbox or live; keys of Trustly Europe do';
    yield finding('environment of shared secrets', 'unknown', detail);
  },
};
