/**
 * The accounts of a running `npm start` with the keys that their providers would sign with: for `trigger` and the demo.
 */
import type { LocalAccount } from '../local/account.ts';
import type { Credential } from '../local/template/credentials.ts';
import { accountSecretName } from '../shared/app/platform/secrets.ts';
import type { Account } from '../shared/providers/index.ts';
import { providers } from '../shared/providers/index.ts';
import type { Connection } from './connect.ts';
import { Problem } from './problem.ts';
import { fieldsOf, readSecret } from './secret-store.ts';

/** Refuses any stack but a local sandbox: imitated notifications must not reach an open shop. @throws Problem */
export function refuseUnlessLocalSandbox({ kind, environment, label }: Connection, sender: string): void {
  if (kind === 'local' && environment !== 'live') return;
  throw Problem.refused(
    `${sender} sends to a local sandbox stack only, not to ${label}.`,
    'Run `npm start` in another terminal and leave --stack out.',
  );
}

/** @throws Problem when only the provider can sign */
export async function signingAccount(connection: Connection, account: Account): Promise<LocalAccount> {
  const { provider } = account;
  const key = `${provider}/${account.account}`;
  const demo = connection.demoKeys?.[key];
  const { publicKeySignature, config } = providers[provider];
  if (publicKeySignature !== undefined && demo === undefined) {
    const sentence = `Only ${config.title} can sign for ${key}, because npm start was started with its real keys.`;
    throw Problem.refused(
      sentence,
      'Run npm start without --credentials, or name another account: --account NAME',
    );
  }
  const secret = fieldsOf(await readSecret(connection, accountSecretName(connection.environment, account)));
  const credentials: Credential = {
    ...secret,
    ...(demo === undefined ? {} : { demo: { trustlyPrivateKey: demo } }),
  };
  const { policy: _, ...rest } = account;
  return {
    ...rest,
    method: providers[provider].method,
    url: connection.intakeUrl(account) ?? '',
    credentials,
  } as LocalAccount;
}
