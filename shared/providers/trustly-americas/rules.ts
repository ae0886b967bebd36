/** Where the rules of the core and the application differ from other providers. */
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
