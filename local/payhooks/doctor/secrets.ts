import { checkSecret } from '../commands/secrets-check.ts';
import { secretsOf } from '../secret-store.ts';
import type { Area } from './finding.ts';

/** Usable by the very code that verifies with it, and (where a key says so itself) of the right environment. */
export const secrets: Area = {
  name: 'secrets',
  async *examine({ connection }) {
    for (const kind of secretsOf(connection.config)) {
      const { secret, ok, detail } = await checkSecret(connection, kind);
      yield {
        check: secret,
        verdict: ok ? 'ok' : 'fail',
        detail,
        ...(ok
          ? {}
          : { next: `payhooks secrets set ${secret} --file FILE ${connection.selector}`.trimEnd() }),
      };
    }
    yield {
      check: 'environment of shared secrets',
      verdict: 'unknown',
      detail:
        'Trustly Americas and Paymentwall keys do not say whether they are sandbox or live; Trustly Europe keys do',
    };
  },
};
