import { expect, it } from 'vitest';
import { meaningOf } from '../../../shared/app/http/answers-explained.ts';
import { reasonsInCode } from '../../../tools/docs/errors.ts';

const { refusals, failures } = reasonsInCode();

it.each([...new Set([...refusals, ...failures])])('%s has a sentence without markup', (reason) => {
  expect(meaningOf(reason)).toMatch(/^[A-Z][^`]+\.$/);
});

it.each(['bad_x', 'constructor'])('%s, which is no reason, has none', (reason) => {
  expect(meaningOf(reason)).toBeUndefined();
});
