/** What may be deployed, and is better known before: said at synth, once for each account. */
import { type Account, isConfirmed } from '../shared/providers/provider.ts';

export interface Warning {
  /** For `Annotations.acknowledgeWarning`. */
  readonly id: string;
  readonly text: string;
}

const WAY_OUT = 'until an operator confirms or rejects it (payhooks payments confirm)';

/**
 * Accounts of which payments can only wait: what a notification leaves open is neither asked for nor told by another one.
 * Trustly Europe's name their amounts, and it has no API to ask.
 */
export function waitingWarnings(accounts: readonly Account[]): readonly Warning[] {
  return accounts.flatMap((account) => {
    const { provider, account: name, policy } = account;
    if (provider === 'trustly-europe' || isConfirmed(account)) return [];
    const id = `payhooks:waits:${provider}:${name}`;
    const where = `${provider}/${name}: "confirm" is off`;
    const set = 'set "confirm": true to have the provider asked';
    if (policy.amountCheck === 'required') {
      const what =
        'and "amountCheck" is "required", but no notification names an amount: every payment waits';
      return [{ id, text: `${where}, ${what} ${WAY_OUT}; ${set}, or "amountCheck" to "when-present"` }];
    }
    if (provider !== 'trustly-americas') return [];
    const what =
      'so a payment whose event and status disagree (the documented Completed with status 2) waits';
    return [{ id, text: `${where}, ${what} ${WAY_OUT}; ${set}` }];
  });
}
