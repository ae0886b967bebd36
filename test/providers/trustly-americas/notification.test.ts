/** The allowed values of each field of an event. The signature does not fix the boundaries of fields; patterns do. */
import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';
import { BOOLEAN, type Cases, CODE, digits, ID, NUMBER, POSITIVE, REFERENCE, text } from './patterns.ts';
import { authentic, normalizedOf, own, replay } from './support.ts';

const WORD = {
  good: ['A', 'Data Ready', 'a_B', text(64)],
  bad: [text(65), '1a', ' a', '_a', 'a1', 'a-b', 'a&b'],
};
const AMOUNT = { good: [...POSITIVE.good, '-5', '-5.00'], bad: ['--5', '+5', ...POSITIVE.bad.slice(1)] };
const TIME = {
  good: ['1701986450064', '2026-01-01T00:00:00.000+01:00', '2026-01-01 00:00:00Z', digits(40)],
  bad: [digits(41), 'yesterday', '1;2', '1x', 'x1'],
};

const FIELDS: Cases = {
  eventId: ID,
  objectId: ID,
  parentObjectId: ID,
  merchantId: ID,
  transactionId: ID,
  transactionType: NUMBER,
  paymentType: NUMBER,
  status: NUMBER,
  eventType: WORD,
  objectType: WORD,
  refreshPurpose: WORD,
  merchantReference: REFERENCE,
  reference: REFERENCE,
  'customer.externalId': REFERENCE,
  accessId: {
    good: ['a', 'a=b', text(128)],
    bad: [text(129), 'a&b', 'a:b', 'a\u0000', '\u0000a'],
  },
  errorCode: CODE,
  'paymentProviderTransaction.status': CODE,
  'paymentProviderTransaction.reasonCode': CODE,
  'paymentProviderTransaction.extendedReason.code': CODE,
  suggestedRetryAmount: POSITIVE,
  amountReturned: AMOUNT,
  returnType: { good: ['R10', 'a b.c-D_9', text(64)], bad: [text(65), 'a&b', 'a=b', 'é'] },
  createdAt: TIME,
  transactionDatetime: TIME,
  returnDatetime: TIME,
  hardRefresh: BOOLEAN,
  success: BOOLEAN,
  accountVerified: BOOLEAN,
  fiCode: REFERENCE,
  paymentProviderType: REFERENCE,
};
/** Free texts, which are kept and never interpreted. */
const TEXTS = [
  ...['message', 'statusMessage', 'timeZone', 'fiName'],
  ...['thirdPartyDeclineCode', 'requestSignature', 'customerId', 'customer.customerId', 'customer.name'],
  ...['paymentProviderTransaction.statusMessage', 'paymentProviderTransaction.reasonCodeMessage'],
  'paymentProviderTransaction.thirdPartyDeclineCode',
];

/** "Café" in Latin-1, escaped as in a form. */
const LATIN_1 = 'Caf%E9';

describe('a field of an event', () => {
  const parse = (fields: Record<string, string>) =>
    parseNotification(
      new URLSearchParams({ eventId: '7', eventType: 'Tokenize', objectId: '5', ...fields }).toString(),
    );
  it.each(Object.keys(FIELDS))('the field %s of an event accepts its allowed values', (name) => {
    for (const value of FIELDS[name]?.good ?? []) {
      const { fields, unknownFields } = parse({ [name]: value });
      expect({ ...fields }).toMatchObject({ [name]: value });
      expect(unknownFields).toBe(false);
    }
  });
  it.each(Object.keys(FIELDS))(
    'the field %s of an event refuses every other value with invalid_field',
    (name) => {
      for (const value of FIELDS[name]?.bad ?? []) {
        expect(() => parse({ [name]: value }), value).toThrow(`invalid_field.${name}`);
      }
    },
  );
  it.each(TEXTS)('the field %s of an event accepts any text, also bytes that are not UTF-8', (name) => {
    const { unknownFields } = parse({ [name]: 'a&b = \n\u0000 é' });
    expect(unknownFields).toBe(false);
    const { fields } = parseNotification(`eventId=7&eventType=Tokenize&objectId=5&${name}=${LATIN_1}`);
    expect({ ...fields }).toMatchObject({ [name]: 'Caf\ufffd' });
  });
  it.each(Object.keys(FIELDS))('the field %s of an event refuses bytes that are not UTF-8', (name) => {
    const rest = Object.entries({ eventId: '7', eventType: 'Tokenize', objectId: '5' }).filter(
      ([key]) => key !== name,
    );
    const body = `${new URLSearchParams(rest)}&${name}=${LATIN_1}`;
    expect(() => parseNotification(body)).toThrow(`invalid_field.${name}`);
  });
  it('a splitToken with a character outside of a token is quarantined as invalid_field.splitToken', () => {
    const event = 'eventId=7&eventType=Authorize&objectId=5&status=2';
    const fate = (token: string) => authentic(replay(`${event}&splitToken=${token}`));
    for (const good of ['CK71%2BaCs%2FLR%3D', 'a%3D%2Bb-c_d.e%3D%3D', 'a+b', 'x'.repeat(4_096)]) {
      expect(fate(good).quarantine).toBeUndefined();
    }
    for (const bad of [
      'z9w%26paymentProviderTransaction.status2%3D1',
      'a%26b',
      'a%00',
      'Caf%C3%A9',
      LATIN_1,
      'x'.repeat(4_097),
    ]) {
      expect(fate(bad)).toMatchObject({ quarantine: 'invalid_field.splitToken' });
      expect(fate(bad).splitToken).toBeUndefined();
      expect(fate(bad).message).toBe(`${event}&splitToken=`);
    }
  });
  it.each([...Object.keys(FIELDS), ...TEXTS])(
    'the field %s spelled out inside another field is quarantined as ambiguous_text',
    (name) => {
      const event = 'eventId=7&eventType=Tokenize&objectId=5';
      expect(authentic(replay(`${event}&other=x%26${name}%3D1`)).quarantine).toBe('ambiguous_text');
      expect(authentic(replay(`${event}&${name}%3D1`)).quarantine).toBe('ambiguous_text');
    },
  );
});

describe('two copies of one event', () => {
  it.each([
    ...['merchantId', 'merchantReference', 'objectId', 'parentObjectId', 'transactionId', 'transactionType'],
    ...['paymentType', 'status', 'reference', 'returnType', 'amountReturned', 'customer.externalId'],
  ])('two copies of an event that differ in %s have different material fields', (name) => {
    const event = own('Update', '2');
    expect(normalizedOf({ ...event, [name]: '3' }).material).not.toEqual(
      normalizedOf({ ...event, [name]: '4' }).material,
    );
    expect(normalizedOf({ ...event, [name]: '4' }).material).toMatchObject({ [name]: '4' });
  });
  it('two copies of an event that differ in object type or event have different material fields', () => {
    const event = own('Update', '2', { objectType: 'Transaction' });
    expect(normalizedOf({ ...event, objectType: 'Other' }).material).not.toEqual(
      normalizedOf(event).material,
    );
    expect(normalizedOf({ ...event, eventType: 'Process' }).material).not.toEqual(
      normalizedOf(event).material,
    );
  });
});
