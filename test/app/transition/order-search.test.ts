/** The order that a payment finds by its names, by a redirect or by its authorization. */
import { describe, expect, it } from 'vitest';
import {
  aliasKeyOf,
  orderKey,
  paymentKeyOf,
  referenceAliasKey,
  returnedKey,
} from '../../../shared/app/table/keys.ts';
import { aliasItem } from '../../../shared/app/table/rows.ts';
import type { Order } from '../../../shared/payment/types.ts';
import { put } from '../../support/waiting-rows.ts';
import { AUTHORIZATION, key, order, own, parent, reference, SCOPE, shop } from './change-bench.ts';

describe('the order of a payment, by its names', () => {
  it('a payment finds the order of the first of its sorted names that leads to an order', async () => {
    const { register, find } = shop();
    register(order('b'), order('c'));
    expect((await find([reference('a'), reference('c'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it.each([
    ['of another provider', { provider: 'paymentwall' }],
    ['of another account', { ...SCOPE, account: 'other' }],
  ] as const)('a payment does not find an order %s and finds the order of its next name', async (_, over) => {
    const { register, find } = shop();
    register(order('a', over), order('b', SCOPE));
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it('a payment passes over a name whose order row is gone and finds the order of its next name', async () => {
    const { register, find, memory } = shop();
    register(order('a'), order('b'));
    memory.rows.delete(`${orderKey('a').pk}\u0000order`);
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it('an order of kind refund is found by reference only when no other order is named; by own id always', async () => {
    const { register, find } = shop();
    register(order('a', { kind: 'refund' }), order('b', { kind: 'refund' }), order('c'));
    expect((await find([reference('a'), reference('c')])).order?.reference).toBe('c');
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('a');
    register(order('d', { kind: 'refund', aliases: [own('7')] }));
    expect((await find([own('7'), reference('c')])).order?.reference).toBe('d');
  });

  it('the order search lists the names that lead to no order as absent', async () => {
    const { register, find } = shop();
    register(order('b'));
    const { absent } = await find([reference('a'), reference('b')]);
    expect([...absent]).toEqual([referenceAliasKey('a').pk]);
  });
});

describe('an order that a redirect named', () => {
  const redirected = { redirectsNameOrders: true } as const;
  const named = (over: Partial<Order> = {}) => {
    const one = shop();
    one.register(order('r1', { aliases: [], ...over }));
    put(one.memory, [aliasItem(returnedKey(SCOPE, '7'), 'r1')]);
    return one;
  };

  it('an order that a redirect named is found only by the transaction’s own id and with redirectsNameOrders', async () => {
    const { find } = named();
    expect((await find([own('7'), reference('x')], redirected)).order?.reference).toBe('r1');
    expect((await find([own('7')])).order).toBeUndefined();
    expect((await find([reference('7'), parent('7')], redirected)).order).toBeUndefined();
    expect((await find([own('8')], redirected)).order).toBeUndefined();
  });

  it('an order found by a registered name has precedence over an order that a redirect named', async () => {
    for (const kind of ['payment', 'refund'] as const) {
      const { register, find } = named();
      register(order('r2', { kind }));
      expect((await find([own('7'), reference('r2')], redirected)).order?.reference).toBe('r2');
    }
  });

  it('an order that a redirect named is not found when it belongs to another account or is gone', async () => {
    expect((await named({ ...SCOPE, account: 'other' }).find([own('7')], redirected)).order).toBeUndefined();
    const { find, memory } = named();
    memory.rows.delete(`${orderKey('r1').pk}\u0000order`);
    expect((await find([own('7')], redirected)).order).toBeUndefined();
  });

  it('a capture finds the order that a redirect named for the capture before the order of its authorization', async () => {
    const { find, register } = named();
    register(order('r2', { aliases: [own('70')] }));
    const both = { ...redirected, capturesShareOrder: true } as const;
    const found = await find([own('7'), parent('70')], both);
    expect(found).toMatchObject({ order: { reference: 'r1' } });
    expect(found).not.toHaveProperty('authorization');
  });
});

describe('the order of a capture, by its authorization', () => {
  const sharing = { capturesShareOrder: true } as const;
  const names = [own('7'), parent('70')];

  it('a capture whose own names lead to no order finds the order registered under its authorization’s id', async () => {
    const { register, find } = shop();
    register(order('r1', { aliases: [own('70')] }));
    expect(await find(names, sharing)).toMatchObject({
      order: { reference: 'r1' },
      authorization: { key: paymentKeyOf(key('70')), version: undefined, leads: true },
    });
    expect((await find(names)).order).toBeUndefined();
    register(order('r2'));
    expect((await find([...names, reference('r2')], sharing)).order?.reference).toBe('r2');
  });

  it('a capture finds the order that its authorization found', async () => {
    const { register, find, arrive } = shop({ rules: sharing });
    register(order('r1'));
    await arrive('70', [reference('r1')], AUTHORIZATION);
    expect(await find(names, sharing)).toMatchObject({
      order: { reference: 'r1' },
      authorization: { version: 1, leads: true },
    });
  });

  it('a capture finds the order that a redirect named for its authorization', async () => {
    const { register, find, memory } = shop();
    register(order('r1', { aliases: [] }));
    put(memory, [aliasItem(returnedKey(SCOPE, '70'), 'r1')]);
    const both = { ...sharing, redirectsNameOrders: true } as const;
    expect(await find(names, both)).toMatchObject({
      order: { reference: 'r1' },
      authorization: { leads: true },
    });
    expect(await find(names, sharing)).toMatchObject({ order: undefined, authorization: { leads: false } });
  });

  it('a capture finds no order with several parents or none, or when the order is gone or of another account', async () => {
    const { register, find, memory } = shop();
    register(order('r1', { aliases: [own('70')] }));
    for (const several of [[own('7'), parent('70'), parent('71')], [own('7')]]) {
      const found = await find(several, sharing);
      expect(found.order).toBeUndefined();
      expect(found).not.toHaveProperty('authorization');
    }
    register(order('r1', { aliases: [own('70')], ...SCOPE, account: 'other' }));
    expect(await find(names, sharing)).toMatchObject({ order: undefined, authorization: { leads: false } });
    memory.rows.delete(`${orderKey('r1').pk}\u0000order`);
    expect(await find(names, sharing)).toMatchObject({ order: undefined, authorization: { leads: false } });
  });

  it('the order search lists the authorization’s id as absent while no order is registered under that id', async () => {
    const { register, find, arrive } = shop({ rules: sharing });
    const id = aliasKeyOf(SCOPE, own('70')).pk;
    expect((await find(names, sharing)).absent).toContain(id);
    register(order('r1'));
    await arrive('70', [reference('r1')], AUTHORIZATION);
    expect((await find(names, sharing)).absent).toContain(id);
    register(order('r2', { aliases: [own('70')] }));
    expect((await find(names, sharing)).absent).not.toContain(id);
  });
});
