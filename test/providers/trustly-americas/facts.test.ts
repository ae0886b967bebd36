import { describe, expect, test } from 'vitest';
import { joinFacts } from '../../../shared/payment/facts.ts';
import { readFacts } from '../../../shared/providers/trustly-americas/facts.ts';
import { AMERICAS_STATUSES } from '../../../shared/providers/trustly-americas/tables.ts';
import { child, dispute, factsOf, normalizedOf, OWN, own, paid, read } from './support.ts';

const doubts = (reading: ReturnType<typeof read>) => reading.doubts.map((doubt) => doubt.reason);

describe('a payment by its own events', () => {
  test.each([
    ['DataReady only', [own('DataReady')], 'pending'],
    ['Establish', [own('Establish', '0')], 'pending'],
    ['Authorize on a capture', [own('Authorize', '2')], 'authorized'],
    ['Process', [own('Authorize', '2'), own('Process', '3')], 'processing'],
    ['Complete', paid(), 'paid'],
    ['Complete alone', [own('Complete', '4')], 'paid'],
    ['Update with status 4', [own('Update', '4')], 'paid'],
    [
      'Authorize, then the documented Completed with status 2',
      [own('Authorize', '2'), own('Completed', '2')],
      'awaiting_confirmation',
    ],
    ['Completed with status 3', [own('Completed', '3')], 'awaiting_confirmation'],
    ['Completed without status', [own('Completed')], 'awaiting_confirmation'],
    ['Completed with 2, then Update with 4', [own('Completed', '2'), own('Update', '4')], 'paid'],
    ['Authorize with status 4', [own('Authorize', '4')], 'awaiting_confirmation'],
    ['Cancel with status 2 (requested)', [own('Authorize', '2'), own('Cancel', '2')], 'authorized'],
    ['Cancel with status 7 (done)', [own('Authorize', '2'), own('Cancel', '7')], 'canceled'],
    ['Cancelled', [own('Authorize', '2'), own('Cancelled', '13')], 'voided'],
    ['Cancelled with status 2', [own('Cancelled', '2')], 'canceled'],
    ['Deny', [own('Authorize', '2'), own('Process', '3'), own('Deny', '8')], 'denied'],
    ['Deny with status 2', [own('Deny', '2')], 'denied'],
    ['Deny without status', [own('Deny')], 'denied'],
    ['Fail', [own('Failed', '5')], 'failed'],
    ['Expire', [own('Expire', '6')], 'expired'],
    ['Reverse', [...paid(), own('Reverse', '10')], 'reversed'],
    ['Reverse before Complete', [own('Reverse', '10'), ...paid()], 'reversed'],
    ['Reverse with status 4', [...paid(), own('Reverse', '4')], 'reversed'],
    [
      'Complete, then Refund with status 11 (in part)',
      [...paid(), own('Refund', '11')],
      'partially_refunded',
    ],
    ['Refund with status 11 (in part) without Complete', [own('Refund', '11')], 'partially_refunded'],
    ['Refund with status 2 without Complete', [own('Refund', '2')], 'awaiting_confirmation'],
    ['Complete, then Refund with status 4', [...paid(), own('Refund', '4')], 'partially_refunded'],
    [
      'Complete, then Refund with status 12 (in full)',
      [...paid(), own('Refund', '11'), own('Refund', '12')],
      'refunded',
    ],
    ['a refund in full, then Reverse', [...paid(), own('Refund', '12'), own('Reverse', '10')], 'reversed'],
    [
      'Authorize, then events that mean nothing for money',
      [own('Authorize', '2'), own('Feedback', '9'), own('VerifyCustomer', '4')],
      'authorized',
    ],
  ] as const)('a payment after %s is $2', (_name, events, status) => {
    const reading = read(...events);
    expect(reading).toMatchObject({ kind: 'payment', status, doubts: [], moved: [], returned: [] });
  });

  test.each([
    ['2', 'in', 'payment'],
    ['3', 'in', 'payment'],
    ['6', 'out', 'payout'],
  ])('a completed transaction of type %s has the direction %s', (transactionType, direction, orderKind) => {
    expect(read(own('Complete', '4', { transactionType }))).toMatchObject({
      status: 'paid',
      direction,
      orderKind,
    });
  });

  test('a completed payment without a transaction type is awaiting_confirmation until a typed event comes', () => {
    const { transactionType: _, ...untyped } = own('Complete', '4');
    const reading = read(untyped);
    expect(reading.status).toBe('awaiting_confirmation');
    expect(reading.direction).toBeUndefined();
    expect(read(untyped, own('Authorize', '2')).status).toBe('paid');
  });

  test('a payment with pay-in and payout types is awaiting_confirmation with contradictory_evidence', () => {
    const reading = read(...paid(), own('Update', '4', { transactionType: '6' }));
    expect(reading.status).toBe('awaiting_confirmation');
    expect(doubts(reading)).toEqual(['contradictory_evidence']);
  });

  test.each(['5', '6', '7', '8', '13'])(
    'a completed payment with status %s has the negative status and the doubt contradictory_evidence',
    (status) => {
      const reading = read(...paid(), own('Update', status));
      expect(reading.status).toBe(AMERICAS_STATUSES[status]?.payment);
      expect(reading.doubts).toEqual([{ reason: 'contradictory_evidence', evidence: ['own/500'] }]);
    },
  );

  test('a failed payment whose money came and was sent back is reversed without doubts', () => {
    const reading = read(own('Fail', '5'), own('Complete', '4'), own('ReverseEndUserTransaction', '4'));
    expect(reading).toMatchObject({ status: 'reversed', doubts: [] });
  });
});

