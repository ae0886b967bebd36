/** Readings of unusual sets of facts: an example for each rule that the usual histories do not reach. */
import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import type { Facts } from '../../../shared/payment/types.ts';
import { claimOf, readFacts } from '../../../shared/providers/trustly-americas/facts.ts';
import type { ClaimName } from '../../../shared/providers/trustly-americas/tables.ts';
import { child, confirm, dispute, factsOf, own, paid, read } from './support.ts';

const authorization = (eventType: string, status?: string) =>
  own(eventType, status, { transactionType: '1' });
/** The same facts with entries and codes in reverse order. */
const reversed = (facts: Facts): Facts =>
  Object.fromEntries(
    Object.entries(facts)
      .reverse()
      .map(([key, entry]) => [key, { ...entry, codes: [...entry.codes].reverse() }]),
  );

describe('an event and its status', () => {
  test.each<[ClaimName, string | undefined, string | undefined]>([
    ['Authorize', '3', 'authorized'],
    ['Process', '2', 'authorized'],
    ['Process', '4', 'awaiting_confirmation'],
    ['Establish', '2', 'pending'],
    ['Update', undefined, undefined],
    ['Update', '99', undefined],
    ['Complete', '99', 'awaiting_confirmation'],
    // These events state a fact of their own: the status beside them is not a new status.
    ['DataReady', '4', undefined],
    ['CONSENT_REVOKED', '8', undefined],
    ['ReverseEndUserTransaction', '4', 'reversed'],
  ])('the event %s with status %s is read as %s', (name, status, claim) =>
    expect(claimOf(name, status)).toBe(claim),
  );
});

describe('a payment', () => {
  test('a payment of Trustly Americas is never goodwill: no event grants goods without money', () => {
    expect(read(...paid()).goodwill).toBe(false);
    expect(read(authorization('Authorize', '2')).goodwill).toBe(false);
  });
  test('a payment without facts is pending, without doubts and without direction', () => {
    expect(readFacts({})).toMatchObject({ kind: 'payment', status: 'pending', doubts: [] });
    expect(readFacts({})).not.toHaveProperty('direction');
  });
  test('a payment ignores codes and transaction types of a newer version', () => {
    const newer = { codes: ['Brand_New:4', 'Complete:4', 'shape:2', 'type:99'], amounts: [] };
    const reading = readFacts({ 'own/500': newer, 'brand_new/1': newer });
    expect(reading).toMatchObject({ status: 'awaiting_confirmation', doubts: [] });
    expect(reading).not.toHaveProperty('direction');
  });
  test('an API answer kept in the shape of a newer version moves nothing: the payment is pending', () => {
    const newer = { codes: ['state:4'], amounts: ['10.00 USD'] };
    const reading = readFacts({ 'confirmed/500/1': newer });
    expect(reading).toMatchObject({ status: 'pending', moved: [], returned: [] });
  });
  test('a payment that is also an authorization is awaiting_confirmation with contradictory_evidence', () => {
    const reading = read(own('Complete', '4'), authorization('Update', '4'));
    expect(reading).toMatchObject({ kind: 'payment', status: 'awaiting_confirmation' });
    expect(reading.doubts).toEqual([{ reason: 'contradictory_evidence', evidence: ['own/500'] }]);
  });
  test('a payment reads the same whatever the order of its facts', () => {
    const sets = [
      [own('Complete', '4'), own('Update', '4', { transactionType: '6' })],
      [child('4', 'Complete', '4', '901'), child('4', 'Complete', '4', '900'), child('5', 'Complete', '4')],
      [...paid(), own('Deny', '8'), child('4', 'Complete', '4'), child('4', 'Fail', '5')],
    ].map(factsOf);
    const answers = [confirm({ recordVersion: 2, status: 'Reversed' }), confirm({ recordVersion: 10 })];
    sets.push(answers.map(({ facts }) => facts).reduce(joinFacts));
    for (const facts of sets) {
      expect(readFacts(reversed(facts))).toEqual(readFacts(facts));
    }
  });
  test('a doubt names every contradictory fact in order: own/500 and represent/900', () => {
    const evidence = ['own/500', 'represent/900'];
    const facts = [...paid(), own('Update', '4', { transactionType: '6' })];
    const reading = read(...facts, child('8', 'Complete', '4'), child('8', 'Deny', '8'));
    expect(reading.doubts).toEqual([{ reason: 'contradictory_evidence', evidence }]);
  });
});

