/** Checkout and redirects on memory ports: from the registered order to the shopper's return. */
import { describe, expect, it } from 'vitest';
import type { Secrets } from '../../../shared/app/platform/secrets.ts';
import { aliasKeyOf, paymentKeyOf, returnedKey } from '../../../shared/app/table/keys.ts';
import { aliasItem, renewItem } from '../../../shared/app/table/rows.ts';
import { accountOnFile } from '../../../shared/app/transition/account-on-file.ts';
import { redirectStateFrom } from '../../../shared/app/transition/redirect-state.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import { checkoutBench, type Kind, type Opened, PAGES, secret } from '../../support/checkout-bench.ts';
import { secretsOf } from '../../support/secrets.ts';

const scope = { provider: 'trustly-americas', account: 'shop' } as const;
/** An order that the toy provider's payment pays. */
const ORDER = {
  amounts: [
    { currency: 'USD', exact: '5' },
    { currency: 'EUR', exact: '5' },
  ],
  establish: { paymentType: 'Deferred', currency: 'USD', customer: { name: 'Joe User' } },
};

describe('a return', () => {
  it('a return is kept with source redirect and leads to the pending page, whatever status the return claims', async () => {
    const { opened, signed, visit, sessions, memory, notifications, fulfilment } = checkoutBench();
    const session = await opened();
    const reply = await visit(signed(session, 'return', { status: '4' }));
    expect(reply).toMatchObject({ status: 303, location: `${PAGES.pending}?order=order-1` });
    expect(sessions()[0]?.return).toMatchObject({
      source: 'redirect',
      transactionId: '1002633191',
      transactionType: '1',
      paymentType: '2',
      providerType: '1',
      accountVerified: true,
      panel: '1',
      status: '4',
      variant: 'url-truncated-received-sha1',
    });
    expect(await accountOnFile(memory, scope, '1002633191')).toMatchObject({
      orderReference: 'order-1',
      account: { type: '1', verified: true },
      sources: ['redirect'],
    });
    // A return causes no fulfil: there is no payment, no effect and no message.
    expect(memory.data('payment')).toEqual([]);
    expect(memory.data('effect#')).toEqual([]);
    expect([...notifications.sent, ...fulfilment.sent]).toEqual([]);
  });

  it('a return leads to the confirmed page when a verified event of the payment was applied before', async () => {
    const { opened, signed, visit, event } = checkoutBench();
    const session = await opened(ORDER);
    await event('1002633191', session.merchantReference);
    expect((await visit(signed(session, 'return'))).location).toBe(`${PAGES.confirmed}?order=order-1`);
  });

  it.each([
    [{ reading: { kind: 'authorization' }, status: 'authorized', holds: [] }, true],
    [{ reading: { kind: 'payment' }, status: 'paid', holds: [] }, true],
    [{ reading: { kind: 'payment' }, status: 'authorized', holds: [] }, false],
    [{ reading: { kind: 'payment' }, status: 'paid', holds: [{ reason: 'amount_differs' }] }, false],
  ])('redirectStateFrom a payment %j returns confirmed: %s', (payment, confirmed) => {
    expect(redirectStateFrom(payment as unknown as Payment)).toEqual({ confirmed });
  });

  it('a returned row that an older version wrote as an alias still gives the payment its order', async () => {
    const { opened, event, payment, memory } = checkoutBench();
    await opened(ORDER);
    const id = { type: 'id', value: '1002633191' } as const;
    await memory.write([{ put: aliasItem(aliasKeyOf(scope, id), 'order-1'), when: 'absent' }]);
    await event();
    expect(await payment()).toMatchObject({ orderReference: 'order-1' });
  });

  it('a return that is refreshed leads to the same page and writes nothing more', async () => {
    const { opened, signed, visit, memory } = checkoutBench();
    const session = await opened();
    const address = signed(session, 'return');
    const first = await visit(address);
    const before = memory.all();
    expect(await visit(address)).toEqual(first);
    expect(await visit(`${address}&instantPayoutAvail=true`)).toEqual(first);
    expect(memory.all()).toEqual(before);
  });

  it('three concurrent copies of one return are kept once', async () => {
    const { opened, signed, visit, memory } = checkoutBench();
    const address = signed(await opened(), 'return');
    const replies = await Promise.all([visit(address), visit(address), visit(address)]);
    expect(new Set(replies.map(({ location }) => location)).size).toBe(1);
    expect(
      memory.writes.filter((writes) => writes.some((w) => 'put' in w && w.put.sk === 'account#return')),
    ).toHaveLength(1);
  });

  const refusals: readonly [
    why: string,
    make: (b: ReturnType<typeof checkoutBench>, s: Opened, other: Opened) => string,
  ][] = [
    [
      'without a signature',
      (_, s) => `${s.returnUrl}?transactionId=1&merchantReference=${s.merchantReference}&status=4`,
    ],
    ['with a tampered status', (b, s) => b.signed(s, 'return').replace('status=2', 'status=4')],
    [
      'of another attempt',
      (b, s, other) => b.signed({ ...s, merchantReference: other.merchantReference }, 'return'),
    ],
    [
      'with the query of another attempt',
      (b, s, other) => `${s.returnUrl}?${b.signed(other, 'return').split('?')[1]}`,
    ],
    [
      'with a nonce that was never issued',
      (b, s) => b.signed({ ...s, returnUrl: `${s.returnUrl.slice(0, -22)}${'A'.repeat(22)}` }, 'return'),
    ],
    [
      'with a malformed nonce',
      (b, s) => b.signed({ ...s, returnUrl: `${s.returnUrl.slice(0, -22)}x` }, 'return'),
    ],
  ];
  it.each(refusals)(
    'a return %s gets 401 with a link to the pending page, and nothing is stored',
    async (_, make) => {
      const b = checkoutBench();
      const [session, other] = [await b.opened(), await b.opened()];
      const before = b.memory.all();
      const reply = await b.visit(make(b, session, other));
      expect(reply).toMatchObject({ status: 401, location: undefined });
      expect(reply.body).toContain(`href="${PAGES.pending}"`);
      expect(b.memory.all()).toEqual(before);
    },
  );

  it('a return with another transactionId under a used nonce gets 401, and the first return stays stored', async () => {
    const { opened, signed, visit, sessions } = checkoutBench();
    const session = await opened();
    await visit(signed(session, 'return'));
    expect((await visit(signed(session, 'return', { transactionId: '7' }))).status).toBe(401);
    expect(sessions()[0]?.return?.transactionId).toBe('1002633191');
  });

  it('a return whose transaction belongs to another order gets 401', async () => {
    const { opened, signed, visit } = checkoutBench();
    await visit(signed(await opened(), 'return'));
    const other = await opened({ reference: 'order-2' });
    expect((await visit(signed(other, 'return'))).status).toBe(401);
  });

  it('a return that refreshes an authorization may name the transaction of the earlier order', async () => {
    const { opened, signed, visit } = checkoutBench();
    await visit(signed(await opened(), 'return'));
    const establish = {
      paymentType: 'Verification',
      transactionId: '1002633191',
      authToken: 'new',
      customer: { name: 'Joe User' },
    };
    const refresh = await opened({ reference: 'order-2', establish });
    expect((await visit(signed(refresh, 'return'))).location).toBe(`${PAGES.pending}?order=order-2`);
  });

  it('a return that refreshes an authorization gets 401 when the named transaction belongs to a third order', async () => {
    const { opened, signed, visit } = checkoutBench();
    await visit(signed(await opened(), 'return'));
    await visit(signed(await opened({ reference: 'order-3' }), 'return', { transactionId: '77' }));
    const establish = {
      paymentType: 'Verification',
      transactionId: '1002633191',
      authToken: 'new',
      customer: { name: 'Joe User' },
    };
    const refresh = await opened({ reference: 'order-2', establish });
    expect((await visit(signed(refresh, 'return', { transactionId: '77' }))).status).toBe(401);
  });

  it('one of two simultaneous returns of an attempt with different transactionIds gets 401', async () => {
    const { opened, signed, visit, sessions } = checkoutBench();
    const session = await opened();
    const visits = ['7', '8'].map((transactionId) => visit(signed(session, 'return', { transactionId })));
    const replies = await Promise.all(visits);
    expect(replies.map(({ status }) => status).sort()).toEqual([303, 401]);
    expect(['7', '8']).toContain(sessions()[0]?.return?.transactionId);
  });
});

