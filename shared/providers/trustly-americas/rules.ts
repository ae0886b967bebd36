/** What differs from other providers where the core and the application decide. */
import type { Rules } from '../provider.ts';

export const rules: Rules = {
  isSameEndUser: (a, b) => a === b,
  signsForAll: false,
  namesRefunds: true,
  takesInstalments: true,
  capturesShareOrder: true,
  redirectsNameOrders: true,
  keepsAccounts: true,
};
