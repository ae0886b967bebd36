/** The `Secrets` port in memory. */
import type { Secrets } from '../../shared/app/platform/secrets.ts';

/** Secrets by name. Reading another secret throws. */
export const secretsOf = (values: Readonly<Record<string, unknown>>): Secrets => ({
  read: async ({ name, parse }) => {
    if (!(name in values)) throw new Error(`no secret ${name} in this test`);
    return parse(values[name]);
  },
  reread: async () => undefined,
  readNewest: async ({ name }) => {
    throw new Error(`no newest value of the secret ${name} in this test`);
  },
  waitForRefreshes: async () => {},
});

export const noSecrets = secretsOf({});
