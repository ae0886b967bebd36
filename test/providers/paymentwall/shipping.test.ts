import { describe, expect, test } from 'vitest';
import {
  captures,
  parseShippingReport,
  readShippingAnswer,
  shippingRequest,
} from '../../../shared/providers/paymentwall/shipping.ts';
import { ShippingReportError } from '../../../shared/providers/shipping.ts';

const credentials = { secretKey: 'secret-key' };
const base = 'https://api.paymentwall.com/api';

describe('Delivery Confirmation', () => {
  const report = {
    status: 'delivering',
    merchantReference: 'order-1',
    estimatedDeliveryAt: '2017-01-15T10:04:55.000Z',
    refundable: true,
    carrier: { type: 'UPS', trackingId: 'T1' },
    shippingAddress: {
      ...{ email: 'a@b.example', country: 'US', city: 'C', zip: '1', state: 'S' },
      ...{ street: 'X', phone: '1', firstname: 'F', lastname: 'L' },
    },
  };
  test('a shipping report is sent as the documented form fields, with the secret key in the header x-apikey', () => {
    const request = shippingRequest(
      { ref: 'b1', report: parseShippingReport(report, 'physical'), test: false },
      'physical',
      credentials,
      base,
    );
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://api.paymentwall.com/api/delivery',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-apikey': 'secret-key' },
    });
    const body = Object.fromEntries(new URLSearchParams(request.body));
    expect(body).toMatchObject({
      payment_id: 'b1',
      merchant_reference_id: 'order-1',
      type: 'physical',
      status: 'delivering',
      estimated_delivery_datetime: '2017/01/15 10:04:55 +0000',
      estimated_update_datetime: '2017/01/15 10:04:55 +0000',
      refundable: '1',
      is_test: '0',
      carrier_type: 'UPS',
      carrier_tracking_id: 'T1',
      'shipping_address[email]': 'a@b.example',
      'shipping_address[lastname]': 'L',
    });
  });
  const sent = (changes: object, goods: 'digital' | 'physical' = 'physical', isTest = false) => {
    const parsed = parseShippingReport({ ...report, ...changes }, goods);
    const { body } = shippingRequest({ ref: 'b1', report: parsed, test: isTest }, goods, credentials, base);
    return Object.fromEntries(new URLSearchParams(body));
  };
  test('a shipping report without optional fields is sent with their defaults', () => {
    expect(sent({})).toMatchObject({ reason: 'none', details: 'delivering' });
    expect(sent({ reason: 'weather', details: 'two parcels' })).toMatchObject({
      reason: 'weather',
      details: 'two parcels',
    });
    expect(sent({ estimatedUpdateAt: '2017-01-16T00:00:00Z' })).toMatchObject({
      estimated_delivery_datetime: '2017/01/15 10:04:55 +0000',
      estimated_update_datetime: '2017/01/16 00:00:00 +0000',
    });
    expect(sent({ refundable: false }, 'physical', true)).toMatchObject({ refundable: '0', is_test: '1' });
    const address = { ...report.shippingAddress, state: undefined };
    expect(sent({ shippingAddress: address })).not.toHaveProperty('shipping_address[state]');
    const digital = sent({ carrier: undefined }, 'digital');
    expect(Object.keys(digital).filter((key) => key.startsWith('carrier'))).toEqual([]);
  });
  test.each([
    [{ merchantReference: undefined }, 'merchantReference'],
    [{ merchantReference: '' }, 'merchantReference'],
    [{ merchantReference: 5 }, 'merchantReference'],
    [{ merchantReference: 'x'.repeat(1_025) }, 'merchantReference'],
    [{ reason: '' }, 'reason'],
    [{ details: 5 }, 'details'],
    [{ estimatedUpdateAt: 'soon' }, 'estimatedUpdateAt'],
    [{ carrier: { type: 'UPS' } }, 'carrier'],
    [{ carrier: { trackingId: 'T1' } }, 'carrier'],
    [{ shippingAddress: undefined }, 'shippingAddress: email, country'],
  ])('a shipping report with %j is refused', (change, key) => {
    const run = () => parseShippingReport({ ...report, ...change }, 'physical');
    expect(run).toThrow(ShippingReportError);
    expect(run).toThrow(`delivery.${key}`);
  });
  test('a shipping report must be an object, may have texts of 1,024 characters, and needs an e-mail for digital goods', () => {
    for (const none of [undefined, null, 'report', []]) {
      expect(() => parseShippingReport(none, 'digital')).toThrow('delivery: an object');
    }
    const longest = 'x'.repeat(1_024);
    expect(sent({ merchantReference: longest }).merchant_reference_id).toBe(longest);
    expect(() => parseShippingReport({ ...report, shippingAddress: {} }, 'digital')).toThrow(
      'shippingAddress: email',
    );
  });
  test('a shipping report that Paymentwall would refuse is refused, with the key named and no value', () => {
    for (const [change, key] of [
      [{ status: 'gone' }, 'status'],
      [{ carrier: undefined }, 'carrier'],
      [{ shippingAddress: { email: 'a@b.example' } }, 'shippingAddress'],
      [{ estimatedDeliveryAt: 'soon' }, 'estimatedDeliveryAt'],
      [{ refundable: 'yes' }, 'refundable'],
    ] as const) {
      const wrong = () => parseShippingReport({ ...report, ...change }, 'physical');
      expect(wrong).toThrow(ShippingReportError);
      expect(wrong).toThrow(`delivery.${key}`);
      expect(wrong).not.toThrow(/soon|a@b/);
    }
  });
  test('a shipping report of digital goods needs only an e-mail address', () => {
    const digital = { ...report, carrier: undefined, shippingAddress: { email: 'a@b.example' } };
    expect(parseShippingReport(digital, 'digital').shippingAddress).toEqual({ email: 'a@b.example' });
  });
  test('the status delivering captures the payment, and order_placed does not', () => {
    expect(captures('order_placed')).toBe(false);
    expect(captures('delivering')).toBe(true);
  });
  test.each([
    [200, { success: 1 }, { type: 'found', messages: [] }],
    [200, { success: true }, { type: 'found', messages: [] }],
    [200, { success: '1' }, { type: 'found', messages: [] }],
    [200, { success: 0, error: 'x', notices: [] }, { type: 'refused', reason: 'request' }],
    [200, { success: false }, { type: 'refused', reason: 'request' }],
    [200, { success: '' }, { type: 'refused', reason: 'request' }],
    [200, { error: 'x' }, { type: 'refused', reason: 'request' }],
    [400, { error: 'x' }, { type: 'refused', reason: 'request' }],
    [400, { success: 1 }, { type: 'refused', reason: 'request' }],
    [503, '', { type: 'unavailable', reason: 'status' }],
    [503, { success: 1 }, { type: 'unavailable', reason: 'status' }],
    [200, 'OK', { type: 'unavailable', reason: 'unreadable' }],
  ])('an answer of Delivery Confirmation with %s %j is %j', (status, body, expected) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readShippingAnswer({ status, body: text })).toEqual(expected);
  });
});
