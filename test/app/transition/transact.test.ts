/**
 * One change of one payment: which order it finds, what its transaction compares and writes, when it is decided anew.
 * What a payment reads is said by each test, so that no provider's tables stand between the rule and its example.
 */
import { describe, expect, it } from 'vitest';
import { type Item, type Store, StoreBusyError, type Write } from '../../../shared/app/ports.ts';
import {
  aliasKeyOf,
  followsKey,
  orderKey,
  paymentKeyOf,
  referenceAliasKey,
  returnedKey,
  shippingKey,
  waitingKey,
} from '../../../shared/app/table/keys.ts';
import { aliasItem, eventItem, orderItem, paymentOf, shippingItem } from '../../../shared/app/table/rows.ts';
import {
  type Change,
  changePayment,
  deriveChange,
  findOrder,
  TooMuchContentionError,
} from '../../../shared/app/transition/transact.ts';
import type { AccountPolicy, Alias, NormalizedEvent, Order, Reading } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import type { Rules } from '../../../shared/providers/provider.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import { policy, toyAccount, toyProvider } from '../../support/toy-provider.ts';
import { put } from '../../support/waiting-rows.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const AT = new Date(START).toISOString();
const SCOPE = { provider: 'trustly-americas', account: 'shop' } as const;
const key = (id: string) => `trustly-americas:shop:${id}`;
const PAID: Reading = {
  ...{ kind: 'payment', direction: 'in', status: 'paid', goodwill: false, doubts: [], announcements: [] },
  ...{ moved: [{ amount: '5', currency: 'EUR' }], returned: [] },
};
const AUTHORIZATION: Reading = { ...PAID, kind: 'authorization', status: 'authorized', moved: [] };
const CAPTURE: Reading = { ...PAID, capture: true };
const order = (reference: string, over: Partial<Order> = {}): Order => ({
  ...{ reference, kind: 'payment', use: 'once', version: 1, registeredAt: AT },
  amounts: [{ currency: 'EUR', exact: '5.00' }],
  aliases: [{ type: 'reference', value: reference }],
  ...over,
});
const reference = (value: string): Alias => ({ type: 'reference', value });
const parent = (value: string): Alias => ({ type: 'parent', value });
const own = (value: string): Alias => ({ type: 'id', value });

interface Options {
  readonly rules?: Partial<Rules>;
  readonly policy?: Partial<AccountPolicy>;
  readonly account?: Partial<Account>;
}

/** A store, an account of it, and a provider that reads in every payment what the test says. */
function shop({ rules, ...options }: Options = {}) {
  const memory = new MemoryStore();
  const read: { as: Reading } = { as: PAID };
  const pauses: number[] = [];
  const account = {
    ...{ ...toyAccount, ...SCOPE, ...options.account },
    policy: { ...policy, ...SCOPE, unknownOrder: 'hold', ...options.policy },
  } as unknown as Account;
  const provider: Change['provider'] = {
    readFacts: () => read.as,
    rules: { ...toyProvider.rules, ...rules } as Rules,
  };
  const deps = {
    store: memory as Store,
    clock: () => START,
    pause: async (attempt: number) => void pauses.push(attempt),
  };
  let serial = 0;
  const arrival = (id: string, aliases: readonly Alias[] = [], more: Partial<Change> = {}): Change => {
    serial += 1;
    const normalized: NormalizedEvent = {
      ...{ source: 'notification', key: `k${serial}`, material: {}, test: false, details: {} },
      ...{ subject: { kind: 'payment', id }, facts: { [`f/${serial}`]: { codes: ['f'], amounts: [] } } },
      aliases,
    };
    const input = { type: 'normalized', normalized, conflict: false } as const;
    return { provider, account, paymentId: id, input, at: AT, cause: normalized.key, ...more };
  };
  const again = (id: string, more: Partial<Change> = {}): Change => ({
    ...{ provider, account, paymentId: id, input: { type: 'reevaluate', cause: 'test' } },
    ...{ at: AT, cause: 'test', ...more },
  });
  const change = (one: Change, store = deps.store) => changePayment(one, { ...deps, store });
  const arrive = (id: string, aliases?: readonly Alias[], reading = read.as) => {
    read.as = reading;
    return change(arrival(id, aliases));
  };
  const register = (...orders: readonly Order[]) => {
    for (const one of orders)
      put(memory, [
        orderItem(one),
        ...one.aliases.map((alias) => aliasItem(aliasKeyOf(SCOPE, alias), one.reference)),
      ]);
  };
  const payment = (id: string) => {
    const row = memory.rows.get(`payment#${key(id)}\u0000payment`);
    return row === undefined ? undefined : paymentOf(row);
  };
  const has = ({ pk, sk }: { readonly pk: string; readonly sk: string }) =>
    memory.rows.has(`${pk}\u0000${sk}`);
  const last = (): readonly Write[] => memory.writes.at(-1) ?? [];
  const find = (aliases: readonly Alias[], more: Partial<Rules> = {}) =>
    findOrder(memory, {
      ...{ scope: SCOPE, payment: undefined, rules: { ...provider.rules, ...more } },
      names: { aliases },
    });
  return {
    ...{ memory, read, pauses, deps, arrival, again, change, arrive, register, payment, has, last, find },
  };
}

