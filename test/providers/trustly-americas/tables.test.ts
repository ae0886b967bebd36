import { describe, expect, it, test } from 'vitest';
import { STATUSES } from '../../../shared/payment/types.ts';
import {
  AMERICAS_ERROR_CODES,
  AMERICAS_PROVIDER_CODES,
  AMERICAS_REASON_CODES,
  explainCodes,
} from '../../../shared/providers/trustly-americas/codes.ts';
import { AMERICAS_ENUMERATIONS } from '../../../shared/providers/trustly-americas/enumerations.ts';
import { CAUTION, claimOf } from '../../../shared/providers/trustly-americas/facts.ts';
import {
  AMERICAS_EVENTS,
  AMERICAS_PAYMENT_TYPES,
  AMERICAS_STATUSES,
  AMERICAS_TRANSACTION_TYPES,
  type AmericasEventName,
  eventName,
  movesNothing,
  typeRow,
} from '../../../shared/providers/trustly-americas/tables.ts';

describe('a code that is in no table', () => {
  it.each(['9', '11', '', 'constructor', '__proto__', undefined])(
    'the code "%s" has no row, and explainCodes gives undefined',
    (code) => {
      expect(typeRow(code)).toBeUndefined();
      expect(movesNothing(code)).toBe(false);
      const explained = explainCodes({ reasonCode: undefined, providerStatus: code, errorCode: undefined });
      expect(explained).toBeUndefined();
    },
  );
});

describe('documented numbers', () => {
  it.each([
    ['payment.authorizationStatus', ['1', '2', '3', '4', '5', '6', '7']],
    ['payment.paymentProvider.type', ['1', '2']],
    ['payment.paymentProvider.subType', ['1000', '2000', '2001']],
    ['payment.system', ['-1', '1', '2']],
    ['verification.status', ['1', '2', '3', '4']],
    ['verification.mode', ['1', '2', '3', '4']],
  ])('every documented number of %s has a name', (field, numbers) => {
    expect(Object.keys(AMERICAS_ENUMERATIONS[field] ?? {}).sort()).toEqual(numbers);
  });

  it.each([
    [0, 'New'],
    [1, 'Pending'],
    [2, 'Authorized'],
    [3, 'Processed'],
    [4, 'Completed'],
    [5, 'Failed'],
    [6, 'Expired'],
    [7, 'Canceled'],
    [8, 'Denied'],
    [9, 'Disputed'],
    [10, 'Reversed'],
    [11, 'PartiallyRefunded'],
    [12, 'Refunded'],
    [13, 'Voided'],
    [14, 'OnHold'],
  ])('status %i has the name %s', (status, name) => expect(AMERICAS_STATUSES[status]?.name).toBe(name));

  // The documented statuses of each event.
  it.each<[AmericasEventName, readonly string[] | 'any']>([
    ['Establish', ['0', '1']],
    ['Update', 'any'],
    ['Authorize', ['2']],
    ['Hold', ['14']],
    ['Approve', ['2']],
    ['Process', ['3']],
    ['Complete', ['4']],
    ['Fail', ['5']],
    ['Expire', ['6']],
    ['Cancelled', ['7', '13']],
    ['Deny', ['8']],
    ['Dispute', ['9']],
    ['Reverse', ['10']],
    ['Refund', ['11', '12']],
    ['Reconcile', ['4']],
    ['DataReady', []],
    ['Refresh', 'any'],
  ])('the event %s comes with the statuses %j', (event, statuses) =>
    expect(AMERICAS_EVENTS[event].statuses).toEqual(statuses),
  );
});

