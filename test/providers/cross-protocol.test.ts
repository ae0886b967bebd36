/**
 * Every key signs more than notifications. What it signed for another purpose, and a shopper may have seen, is refused
 * with a reason of its own: set aside, it would fill the quarantine.
 */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signBody } from '../../local/demo/senders/trustly-americas.ts';
import { signNotification } from '../../local/demo/senders/trustly-europe.ts';
import { signedQuery } from '../../shared/providers/paymentwall/api.ts';
import { paymentwall } from '../../shared/providers/paymentwall/index.ts';
import { requestSignature, signedText } from '../../shared/providers/trustly-americas/establish.ts';
import { verifyRedirect } from '../../shared/providers/trustly-americas/redirect.ts';
import { trustlyEurope } from '../../shared/providers/trustly-europe/index.ts';
import * as wall from './paymentwall/support.ts';
import * as americas from './trustly-americas/support.ts';
import * as europe from './trustly-europe/support.ts';

const REFUSED = { authentic: false, status: 401, reason: 'not_a_notification' };

describe('the accessKey of Trustly Americas', () => {
  const { credentials } = americas;
  const establish = {
    ...{ accessId: credentials.accessId, merchantId: '1', description: 'Order 1', currency: 'USD' },
    ...{ amount: '5.00', merchantReference: 'order-1', paymentType: 'Deferred' },
    customer: { name: 'Joe User', externalId: 'c-1' },
  };
  /** As Trustly signs it: over the whole address, or over its query alone (older versions of its API). */
  const signRedirect = (text: string): string =>
    createHmac('sha1', credentials.accessKey).update(text).digest('base64');
  const BACK =
    'transactionId=500&transactionType=1&merchantReference=order-1&status=2&payment.paymentType=2&panel=1';
  /** Not signed in establishData: what a shopper put there instead. */
  const EVENT = 'eventId=9&eventType=Complete&objectId=500&objectType=Transaction&paymentType=2';

  const postWith = (body: string, signature: string) =>
    americas.check(
      americas.request(body, { authorization: americas.basic(`${credentials.accessId}:${signature}`) }),
    );

  it('the signature of establishData, seen in the browser, carries no event', () => {
    const body = signedText(establish);
    expect(postWith(body, requestSignature(establish, credentials.accessKey))).toEqual(REFUSED);
    const strong = requestSignature(establish, credentials.accessKey, 'SHA512');
    expect(postWith(body, strong)).toEqual(REFUSED);
  });

  it.each([
    ['its own address', `https://hooks.example/trustly/americas/shop/return/n?${BACK}`],
    ['its query alone', BACK],
    ['an address whose query spells an event', `https://evil.example/?x=1&${EVENT}&${BACK}`],
    ['an address that hides its query from a first look', `https://evil.example/a=b?${EVENT}&${BACK}`],
    ['an address of an app', `shop.app://back?${EVENT}&${BACK}`],
    ['the query alone, which spells an event', `${EVENT}&${BACK}`],
  ])('the signature of a redirect over %s carries no event', (_name, text) => {
    expect(postWith(text, signRedirect(text))).toEqual(REFUSED);
    // Escaped otherwise, the signed text is the same.
    expect(postWith(text.replaceAll('&', '%26'), signRedirect(text))).toEqual(REFUSED);
  });

  it('the signature of an event carries no redirect', () => {
    const text = `eventId=9&eventType=Update&${BACK}`;
    const query = `${text}&requestSignature=${encodeURIComponent(signRedirect(text))}`;
    const verdict = verifyRedirect(query, 'https://hooks.example/return', americas.account, americas.keys);
    expect(verdict).toEqual({ authentic: false, reason: 'unreadable' });
  });

  it('the signature of establishData carries no redirect', () => {
    const signature = encodeURIComponent(requestSignature(establish, credentials.accessKey));
    const query = `${signedText(establish)}&requestSignature=${signature}`;
    const verdict = verifyRedirect(query, 'https://hooks.example/return', americas.account, americas.keys);
    expect(verdict).toEqual({ authentic: false, reason: 'unreadable' });
  });

  it.each(['', 'eventType=Update&objectId=5', '{"eventId":"7"}'])(
    '%j has no eventId: it is no event',
    (body) => {
      expect(americas.replay(body)).toEqual(REFUSED);
    },
  );

  it.each([
    'eventId=7&eventType=Dispute&transactionId=500&returnType=R10',
    'eventId=7&eventType=Complete&objectId=5&status=4&panel=1',
    'eventId=7&eventType=Complete&objectId=5&payment.paymentType=2',
    'eventId=7&eventType=Complete&objectId=5&message=https%3A%2F%2Fexample%2F%3Fx%3D1',
  ])('genuine, and passes: %s', (body) => {
    expect(americas.authentic(americas.replay(body)).quarantine).toBeUndefined();
  });

  it('what a shopper can do to the texts that Trustly signs never verifies as an event', () => {
    const { headers } = signBody(EVENT, credentials);
    expect(americas.check(americas.request(`${EVENT}&${BACK}`, headers))).toMatchObject({ status: 401 });
  });
});

