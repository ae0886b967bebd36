/** The arithmetic behind docs/tables/outage.md, by cases that can be counted by hand. */
import { describe, expect, it } from 'vitest';
import { drained, outageOf } from '../../tools/docs/outage.ts';

describe('ten hours without an intake', () => {
  it('has Trustly Americas send every notification of the ten hours each five minutes, and all come within five', () => {
    const { requests, late, lost, lastAfter } = outageOf('trustly-americas');
    // In the last minute: the new ones, and those of 119 spans of five minutes before, a minute's worth of each.
    expect(requests[599]).toBe(120);
    expect(requests.slice(600, 605)).toEqual(Array(5).fill(121));
    expect(requests[605]).toBe(1);
    expect({ late, lost }).toEqual({ late: 36_000, lost: 0 });
    expect(lastAfter).toBeLessThan(5);
  });

  it('loses none of Trustly Europe and Paymentwall, whose last comes within their longest pause', () => {
    expect(outageOf('trustly-europe')).toMatchObject({ late: 36_000, lost: 0 });
    expect(outageOf('trustly-europe').lastAfter).toBeLessThan(180);
    expect(outageOf('paymentwall')).toMatchObject({ late: 36_000, lost: 0 });
    expect(outageOf('paymentwall').lastAfter).toBeLessThan(30);
  });

  it('leaves a queue that the workers empty, if they are faster than what is new', () => {
    const all = [outageOf('trustly-americas')];
    // 121 a second for five minutes against 61: 60 × 300 wait, and 60 more than come are worked off each second.
    expect(drained(all, 1, 61)).toEqual({ longest: 18_000, minutes: 9 });
    expect(drained(all, 1, 121)).toEqual({ longest: 0, minutes: 0 });
    expect(drained(all, 2, 1).minutes).toBe(Number.POSITIVE_INFINITY);
  });
});
