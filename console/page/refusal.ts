/** Advice about requests that were not accepted. */
import type { RequestShown, SettledAs } from '../contract.ts';

interface Advice {
  readonly says: string;
  readonly command?: string;
  /** A path below docs/. */
  readonly doc: string;
}

/** An explanation of self-tests, shown instead of advice. */
export const SELF_TESTS: Readonly<Record<NonNullable<RequestShown['selfTest']>, string>> = {
  forged:
    'This is the forged half of a self-test: a request with an invalid signature. The stack, or payhooks doctor, sends it through the public address, and it must be refused.',
  signed:
    'This is the signed half of a self-test: a request that the stack signs with the account’s own key. The stack sends it through the public address, and it must be accepted. It changes nothing.',
};

/** Explains both kinds. */
export const SELF_TEST_MEANS =
  'It is not counted and sets off no alarm. There is nothing to do: a self-test that fails sets off the alarm probe-failed.';

interface NotApplied {
  readonly tone: 'bad' | 'wait' | 'plain';
  readonly text: string;
}

/** The badge of a request that was accepted and not applied. */
export const NOT_APPLIED: Readonly<Record<Exclude<SettledAs, 'applied'>, NotApplied>> = {
  duplicate: { tone: 'plain', text: 'Duplicate' },
  conflict: { tone: 'bad', text: 'Conflicting duplicate' },
  quarantined: { tone: 'wait', text: 'In quarantine' },
};

/** For every refusal except our own failures. */
export const FORGED = 'If it was somebody else, there is nothing to do: a refused request changes nothing.';

export function adviceOn({ status, provider, account }: RequestShown): Advice {
  if (status === '401') {
    return {
      says: 'If the provider sent it, the stored key is wrong, out of date or belongs to the other environment. Compare it with the provider’s back office, and store the right one. The provider sends the notification again.',
      command: `npx payhooks secrets set ${provider ?? '<provider>'}/${account ?? '<account>'} < keys.json`,
      doc: 'runbooks/bad-signatures.md',
    };
  }
  if (status === '403') {
    return {
      says: 'It did not come through what stands in front of the API, or what stands in front sends a wrong secret header. If the provider sent it, its notifications are refused until that is corrected.',
      doc: 'runbooks/edge-header.md',
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
