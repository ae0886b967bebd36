/** The reference names every error and metric, and no other. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorRows, reasonsInCode } from '../../tools/docs/errors.ts';
import { sayingOf } from '../../tools/docs/metrics.ts';

const root = join(import.meta.dirname, '../..');
const code = execFileSync('git', ['grep', '-h', "'", '--', 'shared'], {
  cwd: root,
  maxBuffer: 64 * 1024 * 1024,
}).toString();

describe('the reference of errors', () => {
  it('reasonsInCode finds more than 30 refusals, and as many failures and parked reasons as the reference', () => {
    const { refusals, failures, parked } = reasonsInCode();
    expect(new Set(refusals).size).toBeGreaterThan(30);
    expect(refusals).toEqual(
      expect.arrayContaining(['wrong_signature', 'wrong_method', 'terminal3_shop_webhook', 'uuid']),
    );
    expect(failures).toHaveLength(Object.keys(errorRows.FAILURES).length);
    expect(parked).toHaveLength(Object.keys(errorRows.PARKED).length);
  });

  it('no two refusals have the same words in another order, and no refusal says bad, invalid or incorrect', () => {
    const words = [...new Set(reasonsInCode().refusals)].map((reason) => reason.split('_').sort().join(' '));
    expect(words.filter((each, at) => words.indexOf(each) !== at)).toEqual([]);
    expect(words.filter((each) => /\b(?:bad|invalid|incorrect)\b/.test(each))).toEqual([]);
  });

  it.each(Object.values(errorRows).flatMap((rows) => Object.keys(rows)))(
    'the reason %s of the reference is in the code',
    (reason) => {
      expect(code).toContain(`'${reason}'`);
    },
  );
});

it('sayingOf throws for a metric without a comment', () => {
  expect(() => sayingOf('Lost', '  Lost: { unit: "Count" },')).toThrow('Lost has no comment');
  expect(sayingOf('Lost', '  /** What was lost. */\n  Lost: {')).toBe('What was lost.');
});
