/** Which order a payment finds: by its names, by a redirect, by its authorization. */
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

describe('the order of a payment is found', () => {
  it('by the first of its names that leads to an order of its account', async () => {
    const { register, find } = shop();
    register(order('b'), order('c'));
    expect((await find([reference('a'), reference('c'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it.each([
    ['of another provider', { provider: 'paymentwall' }],
    ['of another account', { ...SCOPE, account: 'other' }],
  ] as const)('past an order %s', async (_, over) => {
    const { register, find } = shop();
    register(order('a', over), order('b', SCOPE));
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it('past a name whose order is gone', async () => {
    const { register, find, memory } = shop();
    register(order('a'), order('b'));
    memory.rows.delete(`${orderKey('a').pk}\u0000order`);
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('b');
    expect((await find([reference('a')])).order).toBeUndefined();
  });

  it('as that of a refund only where no other order is named, and the first of several', async () => {
    const { register, find } = shop();
    register(order('a', { kind: 'refund' }), order('b', { kind: 'refund' }), order('c'));
    expect((await find([reference('a'), reference('c')])).order?.reference).toBe('c');
    expect((await find([reference('a'), reference('b')])).order?.reference).toBe('a');
    register(order('d', { kind: 'refund', aliases: [own('7')] }));
    expect((await find([own('7'), reference('c')])).order?.reference).toBe('d');
  });

  it('and says which of its names were looked up and lead nowhere', async () => {
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

  it('is found by the transaction’s own id, where the provider has such redirects', async () => {
    const { find } = named();
    expect((await find([own('7'), reference('x')], redirected)).order?.reference).toBe('r1');
    expect((await find([own('7')])).order).toBeUndefined();
    expect((await find([reference('7'), parent('7')], redirected)).order).toBeUndefined();
    expect((await find([own('8')], redirected)).order).toBeUndefined();
  });

  it('counts less than every name that was registered, also that of a refund', async () => {
    for (const kind of ['payment', 'refund'] as const) {
      const { register, find } = named();
      register(order('r2', { kind }));
      expect((await find([own('7'), reference('r2')], redirected)).order?.reference).toBe('r2');
    }
  });

  it('is none where it is another account’s, or is gone', async () => {
    expect((await named({ ...SCOPE, account: 'other' }).find([own('7')], redirected)).order).toBeUndefined();
    const { find, memory } = named();
    memory.rows.delete(`${orderKey('r1').pk}\u0000order`);
    expect((await find([own('7')], redirected)).order).toBeUndefined();
  });

  it('is a capture’s own before its authorization’s', async () => {
    const { find, register } = named();
    register(order('r2', { aliases: [own('70')] }));
    const both = { ...redirected, capturesShareOrder: true } as const;
    const found = await find([own('7'), parent('70')], both);
    expect(found).toMatchObject({ order: { reference: 'r1' } });
    expect(found).not.toHaveProperty('authorization');
  });
});

describe('the order of a capture is that of its authorization', () => {
  const sharing = { capturesShareOrder: true } as const;
  const names = [own('7'), parent('70')];

  it('by the authorization’s own id, where none of its own names leads to one', async () => {
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

  it('by the order that the authorization found', async () => {
    const { register, find, arrive } = shop({ rules: sharing });
    register(order('r1'));
    await arrive('70', [reference('r1')], AUTHORIZATION);
    expect(await find(names, sharing)).toMatchObject({
      order: { reference: 'r1' },
      authorization: { version: 1, leads: true },
    });
  });

  it('by the order that a redirect named for the authorization', async () => {
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

  it('unless it has several parents or none, or the order is another account’s or gone', async () => {
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

  it('and its authorization’s id is among the names that lead nowhere, where it does not', async () => {
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
