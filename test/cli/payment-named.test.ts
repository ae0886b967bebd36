import { describe, expect, it } from 'vitest';
import { paymentNamed } from '../../cli/payment-key.ts';
import { paymentKeyOf } from '../../shared/app/table/keys.ts';

type Place = Parameters<typeof paymentNamed>[0];

/** A stack with these payments. */
const stackWith = (...payments: string[]): Place => {
  const keys = payments.map((payment) => JSON.stringify(paymentKeyOf(payment)));
  const accounts = ['goods', 'coins'].map((account) => ({ provider: 'paymentwall', account }));
  return {
    label: 'local :1 (sandbox)',
    config: { accounts },
    store: { get: async (key: object) => (keys.includes(JSON.stringify(key)) ? {} : undefined) },
  } as unknown as Place;
};

describe('a payment that a person types', () => {
  it('paymentNamed takes a whole key, and an id alone when one account has the payment', async () => {
    const stack = stackWith('paymentwall:goods:b1');
    expect(await paymentNamed(stack, 'paymentwall:goods:b1')).toBe('paymentwall:goods:b1');
    expect(await paymentNamed(stack, 'b1')).toBe('paymentwall:goods:b1');
  });

  it('paymentNamed refuses an id of two payments with exit code 2, and names both payments', async () => {
    const stack = stackWith('paymentwall:goods:b1', 'paymentwall:coins:b1');
    await expect(paymentNamed(stack, 'b1')).rejects.toMatchObject({
      code: 2,
      next: 'Name one: paymentwall:goods:b1, paymentwall:coins:b1.',
    });
  });

  it.each(['b2', '', 'b'.repeat(2_000)])(
    'paymentNamed refuses the unknown payment %s with exit code 3',
    async (typed) => {
      await expect(paymentNamed(stackWith('paymentwall:goods:b1'), typed)).rejects.toMatchObject({ code: 3 });
    },
  );
});
