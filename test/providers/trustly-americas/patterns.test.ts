/** What each field of an event and of a redirect may hold: the signature leaves boundaries open, the patterns close them. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseNotification } from '../../../shared/providers/trustly-americas/notification.ts';
import { verifyRedirect } from '../../../shared/providers/trustly-americas/redirect.ts';
import { authentic, credentials, keys, normalizedOf, own, replay } from './support.ts';

const digits = (count: number) => '9'.repeat(count);
const text = (count: number) => 'a'.repeat(count);

const ID = { good: ['0', '7', '000123', digits(32)], bad: [digits(33), 'x1', '1x', '-1', '1.0', '1 2', '٣'] };
const NUMBER = {
  good: ['0', '9', '14', '999'],
  bad: ['00', '04', '1000', '1x', 'x1', '-1', '1 ', '1.0', '٣'],
};
const CODE = { good: ['5', 'AC100', 'a_b.c-D', text(32)], bad: [text(33), 'a b', 'a&b', 'a=b', 'é'] };
const WORD = {
  good: ['A', 'Data Ready', 'a_B', text(64)],
  bad: [text(65), '1a', ' a', '_a', 'a1', 'a-b', 'a&b'],
};
const REFERENCE = {
  good: ['7', 'a=b c', 'é', ':/?#', text(255)],
  bad: ['a&b', '&', 'a\n', '\u0000', '\u007f', '\u0085', text(256)],
};
const POSITIVE = {
  good: ['0', '25', '25.0', '25.0000', '123456789012.00'],
  bad: ['-1', '25.', '.5', '25.00000', '1234567890123', 'x25', '25x', '1e3', '1,5', '25.x'],
};
const AMOUNT = { good: [...POSITIVE.good, '-5', '-5.00'], bad: ['--5', '+5', ...POSITIVE.bad.slice(1)] };
const BOOLEAN = {
  good: ['true', 'false', 'TRUE', 'False'],
  bad: ['truex', 'xtrue', 'xfalse', 'falsex', '1', 'yes'],
};
const TIME = {
  good: ['1701986450064', '2026-01-01T00:00:00.000+01:00', '2026-01-01 00:00:00Z', digits(40)],
  bad: [digits(41), 'yesterday', '1;2', '1x', 'x1'],
};
type Cases = Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>>;

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
/** Kept, never interpreted. */
const TEXTS = [
  ...['message', 'statusMessage', 'timeZone', 'fiName'],
  ...['thirdPartyDeclineCode', 'requestSignature', 'customerId', 'customer.customerId', 'customer.name'],
  ...['paymentProviderTransaction.statusMessage', 'paymentProviderTransaction.reasonCodeMessage'],
  'paymentProviderTransaction.thirdPartyDeclineCode',
];

/** Bytes of Latin-1, "Café", as a form sends them. */
const LATIN_1 = 'Caf%E9';

