/** Where the rules of the core and the application differ from other providers. */
import type { Rules } from '../provider.ts';

export const rules: Rules = {
  // Its uids are compared without case (docs/protocols/paymentwall-parameters.md#common-parameters).
  isSameEndUser: (a, b) => a.toLowerCase() === b.toLowerCase(),
  signsForAll: false,
  namesRefunds: true,
  takesInstalments: false,
  pollsEachPayment: true,
};
