/** What to do about a request that was not accepted. */
import type { RequestShown } from '../contract.ts';

interface Advice {
  readonly says: string;
  readonly command?: string;
  /** Below docs/. */
  readonly doc: string;
}

/** Of every refusal but our own failure. */
export const FORGED = 'If it was somebody else, there is nothing to do: a refused request changes nothing.';

export function adviceOn({ status, provider, account }: RequestShown): Advice {
  if (status === '401') {
    return {
      says: 'If the provider sent it, the stored key is wrong, out of date or of the other environment. Compare it with the provider’s back office, and store the right one. The provider sends again meanwhile.',
      command: `npx payhooks secrets set ${provider ?? '<provider>'}/${account ?? '<account>'} < keys.json`,
      doc: 'runbooks/bad-signatures.md',
    };
  }
  if (status === '404') {
    return {
      says: 'If the provider sent it, the address that is registered there names no account of this stack. Correct it in the provider’s back office.',
      doc: 'runbooks/refusals.md',
    };
  }
  if (status.startsWith('4')) {
    return {
      says: 'A provider does not send this. If the provider says that it did, compare the account’s configuration with its back office.',
      doc: 'runbooks/refusals.md',
    };
  }
  return {
    says: 'Payhooks itself failed, and nothing is lost: the provider sends it again. If it fails again and again, follow the runbook.',
    doc: 'runbooks/own-5xx.md',
  };
}