const checks = (writes: readonly Write[]) =>
  writes.flatMap((write) => ('check' in write ? [write.check] : []));
const marks = (writes: readonly Write[]) =>
  writes.flatMap((write) => ('put' in write && write.put.sk.startsWith('waiting#') ? [write.put.pk] : []));

describe('a change that others are faster than', () => {
  it('is tried twelve times with a pause after each, and then given up', async () => {
    for (const [busy, isDone] of [
      [11, true],
      [12, false],
    ] as const) {
      const { memory, change, arrival, pauses } = shop();
      memory.busyFor(busy);
      const changing = change(arrival('p1'));
      if (isDone) expect(await changing).toMatchObject({ type: 'done' });
      else await expect(changing).rejects.toThrow(new TooMuchContentionError('gave up after 12 attempts'));
      expect(pauses).toEqual(Array.from({ length: busy }, (_, n) => n + 1));
    }
  });

  it('is not tried again after another failure', async () => {
    const { memory, change, arrival, pauses } = shop();
    memory.beforeWrite = () => {
      throw new Error('table gone');
    };
    await expect(change(arrival('p1'))).rejects.toThrow('table gone');
    expect(pauses).toEqual([]);
  });

  it('is decided anew on the payment as it is then, also where no notification is its first condition', async () => {
    const { memory, change, arrive, again, payment, pauses } = shop();
    await arrive('p1');
    memory.beforeWrite = async () => {
      memory.beforeWrite = undefined;
      await arrive('p1');
    };
    expect(await change(again('p1'))).toMatchObject({ type: 'done' });
    expect(pauses).toEqual([1]);
    expect(payment('p1')?.version).toBe(3);
    expect(Object.keys(payment('p1')?.facts ?? {})).toHaveLength(2);
  });

  it('is one that was seen where its notification’s row is there, whatever else changed', async () => {
    const { change, arrival, pauses, memory } = shop();
    const row = eventItem(SCOPE, 'k1', {
      ...{ materialHash: 'h', outcome: 'applied', effects: [], receivedAt: AT, correlationId: 'c' },
    });
    const refusing = (...indexes: number[]): Store => ({
      get: (of) => memory.get(of),
      query: (pk, of) => memory.query(pk, of),
      open: async () => [],
      write: async () => ({ ok: false, refused: indexes.map((index) => ({ index })) }),
    });
    const once = { ...arrival('p1'), once: () => row };
    expect(await change(once, refusing(0, 1))).toEqual({ type: 'seen' });
    expect(await change(once, refusing(0))).toEqual({ type: 'seen' });
    expect(pauses).toEqual([]);
    await expect(change(once, refusing(1))).rejects.toThrow(TooMuchContentionError);
  });

  it('of a payment that is not there is none, unless it is news', async () => {
    const { change, again, memory } = shop();
    expect(await change(again('p1'))).toEqual({ type: 'no_payment' });
    expect(memory.all()).toEqual([]);
  });

  it('that a refund makes once writes nothing the second time', async () => {
    const { change, arrive, again, memory, payment } = shop({ account: { goods: 'physical' } });
    await arrive('p1');
    const refund = {
      reference: 'refund-1',
      payment: key('p1'),
      amount: '1',
      currency: 'EUR',
      registeredAt: AT,
    };
    const input = { type: 'refund', refund } as const;
    await change(again('p1', { input }));
    const before = memory.all();
    expect(await change(again('p1', { input }))).toMatchObject({
      type: 'done',
      transition: { outcome: 'recorded' },
    });
    expect(memory.writes.at(-1)).toEqual([]);
    expect(memory.all()).toEqual(before);
    expect(payment('p1')).toMatchObject({ version: 2, refunds: [{ reference: 'refund-1' }] });
  });
});

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

  it('and is for captures alone: a payout under it is another thing, and loses nothing of what is known', async () => {
    const { register, arrive, payment, again, deps } = shop({ rules: sharing });
    register(order('r1', { aliases: [own('70')] }));
    const payout: Reading = { ...PAID, direction: 'out' };
    await arrive('7', [parent('70')], payout);
    await arrive('7', [parent('70')], payout);
    expect(payment('7')).toMatchObject({ version: 2 });
    expect(payment('7')).not.toHaveProperty('orderReference');
    expect(Object.keys(payment('7')?.facts ?? {})).toHaveLength(2);
    const looked = await deriveChange(again('7'), deps);
    expect(looked).toMatchObject({ search: { order: undefined }, claimant: undefined });
    await arrive('8', [parent('70')], CAPTURE);
    expect(payment('8')).toMatchObject({ orderReference: 'r1', grant: { state: 'granted' } });
  });

  it('which must not have found its order meanwhile: the transaction compares its row', async () => {
    for (const [isThere, when] of [
      [false, 'absent'],
      [true, { versionIs: 1 }],
    ] as const) {
      const { arrive, last } = shop({ rules: sharing });
      if (isThere) await arrive('70', [], AUTHORIZATION);
      await arrive('7', [parent('70')], CAPTURE);
      expect(last()).toContainEqual({ check: paymentKeyOf(key('70')), when });
    }
  });
});

