/** What a change of a payment leaves to do outside it: when its provider is asked, when its shipping is waited for. */
import { describe, expect, it } from 'vitest';
import { confirmKey, shippingKey } from '../../../shared/app/table/keys.ts';
import { confirmItem, redirectStateItem, shippingItem } from '../../../shared/app/table/rows.ts';
import { followUps, needsConfirmation, waitsForShipping } from '../../../shared/app/transition/follow-ups.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { toyAccount } from '../../support/toy-provider.ts';
import { workerBench } from '../../support/worker-bench.ts';

const NOW = '2026-03-02T10:00:00.000Z';
const asked: Account = { ...toyAccount, confirm: true };
const ships: Account = { ...toyAccount, goods: 'physical' };

async function payment(
  over: Partial<Payment> = {},
  reading: Partial<Payment['reading']> = {},
): Promise<Payment> {
  const bench = workerBench();
  await bench.apply(bench.envelope());
  const [found] = bench.memory.data<Payment>('payment');
  if (found === undefined) throw new Error('no payment');
  return { ...found, ...over, reading: { ...found.reading, ...reading } };
}
const hold = (reason: string) =>
  ({ reason, digest: 'd', evidence: [] }) as unknown as Payment['holds'][number];
const reject = { verdict: 'reject' } as unknown as Payment['decisions'][number];

describe('a provider is polled about a payment', () => {
  it.each([
    ['that waits for its word', { status: 'awaiting_confirmation' }, {}, true],
    ['that is paid', {}, {}, false],
    ['whose refund has an unknown extent', {}, { refundUnknown: 'extent' }, true],
    [
      'whose refund is unknown, but that was rejected',
      { decisions: [reject] },
      { refundUnknown: 'extent' },
      false,
    ],
    ['whose evidence contradicts itself', { holds: [hold('contradictory_evidence')] }, {}, true],
    ['of which a copy says something else', { holds: [hold('conflicting_duplicate')] }, {}, true],
    [
      'one of whose holds is a doubt',
      { holds: [hold('amount_differs'), hold('conflicting_duplicate')] },
      {},
      true,
    ],
    ['that is held for its amount', { holds: [hold('amount_differs')] }, {}, false],
    ['that is an authorization', { status: 'awaiting_confirmation' }, { kind: 'authorization' }, false],
  ] as const)('%s: %#', async (_, over, reading, expected) => {
    const one = await payment(over as Partial<Payment>, reading as Partial<Payment['reading']>);
    expect(needsConfirmation(asked, one)).toBe(expected);
    expect(needsConfirmation(toyAccount, one)).toBe(false);
  });

  const waits = { status: 'awaiting_confirmation' } as const;
  const question = async (before: Payment | undefined, after: Payment, account = asked) =>
    followUps(account, { before, after, isReported: false }, NOW);

  it('at once when it is new, as a poll without an earlier attempt', async () => {
    const after = await payment(waits);
    const put = confirmItem({ payment: after.key, attempts: 0 }, Date.parse(NOW), NOW);
    expect(await question(undefined, after)).toEqual([{ put, when: 'always' }]);
    expect(put).toMatchObject({ ...confirmKey(after.key), openAt: NOW });
  });

  it.each([
    ['began to wait now', {}, {}, true],
    ['waited before, and nothing moved', waits, {}, false],
    ['waited before, and its status moved', waits, { status: 'failed' }, true],
    ['waited before, and one more refund was seen', waits, { refundsSeen: [{ key: 'r' }] }, true],
  ])('again at once only after news: it %s', async (_, over, reading, expected) => {
    const before = await payment(over as Partial<Payment>, reading as Partial<Payment['reading']>);
    expect(await question(before, await payment(waits))).toHaveLength(expected ? 1 : 0);
  });

  it('not at all when it waits no longer, or when the account does not poll', async () => {
    expect(await question(await payment(waits), await payment())).toEqual([]);
    expect(await question(undefined, await payment(waits), toyAccount)).toEqual([]);
  });
});

describe('the shipping of an authorized payment is waited for', () => {
  const authorized = { status: 'authorized', firstSeenAt: '2026-03-01T12:00:00.000Z' } as const;

  it('only where goods are physical, and only while it is authorized', async () => {
    expect(waitsForShipping(ships, await payment(authorized))).toBe(true);
    expect(waitsForShipping(ships, await payment())).toBe(false);
    expect(waitsForShipping(toyAccount, await payment(authorized))).toBe(false);
  });

  it('from its first notification, and is overdue five days later', async () => {
    const after = await payment(authorized);
    const row = {
      payment: after.key,
      state: 'due',
      authorizedAt: authorized.firstSeenAt,
      attempts: 0,
    } as const;
    const put = shippingItem(row, 1, '2026-03-06T12:00:00.000Z');
    expect(followUps(ships, { before: undefined, after, isReported: false }, NOW)).toEqual([
      { put, when: 'absent' },
    ]);
    expect(put).toMatchObject(shippingKey(after.key));
  });

  it('once: not when it was authorized before, was reported already, or is captured', async () => {
    const after = await payment(authorized);
    const was = (before: Payment, isReported = false) => followUps(ships, { before, after, isReported }, NOW);
    expect(was(await payment(authorized))).toEqual([]);
    expect(was(await payment({ status: 'processing' }))).toHaveLength(1);
    expect(was(await payment({ status: 'processing' }), true)).toEqual([]);
    expect(followUps(ships, { before: after, after: await payment(), isReported: false }, NOW)).toEqual([]);
  });
});

it('what the redirect function may know is among what follows, where the account has a checkout', async () => {
  const after = await payment({ orderReference: 'r1', holds: [] });
  const account = { ...toyAccount, checkout: {} } as unknown as Account;
  expect(followUps(account, { before: undefined, after, isReported: false }, NOW)).toEqual([
    { put: redirectStateItem(after.key, { orderReference: 'r1', confirmed: true }), when: 'always' },
  ]);
});
