/** One sentence says the result of a request that was sent again, and whether the result is good. */
import { expect, it } from 'vitest';
import type { SentAnswer } from '../../console/contract.ts';
import { whatCame } from '../../console/server/sent.ts';

const of = (answer: Partial<SentAnswer>): SentAnswer => ({ status: 200, ms: 5, ...answer });

it.each([
  [
    { settledAs: 'duplicate' },
    true,
    'Accepted: 200. It was recognised as a duplicate, and nothing was applied again.',
  ],
  [{ settledAs: 'applied' }, true, 'because no copy of it had been applied before'],
  [{ settledAs: 'conflict' }, true, 'stored as a conflicting duplicate, and the payment is held'],
  [{ settledAs: 'quarantined' }, true, 'kept in quarantine, and nothing was applied'],
  [{}, true, 'The worker is not done with it yet'],
  [
    { status: 401, reason: 'wrong_signature' },
    true,
    'Refused again: 401, reason wrong_signature. Nothing was applied.',
  ],
  [{ status: 503, reason: 'deadline' }, false, 'Payhooks itself failed: 503, reason deadline.'],
] as const)(
  'whatCame says of a request sent again whether the answer %j is expected',
  (answer, isExpected, says) => {
    const came = whatCame(of(answer));
    expect(came.says).toContain(says);
    expect(came.isExpected).toBe(isExpected);
  },
);

it.each([
  [
    { status: 401, reason: 'wrong_signature' },
    true,
    'Refused, as it should be: 401, reason wrong_signature.',
  ],
  [{ status: 400, reason: 'json' }, true, 'Refused, as it should be: 400, reason json.'],
  [{ settledAs: 'duplicate' }, true, 'The signature does not cover speriod'],
  [{ settledAs: 'duplicate' }, true, 'That is harmless: Payhooks decides nothing by speriod.'],
  [{ settledAs: 'quarantined' }, true, 'That is harmless'],
  [{ settledAs: 'conflict' }, false, 'It is not harmless: Payhooks reads speriod.'],
  [{ settledAs: 'applied' }, false, 'none of it had been applied before'],
  [{}, false, 'The worker is not done with it yet'],
  [{ status: 503 }, false, 'Payhooks itself failed: 503.'],
] as const)(
  'whatCame says of a request with one changed field whether the answer %j is expected',
  (answer, isExpected, says) => {
    const came = whatCame(of(answer), 'speriod');
    expect(came.says).toContain(says);
    expect(came.isExpected).toBe(isExpected);
  },
);
