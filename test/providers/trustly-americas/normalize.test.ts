/** The normalized event: its payment, its facts, its aliases and its details. */
import { describe, expect, test } from 'vitest';
import { normalize } from '../../../shared/providers/trustly-americas/normalize.ts';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';
import { child, dispute, type Fields, normalizedOf, OWN, own } from './support.ts';

describe('a normalized event of Trustly Americas', () => {
  test('the documented capture (W1) is normalized with key, material, subject, facts, aliases and details', () => {
    const one = normalize(
      parseNotification(
        'merchantId=1002463580&merchantReference=cb180040-7210-4ab9-97b7-415824754802&paymentType=2&transactionType=3&eventId=1002593570&eventType=Authorize&objectId=1002593555&objectType=Transaction&message=&timeZone=Etc%2FUTC&createdAt=1556234040954&accessId=M8RaHgEjBE54zuFYMRQq&paymentProviderTransaction.status=AC100&paymentProviderTransaction.statusMessage=AC100&status=2&statusMessage=Authorized',
      ),
    );
    expect(one).toStrictEqual({
      source: 'notification',
      key: '1002593570',
      material: {
        event: 'Authorize',
        merchantId: '1002463580',
        merchantReference: 'cb180040-7210-4ab9-97b7-415824754802',
        objectId: '1002593555',
        objectType: 'Transaction',
        transactionType: '3',
        paymentType: '2',
        status: '2',
      },
      subject: { kind: 'payment', id: '1002593555' },
      precedence: { side: 'for', rank: 4, describes: 'all' },
      facts: { 'own/1002593555': { codes: ['Authorize:2', 'paymentType:2', 'type:3'], amounts: [] } },
      aliases: [
        { type: 'id', value: '1002593555' },
        { type: 'reference', value: 'cb180040-7210-4ab9-97b7-415824754802' },
      ],
      test: false,
      details: {
        eventType: 'Authorize',
        code: 'AC100',
        reason: expect.any(String),
        paymentType: '2',
        transactionType: '3',
      },
    });
  });

  test('a denial has code, reason and shopperMessage in its details, and no free text of the provider', () => {
    const { details } = normalizedOf(
      own('Deny', '8', {
        message: 'Not enough balance',
        errorCode: '331',
        suggestedRetryAmount: '25.00',
        'paymentProviderTransaction.status': 'SW021',
        'paymentProviderTransaction.reasonCode': '12',
        'paymentProviderTransaction.statusMessage': 'John Doe has no money',
      }),
    );
    expect(details).toEqual({
      eventType: 'Deny',
      code: 'SW021',
      errorCode: '331',
      reason: 'not enough funds',
      reasonCode: '12',
      suggestedRetryAmount: '25.00',
      shopperMessage: 'not_enough_funds',
      transactionType: '3',
    });
  });

  test.each([
    [{ errorCode: '326', 'paymentProviderTransaction.status': 'SW057' }, 'sign_in_again'],
    [{ errorCode: '380', 'paymentProviderTransaction.status': 'SW051' }, 'sign_in_again'],
    [{ errorCode: '330', 'paymentProviderTransaction.status': 'SW056' }, 'try_another_account'],
    [{ errorCode: '390', 'paymentProviderTransaction.status': 'SW054' }, 'declined_for_security'],
    [{ errorCode: '378', 'paymentProviderTransaction.status': 'SW052' }, 'try_again_later'],
    [{ 'paymentProviderTransaction.status': 'UC12' }, 'try_another_bank'],
    [{ 'paymentProviderTransaction.status': 'UC30' }, 'try_again'],
    [{ 'paymentProviderTransaction.status': 'constructor' }, undefined],
    [{ errorCode: '331', 'paymentProviderTransaction.status': 'AC100' }, 'not_enough_funds'],
  ] as [Fields, string | undefined][])(
    'a failed payment with the codes %j has the shopperMessage %s',
    (codes, shopperMessage) => {
      expect(normalizedOf(own('Fail', '5', codes)).details.shopperMessage).toBe(shopperMessage);
    },
  );

  test('a capture has its own id, the authorization as parent and its reference as aliases', () => {
    const { aliases } = normalizedOf(
      own('Authorize', '2', { parentObjectId: '100', merchantReference: 'ref-1' }),
    );
    expect(aliases).toEqual([
      { type: 'id', value: OWN },
      { type: 'parent', value: '100' },
      { type: 'reference', value: 'ref-1' },
    ]);
  });
  test('a refund has its parent as subject and as only alias, and not its own reference', () => {
    const one = normalizedOf({ ...child('4', 'Complete', '4'), merchantReference: 'refund-ref' });
    expect(one.subject).toEqual({ kind: 'payment', id: OWN });
    expect(one.aliases).toEqual([{ type: 'id', value: OWN }]);
    expect(Object.keys(one.facts)).toEqual(['refund/900']);
  });
  test('a dispute has its transaction as subject and its reference as an alias', () => {
    const one = normalizedOf({
      ...dispute(),
      objectId: '7',
      objectType: 'Case',
      reference: 'ref-1',
      amountReturned: '10.0',
    });
    expect(one.subject).toEqual({ kind: 'payment', id: OWN });
    expect(one.aliases).toContainEqual({ type: 'reference', value: 'ref-1' });
    expect(one.facts[`dispute/${one.key}`]).toEqual({ codes: ['dispute:7', 'returnType:R10'], amounts: [] });
    expect(one.details.code).toBe('R10');
    expect(one.material.amountReturned).toBe('10.0');
  });
  test('copies of an event that differ only in free text, time or spelling have equal material fields', () => {
    const event = own('Complete', '4');
    const again = {
      ...event,
      eventType: 'Completed',
      message: 'x',
      createdAt: '1',
      fiName: 'B',
      statusMessage: 'y',
    };
    expect(normalizedOf(again).material).toEqual(normalizedOf(event).material);
    expect(normalizedOf({ ...event, status: '5' }).material).not.toEqual(normalizedOf(event).material);
    expect(normalizedOf({ ...event, objectId: '501' }).material).not.toEqual(normalizedOf(event).material);
  });
  test('an event without a transaction type has no type in its facts', () => {
    const { transactionType: _, ...untyped } = own('Hold', '14');
    const { facts, aliases, key } = normalizedOf(untyped);
    expect(facts).toEqual({
      'own/500': { codes: ['Hold:14'], amounts: [] },
      [`hold/${key}`]: { codes: [], amounts: [] },
    });
    expect(aliases).toEqual([{ type: 'id', value: OWN }]);
  });
  test('an event has the eventType of the tables, and an unknown event has its own eventType', () => {
    expect(normalizedOf(own('Completed', '4')).details.eventType).toBe('Complete');
    expect(normalizedOf(own('Brand_New')).details.eventType).toBe('Brand_New');
  });
  test('a payment that names itself as parentObjectId keeps its reference as an alias', () => {
    const { aliases } = normalizedOf(
      own('Complete', '4', { parentObjectId: OWN, merchantReference: 'ref-1' }),
    );
    expect(aliases).toEqual([
      { type: 'id', value: OWN },
      { type: 'reference', value: 'ref-1' },
    ]);
  });
  test('createdAt changes no facts of an event', () => {
    const event = own('Complete', '4');
    expect(normalizedOf({ ...event, createdAt: '1701986450064' }).facts).toEqual(normalizedOf(event).facts);
  });
  test('customer.externalId becomes endUser, and customer.name appears nowhere', () => {
    const one = normalizedOf(
      own('Update', '1', { 'customer.externalId': 'user-7', 'customer.name': 'John Doe' }),
    );
    expect(one.endUser).toBe('user-7');
    expect(JSON.stringify(one)).not.toContain('John');
  });

  test.each([
    ['unknown_event_type', { eventType: 'Brand_New' }],
    ['unknown_object_type', { objectType: 'Session' }],
    ['unknown_transaction_type', { transactionType: '9' }],
    ['unknown_status', { status: '15' }],
    ['no_object', { eventType: 'Refresh', objectId: '' }],
  ])('an event with the remark %s has no subject and no facts', (remark, change) => {
    const one = normalizedOf({ ...own('Update', '4'), ...change });
    expect(one).toMatchObject({ remark, facts: {}, aliases: [] });
    expect(one.subject).toBeUndefined();
  });
  test('a SendChallenge event has no subject, no facts and no remark', () => {
    const one = normalizedOf(own('SendChallenge', '1'));
    expect(one.facts).toEqual({});
    expect(one.subject).toBeUndefined();
    expect(one.remark).toBeUndefined();
  });
});
