/**
 * Each key signs other texts than notifications, too. A shopper may see such a signature and send it as a notification.
 * The answer is 401 not_a_notification: in the quarantine such messages would take all the room.
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
  /** Signs as Trustly does: the whole address, or its query alone (older versions of Trustly's API). */
  const signRedirect = (text: string): string =>
    createHmac('sha1', credentials.accessKey).update(text).digest('base64');
  const BACK =
    'transactionId=500&transactionType=1&merchantReference=order-1&status=2&payment.paymentType=2&panel=1';
  /** An event that a shopper writes into a text of establishData. */
  const EVENT = 'eventId=9&eventType=Complete&objectId=500&objectType=Transaction&paymentType=2';

  const postWith = (body: string, signature: string) =>
    americas.check(
      americas.request(body, { authorization: americas.basic(`${credentials.accessId}:${signature}`) }),
    );

  it('the requestSignature of establishData on an event is answered 401 not_a_notification', () => {
    const body = signedText(establish);
    expect(postWith(body, requestSignature(establish, credentials.accessKey))).toEqual(REFUSED);
    const strong = requestSignature(establish, credentials.accessKey, 'SHA512');
    expect(postWith(body, strong)).toEqual(REFUSED);
  });

  it('establishData with a text that spells an event or a redirect is refused as an event and as a redirect', () => {
    const names = [
      EVENT,
      `${EVENT.replace('&paymentType=2', '')}&transactionType=2&status=4`,
      'eventId=9',
      BACK,
    ];
    for (const text of names.map((name) => `Joe&${name}`)) {
      for (const data of [
        { customer: { name: text } },
        { customer: { email: text } },
        { description: text },
      ]) {
        const attempt = { ...establish, ...data };
        const [body, signature] = [signedText(attempt), requestSignature(attempt, credentials.accessKey)];
        expect(postWith(body, signature), text).toEqual(REFUSED);
        for (const hidden of ['&paymentType', '&merchantId', '&merchantReference', '&currency']) {
          const moved = body.replace(hidden, encodeURIComponent(hidden));
          expect(postWith(moved, signature), `${text}, ${hidden}`).toEqual(REFUSED);
        }
        const query = `${body}&requestSignature=${encodeURIComponent(signature)}`;
        const verdict = verifyRedirect(
          query,
          'https://hooks.example/return',
          americas.account,
          americas.keys,
        );
        expect(verdict, text).toEqual({ authentic: false, reason: 'unreadable' });
      }
    }
  });

  it('establishData that spells an event and has a numeric paymentType is never read as a notification', () => {
    const attempt = {
      ...establish,
      paymentType: '2',
      customer: { name: `Joe&${EVENT.split('&paymentType')[0]}` },
    };
    const [body, signature] = [signedText(attempt), requestSignature(attempt, credentials.accessKey)];
    for (const text of [body, body.replace('&currency', '%26currency'), body.replaceAll('=', '%3D')]) {
      expect(postWith(text, signature)).not.toHaveProperty('notification');
    }
  });

  it.each([
    ['the return address', `https://hooks.example/trustly/americas/shop/return/n?${BACK}`],
    ['the query alone', BACK],
    ['an address whose query spells an event', `https://evil.example/?x=1&${EVENT}&${BACK}`],
    ['an address with = before the query', `https://evil.example/a=b?${EVENT}&${BACK}`],
    ['the address of an app', `shop.app://back?${EVENT}&${BACK}`],
    ['a query that spells an event', `${EVENT}&${BACK}`],
  ])('the signature of a redirect over %s on an event is answered 401 not_a_notification', (_name, text) => {
    expect(postWith(text, signRedirect(text))).toEqual(REFUSED);
    // Other escapes of the same signed text.
    expect(postWith(text.replaceAll('&', '%26'), signRedirect(text))).toEqual(REFUSED);
  });

  it('the signature of an event on a redirect is refused as unreadable', () => {
    const text = `eventId=9&eventType=Update&${BACK}`;
    const query = `${text}&requestSignature=${encodeURIComponent(signRedirect(text))}`;
    const verdict = verifyRedirect(query, 'https://hooks.example/return', americas.account, americas.keys);
    expect(verdict).toEqual({ authentic: false, reason: 'unreadable' });
  });

  it('the requestSignature of establishData on a redirect is refused as unreadable', () => {
    const signature = encodeURIComponent(requestSignature(establish, credentials.accessKey));
    const query = `${signedText(establish)}&requestSignature=${signature}`;
    const verdict = verifyRedirect(query, 'https://hooks.example/return', americas.account, americas.keys);
    expect(verdict).toEqual({ authentic: false, reason: 'unreadable' });
  });

  it.each(['', 'eventType=Update&objectId=5', '{"eventId":"7"}'])(
    'a signed body %j without eventId is answered 401 not_a_notification',
    (body) => {
      expect(americas.replay(body)).toEqual(REFUSED);
    },
  );

  it.each([
    'eventId=7&eventType=Dispute&transactionId=500&returnType=R10',
    'eventId=7&eventType=Complete&objectId=5&status=4&panel=1',
    'eventId=7&eventType=Complete&objectId=5&payment.paymentType=2',
    'accessId=test-access-id-0001&merchantId=1&merchantReference=order-1&paymentType=2&eventId=7&eventType=Complete&objectId=5',
    'eventId=7&eventType=Complete&objectId=5&message=https%3A%2F%2Fexample%2F%3Fx%3D1',
  ])('a genuine event with a field that redirects or establishData use is not quarantined: %s', (body) => {
    expect(americas.authentic(americas.replay(body)).quarantine).toBeUndefined();
  });

  it('an event with a redirect appended to the signed text is answered 401', () => {
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
  ])(
    'Trustly’s signature of an answer (%s) carries no notification: answered 401 not_a_notification',
    (method, data) => {
      const { body } = signNotification({ method, uuid, data }, europe.trustly.privateKey);
      const verdict = trustlyEurope.verify(europe.request(body), europe.account(), europe.ownKeys);
      expect(verdict).toEqual(REFUSED);
    },
  );

  it('the merchant’s own signature carries no notification: answered 401 wrong_signature', () => {
    const { body } = signNotification(
      { method: 'credit', uuid, data: europe.SAMPLES.credit },
      europe.merchant.privateKey,
    );
    const verdict = trustlyEurope.verify(europe.request(body), europe.account(), europe.ownKeys);
    expect(verdict).toEqual({ authentic: false, status: 401, reason: 'wrong_signature' });
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
    ['a widget call seen in the browser', WIDGET],
    ['a Payment Status request', { key: 'project', ref: 'b1493096790' }],
    ['a Delivery Confirmation', { payment_id: 'b1493096790', type: 'digital', status: 'delivered' }],
    ['a refund request', { key: 'project', ref: 'b1493096790', type: '1', uid: 'pwuser' }],
    ['a widget call with parameters of a pingback', { ...WIDGET, goodsid: 'gold', ref: 'b1', type: '0' }],
  ])('the signature of %s on a pingback is answered 401 not_a_notification', (_name, parameters) => {
    // The parameter of the signature is `sign` there.
    const query = signedQuery(parameters, wall.SECRET).toString().replace('&sign=', '&sig=');
    expect(verify(query)).toEqual(REFUSED);
  });

  it.each([1, 2] as const)(
    'the older widget signature of version %i on a pingback is answered 401 not_a_notification',
    (version) => {
      const older = wall.account({ signatureVersion: version });
      const pairs = [...Object.entries(WIDGET), ['sign_version', String(version)] as const];
      const base = version === 1 ? 'uid=pwusergoodsid=slength=speriod=type=ref=' : wall.flatBase(pairs);
      const query = `${wall.encode(pairs)}&sig=${wall.sign(base)}`;
      expect(paymentwall.verify(wall.request(query), older, keys)).toEqual(REFUSED);
    },
  );

  describe('a widget call with a text of the shopper’s', () => {
    const PINGBACKS = {
      digital_goods: 'goodsid=goldref=b1sign_version=Vtype=0uid=victim',
      virtual_currency: 'currency=100ref=b1sign_version=Vtype=0uid=victim',
      cart: 'goodsid[0]=goldref=b1sign_version=Vtype=0uid=victim',
    };
    /** Parameters of the widget whose values a shopper chooses, at several places in the order of names. */
    const CHOSEN = ['ag_name', 'customer[firstname]', 'email', 'history[registration_name]', 'success_url'];
    const BASE_NAMES = /(goodsid(?:\[0\])?|currency|ref|sign_version|type|uid)=/g;

    /** The forged pairs: a parameter with the text before, the spelled pingback, a parameter with the text behind. */
    function forged(before: string, spelled: string, after: string): wall.Pairs {
      const names = [...spelled.matchAll(BASE_NAMES)].map(([, name = '']) => name);
      const values = spelled.split(BASE_NAMES).filter((_part, at) => at > 0 && at % 2 === 0);
      return [
        ['ag_external_id', before.slice('ag_external_id='.length)],
        ...names.map((name, at) => [name, values[at] ?? ''] as const),
        ['zz', after.slice('zz='.length)],
      ];
    }

    const cases = (['digital_goods', 'virtual_currency', 'cart'] as const).flatMap((api) =>
      ([2, 3] as const).flatMap((version) =>
        CHOSEN.flatMap((chosen) =>
          [true, false].map((knowsProject) => ({ api, version, chosen, knowsProject })),
        ),
      ),
    );

    it.each(cases)(
      'the widget signature over $chosen gives no pingback: $api, version $version, project key known: $knowsProject',
      (at) => {
        const own = wall.account({ api: at.api, signatureVersion: at.version, orderParameter: 'uid' });
        const projectKey = '0123456789abcdef0123456789abcdef';
        const current = { secretKey: wall.SECRET, ...(at.knowsProject ? { projectKey } : {}) };
        const spelled = PINGBACKS[at.api].replace('V', String(at.version));
        const call = {
          ...WIDGET,
          key: projectKey,
          sign_version: String(at.version),
          [at.chosen]: `a@b.c${spelled}zz=`,
        };
        const base = wall.flatBase(Object.entries(call));
        const [before = '', after = ''] = base.split(spelled);
        const pairs = forged(before, spelled, after);
        // The forged pairs have the signed text of the widget call.
        expect(wall.flatBase(pairs)).toBe(base);
        const signature = wall.sign(base, at.version === 3 ? 'sha256' : 'md5');
        const query = `${wall.encode(pairs)}&sig=${signature}`;
        const verdict = paymentwall.verify(wall.request(query), own, paymentwall.parseKeys({ current }, own));
        if (at.knowsProject) expect(verdict).toEqual(REFUSED);
        else expect(verdict).toMatchObject({ authentic: true, quarantine: 'ambiguous' });
      },
    );
  });

  it.each([
    [1, 'uid=victimgoodsid=goldslength=speriod=type=0ref=b1'],
    [2, 'goodsid=goldref=b1sign_version=2type=0uid=victim'],
  ] as const)(
    'the widget signature over a chosen uid gives a pingback of version %i where an old version is pinned',
    (version, id) => {
      const own = wall.account({ signatureVersion: version });
      const values = id.split(/(goodsid|ref|sign_version|slength|speriod|type|uid)=/).slice(1);
      const pairs = Array.from(
        { length: values.length / 2 },
        (_, at) => values.slice(2 * at, 2 * at + 2) as never,
      );
      // The first version of the widget signs with the MD5 of uid and secret.
      const query = `${wall.encode(pairs)}&sig=${wall.sign(id)}`;
      expect(paymentwall.verify(wall.request(query), own, keys)).toHaveProperty('notification.uid', 'victim');
      const strong = paymentwall.verify(wall.request(query), account, keys);
      expect(strong).toMatchObject({ authentic: false });
    },
  );
});
