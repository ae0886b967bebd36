/** What the lines of the log say became of a request. */
import { describe, expect, it } from 'vitest';
import { readDuplicate, readLoggedOutcome, readLoggedRequest } from '../../../shared/app/http/request-log.ts';

const of = { correlationId: 'r1', provider: 'paymentwall', account: 'goods' };
const refusal = (reason: string, sentence?: string) =>
  JSON.stringify({ message: 'request refused', ...of, status: '401', reason, sentence });
const metric = (outcome: string, reason?: string) =>
  JSON.stringify({ _aws: {}, ...of, outcome, reason, Notifications: 1 });

describe('a line of intake', () => {
  it.each([
    [refusal('wrong_signature', 'why'), { outcome: 'refused', status: '401', sentence: 'why' }],
    [metric('accepted'), { outcome: 'accepted', status: '200' }],
    [metric('quarantined', 'ambiguous'), { outcome: 'quarantined', status: '200', reason: 'ambiguous' }],
    [metric('failed', 'secret_unavailable'), { outcome: 'failed', status: '503' }],
  ])('%#: is what became of the request', (line, expected) => {
    expect(readLoggedRequest(line)).toMatchObject({ requestId: 'r1', provider: 'paymentwall', ...expected });
  });

  it.each([
    ['the metric of a refusal, which has a line of its own', metric('refused', 'wrong_signature')],
    ['another metric', JSON.stringify({ ...of, VerifiedBy: 1 })],
    ['no JSON', 'request refused'],
    ['no request', JSON.stringify({ message: 'request refused' })],
  ])('%s is passed over', (_, line) => expect(readLoggedRequest(line)).toBeUndefined());
});

describe('a line of the worker', () => {
  const line = (values: object) => JSON.stringify({ ...of, Settled: 1, ...values });

  it.each([
    [
      { Duplicates: 1, notification: 'n1', payment: 'paymentwall:goods:p1' },
      { payment: 'paymentwall:goods:p1' },
    ],
    [{ Duplicates: 1, notification: 'n1' }, {}],
  ])('%j says of what a request is a duplicate', (values, expected) => {
    expect(readDuplicate(line(values))).toEqual({ requestId: 'r1', notification: 'n1', ...expected });
  });

  it.each([
    [
      { Applied: 1, notification: 'n1', payment: 'paymentwall:goods:p1' },
      { as: 'applied', payment: 'paymentwall:goods:p1' },
    ],
    [{ Duplicates: 1, notification: 'n1' }, { as: 'duplicate' }],
    [{ ConflictingDuplicates: 1, notification: 'n1' }, { as: 'conflict' }],
  ])('%j says what became of a request', (values, expected) => {
    expect(readLoggedOutcome(line(values))).toEqual({ requestId: 'r1', notification: 'n1', ...expected });
    expect(readLoggedOutcome(line({ ...values, correlationId: undefined }))).toBeUndefined();
  });

  it('of a notification in quarantine names the request alone', () => {
    expect(readLoggedOutcome(line({ Quarantined: 1 }))).toEqual({ requestId: 'r1', as: 'quarantined' });
    expect(readLoggedOutcome(line({ PaymentsHeld: 1 }))).toBeUndefined();
  });

  it.each([
    ['of an older version, which did not say of what', line({ Duplicates: 1 })],
    ['of one that was applied', line({ Applied: 1, notification: 'n1' })],
    ['of several at once', line({ Duplicates: 2, notification: 'n1' })],
    ['without a request', JSON.stringify({ Duplicates: 1, notification: 'n1' })],
    ['that is no JSON', '"Duplicates"'],
  ])('%s is passed over', (_, text) => expect(readDuplicate(text)).toBeUndefined());
});
