import { expect, it } from 'vitest';
import { goodsOf, lastWordOf } from '../../console/page/goods.ts';
import type { Grant } from '../../shared/payment/types.ts';

const AS_IT_IS = { held: false, rejected: false, fulfilPending: false };
const NONE: Grant = { epoch: 0, state: 'none' };

it.each([
  [NONE, AS_IT_IS, ['Not given: now', 'Given: ahead']],
  [NONE, { ...AS_IT_IS, held: true }, ['Held: now', 'Given: ahead']],
  [NONE, { ...AS_IT_IS, rejected: true }, ['Not given: now']],
  [
    { epoch: 1, state: 'granted' } as Grant,
    { ...AS_IT_IS, fulfilPending: true },
    ['Not given: past', 'Given, fulfil is not delivered yet: now'],
  ],
  [{ epoch: 2, state: 'granted' } as Grant, AS_IT_IS, ['Not given: past', 'Given (2): now']],
  [
    { epoch: 1, state: 'revoked' } as Grant,
    { ...AS_IT_IS, rejected: true },
    ['Not given: past', 'Given: past', 'Taken back: now'],
  ],
])('goodsOf the grant %j with %j gives the path of the goods', (grant, about, places) => {
  expect(goodsOf(grant, about).map(({ name, is }) => `${name}: ${is}`)).toEqual(places);
});

const [EARLY, LATE] = ['2026-11-21T12:00:00.000Z', '2026-11-21T12:05:00.000Z'];
const event = (type: string, state: string, createdAt = EARLY) =>
  ({ type, state, createdAt, updatedAt: createdAt }) as Parameters<typeof lastWordOf>[0][number];

it.each([
  [[], 'https', undefined],
  [[event('payment.paid', 'delivered')], 'https', undefined],
  [[event('fulfil', 'delivered')], 'https', { says: 'Your shop has received: give the goods', at: EARLY }],
  [
    [event('fulfil', 'delivered')],
    'eventbridge',
    { says: 'The event bus has accepted for your shop: give the goods', at: EARLY },
  ],
  [
    [event('revoke', 'delivered', LATE), event('fulfil', 'delivered')],
    'https',
    { says: 'Your shop has received: take the goods back', at: LATE },
  ],
  [[event('fulfil', 'delivered'), event('revoke', 'queued', LATE)], 'https', undefined],
  [
    [event('fulfil', 'delivered'), event('revoke', 'superseded', LATE)],
    'https',
    { says: 'Your shop has received: give the goods', at: EARLY },
  ],
] as const)(
  'lastWordOf the events %j at the target %s is what the shop was told last',
  (events, target, word) => {
    expect(lastWordOf(events, target)).toEqual(word);
  },
);