describe('the tables of Trustly Americas', () => {
  // Copied from the provider's documentation, not from the tables.
  const events =
    'Establish Authorize DataReady Update Fail Deny Process Complete Cancel Expire Refund Dispute Reconcile Reverse Hold Approve VerifyCustomer VerifyAccount SendChallenge Feedback FIUser FIAccountBalance Reclaim ChallengeCompleted Represent SessionStepStart SessionStepComplete SessionStepJSError Refresh Tokenize Income FIAccountActivity ReverseEndUserTransaction FISelectedAccounts Completed Cancelled Failed CONSENT_REVOKED Debited Credit'.split(
      ' ',
    );
  test.each(events)('the documented event %s has a row', (name) => expect(eventName(name)).toBeDefined());
  test.each([
    ['completed', 'Complete'],
    ['COMPLETED', 'Complete'],
    ['failed', 'Fail'],
    ['canceled', 'Cancelled'],
    ['Cancelled', 'Cancelled'],
    ['cancel', 'Cancel'],
    ['expired', 'Expire'],
    ['Data Ready', 'DataReady'],
    ['consent_revoked', 'CONSENT_REVOKED'],
  ])('the event spelled %s is %s', (spelling, name) => expect(eventName(spelling)).toBe(name));
  test.each(['Success', 'constructor', '__proto__', 'toString'])('the event name %s is unknown', (name) =>
    expect(eventName(name)).toBeUndefined(),
  );

  test('AMERICAS_STATUSES has exactly the statuses 0 to 14', () => {
    expect(Object.keys(AMERICAS_STATUSES)).toEqual(Array.from({ length: 15 }, (_, status) => String(status)));
  });
  test('AMERICAS_TRANSACTION_TYPES has exactly the types 0 to 8 and 10', () => {
    expect(Object.keys(AMERICAS_TRANSACTION_TYPES)).toEqual('0 1 2 3 4 5 6 7 8 10'.split(' '));
  });
  test('AMERICAS_PAYMENT_TYPES has the types 1 to 6, of which 5 and 6 move no money', () => {
    expect(Object.keys(AMERICAS_PAYMENT_TYPES)).toEqual('1 2 3 4 5 6'.split(' '));
    const idle = Object.entries(AMERICAS_PAYMENT_TYPES).filter(([, type]) => !type.money);
    expect(idle.map(([type]) => type)).toEqual(['5', '6']);
  });

  const numbers = (prefix: string, from: number, to: number, digits = 0) =>
    Array.from({ length: to - from + 1 }, (_, at) => prefix + String(from + at).padStart(digits, '0'));
  const providerCodes = [
    ...'SW010 SW013 SW020 SW021 SW030 SW051 SW052 SW053 SW054 SW055 SW056 SW057 SW059 SW060'.split(' '),
    ...numbers('UC', 1, 37, 2),
    ...numbers('AC', 100, 118),
    ...'SE01 SE02 SE03 990 996'.split(' '),
    ...numbers('R', 1, 84, 2),
    ...numbers('', 900, 922),
  ];
  test.each(providerCodes)('the provider code %s has a row', (code) =>
    expect(AMERICAS_PROVIDER_CODES).toHaveProperty([code]),
  );
  test('AMERICAS_PROVIDER_CODES has exactly the documented provider codes', () => {
    expect(Object.keys(AMERICAS_PROVIDER_CODES).sort()).toEqual([...providerCodes].sort());
  });
  test('AMERICAS_ERROR_CODES has exactly the documented error codes', () => {
    const codes = '100 150 200 210 300 326 330 331 375 378 380 390 397'.split(' ');
    expect(Object.keys(AMERICAS_ERROR_CODES)).toEqual(codes);
  });
  test('AMERICAS_REASON_CODES has exactly the documented reason codes', () => {
    const codes = '1 2 3 4 5 6 7 8 9 10 11 12 15 16'.split(' ');
    expect(Object.keys(AMERICAS_REASON_CODES)).toEqual(codes);
  });
  test('CAUTION ranks every status', () => expect([...CAUTION].sort()).toEqual([...STATUSES].sort()));
  test('status 4 means paid only on Complete, Reconcile, Refresh, Represent and Update', () => {
    const believed = (Object.keys(AMERICAS_EVENTS) as AmericasEventName[]).filter(
      (name) => AMERICAS_EVENTS[name].meaning !== 'nothing' && claimOf(name, '4') === 'paid',
    );
    expect(believed.sort()).toEqual(['Complete', 'Reconcile', 'Refresh', 'Represent', 'Update']);
  });
});
