/**
 * The key that signs as Trustly Europe: a local stack's demo has one; for a sandbox the operator supplies a test pair.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCredentials } from '../../local/template/credentials.ts';
import type { Account } from '../../shared/providers/index.ts';
import type { Connection } from '../connect.ts';
import { textOfFile } from '../named-file.ts';
import { Problem } from '../problem.ts';
import { fieldsOf } from '../secret-store.ts';

interface Around {
  readonly connection: Pick<Connection, 'credentialsFolder' | 'environment'>;
  readonly secret: unknown;
  readonly file: string | undefined;
}

/**
 * Undefined when there is none, or when none may be used (live). @throws Problem for a named key that does not match
 */
export function trustlyKeyOf(account: Account, { connection, secret, file }: Around): string | undefined {
  if (account.provider !== 'trustly-europe' || connection.environment === 'live') return undefined;
  if (file === undefined) {
    const demo = demoKey(connection.credentialsFolder, account.account);
    return demo !== undefined && fits(demo, secret) ? demo : undefined;
  }
  const pem = read(file);
  if (fits(pem, secret)) return pem;
  throw Problem.usage(
    `--trustly-key ${file}: its public half is neither trustly.current nor trustly.next of the secret of trustly-europe/${account.account}.`,
    'Store the public half as trustly.next with payhooks secrets set, run certify, and remove it again.',
  );
}

function demoKey(folder: string | undefined, account: string): string | undefined {
  const path = folder === undefined ? undefined : join(folder, 'credentials.json');
  if (path === undefined || !existsSync(path)) return undefined;
  return readCredentials(path)[`trustly-europe/${account}`]?.demo?.trustlyPrivateKey;
}

function read(file: string): string {
  return textOfFile(file, 'Name the private key (PEM) that signs as Trustly: --trustly-key FILE.');
}

function fits(pem: string, secret: unknown): boolean {
  const trustly = fieldsOf(fieldsOf(secret).trustly);
  const spki = (key: Parameters<typeof createPublicKey>[0]): string =>
    createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('hex');
  try {
    const own = spki(createPrivateKey(pem));
    return [trustly.current, trustly.next].some((each) => typeof each === 'string' && spki(each) === own);
  } catch {
    return false;
  }
}