describe('a field of an event', () => {
  const parse = (fields: Record<string, string>) =>
    parseNotification(
      new URLSearchParams({ eventId: '7', eventType: 'Tokenize', objectId: '5', ...fields }).toString(),
    );
  it.each(Object.keys(FIELDS))('%s holds what it may', (name) => {
    for (const value of FIELDS[name]?.good ?? []) {
      const { fields, unknownFields } = parse({ [name]: value });
      expect({ ...fields }).toMatchObject({ [name]: value });
      expect(unknownFields).toBe(false);
    }
  });
  it.each(Object.keys(FIELDS))('%s holds nothing else', (name) => {
    for (const value of FIELDS[name]?.bad ?? []) {
      expect(() => parse({ [name]: value }), value).toThrow(`invalid_field.${name}`);
    }
  });
  it.each(TEXTS)('%s holds any text, UTF-8 or not', (name) => {
    const { unknownFields } = parse({ [name]: 'a&b = \n\u0000 é' });
    expect(unknownFields).toBe(false);
    const { fields } = parseNotification(`eventId=7&eventType=Tokenize&objectId=5&${name}=${LATIN_1}`);
    expect({ ...fields }).toMatchObject({ [name]: 'Caf\ufffd' });
  });
  it.each(Object.keys(FIELDS))('%s is UTF-8', (name) => {
    const rest = Object.entries({ eventId: '7', eventType: 'Tokenize', objectId: '5' }).filter(
      ([key]) => key !== name,
    );
    const body = `${new URLSearchParams(rest)}&${name}=${LATIN_1}`;
    expect(() => parseNotification(body)).toThrow(`invalid_field.${name}`);
  });
  it('a splitToken is a credential: nothing else fits into it', () => {
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
  it.each([...Object.keys(FIELDS), ...TEXTS])('%s cannot be spelled out by another', (name) => {
    const event = 'eventId=7&eventType=Tokenize&objectId=5';
    expect(authentic(replay(`${event}&other=x%26${name}%3D1`)).quarantine).toBe('ambiguous_text');
    expect(authentic(replay(`${event}&${name}%3D1`)).quarantine).toBe('ambiguous_text');
  });
});

describe('two copies of one event', () => {
  it.each([
    ...['merchantId', 'merchantReference', 'objectId', 'parentObjectId', 'transactionId', 'transactionType'],
    ...['paymentType', 'status', 'reference', 'returnType', 'amountReturned', 'customer.externalId'],
  ])('must agree in %s', (name) => {
    const event = own('Update', '2');
    expect(normalizedOf({ ...event, [name]: '3' }).material).not.toEqual(
      normalizedOf({ ...event, [name]: '4' }).material,
    );
    expect(normalizedOf({ ...event, [name]: '4' }).material).toMatchObject({ [name]: '4' });
  });
  it('must agree in their object type and event', () => {
    const event = own('Update', '2', { objectType: 'Transaction' });
    expect(normalizedOf({ ...event, objectType: 'Other' }).material).not.toEqual(
      normalizedOf(event).material,
    );
    expect(normalizedOf({ ...event, eventType: 'Process' }).material).not.toEqual(
      normalizedOf(event).material,
    );
  });
});

describe('a field of a redirect', () => {
  const REDIRECT: Cases = {
    transactionId: ID,
    merchantReference: REFERENCE,
    status: NUMBER,
    transactionType: NUMBER,
    'payment.paymentType': NUMBER,
    'payment.paymentProvider.type': {
      good: ['1', '0001'],
      bad: ['12345', 'x', '1x', 'x1', '-1'],
    },
    'payment.account.verified': BOOLEAN,
    panel: { good: ['1', 'a_b-C', text(32)], bad: [text(33), 'a b', 'a.b', 'a&b'] },
    'payment.paymentProviderTransaction.status': CODE,
    errorCode: CODE,
    suggestedRetryAmount: POSITIVE,
  };
  const verdictOf = (fields: Record<string, string>) => {
    const all = { transactionId: '1', merchantReference: 'r', status: '8', ...fields };
    const query = new URLSearchParams(all).toString();
    const signature = createHmac('sha1', credentials.accessKey).update(query).digest('base64');
    return verifyRedirect(
      `${query}&requestSignature=${encodeURIComponent(signature)}`,
      'https://x',
      {},
      keys,
    );
  };
  it.each(Object.keys(REDIRECT))('%s holds what it may', (name) => {
    for (const value of REDIRECT[name]?.good ?? []) {
      const verdict = verdictOf({ [name]: value });
      const values: unknown[] = verdict.authentic ? Object.values(verdict.redirect) : [];
      expect(values).toContain(name.endsWith('verified') ? value.toLowerCase() === 'true' : value);
    }
  });
  it.each(Object.keys(REDIRECT))('%s holds nothing else', (name) => {
    for (const value of REDIRECT[name]?.bad ?? []) {
      expect(verdictOf({ [name]: value }), value).toEqual({ authentic: false, reason: 'unreadable' });
    }
  });
  it.each(Object.keys(REDIRECT))('%s cannot be spelled out by another', (name) => {
    expect(verdictOf({ other: `x&${name}=1` })).toEqual({ authentic: false, reason: 'unreadable' });
  });
});
