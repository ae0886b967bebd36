/** Explains to the developer why a pingback was refused. Of the query it repeats only a version number. */
import type { ReceivedRequest } from '../received.ts';
import type { PaymentwallAccount } from './account.ts';
import { isPaymentwallAddress } from './addresses.ts';
import type { PaymentwallKeys } from './keys.ts';
import { parseQuery } from './query.ts';
import { versionOf } from './signature.ts';

/** The digest of either algorithm. Anything else is malformed, so no key is at fault. */
const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{64})$/;

export function explain(
  { method, rawQuery, sourceIp }: ReceivedRequest,
  { api, signatureVersion, sourceAddresses }: PaymentwallAccount,
  { projects }: PaymentwallKeys,
): string | undefined {
  if (method !== 'GET') return undefined;
  if (sourceAddresses === 'check' && !isPaymentwallAddress(sourceIp)) {
    return "it did not come from one of Paymentwall's addresses, which the account checks (sourceAddresses)";
  }
  const query = parseQuery(rawQuery);
  if (!query.ok) return undefined;
  const sig = query.parameters.find(({ root }) => root === 'sig');
  if (sig === undefined || sig.value === '') return 'the query has no sig';
  const version = versionOf(query.parameters, api)?.version;
  if (version === undefined)
    return `sign_version is none of 1, 2 and 3; the account pins ${signatureVersion}`;
  if (version !== signatureVersion) {
    return `signed with version ${version}, the account pins ${signatureVersion} (signatureVersion)`;
  }
  if (!DIGEST.test(sig.value)) return undefined;
  const keys = projects.map(({ keyId }) => keyId).join(' and ');
  return `version ${version} as pinned, and the ${keys} key of the secret does not fit: another project's key, or the query was changed on its way`;
}
