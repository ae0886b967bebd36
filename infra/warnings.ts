/** Warnings at synth: configurations that may be deployed, but that the merchant should know about first. */

import { isPolled } from '../shared/providers/account.ts';
import type { Account } from '../shared/providers/index.ts';
import { providers } from '../shared/providers/index.ts';
import type { Config } from './config.ts';

export interface Warning {
  /** The id that `Annotations.acknowledgeWarning` takes. */
  readonly id: string;
  readonly text: string;
}

export const warningsOf = (config: Config): readonly Warning[] => [
  ...waitingWarnings(config.accounts),
  ...addressWarnings(config),
  ...edgeWarnings(config),
  ...rolloutWarnings(config),
];

/** Without the API's own address, notifications of orders that were registered with it are lost. */
export const addressWarnings = ({ customDomain }: Config): readonly Warning[] =>
  customDomain === undefined || customDomain.keepOwnAddress
    ? []
    : [
        {
          id: 'payhooks:own-address-off',
          text: `customDomain.keepOwnAddress: found false; the API's own address is switched off at once, and a notification of an order that was registered with it is lost: leave it true until the last of them can no longer be paid, refunded or disputed (docs/domain-and-waf.md)`,
        },
      ];

/** Lambda has refused weights on an alias with provisioned concurrency; its present behaviour was not tested. */
export const rolloutWarnings = ({ rollout, functions }: Config): readonly Warning[] =>
  rollout !== 'canary' || functions.intake.provisionedConcurrency === undefined
    ? []
    : [
        {
          id: 'payhooks:warm-canary',
          text: 'rollout: found "canary" beside functions.intake.provisionedConcurrency; Lambda may refuse the rollout ("Alias with weights can not be used with Provisioned Concurrency"): try it in the sandbox first, or use "all-at-once", in which Lambda itself keeps the older version until the new one is warm',
        },
      ];

/** Senders that still use the API's own address are refused from then on. */
export const edgeWarnings = ({ edgeHeader, publicUrl }: Config): readonly Warning[] =>
  edgeHeader !== 'require'
    ? []
    : [
        {
          id: 'payhooks:edge-required',
          text: `edgeHeader: found "require"; a notification that does not come through ${publicUrl} is refused, and lost when its provider gives up: leave it at "count" until the metric Remarks with the reason no_edge_header has been silent for as long as an order may be paid, refunded or disputed (docs/domain-and-waf.md)`,
        },
      ];

const WAY_OUT = 'until an operator confirms or rejects it (payhooks payments confirm)';

/**
 * Accounts whose payments can wait for ever: if a notification leaves something open, neither a poll nor another
 * notification supplies it. A provider whose notifications name their amounts is left out.
 */
export function waitingWarnings(accounts: readonly Account[]): readonly Warning[] {
  return accounts.flatMap((account) => {
    const { provider, account: name, policy } = account;
    const { namesAmounts, waitsUnconfirmed } = providers[provider].config;
    if (namesAmounts || isPolled(account)) return [];
    const id = `payhooks:waits:${provider}:${name}`;
    const where = `${provider}/${name}: "confirm" is off`;
    const set = 'set "confirm": true to have the provider polled';
    if (policy.amountCheck === 'required') {
      const what =
        'and "amountCheck" is "required", but no notification names an amount: every payment waits';
      return [{ id, text: `${where}, ${what} ${WAY_OUT}; ${set}, or "amountCheck" to "when-present"` }];
    }
    if (waitsUnconfirmed === undefined) return [];
    return [{ id, text: `${where}, ${waitsUnconfirmed} ${WAY_OUT}; ${set}` }];
  });
}