describe('the payment that has paid the order', () => {
  it('is compared with as it is, also when its row is gone, and never with itself', async () => {
    const { register, arrive, again, deps, memory } = shop();
    register(order('r1'));
    await arrive('p1', [reference('r1')]);
    await arrive('p2', [reference('r1')]);
    expect(await deriveChange(again('p1'), deps)).toMatchObject({ claimant: undefined });
    expect(await deriveChange(again('p2'), deps)).toMatchObject({ claimant: { key: key('p1') } });
    memory.rows.delete(`payment#${key('p1')}\u0000payment`);
    expect(await deriveChange(again('p2'), deps)).toMatchObject({ claimant: undefined });
  });
});

describe('a payment without an order', () => {
  it('marks each of its names once: later news write no mark and compare none', async () => {
    const { arrive, last } = shop();
    await arrive('p1', [reference('a')]);
    const names = [aliasKeyOf(SCOPE, own('p1')).pk, referenceAliasKey('a').pk];
    expect(marks(last())).toEqual(names);
    expect(checks(last()).map(({ pk }) => pk)).toEqual(names);
    await arrive('p1', [reference('a')]);
    expect([marks(last()), checks(last())]).toEqual([[], []]);
    await arrive('p1', [reference('b')]);
    expect(marks(last())).toEqual([referenceAliasKey('b').pk]);
  });

  it('that found one and is granted leaves no mark, and says no longer that it has some', async () => {
    const { arrive, register, has, memory } = shop();
    await arrive('p1', [reference('a')]);
    const mark = waitingKey(referenceAliasKey('a'), key('p1'));
    expect(has(mark)).toBe(true);
    register(order('a'));
    await arrive('p1', [reference('a')]);
    expect(has(mark)).toBe(false);
    const row = await memory.get(paymentKeyOf(key('p1')));
    expect(row).not.toHaveProperty('marked');
    await arrive('p1', [reference('a')]);
    expect(memory.writes.at(-1)?.some((write) => 'remove' in write)).toBe(false);
  });
});

describe('a payment that follows an order and is not granted', () => {
  const underway: Reading = { ...PAID, status: 'processing', moved: [] };
  const isMarked = async (memory: MemoryStore): Promise<unknown> =>
    ((await memory.get(paymentKeyOf(key('p1')))) as Item & { readonly marked?: boolean }).marked;

  it('keeps the marks that it left before, to change over to an order under a better name', async () => {
    const { arrive, register, has, memory } = shop();
    const mark = waitingKey(referenceAliasKey('b'), key('p1'));
    await arrive('p1', [reference('b')], underway);
    register(order('b'));
    for (const reading of [underway, underway]) await arrive('p1', [], reading);
    expect([has(mark), await isMarked(memory)]).toEqual([true, true]);
    await arrive('p1', [], PAID);
    expect([has(mark), await isMarked(memory)]).toEqual([false, undefined]);
  });

  it('marks a better reference that leads nowhere, and not the name that led to the order', async () => {
    const { arrive, register, last, memory } = shop();
    register(order('b'));
    await arrive('p1', [reference('b')], underway);
    expect(marks(last())).toEqual([]);
    expect(await isMarked(memory)).toBeUndefined();
    expect(checks(last())).toEqual([aliasKeyOf(SCOPE, own('p1'))]);
    await arrive('p1', [reference('a')], underway);
    expect(marks(last())).toEqual([referenceAliasKey('a').pk]);
    expect(await isMarked(memory)).toBe(true);
    await arrive('p1', [], PAID);
    expect(memory.all().filter(({ sk }) => sk.startsWith('waiting#'))).toEqual([]);
  });
});