describe('disputes and reviews', () => {
  const reconcile = () => own('Reconcile', '4');
  test('a Dispute makes a payment disputed, Reconcile paid, a further Dispute disputed, and Reverse reversed', () => {
    const events = [...paid(), dispute()];
    expect(read(...events).status).toBe('disputed');
    expect(read(...events, reconcile()).status).toBe('paid');
    expect(read(...events, reconcile(), dispute()).status).toBe('disputed');
    expect(read(...events, own('Reverse', '10')).status).toBe('reversed');
  });
  test('a Dispute event delivered twice counts as one dispute', () => {
    const one = dispute();
    expect(read(...paid(), one, one, reconcile()).status).toBe('paid');
  });
  test('Dispute events with the same objectId or returnDatetime count as one dispute, other events as two', () => {
    const about = (objectId: string) => ({ ...dispute(), objectId, objectType: 'Dispute' });
    expect(read(...paid(), about('7'), about('7'), reconcile()).status).toBe('paid');
    expect(read(...paid(), about('7'), about('8'), reconcile()).status).toBe('disputed');
    expect(read(...paid(), about('7'), about('8'), reconcile(), reconcile()).status).toBe('paid');
    const returned = (returnDatetime: string) => ({ ...dispute(), objectId: OWN, returnDatetime });
    expect(read(...paid(), returned('1701986450064'), returned('1701986450064'), reconcile()).status).toBe(
      'paid',
    );
    expect(read(...paid(), returned('1701986450064'), returned('1701986460064'), reconcile()).status).toBe(
      'disputed',
    );
    expect(read(...paid(), about('7'), about('7')).announcements).toEqual(['payment.disputed#1']);
  });
  test('a dispute stored by an older version counts once, also when derived anew from its evidence', () => {
    const one = { ...dispute(), objectId: '7', objectType: 'Dispute' };
    const facts = factsOf([...paid(), one]);
    const key = `dispute/${normalizedOf(one).key}`;
    const older = { ...facts, [key]: { codes: ['returnType:R10'], amounts: [] } };
    expect(readFacts(joinFacts(older, factsOf([reconcile()]))).status).toBe('paid');
    // The dispute derived anew from its evidence has the same entry, not a second one.
    expect(readFacts(joinFacts(joinFacts(older, facts), factsOf([reconcile()]))).status).toBe('paid');
  });
  test('status 9 without a Dispute event is disputed; status 9 beside a Dispute event is the same dispute', () => {
    expect(read(...paid(), own('Update', '9')).status).toBe('disputed');
    expect(read(...paid(), own('Update', '9'), dispute(), reconcile()).status).toBe('paid');
  });
  test('a dispute after a full refund leaves the status refunded and announces payment.disputed', () => {
    const reading = read(...paid(), own('Refund', '12'), dispute());
    expect(reading.status).toBe('refunded');
    expect(reading.announcements).toEqual(['payment.disputed#1']);
    expect(reading.refundsSeen).toEqual([{ key: 'unnamed#1' }]);
  });
  test('a Hold of a refund does not put the payment in review', () => {
    expect(read(own('Authorize', '2'), child('4', 'Hold', '14')).status).toBe('authorized');
  });
  test('a Dispute event of an unknown payment makes the payment disputed', () => {
    expect(read(dispute())).toMatchObject({ kind: 'payment', status: 'disputed' });
  });
  test('in_review ends by Approve, Process, Complete or Deny, and not by Authorize', () => {
    const hold = [own('Authorize', '2'), own('Hold', '14')];
    expect(read(...hold).status).toBe('in_review');
    expect(read(...hold, own('Approve', '2')).status).toBe('authorized');
    expect(read(...hold, own('Approve', '2'), own('Hold', '14')).status).toBe('in_review');
    expect(read(...hold, own('Process', '3')).status).toBe('processing');
    expect(read(...hold, own('Complete', '4')).status).toBe('paid');
    expect(read(...hold, own('Deny', '8')).status).toBe('denied');
    expect(read(own('Update', '14')).status).toBe('in_review');
  });
});

