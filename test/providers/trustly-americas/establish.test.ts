/** The signature of establishData: published vectors, order of fields, absent fields, fields a caller may not set. */

import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EstablishFields,
  requestSignature,
  SIGNED_FIELDS,
  signedText,
  valueAt,
  withoutEmpty,
} from '../../../shared/providers/trustly-americas/establish.ts';
import vectors from '../../vectors/trustly-americas.json' with { type: 'json' };

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

const [V1, V2] = vectors.establish;
const v1 = nested(V1?.string ?? '');

describe('requestSignature', () => {
  it('requestSignature gives the vector V1, whatever the order of the properties', () => {
    expect(signedText(v1)).toBe(V1?.string);
    expect(requestSignature(v1, V1?.key ?? '')).toBe(V1?.signature);
  });

  it.each(['', undefined, null, false, 0, '0'])(
    'requestSignature gives the vector V2 with displayAmount %j',
    (displayAmount) => {
      expect(requestSignature({ ...v1, displayAmount }, V2?.key ?? '')).toBe(V2?.signature);
    },
  );

  it('requestSignature with SHA512 has the label HmacSHA512:', () => {
    const expected = createHmac('sha512', '123456')
      .update(V1?.string ?? '')
      .digest('base64');
    expect(requestSignature(v1, '123456', 'SHA512')).toBe(`HmacSHA512:${expected}`);
  });

  it('SIGNED_FIELDS is the provider’s documented list in the documented order', () => {
    // Copied from the provider's sample.
    const documented =
      'accessId, merchantId, description, currency, amount, displayAmount, minimumBalance, merchantReference, paymentType, timeZone, recurrence.startDate, recurrence.endDate, recurrence.frequency, recurrence.frequencyUnit, recurrence.frequencyUnitType, recurrence.recurringAmount, recurrence.automaticCapture, verification.status, verification.verifyCustomer, customer.customerId, customer.externalId, customer.name, customer.vip, customer.taxId, customer.driverLicense.number, customer.driverLicense.state, customer.address.address1, customer.address.address2, customer.address.city, customer.address.state, customer.address.zip, customer.address.country, customer.phone, customer.email, customer.balance, customer.currency, customer.enrollDate, customer.externalTier, customer.dateOfBirth, account.nameOnAccount, account.name, account.type, account.profile, account.accountNumber, account.routingNumber, transactionId';
    expect(SIGNED_FIELDS).toEqual(documented.split(', '));
  });

  it('requestSignature covers every field of SIGNED_FIELDS and no other field', () => {
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

  it('the signed text names exactly the listed fields that are sent: empty listed fields are left out', () => {
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