describe('a payment that stands still under its order', () => {
  const follows = followsKey('r1', key('p1'));
  const held: Reading = { ...PAID, moved: [{ amount: '6', currency: 'EUR' }] };

  it.each<[string, Reading, Partial<Order>]>([
    ['held', held, {}],
    ['held, money that leaves', { ...PAID, direction: 'out', orderKind: 'payout' }, {}],
    ['waiting for its amount', { ...PAID, moved: [] }, {}],
    ['disputed before it had goods', { ...PAID, status: 'disputed' }, {}],
  ])('leaves a mark there, and compares the order: %s', async (_, reading, over) => {
    const { arrive, register, has, last } = shop({ policy: { amountCheck: 'required' } });
    register(order('r1', over));
    await arrive('p1', [reference('r1')], reading);
    expect(has(follows)).toBe(true);
    expect(last().filter((write) => !('put' in write) || write.put.sk === 'order')).toContainEqual(
      expect.objectContaining({ when: { versionIs: 1 } }),
    );
  });

  it.each<[string, Reading, Partial<Order>]>([
    ['granted', PAID, {}],
    ['granted for a recurring order', PAID, { use: 'recurring' }],
    ['under way', { ...PAID, status: 'processing', moved: [] }, {}],
    ['failed', { ...PAID, status: 'failed', moved: [] }, {}],
    ['a payout that went as ordered', { ...PAID, direction: 'out' }, { kind: 'payout' }],
  ])('is not one that is %s', async (_, reading, over) => {
    const { arrive, register, has } = shop();
    register(order('r1', over));
    await arrive('p1', [reference('r1')], reading);
    expect(has(follows)).toBe(false);
  });

  it('takes its mark away when it goes on, and leaves one under the order that it changes over to', async () => {
    const { arrive, register, has } = shop();
    register(order('r1'));
    await arrive('p1', [reference('r1')], held);
    register(order('r0', { aliases: [own('p1')] }));
    await arrive('p1', [], held);
    expect([has(follows), has(followsKey('r0', key('p1')))]).toEqual([false, true]);
    await arrive('p1', [], PAID);
    expect(has(followsKey('r0', key('p1')))).toBe(false);
  });
});

describe('the order’s row', () => {
  const touches = (writes: readonly Write[]) =>
    writes.flatMap((write) => {
      const of = 'put' in write ? write.put : 'check' in write ? write.check : write.remove;
      return of.sk === 'order' ? [write.when] : [];
    });

  it('is written with the claim, compared when goods of its claimant go, and else left out', async () => {
    const { arrive, register, last } = shop();
    register(order('r1'));
    await arrive('p1', [reference('r1')]);
    expect(touches(last())).toEqual([{ versionIs: 1 }]);
    await arrive('p1');
    expect(touches(last())).toEqual([]);
    await arrive('p1', [], { ...PAID, status: 'reversed', returned: PAID.moved });
    expect(touches(last())).toEqual([{ versionIs: 2 }]);
  });

  it('of a recurring order is never compared: its payments do not meet there', async () => {
    const { arrive, register, last } = shop();
    register(order('r1', { use: 'recurring' }));
    for (const reading of [PAID, PAID, { ...PAID, status: 'reversed', returned: PAID.moved } as const]) {
      await arrive('p1', [reference('r1')], reading);
      expect(touches(last())).toEqual([]);
    }
  });
});

describe('the shipping of physical goods', () => {
  const authorized: Reading = { ...PAID, status: 'authorized', moved: [] };
  const due = async (isReported: boolean, account: Partial<Account> = { goods: 'physical' }) => {
    const { arrive, memory } = shop({ account });
    const row = { payment: key('p1'), state: 'reported', authorizedAt: AT, attempts: 0 } as const;
    if (isReported) put(memory, [shippingItem(row, 1, AT)]);
    await arrive('p1', [], authorized);
    return (await memory.get(shippingKey(key('p1'))))?.data;
  };

  it('is waited for from the authorization on, and a report that came before is kept', async () => {
    expect(await due(false)).toMatchObject({ state: 'due' });
    expect(await due(true)).toMatchObject({ state: 'reported' });
    expect(await due(false, { goods: 'digital' })).toBeUndefined();
  });
});

it('a busy table is another error than a contended payment', () => {
  expect(new TooMuchContentionError('x')).not.toBeInstanceOf(StoreBusyError);
});
