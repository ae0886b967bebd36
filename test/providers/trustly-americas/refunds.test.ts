/** The refunds of a payment, read from events and from the sums of the API. */
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import { readFacts } from '../../../shared/providers/trustly-americas/facts.ts';
import { child, confirm, type Fields, factsOf, OWN, own, paid, read } from './support.ts';

describe('refundUnknown of a payment', () => {
  const unknown = (...events: Fields[]) => read(...paid(), ...events).refundUnknown;
  test('refundUnknown is extent where only the refund itself reports the refund', () => {
    expect(unknown(child('4', 'Complete', '4'))).toBe('extent');
    expect(unknown(child('4', 'Process', '3'))).toBe('extent');
    expect(unknown(child('4', 'Authorize', '2'))).toBeUndefined();
    expect(unknown()).toBeUndefined();
  });
  test('refundUnknown is amount where the payment itself reports the refund with status 11 or 12', () => {
    expect(unknown(child('4', 'Complete', '4'), own('Refund', '11'))).toBe('amount');
    expect(unknown(child('4', 'Complete', '4'), own('Refund', '12'))).toBe('amount');
  });
  test('refundUnknown is absent once the API names a partial amount, and stays extent for the whole amount', () => {
    const complete = child('4', 'Complete', '4');
    const facts = (...answers: Record<string, unknown>[]) =>
      [factsOf([...paid(), complete]), ...answers.map((answer) => confirm(answer).facts)].reduce(joinFacts);
    const refund = {
      transactionId: '900',
      originalTransactionId: OWN,
      transactionType: 'Refund',
      amount: '4.00',
    };
    expect(readFacts(facts({})).refundUnknown).toBe('extent');
    expect(readFacts(facts({}, refund)).refundUnknown).toBeUndefined();
    const whole = { ...refund, amount: '10.00' };
    expect(readFacts(facts({}, whole)).refundUnknown).toBe('extent');
    expect(readFacts(facts({ refunded: '4.00' })).refundUnknown).toBeUndefined();
  });
});
