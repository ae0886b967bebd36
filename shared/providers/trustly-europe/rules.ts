/** What differs from other providers where the core and the application decide. */
import type { Rules } from '../provider.ts';

export const rules: Rules = {
  isSameEndUser: (a, b) => a === b,
  // Its messageid and enduserid are chosen by whoever starts a payment: docs/protocols/trustly-europe-signature.md#ambiguity-of-the-signed-text.
  signsForAll: true,
  // A refund is known by the notification alone.
  namesRefunds: false,
  takesInstalments: true,
};
