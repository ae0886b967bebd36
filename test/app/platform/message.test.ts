/** What operators see of a message that they cannot open: whose it is, and nothing of its content. */
import { describe, expect, it } from 'vitest';
import { accountIn, readableFieldsOf } from '../../../shared/app/platform/message.ts';
import { paymentKey } from '../../../shared/payment/index.ts';

describe('what is shown of a message', () => {
  it('is an allow-list: nothing sealed, and no field of tomorrow', () => {
    const body = { version: 1, kind: 'notification', digest: 'd', sealed: 's', splitToken: 't', email: 'e' };
    expect(readableFieldsOf(JSON.stringify(body))).toEqual({ version: 1, kind: 'notification', digest: 'd' });
    expect(
      readableFieldsOf(JSON.stringify({ version: 2, payment: 'x'.repeat(201), account: ['a'] })),
    ).toEqual({
      version: 2,
    });
  });

  it('names the payment however long its id is, so that an operator knows whose money it is', () => {
    const payment = paymentKey({ provider: 'paymentwall', account: 'goods', id: '#'.repeat(512) });
    const body = { version: 1, kind: 'effect', payment, effect: '1#fulfil' };
    expect(readableFieldsOf(JSON.stringify(body))).toEqual(body);
    expect(
      readableFieldsOf(JSON.stringify({ ...body, payment: `paymentwall:goods:${'x'.repeat(2_048)}` })),
    ).toEqual({ version: 1, kind: 'effect', effect: '1#fulfil' });
  });

  it.each(['not json', 'null', '7'])('%s shows nothing', (body) =>
    expect(readableFieldsOf(body)).toEqual({}),
  );

  it('leads to the account: by its own fields, or by its payment', () => {
    const named = { provider: 'paymentwall', account: 'goods' };
    expect(accountIn(named)).toEqual(named);
    expect(accountIn({ payment: 'paymentwall:goods:b1' })).toEqual(named);
    expect(accountIn({ payment: 'nonsense', version: 1 })).toEqual({});
  });
});