describe('a rotated key', () => {
  it('a rotated key is read again once before a return is refused, and the return gets 303', async () => {
    const { opened, signed, redirectWith, sessions } = checkoutBench();
    const address = signed(await opened(), 'return');
    let rereads = 0;
    const stale = secretsOf({
      'payhooks/sandbox/trustly-americas/shop': { current: { accessId: 'id-0', accessKey: 'old-key' } },
    });
    const secrets: Secrets = {
      ...stale,
      reread: async ({ parse }) => {
        rereads += 1;
        return parse({ current: { accessId: 'id-0', accessKey: 'old-key' }, next: secret.current });
      },
    };
    expect((await redirectWith(secrets, address)).status).toBe(303);
    expect(rereads).toBe(1);
    expect(sessions()[0]?.return).toMatchObject({ keyId: 'next' });
  });
});

describe('the page that a shopper is sent to', () => {
  const redirects: readonly [Kind, Record<string, string>, string][] = [
    ['cancel', { 'payment.paymentProviderTransaction.status': 'UC01' }, `${PAGES.selection}&order=order-1`],
    [
      'cancel',
      { 'payment.paymentProviderTransaction.status': 'UC12' },
      `${PAGES.selection}&order=order-1&message=try_another_bank`,
    ],
    [
      'cancel',
      { status: '8', 'payment.paymentProviderTransaction.status': 'SW021' },
      `${PAGES.declined}?order=order-1&message=not_enough_funds`,
    ],
    ['return', { status: '7' }, `${PAGES.selection}&order=order-1`],
    ['return', { status: '8' }, `${PAGES.declined}?order=order-1&message=try_another_bank`],
    ['return', { status: '5', errorCode: '326' }, `${PAGES.declined}?order=order-1&message=sign_in_again`],
    [
      'return',
      { status: '8', errorCode: '331', suggestedRetryAmount: '20.00' },
      `${PAGES.declined}?order=order-1&message=not_enough_funds&retryAmount=20.00`,
    ],
    ['return', { status: '6' }, `${PAGES.declined}?order=order-1&message=try_again`],
    ['return', { status: '14' }, `${PAGES.pending}?order=order-1`],
  ];
  it.each(redirects)('a %s redirect with %j leads the shopper to %s', async (kind, over, location) => {
    const { opened, signed, visit, memory } = checkoutBench();
    expect((await visit(signed(await opened(), kind, over))).location).toBe(location);
    if (over.status !== '14') expect(await accountOnFile(memory, scope, '1002633191')).toBeUndefined();
  });
});

