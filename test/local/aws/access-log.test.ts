/** The line of the access log for a request that reaches no provider's intake. */
import { describe, expect, it } from 'vitest';
import { unknownAccount } from '../../../shared/app/http/refusals.ts';
import type { Account } from '../../../shared/providers/index.ts';

describe('the line in the terminal about an unknown account', () => {
  const accounts = ['goods', 'coins'].map((account) => ({ provider: 'paymentwall', account }) as Account);
  it.each([
    ['goods2', 'unknown account goods2'],
    ['good', 'unknown account good'],
    ['somebody-7', 'unknown account'],
    ['\u001b[31m', 'unknown account'],
  ])(
    'a request to the account %j: the line names the configured accounts, and repeats only a similar name',
    (name, found) => {
      expect(unknownAccount(name, accounts, 'paymentwall')).toBe(`${found}; there are goods, coins`);
    },
  );
});