describe('the keys of Trustly Europe', () => {
  const uuid = '258a2184-2842-b485-25ca-293525152425';

  it.each([
    ['Deposit', { orderid: '2190971587', url: 'https://trustly.com/_/2f6b14fa' }],
    ['Refund', { orderid: '2190971587', result: '1' }],
    ['Withdraw', { orderid: '2190971587', url: 'https://trustly.com/_/2f6b14fa' }],
    ['credit', { status: 'OK' }],
  ])('Trustly’s signature of an answer (%s) carries no notification', (method, data) => {
    const { body } = signNotification({ method, uuid, data }, europe.trustly.privateKey);
    const verdict = trustlyEurope.verify(europe.request(body), europe.account(), europe.ownKeys);
    expect(verdict).toEqual(REFUSED);
  });

  it('our own signature, on answers and requests, carries no notification', () => {
    const { body } = signNotification(
      { method: 'credit', uuid, data: europe.SAMPLES.credit },
      europe.merchant.privateKey,
    );
    const verdict = trustlyEurope.verify(europe.request(body), europe.account(), europe.ownKeys);
    expect(verdict).toEqual({ authentic: false, status: 401, reason: 'signature_wrong' });
  });
});

describe('the secret key of Paymentwall', () => {
  const WIDGET = {
    ...{ key: 'project', uid: 'pwuser', widget: 'p1_1', amount: '9.99', currencyCode: 'USD' },
    ...{ ag_name: 'Gold', ag_external_id: 'gold', ag_type: 'fixed' },
  };
  const account = wall.account({ signatureVersion: 3 });
  const keys = paymentwall.parseKeys({ current: { secretKey: wall.SECRET } }, account);
  const verify = (query: string) => paymentwall.verify(wall.request(query), account, keys);

  it.each([
    ['a call of the widget, seen in the browser,', WIDGET],
    ['a question to Payment Status', { key: 'project', ref: 'b1493096790' }],
    ['a Delivery Confirmation', { payment_id: 'b1493096790', type: 'digital', status: 'delivered' }],
  ])('the signature of %s carries no pingback', (_name, parameters) => {
    // `sign` is its name there.
    const query = signedQuery(parameters, wall.SECRET).toString().replace('&sign=', '&sig=');
    expect(verify(query)).toEqual(REFUSED);
  });

  it.each([1, 2] as const)(
    'nor under the older version %i, for an account that is pinned to it',
    (version) => {
      const older = wall.account({ signatureVersion: version });
      const pairs = [...Object.entries(WIDGET), ['sign_version', String(version)] as const];
      const base = version === 1 ? 'uid=pwusergoodsid=slength=speriod=type=ref=' : wall.flatBase(pairs);
      const query = `${wall.encode(pairs)}&sig=${wall.sign(base)}`;
      expect(paymentwall.verify(wall.request(query), older, keys)).toEqual(REFUSED);
    },
  );
});
