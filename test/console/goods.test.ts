import { expect, it } from 'vitest';
import { goodsOf } from '../../console/page/goods.ts';
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
    ['Not given: past', 'Given, the shop is not told yet: now'],
  ],
  [{ epoch: 2, state: 'granted' } as Grant, AS_IT_IS, ['Not given: past', 'Given (2): now']],
  [
    { epoch: 1, state: 'revoked' } as Grant,
    { ...AS_IT_IS, rejected: true },
    ['Not given: past', 'Given: past', 'Taken back: now'],
  ],
])('the path of the goods: %j, %j', (grant, about, places) => {
  expect(goodsOf(grant, about).map(({ name, is }) => `${name}: ${is}`)).toEqual(places);
});
