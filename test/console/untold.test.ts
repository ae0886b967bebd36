import { expect, it } from 'vitest';
import { isUntold } from '../../console/untold.ts';

it.each([
  ['pending', 2, true],
  ['failed', 2, true],
  ['delivered', 2, false],
  ['superseded', 2, false],
  ['failed', 1, false],
] as const)('a fulfil that is %s, of grant %i: the shop is not told: %s', (state, epoch, untold) => {
  const effects = [{ type: 'fulfil', epoch, state }];
  expect(isUntold({ epoch: 2, state: 'granted' }, effects)).toBe(untold);
  expect(isUntold({ epoch: 2, state: 'revoked' }, effects)).toBe(false);
});
