import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adviceOn, NOT_APPLIED, SELF_TEST_MEANS, SELF_TESTS } from '../../console/page/refusal.ts';
import { root } from '../support/source-files.ts';

const of = (status: string) => ({
  ...{ correlationId: 'c1', at: '2026-11-01T10:00:00.000Z', status },
  ...{ provider: 'paymentwall', account: 'goods' },
});

it.each([
  ['401', 'payhooks secrets set paymentwall/goods'],
  ['404', 'names no account of this stack'],
  ['405', 'A provider does not send this'],
  ['413', 'A provider does not send this'],
  ['503', 'the provider sends it again'],
])('adviceOn a request with status %s says what to do and names a document that exists', (status, words) => {
  const { says, command = '', doc } = adviceOn(of(status));
  expect(`${says} ${command}`).toContain(words);
  expect(existsSync(join(root, 'docs', doc)), doc).toBe(true);
});

it('each outcome other than applied has a badge of its own, and only the badge of a conflict is bad', () => {
  const texts = Object.values(NOT_APPLIED).map(({ text }) => text);
  expect(new Set(texts).size).toBe(texts.length);
  const bad = Object.entries(NOT_APPLIED).filter(([, { tone }]) => tone === 'bad');
  expect(bad.map(([as]) => as)).toEqual(['conflict']);
});

it.each(['forged', 'signed'] as const)(
  'the %s half of a self-test is explained as nothing to do, without advice about keys',
  (half) => {
    const text = `${SELF_TESTS[half]} ${SELF_TEST_MEANS}`;
    expect(text).toContain(`the ${half} half of a self-test`);
    expect(text).toContain('nothing to do');
    expect(text).not.toMatch(/stored key is wrong|secrets set/);
  },
);