describe('a cancellation', () => {
  it('a cancellation that cannot be verified leads back to the selection page, and no content of it is stored', async () => {
    const { opened, signed, visit, memory } = checkoutBench();
    const session = await opened();
    const before = memory.all();
    const addresses = [
      session.cancelUrl,
      `${session.cancelUrl}?status=8&payment.paymentProviderTransaction.status=SW021&requestSignature=AAAA`,
      signed(session, 'cancel').replace('status=7', 'status=8'),
      `https://hooks.example/trustly/americas/shop/cancel/nonsense`,
    ];
    for (const address of addresses) {
      expect(await visit(address)).toMatchObject({ status: 303, location: PAGES.selection });
    }
    expect(memory.all()).toEqual(before);
  });

  it('a cancellation and a return of the same attempt are both kept', async () => {
    const { opened, signed, visit, sessions } = checkoutBench();
    const session = await opened();
    await visit(signed(session, 'cancel'));
    await visit(signed(session, 'return'));
    expect(sessions()[0]).toMatchObject({ cancel: { status: '7' }, return: { status: '2' } });
  });
});

describe('no open redirect', () => {
  it.each([
    '&returnUrl=https://evil.example',
    '&location=//evil.example',
    '&order=https://evil.example',
    '&message=https://evil.example',
  ])('a redirect with %s in its query still leads to the shop’s own host', async (trailing) => {
    const { opened, signed, visit } = checkoutBench();
    const session = await opened();
    for (const kind of ['return', 'cancel'] as const) {
      const { location } = await visit(signed(session, kind, {}, trailing));
      expect(new URL(String(location)).host).toBe('shop.example');
      expect(location).not.toContain('evil');
    }
  });

  it('a redirect of an unknown account or of an account without pages gets 404 without a location', async () => {
    const { visit } = checkoutBench();
    for (const name of ['nobody', 'plain', '%2F%2Fevil.example']) {
      const reply = await visit(`https://hooks.example/trustly/americas/${name}/cancel/${'A'.repeat(22)}`);
      expect(reply).toMatchObject({ status: 404, location: undefined });
    }
  });
});

describe('a failure of Payhooks itself', () => {
  it.each(['return', 'cancel'] as const)(
    'a %s redirect leads the shopper to a page with 303 when the table fails, and shows no cause',
    async (kind) => {
      const { opened, signed, visit, memory } = checkoutBench();
      const session = await opened();
      memory.beforeWrite = () => {
        throw new Error('table gone');
      };
      const page = kind === 'return' ? PAGES.pending : PAGES.selection;
      expect(await visit(signed(session, kind))).toEqual({ status: 303, location: page, body: '' });
    },
  );

  it('a redirect logs neither query, nonce nor signature', async () => {
    const { opened, signed, visit, lines } = checkoutBench();
    const session = await opened();
    await visit(signed(session, 'return'));
    await visit(signed(session, 'return').replace('status=2', 'status=4'));
    const log = lines.join('\n');
    expect(log).toContain('redirect kept');
    for (const text of [
      session.returnUrl.slice(-22),
      '1002633191',
      'requestSignature',
      session.requestSignature,
      'Joe',
    ])
      expect(log).not.toContain(text);
  });
});

