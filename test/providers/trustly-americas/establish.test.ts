/** establishData: the published vectors, the fixed order, presence, and what a caller may not decide. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOrder } from '../../../shared/payment/index.ts';
import type { AmericasCheckout } from '../../../shared/providers/provider.ts';
import {
  type EstablishFields,
  requestSignature,
  SIGNED_FIELDS,
  signedText,
  valueAt,
  withoutEmpty,
} from '../../../shared/providers/trustly-americas/establish.ts';
import {
  EstablishError,
  establishData,
  merchantReferenceOf,
  OURS,
} from '../../../shared/providers/trustly-americas/establish-data.ts';
import { verifyRedirect } from '../../../shared/providers/trustly-americas/redirect.ts';
import { parseKeys } from '../../../shared/providers/trustly-americas/verify.ts';
import vectors from '../../vectors/trustly-americas.json' with { type: 'json' };

/** A dotted text as the nested object it stands for, in whatever order. */
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

const [V1, V2] = vectors.establish;
const v1 = nested(V1?.string ?? '');

describe('requestSignature', () => {
  it('is V1, whatever the order of the properties', () => {
    expect(signedText(v1)).toBe(V1?.string);
    expect(requestSignature(v1, V1?.key ?? '')).toBe(V1?.signature);
  });

  it.each(['', undefined, null, false, 0, '0'])('is V2 with displayAmount %j', (displayAmount) => {
    expect(requestSignature({ ...v1, displayAmount }, V2?.key ?? '')).toBe(V2?.signature);
  });

  it('is labelled with SHA-512', () => {
    const expected = createHmac('sha512', '123456')
      .update(V1?.string ?? '')
      .digest('base64');
    expect(requestSignature(v1, '123456', 'SHA512')).toBe(`HmacSHA512:${expected}`);
  });

  it('covers every listed field and none beside', () => {
    const all = nested(SIGNED_FIELDS.map((name) => `${name}=x${name}`).join('&'));
    expect(signedText(all).split('&')).toEqual(SIGNED_FIELDS.map((name) => `${name}=x${name}`));
    expect(signedText({ ...all, returnUrl: 'https://a.example', metadata: { a: 'b' } })).toBe(
      signedText(all),
    );
    for (const name of SIGNED_FIELDS) {
      const changed = nested(signedText(all).replace(`${name}=x${name}`, `${name}=other`));
      expect(requestSignature(changed, 'k')).not.toBe(requestSignature(all, 'k'));
    }
  });

  it('is that of what is sent: empty listed fields are left out, others stay', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...SIGNED_FIELDS),
          fc.constantFrom<string | number | boolean | null>('', '0', 0, false, null, 'x', 7, true),
        ),
        (flat) => {
          const data: Record<string, unknown> = { metadata: { flag: false, empty: '' } };
          for (const [path, value] of Object.entries(flat)) {
            const names = path.split('.');
            let inner = data;
            for (const name of names.slice(0, -1)) {
              inner[name] ??= {};
              inner = inner[name] as Record<string, unknown>;
            }
            inner[names.at(-1) ?? ''] = value;
          }
          const sent = withoutEmpty(data as EstablishFields);
          expect(sent.metadata).toEqual({ flag: false, empty: '' });
          const present = SIGNED_FIELDS.filter((name) => valueAt(sent, name) !== undefined);
          const signed = signedText(sent);
          expect(signed === '' ? [] : signed.split('&').map((pair) => pair.split('=')[0])).toEqual(present);
          expect(signed).toBe(signedText(data as EstablishFields));
        },
      ),
    );
  });
});

describe('withoutEmpty', () => {
  it('leaves out a group of which nothing is left', () => {
    expect(withoutEmpty({ customer: { name: '', address: { zip: '0' } }, amount: '1.00' })).toEqual({
      amount: '1.00',
    });
  });
});

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
const asked = { paymentType: 'Deferred', customer: { name: 'Joe User', email: 'joe@shop.example' } };
const make = (input: unknown = asked, over: object = {}, set: Partial<AmericasCheckout> = {}) =>
  establishData(input, order(over), attempt, { ...settings, ...set }, keys);