describe('a child of a payment', () => {
  // A child event without a status: the name of the event states the progress.
  test.each([
    ['a refund with Process', [child('4', 'Process')], 'partially_refunded'],
    ['a refund with Completed', [child('4', 'Completed')], 'partially_refunded'],
    ['a refund with Authorize', [child('4', 'Authorize')], 'paid'],
    ['a refund with Establish', [child('4', 'Establish')], 'paid'],
    ['a refund with Hold', [child('4', 'Hold')], 'paid'],
    ['a reverse with Establish', [child('5', 'Establish')], 'paid'],
    ['a reverse with Authorize', [child('5', 'Authorize')], 'reversed'],
    ['a reverse that failed', [child('5', 'Authorize'), child('5', 'Fail')], 'paid'],
    ['a refund that failed', [child('4', 'Process', '3'), child('4', 'Fail')], 'paid'],
    ['a refund that came back', [child('4', 'Process', '3'), child('4', 'Reverse')], 'paid'],
    ['a refund with DataReady', [child('4', 'DataReady')], 'paid'],
    ['a representment with Completed', [own('Deny', '8'), child('8', 'Completed')], 'denied'],
  ])(
    'a child event without a status counts by its name: a payment with %s is $2',
    (_name, events, status) => {
      expect(read(...paid(), ...events).status).toBe(status);
    },
  );

  // A child event whose name and status disagree: both are claims, and neither completes the child.
  test.each([
    ['a refund authorized with "pending"', [child('4', 'Authorize', '1')], 'paid'],
    ['a refund completed with "denied"', [child('4', 'Complete', '8')], 'paid'],
    ['a refund completed with "authorized"', [child('4', 'Complete', '2')], 'partially_refunded'],
    ['a reverse authorized with "denied"', [child('5', 'Authorize', '8')], 'paid'],
  ])(
    'a child event counts by name and status where both disagree: a payment with %s is $2',
    (_name, events, status) => {
      expect(read(...paid(), ...events).status).toBe(status);
    },
  );

  test('a refund with status 12 (refunded) makes its payment only partially_refunded', () => {
    expect(read(...paid(), child('4', 'Refund', '12')).status).toBe('partially_refunded');
  });

  test.each([
    [[child('4', 'Complete', '4')], 'in'],
    [[child('8', 'Complete', '4')], 'in'],
    [[child('7', 'Complete', '4')], 'out'],
    [[child('7', 'Complete', '4'), child('4', 'Complete', '4', '901')], 'in'],
  ])('a payment known only by its children has the direction of the children: $1', (events, direction) => {
    expect(read(...events).direction).toBe(direction);
  });
});

describe('an authorization', () => {
  test.each([
    [
      'Establish, then Authorize',
      [authorization('Establish', '0'), authorization('Authorize', '2')],
      'authorized',
    ],
    ['DataReady only', [authorization('DataReady')], 'pending'],
    ['Hold, then Approve, nothing else', [authorization('Hold', '14'), authorization('Approve')], 'pending'],
    [
      'Dispute, then Reconcile, nothing else',
      [{ ...dispute(), transactionType: '1' }, authorization('Reconcile')],
      'pending',
    ],
  ])('an authorization after %s is $2, without doubts', (_name, events, status) => {
    expect(read(...events)).toMatchObject({ kind: 'authorization', status, doubts: [] });
  });
  test('authorization.revoked is announced after Cancelled or CONSENT_REVOKED, and not after Deny', () => {
    expect(read(authorization('Authorize', '2')).announcements).toEqual(['account.received']);
    expect(read(authorization('Deny', '8')).announcements).toEqual([]);
    expect(read(authorization('Cancelled', '13')).announcements).toEqual(['authorization.revoked']);
    expect(read(authorization('CONSENT_REVOKED')).announcements).toEqual(['authorization.revoked']);
  });
});
