import { expect, it } from 'vitest';
import { isFulfilPending } from '../../console/fulfil-pending.ts';

it.each([
  ['pending', 2, true],
  ['failed', 2, true],
  ['delivered', 2, false],
  ['superseded', 2, false],
  ['failed', 1, false],
] as const)(
  'isFulfilPending of a fulfil that is %s in epoch %i returns %s for a grant of epoch 2',
  (state, epoch, fulfilPending) => {
    const effects = [{ type: 'fulfil', epoch, state }];
    expect(isFulfilPending({ epoch: 2, state: 'granted' }, effects)).toBe(fulfilPending);
    expect(isFulfilPending({ epoch: 2, state: 'revoked' }, effects)).toBe(false);
  },
);
