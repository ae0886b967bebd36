/** The checks and writes in the transaction of a change: the claimant, marks, the order’s row, the authorization. */

import { describe, expect, it } from 'vitest';
import type { Item, Write } from '../../../shared/app/ports.ts';
import {
  aliasKeyOf,
  followsKey,
  paymentKeyOf,
  referenceAliasKey,
  waitingKey,
} from '../../../shared/app/table/keys.ts';
import { deriveChange } from '../../../shared/app/transition/transact.ts';
import type { Order, Reading } from '../../../shared/payment/types.ts';
import type { MemoryStore } from '../../support/memory-store.ts';
import {
  AUTHORIZATION,
  CAPTURE,
  checks,
  key,
  marks,
  order,
  own,
  PAID,
  parent,
  reference,
  SCOPE,
  shop,
} from './change-bench.ts';

describe('a payment that finds its order through its authorization', () => {
  const sharing = { capturesShareOrder: true } as const;

  it('only a capture finds the order of its authorization: a payout under the authorization has no order', async () => {
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

  it('a capture without an order requires the authorization’s row to be absent or unchanged in its transaction', async () => {
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

describe('the claimant of an order', () => {
  it('the claimant is loaded as its row is now, is undefined when the row is gone, and is never the payment itself', async () => {
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
  it('a payment without an order marks each of its names once, and checks only names without a mark', async () => {
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

  it('a payment that finds its order and is granted removes its waiting marks and loses marked', async () => {
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

  it('a payment that follows an order keeps its waiting marks until the payment is granted', async () => {
    const { arrive, register, has, memory } = shop();
    const mark = waitingKey(referenceAliasKey('b'), key('p1'));
    await arrive('p1', [reference('b')], underway);
    register(order('b'));
    for (const reading of [underway, underway]) await arrive('p1', [], reading);
    expect([has(mark), await isMarked(memory)]).toEqual([true, true]);
    await arrive('p1', [], PAID);
    expect([has(mark), await isMarked(memory)]).toEqual([false, undefined]);
  });

  it('a payment that follows an order marks a better reference without an order, not the reference of the order', async () => {
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

describe('a payment that is not granted under its order', () => {
  const follows = followsKey('r1', key('p1'));
  const held: Reading = { ...PAID, moved: [{ amount: '6', currency: 'EUR' }] };

  it.each<[string, Reading, Partial<Order>]>([
    ['a held payment', held, {}],
    ['a held payment out', { ...PAID, direction: 'out', orderKind: 'payout' }, {}],
    ['a payment without a confirmed amount', { ...PAID, moved: [] }, {}],
    ['a disputed payment that was never granted', { ...PAID, status: 'disputed' }, {}],
  ])(
    'a payment under its order writes a follows mark and checks the order’s version: %s',
    async (_, reading, over) => {
      const { arrive, register, has, last } = shop({ policy: { amountCheck: 'required' } });
      register(order('r1', over));
      await arrive('p1', [reference('r1')], reading);
      expect(has(follows)).toBe(true);
      expect(last().filter((write) => !('put' in write) || write.put.sk === 'order')).toContainEqual(
        expect.objectContaining({ when: { versionIs: 1 } }),
      );
    },
  );

  it.each<[string, Reading, Partial<Order>]>([
    ['a granted payment', PAID, {}],
    ['a payment granted for a recurring order', PAID, { use: 'recurring' }],
    ['a payment in processing', { ...PAID, status: 'processing', moved: [] }, {}],
    ['a failed payment', { ...PAID, status: 'failed', moved: [] }, {}],
    ['a payout that agrees with its order', { ...PAID, direction: 'out' }, { kind: 'payout' }],
  ])('a payment under its order writes no follows mark: %s', async (_, reading, over) => {
    const { arrive, register, has } = shop();
    register(order('r1', over));
    await arrive('p1', [reference('r1')], reading);
    expect(has(follows)).toBe(false);
  });

  it('a payment removes its follows mark when granted, and moves the mark when its order changes', async () => {
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

  it('the order’s row is written with a claim, checked when the claimant loses goods, and else not touched', async () => {
    const { arrive, register, last } = shop();
    register(order('r1'));
    await arrive('p1', [reference('r1')]);
    expect(touches(last())).toEqual([{ versionIs: 1 }]);
    await arrive('p1');
    expect(touches(last())).toEqual([]);
    await arrive('p1', [], { ...PAID, status: 'reversed', returned: PAID.moved });
    expect(touches(last())).toEqual([{ versionIs: 2 }]);
  });

  it('the row of a recurring order is never written or checked by its payments', async () => {
    const { arrive, register, last } = shop();
    register(order('r1', { use: 'recurring' }));
    for (const reading of [PAID, PAID, { ...PAID, status: 'reversed', returned: PAID.moved } as const]) {
      await arrive('p1', [reference('r1')], reading);
      expect(touches(last())).toEqual([]);
    }
  });
});