describe('children of a payment', () => {
  test.each([
    ['a refund accepted', [child('4', 'Authorize', '2')], 'paid'],
    ['a refund at the bank', [child('4', 'Process', '3')], 'partially_refunded'],
    ['a refund completed without an amount', [child('4', 'Complete', '4')], 'partially_refunded'],
    ['a refund with a Refund event', [child('4', 'Refund', '4')], 'partially_refunded'],
    ['a refund with Completed and status 2', [child('4', 'Completed', '2')], 'partially_refunded'],
    ['a refund that failed', [child('4', 'Process', '3'), child('4', 'Deny', '8')], 'paid'],
    ['a refund that came back', [child('4', 'Complete', '4'), child('4', 'Reverse', '10')], 'paid'],
    [
      'a refund that the payment confirms as full',
      [child('4', 'Complete', '4'), own('Refund', '12')],
      'refunded',
    ],
    ['a review of a refund', [child('4', 'Hold', '14')], 'paid'],
    ['a reverse accepted', [child('5', 'Authorize', '2')], 'reversed'],
    ['a reverse at the bank without its Authorize', [child('5', 'Process', '3')], 'reversed'],
    ['an external return at the bank', [child('0', 'Process', '3')], 'reversed'],
    ['a reverse with status 10 (reversed)', [child('5', 'Reverse', '10')], 'reversed'],
    ['a reverse that failed', [child('5', 'Fail', '5')], 'paid'],
    ['a reverse not yet accepted', [child('5', 'Establish', '1')], 'paid'],
    ['an external return', [child('0', 'Complete', '4')], 'reversed'],
    ['a disputed representment', [child('8', 'Dispute', '9')], 'disputed'],
  ] as const)('a payment with %s is $2', (_name, events, status) => {
    expect(read(...paid(), ...events)).toMatchObject({ status, direction: 'in', doubts: [] });
  });

  test('three completed refunds are not summed into a full refund: the payment is partially_refunded', () => {
    const refunds = ['901', '902', '903'].map((id) => child('4', 'Complete', '4', id));
    expect(read(...paid(), ...refunds).status).toBe('partially_refunded');
  });
  test('a completed refund of a payment that is not known to be paid is awaiting_confirmation', () => {
    expect(read(own('Authorize', '2'), child('4', 'Complete', '4')).status).toBe('awaiting_confirmation');
  });
  test('a refund both completed and failed is counted, with the doubt contradictory_evidence', () => {
    const reading = read(...paid(), child('4', 'Complete', '4'), child('4', 'Fail', '5'));
    expect(reading.status).toBe('partially_refunded');
    expect(reading.doubts).toEqual([{ reason: 'contradictory_evidence', evidence: ['refund/900'] }]);
  });
  test('a reclaim takes back a payout: partially_refunded, and refunded where the payout has status 12', () => {
    const payout = own('Complete', '4', { transactionType: '6' });
    expect(read(payout, child('7', 'Complete', '4'))).toMatchObject({
      status: 'partially_refunded',
      direction: 'out',
      orderKind: 'payout',
    });
    expect(
      read(payout, child('7', 'Complete', '4'), own('Update', '12', { transactionType: '6' })).status,
    ).toBe('refunded');
  });

  describe('a representment', () => {
    const returned = () => [own('Authorize', '2'), own('Process', '3'), own('Deny', '8')];
    test('a representment makes a denied payment paid only when completed', () => {
      expect(read(...returned(), child('8', 'Authorize', '2')).status).toBe('denied');
      expect(read(...returned(), child('8', 'Process', '3')).status).toBe('denied');
      expect(read(...returned(), child('8', 'Completed', '2')).status).toBe('denied');
      expect(read(...returned(), child('8', 'Authorize', '4')).status).toBe('denied');
      expect(read(...returned(), child('8', 'Complete', '4'))).toMatchObject({ status: 'paid', doubts: [] });
    });
    test('a completed representment that is reversed leaves the payment denied; Deny adds contradictory_evidence', () => {
      expect(read(...returned(), child('8', 'Complete', '4'), child('8', 'Reverse', '10')).status).toBe(
        'denied',
      );
      const contradictory = read(...returned(), child('8', 'Complete', '4'), child('8', 'Deny', '8'));
      expect(contradictory.status).toBe('denied');
      expect(doubts(contradictory)).toEqual(['contradictory_evidence']);
    });
    test('a second representment that completes makes the payment paid after a first denied representment', () => {
      const events = [child('8', 'Deny', '8', '901'), child('8', 'Complete', '4', '902')];
      expect(read(...returned(), ...events).status).toBe('paid');
    });
    test('a refund of a representment makes the payment partially_refunded (status 11) or refunded (status 12)', () => {
      const events = [...returned(), child('8', 'Complete', '4')];
      expect(read(...events, child('8', 'Refund', '11')).status).toBe('partially_refunded');
      expect(read(...events, child('8', 'Refund', '12')).status).toBe('refunded');
    });
    test('a completed representment after a reversal is awaiting_confirmation', () => {
      const events = [...paid(), own('Reverse', '10'), child('8', 'Complete', '4')];
      expect(read(...events).status).toBe('awaiting_confirmation');
    });
  });

  test.each([
    ['4', 'awaiting_confirmation'],
    ['5', 'reversed'],
    ['0', 'reversed'],
    ['8', 'awaiting_confirmation'],
  ])(
    'a child of type %s has the doubt orphan_child before its payment comes, and no doubt afterwards',
    (type, status) => {
      const reading = read(child(type, 'Complete', '4'));
      expect(reading.status).toBe(status);
      expect(reading.doubts).toHaveLength(1);
      expect(reading.doubts[0]).toMatchObject({
        reason: 'orphan_child',
        evidence: [expect.stringMatching('/900$')],
      });
      expect(doubts(read(child(type, 'Complete', '4'), ...paid()))).toEqual([]);
    },
  );
  test('a child without parentObjectId keeps a payment of its own with the doubt orphan_child', () => {
    const { parentObjectId: _, ...lost } = child('4', 'Complete', '4');
    const one = normalizedOf(lost);
    expect(one.subject).toEqual({ kind: 'payment', id: '900' });
    expect(doubts(readFacts(one.facts))).toEqual(['orphan_child']);
  });
  test('a child of an authorization has the doubt orphan_child', () => {
    const reading = read(own('Authorize', '2', { transactionType: '1' }), child('5', 'Complete', '4'));
    expect(reading.kind).toBe('authorization');
    expect(doubts(reading)).toEqual(['orphan_child']);
  });
});

