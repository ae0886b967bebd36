/** The data of an attempt to pay: the merchant's fields, the fields that Payhooks sets, and the refused values. */
import { describe, expect, it } from 'vitest';
import { EstablishError } from '../../../shared/providers/checkout.ts';
import { parseOrder } from '../../../shared/providers/orders.ts';
import type { AmericasCheckout } from '../../../shared/providers/trustly-americas/account.ts';
import {
  type EstablishFields,
  requestSignature,
  signedText,
  withoutEmpty,
} from '../../../shared/providers/trustly-americas/establish.ts';
import {
  establishData,
  merchantReferenceOf,
  SET_BY_CALLER,
  SET_BY_CHECKOUT,
} from '../../../shared/providers/trustly-americas/establish-data.ts';
import { verifyRedirect } from '../../../shared/providers/trustly-americas/redirect.ts';
import { parseKeys } from '../../../shared/providers/trustly-americas/verify.ts';

/** The nested object of a text with dotted names, with its members in reverse order. */
function nested(text: string): EstablishFields {
  const data: Record<string, unknown> = {};
  for (const pair of text.split('&').reverse()) {
    const at = pair.indexOf('=');
    const path = pair.slice(0, at).split('.');
    let inner = data;
    for (const name of path.slice(0, -1)) {
      inner[name] ??= {};
      inner = inner[name] as Record<string, unknown>;
    }
    inner[path.at(-1) ?? ''] = pair.slice(at + 1);
  }
  return data as EstablishFields;
}

const settings: AmericasCheckout = {
  merchantId: '0012',
  signature: 'SHA1',
  required: [],
  pages: { pending: '', confirmed: '', selection: '', declined: '' },
};
const keys = parseKeys({
  current: { accessId: 'id-1', accessKey: 'key-1' },
  next: { accessId: 'id-2', accessKey: 'key-2' },
});
const order = (over: object = {}) =>
  parseOrder(
    { reference: 'order-1', amounts: [{ currency: 'USD', exact: '902.5' }], ...over },
    '2026-01-01T00:00:00.000Z',
  );
const attempt = {
  merchantReference: 'order-1-abc',
  returnUrl: 'https://hooks.example/return/n',
  cancelUrl: 'https://hooks.example/cancel/n',
  notificationUrl: 'https://hooks.example/events',
};
const validInput = { paymentType: 'Deferred', customer: { name: 'Joe User', email: 'joe@shop.example' } };
const make = (input: unknown = validInput, over: object = {}, set: Partial<AmericasCheckout> = {}) =>
  establishData(input, { order: order(over), attempt }, { ...settings, ...set }, keys);

describe('withoutEmpty', () => {
  it('withoutEmpty leaves out a group whose values are all empty or 0', () => {
    expect(withoutEmpty({ customer: { name: '', address: { zip: '0' } }, amount: '1.00' })).toEqual({
      amount: '1.00',
    });
  });
});

