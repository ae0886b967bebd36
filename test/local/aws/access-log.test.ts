/** The line of a request that no provider looked at. */
import { describe, expect, it } from 'vitest';
import { unknownAccount } from '../../../shared/app/http/refusals.ts';
import type { Account } from '../../../shared/providers/index.ts';

describe('a request that no provider looked at', () => {
  const accounts = ['goods', 'coins'].map((account) => ({ provider: 'paymentwall', account }) as Account);
  it.each([
    ['goods2', 'unknown account goods2'],
    ['good', 'unknown account good'],
    ['somebody-7', 'unknown account'],
    ['\u001b[31m', 'unknown account'],
  ])(
    'to the account %j: names those that there are, and repeats only what is nearly one of them',
    (asked, found) => {
      expect(unknownAccount(asked, accounts, 'paymentwall')).toBe(`${found}; there are goods, coins`);
    },
  );
});
