import { checkSecret } from '../commands/secrets-check.ts';
import type { Connection } from '../connect.ts';
import { count } from '../output.ts';
import { secretsOf } from '../secret-store.ts';
import { everySecret, sharedKeys } from '../shared-keys.ts';
import { type Area, attempt, type Found } from './finding.ts';

/** The same key in two accounts or environments makes a message to one valid for the other. */
export async function keysApart(connection: Connection): Promise<Found> {
  const check = 'keys apart';
  const { held, unread } = await everySecret(connection);
  const [shared, ...more] = sharedKeys(held);
  if (shared !== undefined) {
    const others = more.length === 0 ? '' : `, and ${count(more.length, 'other key')} in two places`;
    return {
      check,
      verdict: 'fail',
      detail: `the same key is in ${shared.places.join(' and in ')}${others}`,
      next: `Have the provider hand out a key for each; then payhooks secrets rotate NAME ${connection.selector}`.trimEnd(),
    };
  }
  if (unread.length > 0)
    return { check, verdict: 'unknown', detail: `not compared with ${unread.join(', ')}` };
  return {
    check,
    verdict: 'ok',
    detail: `${count(held.length, 'secret')} of this AWS account and region compared`,
  };
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
        attempt(kind.short, async (): Promise<Found> => {
          const { secret: check, ok, detail } = await checkSecret(connection, kind);
          if (ok) return { check, verdict: 'ok', detail };
          const next = `payhooks secrets set ${check} --file FILE ${connection.selector}`.trimEnd();
          return { check, verdict: 'fail', detail, next };
        }),
      ),
    );
    yield* await Promise.all([attempt('keys apart', () => keysApart(connection))]);
    yield {
      check: 'environment of shared secrets',
      verdict: 'unknown',
      detail:
        'Trustly Americas and Paymentwall keys do not say whether they are sandbox or live; Trustly Europe keys do',
    };
  },
};
