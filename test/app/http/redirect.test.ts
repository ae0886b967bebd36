/** From a registered order to a shopper's way back: checkout and redirects on memory ports. */
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
/** What the toy provider's payment pays. */
const ORDER = {
  amounts: [
    { currency: 'USD', exact: '5' },
    { currency: 'EUR', exact: '5' },
  ],
  establish: { paymentType: 'Deferred', currency: 'USD', customer: { name: 'Joe User' } },
};

describe('a return', () => {
  it('is kept as evidence of its own kind and leads to the pending page, whatever it claims', async () => {
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
    // Nothing that could fulfil: no payment, no effect, no message.
    expect(memory.data('payment')).toEqual([]);
    expect(memory.data('effect#')).toEqual([]);
    expect([...notifications.sent, ...fulfilment.sent]).toEqual([]);
  });

  it('leads to the confirmed page once verified events say that it went well', async () => {
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
  ])('of a payment with %j is confirmed: %s', (payment, confirmed) => {
    expect(redirectStateFrom(payment as unknown as Payment)).toEqual({ confirmed });
  });

  it('whose row an older version wrote as an alias of the payment still leads to the order', async () => {
    const { opened, event, payment, memory } = checkoutBench();
    await opened(ORDER);
    const id = { type: 'id', value: '1002633191' } as const;
    await memory.write([{ put: aliasItem(aliasKeyOf(scope, id), 'order-1'), when: 'absent' }]);
    await event();
    expect(await payment()).toMatchObject({ orderReference: 'order-1' });
  });

  it('refreshed leads to the same place and has no second effect', async () => {
    const { opened, signed, visit, memory } = checkoutBench();
    const session = await opened();
    const address = signed(session, 'return');
    const first = await visit(address);
    const before = memory.all();
    expect(await visit(address)).toEqual(first);
    expect(await visit(`${address}&instantPayoutAvail=true`)).toEqual(first);
    expect(memory.all()).toEqual(before);
  });

  it('twice at once is kept once', async () => {
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
      'unsigned',
      (_, s) => `${s.returnUrl}?transactionId=1&merchantReference=${s.merchantReference}&status=4`,
    ],
    ['tampered', (b, s) => b.signed(s, 'return').replace('status=2', 'status=4')],
    [
      'of another attempt',
      (b, s, other) => b.signed({ ...s, merchantReference: other.merchantReference }, 'return'),
    ],
    [
      'with another attempt’s query',
      (b, s, other) => `${s.returnUrl}?${b.signed(other, 'return').split('?')[1]}`,
    ],
    [
      'with a nonce nobody issued',
      (b, s) => b.signed({ ...s, returnUrl: `${s.returnUrl.slice(0, -22)}${'A'.repeat(22)}` }, 'return'),
    ],
    [
      'with a nonce that is none',
      (b, s) => b.signed({ ...s, returnUrl: `${s.returnUrl.slice(0, -22)}x` }, 'return'),
    ],
  ];
  it.each(refusals)('%s is refused, kept nowhere, and shows a fixed way on', async (_, make) => {
    const b = checkoutBench();
    const [session, other] = [await b.opened(), await b.opened()];
    const before = b.memory.all();
    const reply = await b.visit(make(b, session, other));
    expect(reply).toMatchObject({ status: 401, location: undefined });
    expect(reply.body).toContain(`href="${PAGES.pending}"`);
    expect(b.memory.all()).toEqual(before);
  });

  it('with another transaction under a used nonce is refused, and the first stands', async () => {
    const { opened, signed, visit, sessions } = checkoutBench();
    const session = await opened();
    await visit(signed(session, 'return'));
    expect((await visit(signed(session, 'return', { transactionId: '7' }))).status).toBe(401);
    expect(sessions()[0]?.return?.transactionId).toBe('1002633191');
  });

  it('whose transaction belongs to another order is refused', async () => {
    const { opened, signed, visit } = checkoutBench();
    await visit(signed(await opened(), 'return'));
    const other = await opened({ reference: 'order-2' });
    expect((await visit(signed(other, 'return'))).status).toBe(401);
  });

  it('that refreshes an authorization may name the transaction of the earlier order', async () => {
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

  it('that refreshes one authorization may not name the transaction of another order', async () => {
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

  it('and another one of the same attempt at once: one of them is kept', async () => {
    const { opened, signed, visit, sessions } = checkoutBench();
    const session = await opened();
    const visits = ['7', '8'].map((transactionId) => visit(signed(session, 'return', { transactionId })));
    const replies = await Promise.all(visits);
    expect(replies.map(({ status }) => status).sort()).toEqual([303, 401]);
    expect(['7', '8']).toContain(sessions()[0]?.return?.transactionId);
  });
});

describe('a rotated key', () => {
  it('is looked up once more before a return is refused', async () => {
    const { opened, signed, redirectWith, sessions } = checkoutBench();
    const address = signed(await opened(), 'return');
    let asked = 0;
    const stale = secretsOf({
      'payhooks/sandbox/trustly-americas/shop': { current: { accessId: 'id-0', accessKey: 'old-key' } },
    });
    const secrets: Secrets = {
      ...stale,
      reread: async ({ parse }) => {
        asked += 1;
        return parse({ current: { accessId: 'id-0', accessKey: 'old-key' }, next: secret.current });
      },
    };
    expect((await redirectWith(secrets, address)).status).toBe(303);
    expect(asked).toBe(1);
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
  it.each(redirects)('%s with %j', async (kind, over, location) => {
    const { opened, signed, visit, memory } = checkoutBench();
    expect((await visit(signed(await opened(), kind, over))).location).toBe(location);
    if (over.status !== '14') expect(await accountOnFile(memory, scope, '1002633191')).toBeUndefined();
  });
});

describe('a cancellation', () => {
  it('leads back to the selection even when it cannot be verified, and stores and uses none of its content', async () => {
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

  it('and a return of the same attempt are each kept', async () => {
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
  ])('by %s', async (trailing) => {
    const { opened, signed, visit } = checkoutBench();
    const session = await opened();
    for (const kind of ['return', 'cancel'] as const) {
      const { location } = await visit(signed(session, kind, {}, trailing));
      expect(new URL(String(location)).host).toBe('shop.example');
      expect(location).not.toContain('evil');
    }
  });

  it('by an unknown account or one without pages', async () => {
    const { visit } = checkoutBench();
    for (const name of ['nobody', 'plain', '%2F%2Fevil.example']) {
      const reply = await visit(`https://hooks.example/trustly/americas/${name}/cancel/${'A'.repeat(22)}`);
      expect(reply).toMatchObject({ status: 404, location: undefined });
    }
  });
});

describe('our own failure', () => {
  it.each(['return', 'cancel'] as const)(
    'does not lose the shopper on %s, and nothing is told of why',
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

  it('logs neither query, nonce nor signature', async () => {
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

describe('a redirect gives a payment its order', () => {
  const GRANTED = { orderReference: 'order-1', holds: [], grant: { state: 'granted' } };

  it('before its event: found by the event itself, nothing is left to do', async () => {
    const { opened, signed, visit, event, payment, swept, renewals, fulfils } = checkoutBench();
    await visit(signed(await opened(ORDER), 'return'));
    expect(await swept()).toBe(0);
    expect(renewals()).toEqual([]);
    await event();
    expect(await payment()).toMatchObject(GRANTED);
    expect([await swept(), fulfils()]).toEqual([0, 1]);
  });

  it('after its event, which named none: derived anew within the next run of the sweeper', async () => {
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

  it('while its event is being written: whichever is first, it is granted once', async () => {
    for (const redirectFirst of [true, false]) {
      const { opened, signed, visit, event, payment, swept, renewals, fulfils, memory } = checkoutBench();
      const address = signed(await opened(ORDER), 'return');
      const isFirst = redirectFirst ? 'payment' : 'session';
      // The other one is done between this one's look and its write.
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

  it('a sweeper that dies between sending and removing sends once more, and it is granted once', async () => {
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

  it('that it has already: no row is left', async () => {
    const { opened, signed, visit, event, renewals } = checkoutBench();
    const session = await opened(ORDER);
    await event('1002633191', 'order-1');
    await visit(signed(session, 'return'));
    expect(renewals()).toEqual([]);
  });

  it('a row of an older version beside the payment is derived anew too', async () => {
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

  it('never against the reference of the event: a returned row moves no payment to another order', async () => {
    const { opened, event, payment, memory } = checkoutBench();
    await opened(ORDER);
    await opened({ ...ORDER, reference: 'order-2' });
    const stolen = aliasItem(returnedKey(scope, '1002633191'), 'order-2');
    await memory.write([{ put: stolen, when: 'always' }]);
    await event('1002633191', 'order-1');
    expect(await payment()).toMatchObject({ orderReference: 'order-1' });
  });
});
