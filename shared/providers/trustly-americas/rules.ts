/** What differs from other providers where the core decides. */
import type { ProviderRules } from '../../payment/types.ts';

export const rules: ProviderRules = {
  isSameEndUser: (a, b) => a === b,
  signsForAll: false,
  namesRefunds: true,
  takesInstalments: true,
};
