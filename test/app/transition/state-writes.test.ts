/** What the transaction of a change compares and writes: the claimant, marks, the order’s row, the authorization. */

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

  it('finds it only as a capture: a payout under the authorization has no order, and keeps what is known', async () => {
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

  it('compares the authorization’s row where that has no order: it must not have found one meanwhile', async () => {
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
