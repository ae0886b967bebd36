/** Many refunds that become known at once are announced in parts, each refund once. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  failedRefunds,
  refundChanges,
  refundNotices,
  withAnnounceableRefunds,
} from '../../shared/payment/refund-notices.ts';
import type { Payment, RefundSeen } from '../../shared/payment/types.ts';

const refund = (key: string): fc.Arbitrary<RefundSeen> =>
  fc.record(
    { key: fc.constant(key), id: fc.constant(key), amount: fc.constant({ amount: '1', currency: 'EUR' }) },
    { requiredKeys: ['key'] },
  );
const some = (prefix: string) =>
  fc
    .subarray(Array.from({ length: 60 }, (_, n) => `${prefix}${n}`))
    .chain((keys) => fc.tuple(...keys.map(refund)));
const paymentWith = (refundsSeen: readonly RefundSeen[], refundsFailed: readonly RefundSeen[]) =>
  ({ reading: { refundsSeen, refundsFailed } }) as unknown as Payment;
const payment = fc.tuple(some('r'), some('f')).map(([seen, failed]) => paymentWith(seen, failed));

const notices = (before: Payment, after: Payment): readonly string[] =>
  [...refundNotices(refundChanges(before, after)), ...failedRefunds(before, after)].map(
    ({ type, refund: of }) => `${type} ${of?.key}`,
  );

it('refund notices are announced at most 20 per change, each exactly once', () => {
  fc.assert(
    fc.property(payment, payment, (before, after) => {
      const announced: string[] = [];
      let known = before;
      for (let round = 0; ; round++) {
        expect(round).toBeLessThan(20);
        const part = withAnnounceableRefunds(known, after);
        const now = notices(known, part ?? after);
        expect(now.length).toBeLessThanOrEqual(20);
        announced.push(...now);
        if (part === undefined) break;
        known = part;
      }
      expect(announced.sort()).toEqual([...notices(before, after)].sort());
    }),
    { numRuns: 300 },
  );
});
