/** Secrets for handlers under test, in memory. */
import type { Secrets } from '../../shared/app/platform/secrets.ts';

/** By name; reading another secret fails the test. */
export const secretsOf = (values: Readonly<Record<string, unknown>>): Secrets => ({
  read: async ({ name, parse }) => {
    if (!(name in values)) throw new Error(`no secret ${name} in this test`);
    return parse(values[name]);
  },
  reread: async () => undefined,
  readNewest: async ({ name }) => {
    throw new Error(`nothing in this test asks the store for ${name} itself`);
  },
  waitForRefreshes: async () => {},
});

export const noSecrets = secretsOf({});
