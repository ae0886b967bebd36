/** The calculation behind docs/tables/outage.md, by cases that a reader can check by hand. */
import { describe, expect, it } from 'vitest';
import { drained, outageOf } from '../../tools/docs/outage.ts';

describe('ten hours without an intake', () => {
  it('Trustly Americas retries every five minutes, and all notifications arrive within five minutes after the outage', () => {
    const { requests, late, lost, lastAfter } = outageOf('trustly-americas');
    // Requests in the last minute: one minute of new notifications, and one minute of each of the 119 spans of five
    // minutes before.
    expect(requests[599]).toBe(120);
    expect(requests.slice(600, 605)).toEqual(Array(5).fill(121));
    expect(requests[605]).toBe(1);
    expect({ late, lost }).toEqual({ late: 36_000, lost: 0 });
    expect(lastAfter).toBeLessThan(5);
  });

  it('Trustly Europe and Paymentwall lose no notification, and the last arrives within 180 and 30 minutes', () => {
    expect(outageOf('trustly-europe')).toMatchObject({ late: 36_000, lost: 0 });
    expect(outageOf('trustly-europe').lastAfter).toBeLessThan(180);
    expect(outageOf('paymentwall')).toMatchObject({ late: 36_000, lost: 0 });
    expect(outageOf('paymentwall').lastAfter).toBeLessThan(30);
  });

  it('drained says how long the queue gets and when the queue is empty; slower workers never empty the queue', () => {
    const all = [outageOf('trustly-americas')];
    // 121 messages a second arrive for five minutes, and the workers handle 61: 60 × 300 messages wait. After that, 1 a
    // second arrives and the workers handle 60 of the waiting messages.
    expect(drained(all, 1, 61)).toEqual({ longest: 18_000, minutes: 9 });
    expect(drained(all, 1, 121)).toEqual({ longest: 0, minutes: 0 });
    expect(drained(all, 2, 1).minutes).toBe(Number.POSITIVE_INFINITY);
  });
});
