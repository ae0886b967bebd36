/** The view of a message that an operator cannot open: the account of the message, and no content. */
import { describe, expect, it } from 'vitest';
import { accountIn, readableFieldsOf } from '../../../shared/app/platform/message.ts';
import { paymentKey } from '../../../shared/payment/index.ts';

describe('the readable fields of a message', () => {
  it('the readable fields of a message are an allow-list: no sealed content and no unknown field', () => {
    const body = { version: 1, kind: 'notification', digest: 'd', sealed: 's', splitToken: 't', email: 'e' };
    expect(readableFieldsOf(JSON.stringify(body))).toEqual({ version: 1, kind: 'notification', digest: 'd' });
    expect(
      readableFieldsOf(JSON.stringify({ version: 2, payment: 'x'.repeat(201), account: ['a'] })),
    ).toEqual({
      version: 2,
    });
  });

  it('the readable fields of a message include a payment key with an id of 512 characters, not of 2,048', () => {
    const payment = paymentKey({ provider: 'paymentwall', account: 'goods', id: '#'.repeat(512) });
    const body = { version: 1, kind: 'effect', payment, effect: '1#fulfil' };
    expect(readableFieldsOf(JSON.stringify(body))).toEqual(body);
    expect(
      readableFieldsOf(JSON.stringify({ ...body, payment: `paymentwall:goods:${'x'.repeat(2_048)}` })),
    ).toEqual({ version: 1, kind: 'effect', effect: '1#fulfil' });
  });

  it.each(['not json', 'null', '7'])('a message body %s has no readable fields', (body) =>
    expect(readableFieldsOf(body)).toEqual({}),
  );

  it('accountIn finds the account of a message by provider and account, or by the payment key', () => {
    const named = { provider: 'paymentwall', account: 'goods' };
    expect(accountIn(named)).toEqual(named);
    expect(accountIn({ payment: 'paymentwall:goods:b1' })).toEqual(named);
    expect(accountIn({ payment: 'nonsense', version: 1 })).toEqual({});
  });
});
