/** Where the rules of the core and the application differ from other providers. */
import type { Rules } from '../provider.ts';

export const rules: Rules = {
  isSameEndUser: (a, b) => a === b,
  // Whoever starts a payment chooses its messageid and enduserid:
  // docs/protocols/trustly-europe-signature.md#ambiguity-of-the-signed-text.
  signsForAll: true,
  // A refund is known only by its notification.
  namesRefunds: false,
  takesInstalments: true,
};
