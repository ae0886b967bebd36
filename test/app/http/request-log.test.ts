/** The outcome of a request, read from log lines. */
import { describe, expect, it } from 'vitest';
import { readDuplicate, readLoggedOutcome, readLoggedRequest } from '../../../shared/app/http/request-log.ts';

const of = { correlationId: 'r1', provider: 'paymentwall', account: 'goods' };
const refusal = (reason: string, sentence?: string) =>
  JSON.stringify({ message: 'request refused', ...of, status: '401', reason, sentence });
const metric = (outcome: string, reason?: string) =>
  JSON.stringify({ _aws: {}, ...of, outcome, reason, Notifications: 1 });

describe('a log line of intake', () => {
  it.each([
    [refusal('wrong_signature', 'why'), { outcome: 'refused', status: '401', sentence: 'why' }],
    [metric('accepted'), { outcome: 'accepted', status: '200' }],
    [metric('quarantined', 'ambiguous'), { outcome: 'quarantined', status: '200', reason: 'ambiguous' }],
    [metric('failed', 'secret_unavailable'), { outcome: 'failed', status: '503' }],
  ])('readLoggedRequest returns the outcome of the request in line %#', (line, expected) => {
    expect(readLoggedRequest(line)).toMatchObject({ requestId: 'r1', provider: 'paymentwall', ...expected });
  });

  it.each([
    ['the metric of a refusal, which has a log line of its own', metric('refused', 'wrong_signature')],
    ['another metric', JSON.stringify({ ...of, VerifiedBy: 1 })],
    ['a line that is not JSON', 'request refused'],
    ['a line without a request', JSON.stringify({ message: 'request refused' })],
  ])('readLoggedRequest ignores %s', (_, line) => expect(readLoggedRequest(line)).toBeUndefined());
});

describe('a log line of the worker', () => {
  const line = (values: object) => JSON.stringify({ ...of, Settled: 1, ...values });

  it.each([
    [
      { Duplicates: 1, notification: 'n1', payment: 'paymentwall:goods:p1' },
      { payment: 'paymentwall:goods:p1' },
    ],
    [{ Duplicates: 1, notification: 'n1' }, {}],
  ])('readDuplicate finds in %j the notification that the request duplicates', (values, expected) => {
    expect(readDuplicate(line(values))).toEqual({ requestId: 'r1', notification: 'n1', ...expected });
  });

  it.each([
    [
      { Applied: 1, notification: 'n1', payment: 'paymentwall:goods:p1' },
      { as: 'applied', payment: 'paymentwall:goods:p1' },
    ],
    [{ Duplicates: 1, notification: 'n1' }, { as: 'duplicate' }],
    [{ ConflictingDuplicates: 1, notification: 'n1' }, { as: 'conflict' }],
  ])(
    'readLoggedOutcome finds the outcome in %j, and nothing in a line without a correlation id',
    (values, expected) => {
      expect(readLoggedOutcome(line(values))).toEqual({ requestId: 'r1', notification: 'n1', ...expected });
      expect(readLoggedOutcome(line({ ...values, correlationId: undefined }))).toBeUndefined();
    },
  );

  it('readLoggedOutcome returns only the request id for a notification in quarantine', () => {
    expect(readLoggedOutcome(line({ Quarantined: 1 }))).toEqual({ requestId: 'r1', as: 'quarantined' });
    expect(readLoggedOutcome(line({ PaymentsHeld: 1 }))).toBeUndefined();
  });

  it.each([
    ['a line of an older version without the notification', line({ Duplicates: 1 })],
    ['a line of an applied notification', line({ Applied: 1, notification: 'n1' })],
    ['a line with two duplicates', line({ Duplicates: 2, notification: 'n1' })],
    ['a line without a request', JSON.stringify({ Duplicates: 1, notification: 'n1' })],
    ['a line that is no JSON object', '"Duplicates"'],
  ])('readDuplicate ignores %s', (_, text) => expect(readDuplicate(text)).toBeUndefined());
});