describe('an authorization', () => {
  test.each([
    ['1', '2', 'authorized'],
    ['1', '4', 'authorized'],
    ['10', '3', 'authorized'],
    ['1', '1', 'pending'],
    ['1', '14', 'in_review'],
    ['1', '13', 'voided'],
    ['1', '8', 'denied'],
    ['1', '9', 'disputed'],
    ['1', '10', 'reversed'],
  ])(
    'an authorization of type %s with status %s has the status %s and no direction',
    (transactionType, status, expected) => {
      const reading = read(own('Update', status, { transactionType }));
      expect(reading).toMatchObject({ kind: 'authorization', status: expected });
      expect(reading.direction).toBeUndefined();
      expect(reading.orderKind).toBeUndefined();
    },
  );
  test.each(['5', '6'])(
    'a completed capture with paymentType %s is read as an authorization',
    (paymentType) => {
      const event = own('Complete', '4', { transactionType: '3', paymentType });
      expect(normalizedOf(event).subject?.kind).toBe('authorization');
      expect(read(event)).toMatchObject({ kind: 'authorization', status: 'authorized' });
    },
  );
  test('Cancelled of an authorization announces authorization.revoked, and Cancelled of a capture announces nothing', () => {
    const voided = own('Cancelled', '13', { transactionType: '1' });
    expect(read(own('Authorize', '2', { transactionType: '1' }), voided).announcements).toEqual([
      'authorization.revoked',
      'account.received',
    ]);
    expect(normalizedOf(voided).subject).toEqual({ kind: 'authorization', id: OWN });
    expect(read(own('Cancelled', '13')).announcements).toEqual([]);
  });
  test('CONSENT_REVOKED announces authorization.revoked, and DataReady announces data.ready', () => {
    const type = { transactionType: '1' };
    expect(
      read(own('CONSENT_REVOKED', undefined, type), own('DataReady', undefined, type)).announcements,
    ).toEqual(['authorization.revoked', 'data.ready']);
  });
});
