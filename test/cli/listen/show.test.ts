/** `payhooks listen` gives a hint after a delivery without a usable answer, once per kind. */
import { describe, expect, it } from 'vitest';
import { Hints, reportOf } from '../../../cli/listen/show.ts';
import { render } from '../../../cli/output.ts';
import type { ListenedDelivery } from '../../../local/target/listening.ts';

const delivery = (answer: object): ListenedDelivery =>
  ({
    ...{ at: '2026-11-29T20:57:56.000Z', id: 'x#1#fulfil', type: 'fulfil', payment: 'paymentwall:goods:b1' },
    ...{ ms: 48, attempt: 1, event: {}, outcome: 'again', seconds: 30, ...answer },
  }) as ListenedDelivery;
const printed = (hints: Hints, answer: object): string =>
  render(reportOf(delivery(answer), false, hints).lines, false);

describe('a line of payhooks listen', () => {
  it.each([
    [
      { status: 401 },
      'your service refuses the signature. Either it verifies with another secret than the one above',
    ],
    [{ status: 403 }, 'your service refuses the signature'],
    [{ status: 404 }, 'your service accepts no POST at this path'],
    [{ status: 405 }, 'your service accepts no POST at this path'],
    [{ status: 410, outcome: 'failed' }, 'this address no longer exists'],
    [{ status: 500 }, 'its own log says why'],
    [{ failure: 'ECONNREFUSED' }, 'nothing listens at that address'],
    [{ failure: 'no answer in time' }, 'answer first, then process the event'],
  ])('the answer %j gets a hint the first time, and none the second time', (answer, hint) => {
    const hints = new Hints();
    expect(printed(hints, answer)).toContain(hint);
    expect(printed(hints, answer)).not.toContain(hint);
  });

  it.each([[{ status: 204, outcome: 'taken' }], [{ status: 429 }], [{ failure: 'ECONNRESET' }]])(
    'the answer %j gets no hint',
    (answer) => {
      expect(printed(new Hints(), answer).trim().split('\n')).toHaveLength(1);
    },
  );

  it('the JSON of a delivery has no hint', () => {
    const sent = delivery({ status: 401 });
    expect(reportOf(sent, false, new Hints()).json).toBe(sent);
  });
});