describe('a payment that gets its order from a redirect', () => {
  const GRANTED = { orderReference: 'order-1', holds: [], grant: { state: 'granted' } };

  it('a payment whose return came before its event is granted by the event, and no renewal row is written', async () => {
    const { opened, signed, visit, event, payment, swept, renewals, fulfils } = checkoutBench();
    await visit(signed(await opened(ORDER), 'return'));
    expect(await swept()).toBe(0);
    expect(renewals()).toEqual([]);
    await event();
    expect(await payment()).toMatchObject(GRANTED);
    expect([await swept(), fulfils()]).toEqual([0, 1]);
  });

  it('a payment held as unknown_order is granted by the next run of the sweeper after its return', async () => {
    const { opened, signed, visit, event, payment, swept, renewals, fulfils } = checkoutBench();
    const session = await opened(ORDER);
    await event();
    expect(await payment()).toMatchObject({ holds: [{ reason: 'unknown_order' }] });
    await visit(signed(session, 'return'));
    expect(renewals()).toHaveLength(1);
    expect(await swept()).toBe(1);
    expect(await payment()).toMatchObject(GRANTED);
    expect([await swept(), fulfils(), renewals()]).toEqual([0, 1, []]);
  });

  it('a return concurrent with its event grants the payment once, whichever write is first', async () => {
    for (const redirectFirst of [true, false]) {
      const { opened, signed, visit, event, payment, swept, renewals, fulfils, memory } = checkoutBench();
      const address = signed(await opened(ORDER), 'return');
      const isFirst = redirectFirst ? 'payment' : 'session';
      // The second operation runs between the read and the write of the first.
      memory.beforeWrite = async (writes) => {
        if (!writes.some((write) => 'put' in write && write.put.sk === isFirst)) return;
        memory.beforeWrite = undefined;
        await (redirectFirst ? visit(address) : event());
      };
      await (redirectFirst ? event() : visit(address));
      await swept();
      expect(await payment()).toMatchObject(GRANTED);
      expect([await swept(), fulfils(), renewals()]).toEqual([0, 1, []]);
    }
  });

  it('a sweeper that dies between sending and removing a renewal sends it again, and the payment is granted once', async () => {
    const { opened, signed, visit, event, payment, swept, renewals, fulfils, memory, notifications } =
      checkoutBench();
    const session = await opened(ORDER);
    await event();
    await visit(signed(session, 'return'));
    memory.beforeWrite = (writes) => {
      if (writes.some((write) => 'remove' in write && write.remove.sk === 'renew')) throw new Error('killed');
    };
    await expect(swept()).rejects.toThrow('killed');
    expect(notifications.sent).toHaveLength(1);
    memory.beforeWrite = undefined;
    expect(await swept()).toBe(2);
    expect(await payment()).toMatchObject(GRANTED);
    expect([await swept(), fulfils(), renewals()]).toEqual([0, 1, []]);
  });

  it('a return of a payment that has its order already leaves no renewal row', async () => {
    const { opened, signed, visit, event, renewals } = checkoutBench();
    const session = await opened(ORDER);
    await event('1002633191', 'order-1');
    await visit(signed(session, 'return'));
    expect(renewals()).toEqual([]);
  });

  it('a renewal row that an older version wrote beside the payment makes the sweeper derive the payment anew', async () => {
    const { opened, event, payment, swept, memory, time } = checkoutBench();
    await event();
    await opened(ORDER);
    const key = 'trustly-americas:shop:1002633191';
    const row = renewItem({ payment: key, cause: 'order order-1' }, new Date(time.now).toISOString());
    await memory.write([
      { put: { ...row, pk: paymentKeyOf(key).pk }, when: 'always' },
      { put: aliasItem(returnedKey(scope, '1002633191'), 'order-1'), when: 'absent' },
    ]);
    expect(await swept()).toBe(1);
    expect(await payment()).toMatchObject(GRANTED);
    expect(await swept()).toBe(0);
  });

  it('a returned row never moves a payment to another order than the order that its event names', async () => {
    const { opened, event, payment, memory } = checkoutBench();
    await opened(ORDER);
    await opened({ ...ORDER, reference: 'order-2' });
    const stolen = aliasItem(returnedKey(scope, '1002633191'), 'order-2');
    await memory.write([{ put: stolen, when: 'always' }]);
    await event('1002633191', 'order-1');
    expect(await payment()).toMatchObject({ orderReference: 'order-1' });
  });
});