describe('establishData', () => {
  it('establishData has the order’s amount, the account’s ids, the fixed addresses and a fitting requestSignature', () => {
    const data = make();
    expect(data).toEqual({
      ...validInput,
      ...attempt,
      currency: 'USD',
      amount: '902.50',
      accessId: 'id-1',
      merchantId: '0012',
      requestSignature: expect.any(String),
    });
    const { requestSignature: signature, ...signed } = data;
    expect(signature).toBe(requestSignature(signed, 'key-1'));
  });

  it('establishData has another requestSignature for another merchantReference', () => {
    const other = establishData(
      validInput,
      { order: order(), attempt: { ...attempt, merchantReference: 'order-1-abd' } },
      settings,
      keys,
    );
    expect(other.requestSignature).not.toBe(make().requestSignature);
  });

  it.each([
    ...['accessId', 'merchantId', 'merchantReference', 'requestSignature'],
    ...['returnUrl', 'cancelUrl', 'notificationUrl'],
  ])('SET_BY_CHECKOUT contains %s', (name) => expect(SET_BY_CHECKOUT).toContain(name));
  it.each(SET_BY_CHECKOUT)('establishData refuses %s from the caller: is set by checkout', (name) => {
    expect(() => make({ ...validInput, [name]: 'x' })).toThrow(`establish.${name}: is set by checkout`);
  });

  const open = { amounts: [{ currency: 'USD', open: true }] };
  const both = {
    amounts: [
      { currency: 'USD', exact: '1' },
      { currency: 'CAD', exact: '2' },
    ],
  };
  const range = { amounts: [{ currency: 'USD', min: '5', max: '10' }] };
  const long = 'a'.repeat(1_025);
  const wrong: readonly [why: string, says: string, input: unknown, over?: object][] = [
    ['a text in place of the object', ': allowed: an object with paymentType, customer', 'Deferred'],
    ['a list in place of the object', ': allowed: an object', [validInput]],
    ['null', ': allowed: an object', null],
    [
      'an unknown name',
      '.amonut: no such key; only paymentType, customer',
      { ...validInput, amonut: '1.00' },
    ],
    ['an unknown paymentType', '.paymentType: allowed: Instant, Def', { ...validInput, paymentType: '2' }],
    ['no customer', '.customer.name: is required unless', { paymentType: 'Deferred' }],
    [
      'a customer without a name',
      '.customer.name: is required',
      { ...validInput, customer: { email: 'joe@shop.example' } },
    ],
    [
      'Recurring without recurrence',
      '.recurrence: is required with paymentType "Rec',
      { ...validInput, paymentType: 'Recurring' },
    ],
    [
      'Verification without account',
      '.account: is required with paymentType "Ver',
      { ...validInput, paymentType: 'Verification' },
    ],
    [
      'a refresh without authToken',
      '.authToken: allowed: "new"',
      { ...validInput, paymentType: 'Verification', transactionId: '1' },
    ],
    ['an amount that differs from the order', '.amount: differs', { ...validInput, amount: '902.51' }],
    ['an amount below the range', '.amount: differs', { ...validInput, amount: '4.99' }, range],
    ['an amount above the range', '.amount: differs', { ...validInput, amount: '10.01' }, range],
    [
      'the amount of another currency',
      '.amount: differs',
      { ...validInput, currency: 'CAD', amount: '1.00' },
      both,
    ],
    ['a negative amount', '.amount: allowed: a decimal', { ...validInput, amount: '-5.00' }, open],
    ['a number as amount', '.amount: allowed: a decimal', { ...validInput, amount: 902.5 }],
    [
      'an amount with too many digits',
      '.amount: allowed: two decimals',
      { ...validInput, amount: '90200000.50' },
      open,
    ],
    ['a third decimal', '.amount: allowed: two decimals', { ...validInput, amount: '1.005' }, open],
    [
      'a currency that Trustly Americas does not support',
      '.currency: allowed: USD, CAD',
      validInput,
      { amounts: [{ currency: 'EUR', exact: '1' }] },
    ],
    ['a currency that the order does not have', '.currency: CAD is none', { ...validInput, currency: 'CAD' }],
    ['an input without currency for an order with two currencies', '.currency: allowed', validInput, both],
    [
      'a line break in the description',
      '.description: allowed: at most',
      { ...validInput, description: 'a\nb' },
    ],
    [
      'a lone surrogate in the description',
      '.description: allowed: at most',
      { ...validInput, description: 'a\ud800' },
    ],
    [
      'a name of 1,025 characters',
      '.customer.name: allowed: at most 1024',
      { ...validInput, customer: { name: long } },
    ],
    ['a metadata name with a dot', '.metadata: a name with "."', { ...validInput, metadata: { 'a.b': '1' } }],
    [
      'metadata nested five levels deep',
      '.metadata.a.b.c.d: is nested too deeply',
      { ...validInput, metadata: { a: { b: { c: { d: '1' } } } } },
    ],
    [
      'a list with a number',
      '.allowedPaymentProviderTypes: allowed: a list of texts',
      { ...validInput, allowedPaymentProviderTypes: ['1', 2] },
    ],
    [
      'a list with a text of 1,025 characters',
      '.allowedPaymentProviderTypes: allowed: at most',
      { ...validInput, allowedPaymentProviderTypes: ['1', long] },
    ],
    [
      'the customer’s name in the description',
      '.description: repeats customer.name',
      { ...validInput, description: 'for joe user' },
    ],
    [
      'the customer’s name at the start of the description',
      '.description: repeats customer.name',
      { ...validInput, description: 'Joe User, 7 roses' },
    ],
    [
      'a name of two words far apart',
      '.description: repeats customer.name',
      { ...validInput, customer: { name: 'Jo  Li' }, description: 'for Jo  Li' },
    ],
    [
      'the e-mail in metadata',
      '.metadata.contact: holds what looks like',
      { ...validInput, metadata: { contact: 'joe@shop.example' } },
    ],
    [
      'an e-mail in a list',
      '.allowedPaymentProviderTypes: holds what looks like',
      { ...validInput, allowedPaymentProviderTypes: ['1', 'joe@shop.example'] },
    ],
    [
      'another person’s e-mail in the description',
      '.description: holds',
      { ...validInput, description: 'see ann@shop.example' },
    ],
    ['a tax id in the description', '.description: holds', { ...validInput, description: 'id 123-45-6789' }],
    [
      'the phone in the description',
      '.description: repeats customer.phone',
      { ...validInput, customer: { name: 'J', phone: '5501' }, description: 'call 5501' },
    ],
    [
      'a field hidden in a name',
      ': a value holds "&"',
      { ...validInput, customer: { name: 'J&transactionId=1' } },
    ],
    [
      'a field of redirects hidden in a name',
      ': a value holds',
      { ...validInput, customer: { name: 'J&status=2' } },
    ],
    [
      'a field of events hidden in a name',
      ': a value holds',
      { ...validInput, customer: { name: 'J&ev%65ntId=2' } },
    ],
    ['a field hidden in the description', ': a value holds', { ...validInput, description: 'x&amount=1.00' }],
    ['a list in a signed field', '.description: allowed: a text', { ...validInput, description: ['a', 'b'] }],
    [
      'an object in a signed field',
      '.customer.name: allowed: a text',
      { ...validInput, customer: { name: { first: 'Joe' } } },
    ],
    [
      'a text in place of a group',
      '.recurrence: allowed: an object',
      { ...validInput, recurrence: 'monthly' },
    ],
    ['a number as transactionId', '.transactionId: allowed: a text', { ...validInput, transactionId: 7 }],
    ['a number as displayAmount', '.displayAmount: allowed: a text', { ...validInput, displayAmount: 902.5 }],
  ];
  it.each(wrong)('establishData refuses %s', (_, says, input, over) => {
    const refusal = () => make(input, over);
    expect(refusal).toThrow(EstablishError);
    expect(refusal).toThrow(`establish${says}`);
  });

  it('the message of an EstablishError shows no personal value of the input', () => {
    for (const [, , input, over] of wrong) {
      try {
        make(input, over);
      } catch (error) {
        expect(String(error)).not.toMatch(/joe|ann@|123-45|J&/i);
      }
    }
  });

  it('establishData refuses an input without a field that the account requires', () => {
    const required = ['customer.address.zip', 'metadata.cart'];
    expect(() => make(validInput, {}, { required })).toThrow('zip: is required by this account');
    const customer = { ...validInput.customer, address: { zip: '94111' } };
    expect(() => make({ ...validInput, customer }, {}, { required })).toThrow('establish.metadata.cart');
    expect(make({ ...validInput, customer, metadata: { cart: '7' } }, {}, { required })).toBeDefined();
  });

  it.each<[amount: string | undefined, over: object, becomes: string]>([
    ['0.00', {}, '0.00'],
    [undefined, open, '0.00'],
    ['5.00', open, '5.00'],
    ['9020000.5', open, '9020000.50'],
    [undefined, range, '10.00'],
    ['5', range, '5.00'],
    ['10.0', range, '10.00'],
  ])('establishData accepts the amount %s for an order with %j', (amount, over, becomes) => {
    expect(make({ ...validInput, ...(amount === undefined ? {} : { amount }) }, over).amount).toBe(becomes);
  });

  it('establishData takes the amount of the order in the currency of the input', () => {
    expect(make({ ...validInput, currency: 'CAD' }, both)).toMatchObject({ currency: 'CAD', amount: '2.00' });
  });

  it.each<[why: string, more: EstablishFields]>([
    ['a description with ampersands', { description: 'M&T Bank & Co' }],
    ['a description with an equals sign', { description: '1+1=2' }],
    ['a customer that Trustly knows', { customer: { customerId: 'c-1' } }],
    ['a new account to verify', { paymentType: 'Verification', account: { routingNumber: '124003116' } }],
    ['a name of 1,024 characters', { customer: { name: 'a'.repeat(1_024) } }],
    ['metadata nested four levels deep', { metadata: { a: { b: { c: ['1'] } } } }],
    ['a list of texts', { allowedPaymentProviderTypes: ['1', 'a'.repeat(1_024)] }],
    ['metadata with null, a number and a boolean', { metadata: { none: null, count: 7, flag: false } }],
  ])('establishData accepts %s', (_, more) => {
    expect(make({ ...validInput, ...more })).toMatchObject(more);
  });

  it('establishData accepts every key of SET_BY_CALLER and every paymentType', () => {
    const all = {
      ...validInput,
      ...{ currency: 'USD', amount: '902.50', displayAmount: '902.50', minimumBalance: '10.00' },
      ...{ description: 'Roses', timeZone: 'America/New_York', transactionId: '1', authToken: 'new' },
      ...{ recurrence: { frequency: '1' }, verification: { verifyCustomer: true }, account: { type: '1' } },
      ...{ metadata: { cart: '7' }, address: { zip: '94111' }, kycType: '1', env: 'sandbox' },
      allowedPaymentProviderTypes: ['1'],
    };
    expect(make(all)).toMatchObject(all);
    expect(Object.keys(all).sort()).toEqual([...SET_BY_CALLER].sort());
    for (const paymentType of [
      ...['Instant', 'Deferred', 'Recurring', 'Disbursement', 'Verification', 'Retrieval'],
    ]) {
      expect(make({ ...all, paymentType })).toMatchObject({ paymentType });
    }
  });

  it('establishData leaves out a key whose value is null', () => {
    const { requestSignature: _, ...bare } = make();
    expect(make({ ...validInput, recurrence: null, displayAmount: null })).toMatchObject(bare);
    expect(make({ ...validInput, recurrence: null, displayAmount: null })).not.toHaveProperty(
      'displayAmount',
    );
  });

  it('establishData takes no single-word name and no part of a longer number for personal data', () => {
    const account = { nameOnAccount: 'Rose' };
    const rose = {
      ...validInput,
      customer: { name: 'Rose' },
      account,
      description: "Rose bouquet, can't wilt",
    };
    expect(make(rose).description).toBe("Rose bouquet, can't wilt");
    const jean = {
      ...validInput,
      customer: { name: 'Jean Doe', phone: '5550100', taxId: '123' },
      metadata: { id: 'x955501007', before: '95550100', after: '55501007', short: 'room 123' },
    };
    expect(make(jean).metadata).toEqual(jean.metadata);
  });

  it.each([
    ...['customer.name', 'customer.email', 'customer.phone', 'customer.taxId', 'customer.dateOfBirth'],
    ...['customer.driverLicense.number', 'customer.address.address1'],
    ...['account.nameOnAccount', 'account.accountNumber'],
  ])('establishData refuses a description that repeats %s', (path) => {
    const value = /name$/i.test(path) ? 'Ann Bell' : '77 Ash';
    const personal = [...signedText({ customer: { customerId: 'c-1' } }).split('&'), `${path}=${value}`];
    const given = { paymentType: 'Deferred', ...nested(personal.join('&')) };
    expect(make(given)).toMatchObject(given);
    expect(() => make({ ...given, description: `for ${value}!` })).toThrow(`repeats ${path};`);
  });

  it.each<[EstablishFields]>([
    [{ description: 'a@b, @shop.example, joe@, joe@shop, joe@.example' }],
    [{ description: '1123-45-6789 and 123-45-67890, 123456789, 12-45-6789' }],
    [{ address: { line: 'joe@shop.example' } }],
    [{ account: { profile: 'joe@shop.example' } }],
    [{ customer: { name: 'J', email: 'joe@shop.example', note: '123-45-6789' } }],
  ])(
    'establishData accepts a text that only resembles personal data, and personal data where it belongs: %j',
    (more) => {
      expect(make({ ...validInput, ...more })).toMatchObject(more);
    },
  );

  it('establishData accepts a phone number that occurs in our own returnUrl', () => {
    const customer = { name: 'Jean Doe', phone: '5550100' };
    const addresses = { ...attempt, returnUrl: 'https://hooks.example/return/5550100' };
    expect(
      establishData({ ...validInput, customer }, { order: order(), attempt: addresses }, settings, keys),
    ).toMatchObject(addresses);
  });

  it('the requestSignature of establishData never verifies as a redirect', () => {
    const refresh = {
      ...validInput,
      paymentType: 'Verification',
      authToken: 'new',
      transactionId: '1002633191',
    };
    const data = make(refresh);
    const { requestSignature: signature, ...signed } = data;
    const query = `${signedText(signed)}&requestSignature=${encodeURIComponent(String(signature))}`;
    expect(verifyRedirect(query, attempt.returnUrl, {}, keys).authentic).toBe(false);
    expect(() => make({ ...refresh, customer: { name: 'J&status=2' } })).toThrow(EstablishError);
  });

  it('merchantReferenceOf refuses an order reference that needs escaping or is longer than 64 characters', () => {
    expect(merchantReferenceOf(order(), 'x1')).toBe('order-1-x1');
    for (const reference of ['a', 'A_b.c-9', 'r'.repeat(64)]) {
      expect(merchantReferenceOf(order({ reference }), 'x1')).toBe(`${reference}-x1`);
    }
    for (const reference of ['r'.repeat(65), 'a b', 'é', 'a/b', 'a=b']) {
      expect(() => merchantReferenceOf(order({ reference }), 'x1')).toThrow(EstablishError);
    }
    const hidden = () => merchantReferenceOf(order({ reference: 'a&status=4' }), 'x1');
    expect(hidden).toThrow(EstablishError);
    expect(hidden).toThrow('order.reference: allowed');
  });
});
