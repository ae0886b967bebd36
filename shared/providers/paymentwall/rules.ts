/** What differs from other providers where the core decides. */
import type { ProviderRules } from '../../payment/types.ts';

export const rules: ProviderRules = {
  // Its uids are compared without case (docs/protocols/paymentwall.md#common-parameters).
  isSameEndUser: (a, b) => a.toLowerCase() === b.toLowerCase(),
  signsForAll: false,
  namesRefunds: true,
  takesInstalments: false,
};