describe('establishData', () => {
  it('holds the order’s amount, the account’s ids, the fixed addresses, and a fitting signature', () => {
    const data = make();
    expect(data).toEqual({
      ...asked,
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

  it('differs in its signature with the reference of the attempt', () => {
    const other = establishData(
      asked,
      order(),
      { ...attempt, merchantReference: 'order-1-abd' },
      settings,
      keys,
    );
    expect(other.requestSignature).not.toBe(make().requestSignature);
  });

  it.each(OURS)('does not let the caller set %s', (name) => {
    expect(() => make({ ...asked, [name]: 'x' })).toThrow(`establish.${name}: is set by checkout`);
  });

  const wrong: readonly [why: string, input: unknown, over?: object][] = [
    ['no object', 'Deferred'],
    ['a list', [asked]],
    ['an unknown name', { ...asked, amonut: '1.00' }],
    ['an unknown paymentType', { ...asked, paymentType: '2' }],
    ['no customer', { paymentType: 'Deferred' }],
    ['a customer without a name', { ...asked, customer: { email: 'joe@shop.example' } }],
    ['Recurring without recurrence', { ...asked, paymentType: 'Recurring' }],
    ['Verification without account', { ...asked, paymentType: 'Verification' }],
    ['a refresh without authToken', { ...asked, paymentType: 'Verification', transactionId: '1' }],
    ['another amount', { ...asked, amount: '902.51' }],
    ['a negative amount', { ...asked, amount: '-902.50' }],
    ['a number as amount', { ...asked, amount: 902.5 }],
    [
      'an amount too long',
      { ...asked, amount: '90200000.50' },
      { amounts: [{ currency: 'USD', open: true }] },
    ],
    ['a third decimal', asked, { amounts: [{ currency: 'USD', exact: '1.005' }] }],
    ['a currency Trustly Americas has not', asked, { amounts: [{ currency: 'EUR', exact: '1' }] }],
    ['a currency the order has not', { ...asked, currency: 'CAD' }],
    [
      'no currency where the order has two',
      asked,
      {
        amounts: [
          { currency: 'USD', exact: '1' },
          { currency: 'CAD', exact: '1' },
        ],
      },
    ],
    ['a line break', { ...asked, description: 'a\nb' }],
    ['a name with a dot', { ...asked, metadata: { 'a.b': '1' } }],
    ['the customer’s name in the description', { ...asked, description: 'for joe user' }],
    ['the e-mail in metadata', { ...asked, metadata: { contact: 'joe@shop.example' } }],
    ['somebody’s e-mail in the description', { ...asked, description: 'see ann@shop.example' }],
    ['a tax id in the description', { ...asked, description: 'id 123-45-6789' }],
    ['a field hidden in a name', { ...asked, customer: { name: 'J&transactionId=1' } }],
    ['a field of redirects hidden in a name', { ...asked, customer: { name: 'J&status=2' } }],
    ['a field of events hidden in a name', { ...asked, customer: { name: 'J&ev%65ntId=2' } }],
    ['a list in a signed field', { ...asked, description: ['a', 'b'] }],
    ['an object in a signed field', { ...asked, customer: { name: { first: 'Joe' } } }],
    ['a text in place of a group', { ...asked, recurrence: 'monthly' }],
    ['a number as displayAmount', { ...asked, displayAmount: 902.5 }],
    [
      'the phone in the description',
      { ...asked, customer: { name: 'J', phone: '555-0100' }, description: 'call 555-0100' },
    ],
    ['a field hidden in the description', { ...asked, description: 'x&amount=1.00' }],
  ];
  it.each(wrong)('refuses %s', (_, input, over) => {
    expect(() => make(input, over)).toThrow(EstablishError);
  });

  it('never shows a value in its sentence', () => {
    for (const [, input, over] of wrong) {
      try {
        make(input, over);
      } catch (error) {
        expect(String(error)).not.toMatch(/joe|ann@|123-45|J&/i);
      }
    }
  });

  it('asks for what the account’s contract asks for', () => {
    const required = ['customer.address.zip', 'metadata.cart'];
    expect(() => make(asked, {}, { required })).toThrow('establish.customer.address.zip: is required');
    const customer = { ...asked.customer, address: { zip: '94111' } };
    expect(() => make({ ...asked, customer }, {}, { required })).toThrow('establish.metadata.cart');
    expect(make({ ...asked, customer, metadata: { cart: '7' } }, {}, { required })).toBeDefined();
  });

  it('accepts zero for no limit, a range, an open amount, and a bank’s ampersand', () => {
    expect(make({ ...asked, amount: '0.00' }).amount).toBe('0.00');
    expect(make(asked, { amounts: [{ currency: 'USD', open: true }] }).amount).toBe('0.00');
    const range = { amounts: [{ currency: 'USD', min: '5', max: '10' }] };
    expect(make(asked, range).amount).toBe('10.00');
    expect(make({ ...asked, amount: '7' }, range).amount).toBe('7.00');
    expect(() => make({ ...asked, amount: '4.99' }, range)).toThrow('differs');
    expect(make({ ...asked, description: 'M&T Bank & Co' }).description).toBe('M&T Bank & Co');
    expect(make({ ...asked, customer: { customerId: 'c-1' } })).toBeDefined();
  });

  it('takes no single word for a person, and no part of a longer number for a phone', () => {
    const rose = { ...asked, customer: { name: 'Rose' }, description: 'Rose bouquet' };
    expect(make(rose).description).toBe('Rose bouquet');
    const jean = {
      ...asked,
      customer: { name: 'Jean Doe', phone: '5550100' },
      metadata: { id: 'x955501007' },
    };
    expect(make(jean).metadata).toEqual({ id: 'x955501007' });
  });

  it('gives no signature that verifies as a redirect', () => {
    const refresh = { ...asked, paymentType: 'Verification', authToken: 'new', transactionId: '1002633191' };
    const data = make(refresh);
    const { requestSignature: signature, ...signed } = data;
    const query = `${signedText(signed)}&requestSignature=${encodeURIComponent(String(signature))}`;
    expect(verifyRedirect(query, attempt.returnUrl, keys).authentic).toBe(false);
    expect(() => make({ ...refresh, customer: { name: 'J&status=2' } })).toThrow(EstablishError);
  });

  it('gives references that need no escaping', () => {
    expect(merchantReferenceOf(order(), 'x1')).toBe('order-1-x1');
    expect(() => merchantReferenceOf(order({ reference: 'a&status=4' }), 'x1')).toThrow(EstablishError);
  });
});
