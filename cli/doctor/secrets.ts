import { checkSecret } from '../commands/secrets-check.ts';
import { secretsOf } from '../secret-store.ts';
import { type Area, attempt, type Found } from './finding.ts';

/** Usable by the very code that verifies with it, and (where a key says so itself) of the right environment. */
export const secrets: Area = {
  name: 'secrets',
  async *examine({ connection }) {
    // Side by side: a service that does not answer costs its patience once.
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
    yield {
      check: 'environment of shared secrets',
      verdict: 'unknown',
      detail:
        'Trustly Americas and Paymentwall keys do not say whether they are sandbox or live; Trustly Europe keys do',
    };
  },
};
