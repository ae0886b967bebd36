/** The work that follows a change of a payment: whether the provider is polled, and whether a shipping is awaited. */
import { describe, expect, it } from 'vitest';
import { confirmKey, shippingKey } from '../../../shared/app/table/keys.ts';
import { confirmItem, redirectStateItem, shippingItem } from '../../../shared/app/table/rows.ts';
import {
  followUps,
  needsConfirmation,
  needsShippingReport,
} from '../../../shared/app/transition/follow-ups.ts';
import type { Payment } from '../../../shared/payment/types.ts';
import type { Account } from '../../../shared/providers/index.ts';
import { toyAccount } from '../../support/toy-provider.ts';
import { workerBench } from '../../support/worker-bench.ts';

const NOW = '2026-03-02T10:00:00.000Z';
const polledAccount: Account = { ...toyAccount, confirm: true };
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

describe('polls of a payment', () => {
  it.each([
    ['a payment in awaiting_confirmation is polled', { status: 'awaiting_confirmation' }, {}, true],
    ['a payment in paid is not polled', {}, {}, false],
    ['a payment with a refund of unknown extent is polled', {}, { refundUnknown: 'extent' }, true],
    [
      'a rejected payment with a refund of unknown extent is not polled',
      { decisions: [reject] },
      { refundUnknown: 'extent' },
      false,
    ],
    [
      'a payment held as contradictory_evidence is polled',
      { holds: [hold('contradictory_evidence')] },
      {},
      true,
    ],
    [
      'a payment held as conflicting_duplicate is polled',
      { holds: [hold('conflicting_duplicate')] },
      {},
      true,
    ],
    [
      'a payment held as amount_differs and as conflicting_duplicate is polled',
      { holds: [hold('amount_differs'), hold('conflicting_duplicate')] },
      {},
      true,
    ],
    ['a payment held as amount_differs alone is not polled', { holds: [hold('amount_differs')] }, {}, false],
    [
      'an authorization in awaiting_confirmation is not polled',
      { status: 'awaiting_confirmation' },
      { kind: 'authorization' },
      false,
    ],
  ] as const)('%s: case %#', async (_, over, reading, expected) => {
    const one = await payment(over as Partial<Payment>, reading as Partial<Payment['reading']>);
    expect(needsConfirmation(polledAccount, one)).toBe(expected);
    expect(needsConfirmation(toyAccount, one)).toBe(false);
  });

  const waits = { status: 'awaiting_confirmation' } as const;
  const question = async (before: Payment | undefined, after: Payment, account = polledAccount) =>
    followUps(account, { before, after, isReported: false }, NOW);

  it('a payment that begins to wait is polled at once, as a poll with attempts 0', async () => {
    const after = await payment(waits);
    const put = confirmItem({ payment: after.key, attempts: 0 }, Date.parse(NOW), NOW);
    expect(await question(undefined, after)).toEqual([{ put, when: 'always' }]);
    expect(put).toMatchObject({ ...confirmKey(after.key), openAt: NOW });
  });

  it.each([
    ['begins to wait is polled at once', {}, {}, true],
    ['waited before without new evidence is not polled again at once', waits, {}, false],
    ['waited before and has another status is polled again at once', waits, { status: 'failed' }, true],
    [
      'waited before and has one more refund is polled again at once',
      waits,
      { refundsSeen: [{ key: 'r' }] },
      true,
    ],
  ])('a payment that %s', async (_, over, reading, expected) => {
    const before = await payment(over as Partial<Payment>, reading as Partial<Payment['reading']>);
    expect(await question(before, await payment(waits))).toHaveLength(expected ? 1 : 0);
  });

  it('a payment is not polled when it waits no longer or when its account has no confirm', async () => {
    expect(await question(await payment(waits), await payment())).toEqual([]);
    expect(await question(undefined, await payment(waits), toyAccount)).toEqual([]);
  });
});

describe('the shipping row of an authorized payment', () => {
  const authorized = { status: 'authorized', firstSeenAt: '2026-03-01T12:00:00.000Z' } as const;

  it('a shipping report is expected only for physical goods and only while the payment is authorized', async () => {
    expect(needsShippingReport(ships, await payment(authorized))).toBe(true);
    expect(needsShippingReport(ships, await payment())).toBe(false);
    expect(needsShippingReport(toyAccount, await payment(authorized))).toBe(false);
  });

  it('the shipping row of a newly authorized payment is overdue five days after the first notification', async () => {
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

  it('the shipping row is written once, when a payment becomes authorized and no shipping is reported', async () => {
    const after = await payment(authorized);
    const was = (before: Payment, isReported = false) => followUps(ships, { before, after, isReported }, NOW);
    expect(was(await payment(authorized))).toEqual([]);
    expect(was(await payment({ status: 'processing' }))).toHaveLength(1);
    expect(was(await payment({ status: 'processing' }), true)).toEqual([]);
    expect(followUps(ships, { before: after, after: await payment(), isReported: false }, NOW)).toEqual([]);
  });
});

it('followUps writes the redirect state of a payment whose account has a checkout', async () => {
  const after = await payment({ orderReference: 'r1', holds: [] });
  const account = { ...toyAccount, checkout: {} } as unknown as Account;
  expect(followUps(account, { before: undefined, after, isReported: false }, NOW)).toEqual([
    { put: redirectStateItem(after.key, { orderReference: 'r1', confirmed: true }), when: 'always' },
  ]);
});
