/** What differs from other providers where the core decides. */
import type { ProviderRules } from '../../payment/types.ts';

export const rules: ProviderRules = {
  isSameEndUser: (a, b) => a === b,
  // Its messageid and enduserid are chosen by whoever starts a payment: docs/protocols/trustly-europe.md#ambiguity-of-the-signed-text.
  signsForAll: true,
  // A refund is known by the notification alone.
  namesRefunds: false,
  takesInstalments: true,
};
